//! The command line as people type it.

use super::*;
use crate::domain::alert::AlertKind;
use crate::drug_list::{EntryFields, parse_entry};
use clap::{CommandFactory, FromArgMatches};

/// The command of one subcommand's arguments by itself.
fn alone<A: clap::Args>(name: &'static str) -> clap::Command {
    A::augment_args(clap::Command::new(name)).term_width(100)
}

fn parse<A: FromArgMatches>(command: clap::Command, line: &[&str]) -> Result<A, clap::Error> {
    A::from_arg_matches(&command.try_get_matches_from(line)?)
}

/// The help of a command and of everything below it.
fn help(mut command: clap::Command) -> String {
    let rendered = command.render_long_help();
    let mut text = format!("$ {} --help\n{rendered}\n", command.get_name());
    let below: Vec<_> = command
        .get_subcommands()
        .filter(|each| each.get_name() != "help")
        .cloned()
        .collect();
    for each in below {
        text += &help(each.term_width(100));
    }
    text
}

#[test]
fn the_command_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn help_is_as_people_know_it() {
    insta::assert_snapshot!("help", help(Cli::command().term_width(100).version("0.0.0")));
}

#[test]
fn a_wrong_line_is_wrong_use_and_help_is_not() {
    let end = |line: &[&str]| main(line.iter().map(OsString::from));
    assert_eq!(end(&["hcpcs-watch", "--help"]), ExitCode::Done);
    for line in [
        &["hcpcs-watch"][..],
        &["hcpcs-watch", "frobnicate"],
        &["hcpcs-watch", "--today", "2023-02-30", "config", "show"],
        &["hcpcs-watch", "-q", "-v", "config", "show"],
        &["hcpcs-watch", "completions", "cobol"],
    ] {
        assert_eq!(end(line), ExitCode::Usage, "{line:?}");
    }
    assert_eq!(
        end(&["hcpcs-watch", "config", "check", "--config", "no/such.toml"]),
        ExitCode::BadInput
    );
}

#[test]
fn fail_on_takes_kinds_or_any() {
    let run = |kinds: &str| parse::<run::Args>(alone::<run::Args>("run"), &["run", "--fail-on", kinds]);
    assert!(run("any").unwrap().fails_on(AlertKind::InterimCode));
    let two = run("code-ended,interim-code").unwrap();
    assert!(two.fails_on(AlertKind::CodeEnded) && !two.fails_on(AlertKind::MatchNeedsReview));
    assert!(
        run("all")
            .unwrap_err()
            .to_string()
            .contains("permanent-code-announced")
    );
    assert!(!run::Args::default().fails_on(AlertKind::CodeEnded));
}

#[test]
fn a_drug_added_by_hand_is_checked_like_a_line_of_a_list() {
    let add = |line: &[&str]| parse::<drugs::AddArgs>(alone::<drugs::AddArgs>("add"), line);
    let args = add(&[
        "add",
        "--brand",
        "Briumvi",
        "--ndc",
        "73150-150-06",
        "--ndc",
        "73150-0150-07",
    ])
    .unwrap();
    assert_eq!(parse_entry(&EntryFields::from(&args)).unwrap().ndcs.len(), 2);
    assert!(add(&["add", "--route", "intravenous"]).is_err());
}

#[test]
fn releases_are_named_by_quarter_and_posting() {
    for text in ["2025Q4", "2025Q4.1"] {
        assert_eq!(text.parse::<releases::ReleaseRef>().unwrap().to_string(), text);
    }
    for text in ["", "2025", "2025Q4.", "2025Q4.0", "2025Q4.-1", "2025Q4.x", ".1"] {
        assert!(text.parse::<releases::ReleaseRef>().is_err(), "{text}");
    }
}

#[test]
fn an_acknowledgement_needs_a_name_that_can_be_read() {
    let ack = |by: &str| parse::<alerts::AckArgs>(alone::<alerts::AckArgs>("ack"), &["ack", "7", "--by", by]);
    assert_eq!(ack("  Pat  Smith ").unwrap().by, "Pat Smith");
    for by in ["", "  ", "a\u{1b}[2J"] {
        assert!(ack(by).is_err(), "{by:?}");
    }
}

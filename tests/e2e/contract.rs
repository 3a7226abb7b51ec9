//! What other programs rely on: exit codes and which of several wins, the lock, `--offline`, JSON, and tables that fit.

use crate::fake_cms::{FakeCms, Fault};
use crate::practice::{Ended, FILES, Practice, fixtures};
use std::time::{Duration, Instant};

fn ready() -> Practice {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023", "july-2023"]);
    practice
}

#[test]
fn a_second_run_is_kept_out_and_readers_are_not() {
    let practice = ready();
    practice.run("2023-06-20").with(0);
    let lock = std::fs::OpenOptions::new()
        .append(true)
        .open(practice.path("hcpcs-watch.db.lock"))
        .unwrap();
    lock.lock().unwrap();
    let begin = Instant::now();
    for words in [
        &["run"][..],
        &["deliver"],
        &["releases", "fetch"],
        &["releases", "import", "cms/july-2023-asp-pricing-file.zip"],
        &["alerts", "resend", "1"],
    ] {
        let ended = practice.call(words).with(7);
        assert!(
            ended.stderr.contains("another run holds hcpcs-watch.db.lock"),
            "{}",
            ended.stderr
        );
    }
    assert!(begin.elapsed() < Duration::from_secs(10));
    practice.call(&["status", "--today", "2023-06-20"]).with(0);
    practice.call(&["alerts", "list"]).with(0);
    drop(lock);
    practice.run("2023-06-20").with(0);
}

#[test]
fn two_runs_at_once_do_the_work_once() {
    let practice = ready();
    let codes = std::thread::scope(|scope| {
        let runs = [(); 4].map(|()| scope.spawn(|| practice.run("2023-06-20").code));
        runs.map(|run| run.join().unwrap())
    });
    assert!(
        codes.iter().all(|code| [0, 7].contains(code)) && codes.contains(&0),
        "{codes:?}"
    );
    assert_eq!((practice.alerts().len(), practice.mails().len()), (8, 1));
}

#[test]
fn offline_opens_no_connection_and_still_tells_what_a_day_brings() {
    let site = FakeCms::start();
    let practice = ready();
    practice.run("2023-06-20").with(0);
    practice.configure(&site.url(), FILES);
    let ended = practice
        .call(&["run", "--offline", "--today", "2023-07-01"])
        .with(0);
    assert_eq!(site.log(), []);
    assert!(ended.stdout.contains("in effect"), "{}", ended.stdout);
    let ended = practice.call(&["releases", "fetch", "--offline"]).with(2);
    insta::assert_snapshot!("fetch_offline", ended.errors());
}

#[test]
fn a_bad_configuration_is_3_and_names_every_problem() {
    let practice = ready();
    practice.write(
        "hcpcs-watch.toml",
        "[practice]\nnane = \"x\"\ntime_zone = \"Mars\"\n[source]\nlocation = \"http://www.cms.gov\"\n[mail]\nhost = \"h\"\n\
         tls = \"none\"\nfrom = \"nobody\"\nrecipients = []\n",
    );
    let ended = practice.call(&["run"]).with(3);
    insta::assert_snapshot!("bad_configuration", ended.errors());
    assert!(!practice.path("hcpcs-watch.db").exists());
    for command in [
        &["status"][..],
        &["deliver"],
        &["alerts", "list"],
        &["drugs", "list"],
        &["config", "check"],
    ] {
        assert_eq!(
            practice.call(command).with(3).errors(),
            ended.errors(),
            "{command:?}"
        );
    }
    std::fs::remove_file(practice.path("hcpcs-watch.toml")).unwrap();
    let missing = practice.call(&["run"]).with(3);
    assert!(missing.stderr.contains("config init"), "{}", missing.stderr);
}

#[test]
fn of_several_problems_the_first_by_rank_gives_the_code_and_all_are_told() {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-06-20").with(0);
    // Overdue.
    let told = |ended: &Ended, parts: &[&str]| {
        for part in parts {
            assert!(ended.errors().contains(part), "{part}: {}", ended.errors());
        }
    };
    told(&practice.run("2023-07-01").with(8), &["overdue"]);
    // With mail that cannot go out.
    practice.configure(
        "cms",
        "host = \"localhost\"\nport = 9\ntls = \"none\"\nrecipients = [\"billing@example.org\"]\noperator = \"it@example.org\"\n",
    );
    practice.call(&["alerts", "resend", "1"]).with(6);
    told(
        &practice.run("2023-07-01").with(6),
        &["(exit code 6)", "(exit code 8)"],
    );
    // With a site that fails.
    let site = FakeCms::start();
    site.set_fault(Fault::Everything(403));
    let mail = "host = \"localhost\"\nport = 9\ntls = \"none\"\nrecipients = [\"billing@example.org\"]\n";
    practice.configure(&site.url(), mail);
    let codes = ["(exit code 4)", "(exit code 6)", "(exit code 8)"];
    told(&practice.run("2023-07-01").with(4), &codes);
    // With a file that is refused.
    practice.configure("cms", mail);
    practice.post(&["broken/no-j3590/july-2023-alpha-numeric-hcpcs-file.zip"]);
    told(
        &practice.run("2023-07-01").with(5),
        &["(exit code 5)", "(exit code 6)", "(exit code 8)"],
    );
    // With a bad list on top.
    std::fs::copy(
        fixtures().join("drug_lists/messy.csv"),
        practice.path("drugs.csv"),
    )
    .unwrap();
    let worst = practice.run("2023-07-01").with(3);
    told(
        &worst,
        &["(exit code 3)", "(exit code 5)", "(exit code 6)", "(exit code 8)"],
    );
    assert!(worst.stdout.contains("Loaded: nothing new"), "{}", worst.stdout);
}

#[test]
fn fail_on_gives_10_only_where_nothing_is_wrong() {
    let practice = ready();
    practice
        .call(&["run", "--today", "2023-06-20", "--fail-on", "code-ended"])
        .with(0);
    let practice = ready();
    practice
        .call(&[
            "run",
            "--today",
            "2023-06-20",
            "--fail-on",
            "permanent-code-announced",
        ])
        .with(10);
    practice
        .call(&["run", "--today", "2023-06-20", "--fail-on", "any"])
        .with(0);
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    practice
        .call(&["run", "--today", "2023-07-01", "--fail-on", "any"])
        .with(8);
}

/// The reports that have a table, JSON and mostly CSV.
const REPORTS: [&[&str]; 6] = [
    &["status"],
    &["alerts", "list"],
    &["drugs", "list", "--all"],
    &["releases", "list"],
    &["releases", "diff", "2023Q2", "2023Q3"],
    &["explain", "Briumvi"],
];

#[test]
fn every_report_is_json_on_demand_and_its_table_fits_80_columns() {
    let practice = ready();
    practice.run("2023-06-20").with(0);
    for report in REPORTS {
        let with = |more: &[&str]| practice.call(&[report, &["--today", "2023-06-20"], more].concat());
        let json = with(&["--format", "json"]).with(0).json();
        assert!(json.is_object() || json.is_array(), "{report:?}");
        let table = with(&[]).with(0).stdout;
        for line in table.lines() {
            assert!(line.chars().count() <= 80, "{report:?}: {line}");
        }
        assert!(!table.contains('\u{1b}'), "{report:?}");
        insta::assert_snapshot!(
            format!("table_{}", report[..report.len().min(2)].join("_")),
            dateless(&table)
        );
        with(&["--format", "json", "-o", "out.json"]).with(0);
        let written = std::fs::read_to_string(practice.path("out.json")).unwrap();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&written).unwrap(),
            json,
            "{report:?}"
        );
        let csv = with(&["--format", "csv"]);
        assert!([0, 2].contains(&csv.code), "{report:?}: {}", csv.stderr);
    }
}

/// A table without the day on which the test fetched its files.
fn dateless(table: &str) -> String {
    let today = chrono::Utc::now().date_naive();
    let days = [today, today.pred_opt().unwrap()];
    days.iter().fold(table.to_owned(), |text, day| {
        text.replace(&day.to_string(), "[TODAY]   ")
    })
}

#[test]
fn before_there_is_anything_every_report_says_so_and_nothing_fails() {
    let practice = Practice::new();
    for report in [&["alerts", "list"][..], &["drugs", "list"], &["releases", "list"]] {
        practice.call(report).with(0);
        let json = practice.call(&[report, &["--format", "json"]].concat()).with(0);
        assert_eq!(json.stdout.trim(), "[]", "{report:?}");
    }
    practice.call(&["status", "--today", "2023-06-20"]).with(8);
    practice.call(&["deliver"]).with(0);
    practice.call(&["explain", "Briumvi"]).with(2);
    let diff = practice.call(&["releases", "diff", "2023Q2", "2023Q3"]).with(2);
    insta::assert_snapshot!("diff_of_nothing", diff.errors());
    let ended = practice.run("2001-02-03").with(8);
    assert!(
        ended.stdout.contains("12 drugs watched, no news."),
        "{}",
        ended.stdout
    );
    insta::assert_snapshot!("before_any_data", ended.errors());
}

#[test]
fn quiet_says_nothing_but_errors_and_a_report_that_was_asked_for() {
    let practice = ready();
    let ended = practice.call(&["run", "-q", "--today", "2023-06-20"]).with(0);
    assert_eq!((ended.stdout.as_str(), ended.stderr.as_str()), ("", ""));
    let again = practice.call(&["run", "-q", "--today", "2023-10-01"]).with(8);
    assert!(
        !again.stderr.is_empty() && again.stderr.lines().all(|line| line.starts_with("error: ")),
        "{}",
        again.stderr
    );
    let listed = practice.call(&["alerts", "list", "-q"]).with(0);
    assert!(listed.stdout.contains("J2329"), "{}", listed.stdout);
}

#[test]
fn a_release_is_the_same_as_itself_and_differs_from_the_next() {
    let practice = ready();
    practice.run("2023-06-20").with(0);
    let diff = |from, to| {
        practice
            .call(&["releases", "diff", from, to, "--format", "csv"])
            .with(0)
            .stdout
    };
    assert_eq!(diff("2023Q3", "2023Q3").lines().count(), 1);
    let lines = diff("2023Q2", "2023Q3");
    assert!(lines.contains("J2329") && !lines.contains("J3590,"), "{lines}");
}

#[test]
fn files_given_by_hand_come_to_the_same_as_a_folder() {
    let practice = Practice::new();
    let list = practice.path("drugs.csv");
    practice
        .call(&["drugs", "import", list.to_str().unwrap(), "--today", "2023-06-20"])
        .with(0);
    let names = ["july-2023", "april-2023"]
        .iter()
        .flat_map(|quarter| crate::practice::files_of(quarter));
    let paths: Vec<String> = names
        .map(|name| fixtures().join("cms").join(name).display().to_string())
        .collect();
    let mut words = vec!["releases", "import", "--today", "2023-06-20"];
    words.extend(paths.iter().map(String::as_str));
    practice.call(&words).with(0);
    let folder = ready();
    folder.run("2023-06-20").with(0);
    let kinds = |practice: &Practice| -> Vec<String> {
        let told = practice.alerts();
        told.iter()
            .map(|alert| {
                format!(
                    "{} {} {}",
                    alert["drug"]["brand"], alert["kind"], alert["to_code"]
                )
            })
            .collect()
    };
    assert_eq!(kinds(&practice), kinds(&folder));
    assert_eq!(practice.mails().len(), 0, "queued, not sent");
    practice.call(&["deliver"]).with(0);
    assert_eq!(practice.mails()[0].text, folder.mails()[0].text);
}

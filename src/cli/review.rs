//! `review`: matches that a person has to decide on.

use super::alerts::words;
use super::context::Context;
use super::exit_code::Outcome;
use super::output::{self, OutputArgs};
use super::pick;
use crate::config::Transport;
use crate::domain::alert::AlertKind;
use crate::domain::code::HcpcsCode;
use crate::matching::decisions::Word;
use crate::pipeline::{self, Heard, Spoken};
use crate::report;
use crate::store::Store;
use std::fmt::Write;

/// What to do with the reviews.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Args {
    /// List the open questions, and below them what persons decided
    List(ListArgs),
    /// Say that a code is the drug's; what that means is told at once
    Confirm(WordArgs),
    /// Say that a code is not the drug's; it is not proposed again
    Reject(WordArgs),
}

/// Which reviews to list and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ListArgs {
    /// Only those that nobody has decided yet
    #[arg(long)]
    pub open: bool,
    /// Where the list goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Who says what of which.
#[derive(Debug, Clone, clap::Args)]
pub struct WordArgs {
    /// The drug: an id, brand, proper name or NDC
    pub drug: String,
    /// The code
    pub code: HcpcsCode,
    /// Who decides
    #[arg(long, value_name = "NAME", value_parser = words)]
    pub by: String,
    /// On what grounds
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub note: Option<String>,
}

/// Does what `args` say.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    match args {
        Args::List(args) => list(context, args),
        Args::Confirm(args) => decide(context, args, Word::Confirmed),
        Args::Reject(args) => decide(context, args, Word::Rejected),
    }
}

fn list(context: &Context, args: &ListArgs) -> anyhow::Result<Outcome> {
    let store = Store::open(&context.config.storage.database)?;
    let mut reviews = store.at_once(|| report::review::gather(&store, context.moment.today))?;
    reviews.retain(|review| !args.open || review.decided.is_none());
    args.output.write(&report::review::render(
        &reviews,
        args.output.format,
        context.look,
    )?)?;
    Ok(Outcome::done())
}

fn decide(context: &Context, args: &WordArgs, word: Word) -> anyhow::Result<Outcome> {
    let mut store = Store::open(&context.config.storage.database)?.on_day(context.moment.today);
    let drug = pick::drug(&store, &args.drug)?;
    let spoken = Spoken {
        code: args.code,
        word,
        by: args.by.clone(),
        note: args.note.clone(),
    };
    let heard = pipeline::decide(&context.config, &mut store, context.moment, &drug, &spoken)?;
    output::print(&told(context, &drug.entry.display_name(), &spoken, &heard))?;
    Ok(Outcome::done())
}

fn told(context: &Context, name: &str, spoken: &Spoken, heard: &Heard) -> String {
    let Spoken { code, word, by, .. } = spoken;
    let what = match word {
        Word::Confirmed => format!("{code} (from {}) is {name}'s code", heard.valid_from),
        Word::Rejected => format!("{code} (from {}) is not {name}'s code", heard.valid_from),
    };
    let mut text = if heard.is_new {
        format!("{what}, by the word of {by}.\n")
    } else {
        format!("{what}: {by} had said so before, that stands.\n")
    };
    for alert in &heard.raised {
        let (id, finding) = (alert.id, &alert.finding);
        let question = if finding.kind == AlertKind::MatchNeedsReview {
            " (a question is open)"
        } else {
            ""
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "Alert {id}: {}{question}: {}", finding.kind, finding.reason);
    }
    let mails = !matches!(context.config.mail.transport, Transport::None);
    if mails && !heard.raised.is_empty() {
        text.push_str("It is queued for the recipients: `hcpcs-watch deliver` or the next run sends it.\n");
    }
    report::terminal::visible_lines(&text)
}

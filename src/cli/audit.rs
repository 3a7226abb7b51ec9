//! `audit`: which code was right on which date, on what evidence, who was told; and whether the event log holds.

use super::context::Context;
use super::exit_code::{ExitCode, Outcome};
use super::failure::UsageError;
use super::output;
use crate::fetch::RawArchive;
use crate::pipeline;
use crate::report::audit::{self, AuditFormat};
use crate::store::Store;
use crate::store::events::{Anchor, Verified};
use chrono::NaiveDate;
use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// The report, or the event log behind it.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Show what was known at the end of this day (YYYY-MM-DD) [default: today]
    #[arg(long, value_name = "DATE", conflicts_with_all = ["verify", "anchor"])]
    pub as_of: Option<NaiveDate>,
    /// How to write the report [default: by the ending of the file, else table]
    #[arg(long, value_enum, value_name = "FORMAT", conflicts_with_all = ["verify", "anchor"])]
    pub format: Option<AuditFormat>,
    /// Write the report into this file, replacing it, and log that it was made; the next report tells what changed since
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["verify", "anchor"])]
    pub output: Option<PathBuf>,
    /// Check that nothing in the event log was changed, removed or put in, naming the first entry that was, and that
    /// every file held is in the archive as it came
    #[arg(long)]
    pub verify: bool,
    /// With --verify: hold the log also against an anchor noted before, as --anchor printed it
    #[arg(long, value_name = "ANCHOR", requires = "verify")]
    pub against: Option<Anchor>,
    /// Print the number and hash of the last entry of the event log, to be kept elsewhere
    #[arg(long, conflicts_with = "verify")]
    pub anchor: bool,
}

/// Does what `args` say.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let database = &context.config.storage.database;
    if args.verify {
        return verify(context, args.against);
    } else if args.anchor {
        let head = Store::open_read_only(database)?.event_head()?;
        output::print(&format!("{head}\n"))?;
    } else {
        report(context, args)?;
    }
    Ok(Outcome::done())
}

/// The log, and every file that reports name: each must be in the archive with the bytes it came with.
fn verify(context: &Context, against: Option<Anchor>) -> anyhow::Result<Outcome> {
    let store = Store::open_read_only(&context.config.storage.database)?;
    output::print(&in_words(store.verify_events(against)?))?;
    let archive = RawArchive::new(&context.config.storage.archive);
    let mut outcome = Outcome::done();
    let held: BTreeSet<_> = store
        .held_releases()?
        .into_iter()
        .map(|held| held.release.sha256)
        .collect();
    for sha256 in &held {
        if let Err(error) = archive.read(*sha256) {
            outcome.note(ExitCode::Unexpected, error.to_string());
        }
    }
    if outcome.noted().is_empty() {
        let files = held.len();
        output::print(&format!("The archive holds: {files} files, each as it came.\n"))?;
    }
    Ok(outcome)
}

fn in_words(verified: Verified) -> String {
    let Verified {
        entries,
        head,
        anchored,
    } = verified;
    let anchored = anchored.map_or_else(String::new, |entry| {
        format!(
            "The anchor is entry {entry}; {} entries were added since.\n",
            entries - entry
        )
    });
    format!("The event log holds: {entries} entries, the last is {head}\n{anchored}")
}

fn report(context: &Context, args: &Args) -> anyhow::Result<()> {
    let moment = context.moment;
    let as_of = args.as_of.unwrap_or(moment.today);
    if as_of > moment.today {
        return Err(UsageError(format!(
            "what is known on {as_of} cannot be told on {}: give a day that is not ahead",
            moment.today
        ))
        .into());
    }
    let format = args.format.unwrap_or_else(|| by_ending(args.output.as_deref()));
    if format == AuditFormat::Xlsx && args.output.is_none() && std::io::stdout().is_terminal() {
        return Err(
            UsageError("a workbook is no text to show: give it a file with -o FILE".to_owned()).into(),
        );
    }
    let database = &context.config.storage.database;
    let Some(file) = &args.output else {
        let store = Store::open_read_only(database)?;
        let audit = pipeline::audit(&context.config, &store, moment, as_of)?;
        return output::print_bytes(&audit::render(&audit, format, context.look)?);
    };
    drop(Store::open_read_only(database)?);
    let mut store = Store::open(database)?.on_day(moment.today);
    let audit = pipeline::audit(&context.config, &store, moment, as_of)?;
    let written = audit::render(&audit, format, context.look)?;
    output::replace(file, &written)?;
    pipeline::note_report(&mut store, moment, &audit, format, &written)?;
    Ok(())
}

/// The format that the ending of a file's name asks for.
fn by_ending(file: Option<&Path>) -> AuditFormat {
    let ending = file
        .and_then(Path::extension)
        .map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("json") => AuditFormat::Json,
        Some("csv") => AuditFormat::Csv,
        Some("xlsx") => AuditFormat::Xlsx,
        Some("html" | "htm") => AuditFormat::Html,
        _ => AuditFormat::Table,
    }
}

//! `alerts`: what was told, and what became of it.

use super::context::Context;
use super::exit_code::Outcome;
use super::output::OutputArgs;
use crate::domain::alert::AlertId;
use crate::pipeline::{self, RunLock};
use crate::report::{self, terminal};
use crate::store::Store;
use crate::store::alerts::AlertFilter;

/// What to do with the alerts.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Args {
    /// List the alerts, newest first
    List(ListArgs),
    /// Take note of an alert: say who acted on it
    Ack(AckArgs),
    /// Send an alert again, to every recipient
    Resend(ResendArgs),
}

/// Which alerts to list and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ListArgs {
    /// Only those nobody has taken note of yet
    #[arg(long)]
    pub open: bool,
    /// Where the list goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Who takes note of what.
#[derive(Debug, Clone, clap::Args)]
pub struct AckArgs {
    /// The alerts' ids, as `alerts list` shows them
    #[arg(required = true, value_name = "ID")]
    pub ids: Vec<i64>,
    /// Who takes note
    #[arg(long, value_name = "NAME", value_parser = words)]
    pub by: String,
    /// What was done
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub note: Option<String>,
}

/// The alert to send again.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct ResendArgs {
    /// The alert's id, as `alerts list` shows it
    pub id: i64,
}

/// Words that are kept for an auditor: at least one character, none of them invisible, at most 500; blanks folded.
pub(super) fn words(text: &str) -> Result<String, String> {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.is_empty() || folded.chars().any(terminal::is_unprintable) || folded.chars().nth(500).is_some()
    {
        return Err("expected 1 to 500 printable characters".to_owned());
    }
    Ok(folded)
}

/// Does what `args` say.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    match args {
        Args::List(args) => list(context, args),
        Args::Ack(args) => acknowledge(context, args),
        Args::Resend(args) => resend(context, *args),
    }
}

fn list(context: &Context, args: &ListArgs) -> anyhow::Result<Outcome> {
    let store = Store::open(&context.config.storage.database)?;
    let wanted = AlertFilter {
        open_only: args.open,
        ..AlertFilter::default()
    };
    let mut alerts = store.at_once(|| store.alerts(wanted))?;
    alerts.reverse();
    args.output.write(&report::alerts::render(
        &alerts,
        args.output.format,
        context.look,
    )?)?;
    Ok(Outcome::done())
}

fn acknowledge(context: &Context, args: &AckArgs) -> anyhow::Result<Outcome> {
    let mut store = Store::open(&context.config.storage.database)?.on_day(context.moment.today);
    let transaction = store.begin(context.moment.now, &args.by)?;
    let at = context.moment.now.format("%Y-%m-%d %H:%M UTC");
    let mut told = String::new();
    for &id in &args.ids {
        let kept = transaction.acknowledge(AlertId(id), &args.by, args.note.as_deref())?;
        let line = if kept.at == context.moment.now {
            format!("Alert {id} is acknowledged by {} ({at}).\n", kept.by)
        } else {
            let on = kept.at.date_naive();
            let by = &kept.by;
            format!("Alert {id} was acknowledged before, by {by} on {on}; that stands.\n")
        };
        told.push_str(&line);
    }
    transaction.commit()?;
    context.tell(&told)?;
    Ok(Outcome::done())
}

fn resend(context: &Context, args: ResendArgs) -> anyhow::Result<Outcome> {
    let database = &context.config.storage.database;
    let _lock = RunLock::take(database)?;
    let mut store = Store::open(database)?.on_day(context.moment.today);
    pipeline::requeue(&context.config, &mut store, context.moment, AlertId(args.id))?;
    let deliveries = pipeline::deliver(&context.config, &mut store, context.moment)?;
    context.tell(&report::run::mail(&deliveries))?;
    let mut outcome = Outcome::done();
    outcome.note_problems(&deliveries.problems());
    Ok(outcome)
}

//! `deliver`: send what waits in the outbox, without looking for news.

use super::context::Context;
use super::exit_code::Outcome;
use super::output;
use crate::pipeline::{self, RunLock};
use crate::report;
use crate::store::Store;

/// What to do with the outbox.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Args {
    /// Show each message that waits as it would go out, and send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Sends what waits, or shows it; nothing is fetched or matched.
pub fn run(context: &Context, args: Args) -> anyhow::Result<Outcome> {
    let database = &context.config.storage.database;
    if args.dry_run {
        let store = Store::open(database)?;
        let waiting = store.waiting_messages()?;
        output::print(&report::outbox::render(&waiting, &context.config.mail))?;
        return Ok(Outcome::done());
    }
    let _lock = RunLock::take(database)?;
    let mut store = Store::open(database)?.on_day(context.moment.today);
    let deliveries = pipeline::deliver(&context.config, &mut store, context.moment)?;
    context.tell(&report::run::mail(&deliveries))?;
    let mut outcome = Outcome::done();
    outcome.note_problems(&deliveries.problems());
    Ok(outcome)
}

//! `deliver`: send what waits in the outbox, without looking for news.

use super::context::Context;
use super::exit_code::Outcome;
use super::output;
use crate::pipeline::{self, RunLock};
use crate::report;
use crate::store::Store;

/// Sends what waits; nothing is fetched or matched.
pub fn run(context: &Context) -> anyhow::Result<Outcome> {
    let database = &context.config.storage.database;
    let _lock = RunLock::take(database)?;
    let mut store = Store::open(database)?.on_day(context.moment.today);
    let deliveries = pipeline::deliver(&context.config, &mut store, context.moment)?;
    output::print(&report::run::mail(&deliveries))?;
    let mut outcome = Outcome::done();
    outcome.note_problems(&deliveries.problems());
    Ok(outcome)
}

//! `status`: what is held, what is awaited, what waits to be told.

use super::context::Context;
use super::exit_code::{ExitCode, Outcome};
use super::output::OutputArgs;
use crate::report;
use crate::store::Store;

/// How to tell.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Where the status goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Tells where things stand.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let store = Store::open(&context.config.storage.database)?;
    let status = store.at_once(|| report::status::gather(&store, &context.config, context.moment.today))?;
    args.output.write(&report::status::render(
        &status,
        args.output.format,
        context.look,
    )?)?;
    let mut outcome = Outcome::done();
    if status.is_overdue() {
        outcome.note(
            ExitCode::QuarterOverdue,
            "the HCPCS file of the quarter in force is overdue",
        );
    }
    Ok(outcome)
}

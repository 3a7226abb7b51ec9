//! `explain`: why a drug has this code, or none.

use super::context::Context;
use super::exit_code::Outcome;
use super::output::OutputArgs;
use super::pick;
use crate::pipeline::{self, Explanation};
use crate::report;
use crate::store::Store;

/// Which drug, and how to tell.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The drug: an id, brand, proper name or NDC
    pub drug: String,
    /// Where the explanation goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Weighs what is held for the drug and tells it.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let store = Store::open(&context.config.storage.database)?;
    let explanation = store.at_once(|| -> anyhow::Result<Explanation> {
        let drug = pick::drug(&store, &args.drug)?;
        Ok(pipeline::explain(&context.config, &store, &drug)?)
    })?;
    let text = report::explain::render(
        &explanation,
        context.moment.today,
        args.output.format,
        context.look,
    )?;
    args.output.write(&text)?;
    Ok(Outcome::done())
}

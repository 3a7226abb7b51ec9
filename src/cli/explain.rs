//! `explain`: why a drug has this code, or none.

use super::output::OutputArgs;

/// Which drug, and how to tell.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The drug: an id, brand, proper name or NDC
    pub drug: String,
    /// Where the explanation goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

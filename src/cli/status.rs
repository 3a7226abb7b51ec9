//! `status`: what is held, what is awaited, what waits to be told.

use super::output::OutputArgs;

/// How to tell.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// Where the status goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

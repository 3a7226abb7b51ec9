//! `backup`: a whole copy of the database, at any time.

use super::context::Context;
use super::exit_code::Outcome;
use crate::store::Store;
use std::path::PathBuf;

/// Where the copy goes.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The file to write; one that is there is never replaced
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Copies the database and checks the copy; a run may be at work meanwhile.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let store = Store::open_read_only(&context.config.storage.database)?;
    store.verify_events(None)?;
    let size = store.back_up(&args.file)?;
    context.tell(&format!(
        "{} holds a whole copy of the database, {size} bytes, checked. The archive folder {} is not in it.\n",
        args.file.display(),
        context.config.storage.archive.display()
    ))?;
    Ok(Outcome::done())
}

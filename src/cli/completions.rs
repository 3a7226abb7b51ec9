//! `completions`: a script that lets the shell complete commands and flags.

use super::exit_code::Outcome;
use super::{Cli, output};
use clap::CommandFactory;

/// For which shell.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Prints the script.
pub fn run(args: &Args) -> anyhow::Result<Outcome> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "hcpcs-watch", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(Outcome::done())
}

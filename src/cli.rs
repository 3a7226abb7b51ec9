//! The command line: arguments in, the library called, the result presented. One subcommand a file, each with its
//! `Args` and its `run`.

pub mod alerts;
pub mod audit;
pub mod backup;
pub mod code;
pub mod completions;
pub mod config;
pub mod context;
pub mod deliver;
pub mod drugs;
pub mod exit_code;
pub mod explain;
mod failure;
mod logging;
pub mod mail;
mod note;
pub mod output;
pub mod payers;
mod pick;
pub mod releases;
pub mod review;
pub mod run;
pub mod status;

use chrono::Utc;
use clap::Parser;
use context::{Context, Global};
use exit_code::{ExitCode, Outcome};
use std::ffi::OsString;

/// Watches the CMS quarterly HCPCS and ASP files and tells a practice when a drug billed under J3590 gets its own
/// code.
#[derive(Debug, Parser)]
#[command(name = "hcpcs-watch", version, propagate_version = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// Flags of every subcommand.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What the tool can do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Fetch, load, match, alert and deliver: the whole job, from cron
    Run(run::Args),
    /// Import, add, list, retire and export the drugs watched
    #[command(subcommand)]
    Drugs(drugs::Args),
    /// Fetch, import, list and compare the CMS files
    #[command(subcommand)]
    Releases(releases::Args),
    /// Tell which code was right on a date of service, with units, payment limit and evidence
    Code(code::Args),
    /// Tell why a drug has the code it has, or none
    Explain(explain::Args),
    /// List the matches a person has to decide on, and decide
    #[command(subcommand)]
    Review(review::Args),
    /// Keep which payer takes codes later than CMS or stays on a catch-all code
    #[command(subcommand)]
    Payers(payers::Args),
    /// List, acknowledge and send again what was told
    #[command(subcommand)]
    Alerts(alerts::Args),
    /// Report which code was right on which date and who was told; check the event log
    Audit(audit::Args),
    /// Copy the database into a new file, at any time, and check the copy
    Backup(backup::Args),
    /// Send what waits in the outbox, without looking for news
    Deliver(deliver::Args),
    /// Try the mail settings out
    #[command(subcommand)]
    Mail(mail::Args),
    /// Tell what is held, what is awaited and what waits to be told
    Status(status::Args),
    /// Write, check or show the configuration
    #[command(subcommand)]
    Config(config::Args),
    /// Print a completion script for your shell
    Completions(completions::Args),
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  unexpected error
  2  wrong use of the command line
  3  bad configuration or drug list
  4  source unreachable
  5  data refused, the last good release is kept
  6  mail left in the outbox
  7  another run holds the lock
  8  an expected quarter is overdue
 10  findings, only with --fail-on
When several hold, the first of 1, 3, 7, 5, 4, 6, 8 is given and all are printed.";

/// Does what the arguments (the program's name first) say and tells how it ended. Results go to stdout, everything
/// else to stderr.
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        // Help and version are no errors: clap knows which stream and code each takes. A reader that has gone away
        // changes neither.
        Err(wrong) => {
            let _ = wrong.print();
            return if wrong.exit_code() == 0 {
                ExitCode::Done
            } else {
                ExitCode::Usage
            };
        }
    };
    logging::start(cli.global.verbosity(), cli.global.is_stderr_coloured());
    // Refused only where a provider is installed already, which is then the one that is used.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match dispatch(&cli) {
        Ok(outcome) => failure::tell(&outcome),
        Err(error) => failure::tell_error(&error),
    }
}

fn dispatch(cli: &Cli) -> anyhow::Result<Outcome> {
    match &cli.command {
        Command::Config(args) => return config::run(&cli.global, args),
        Command::Completions(args) => return completions::run(args),
        _ => {}
    }
    let context = Context::new(&cli.global, Utc::now())?;
    match &cli.command {
        Command::Run(args) => run::run(&context, args),
        Command::Drugs(args) => drugs::run(&context, args),
        Command::Releases(args) => releases::run(&context, args),
        Command::Code(args) => code::run(&context, args),
        Command::Review(args) => review::run(&context, args),
        Command::Payers(args) => payers::run(&context, args),
        Command::Explain(args) => explain::run(&context, args),
        Command::Alerts(args) => alerts::run(&context, args),
        Command::Audit(args) => audit::run(&context, args),
        Command::Backup(args) => backup::run(&context, args),
        Command::Deliver(args) => deliver::run(&context, *args),
        Command::Mail(args) => mail::run(&context, args),
        Command::Status(args) => status::run(&context, args),
        Command::Config(_) | Command::Completions(_) => Ok(Outcome::done()),
    }
}

#[cfg(test)]
mod tests;

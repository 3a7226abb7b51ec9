//! `alerts`: what was told, and what became of it.

use super::output::OutputArgs;
use crate::report::terminal;

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
    /// The alert's id, as `alerts list` shows it
    pub id: i64,
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
fn words(text: &str) -> Result<String, String> {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.is_empty() || folded.chars().any(terminal::is_unprintable) || folded.chars().nth(500).is_some()
    {
        return Err("expected 1 to 500 printable characters".to_owned());
    }
    Ok(folded)
}

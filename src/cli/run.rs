//! `run`: the whole job, from cron.

use super::context::{Context, Verbosity};
use super::exit_code::{ExitCode, Outcome};
use crate::domain::alert::AlertKind;
use crate::{fetch, pipeline, report};
use std::str::FromStr;

/// Fetch, load, match, alert and deliver; the drug list is synced first where the configuration names its file.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Args {
    /// End with exit code 10 when news of these kinds arose: `any`, or kinds such as permanent-code-announced,
    /// separated by commas
    #[arg(long, value_name = "KIND", value_delimiter = ',')]
    pub fail_on: Vec<FailOn>,
}

/// A kind of news that ends a run with exit code 10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// News of any kind.
    Any,
    /// News of this kind.
    Kind(AlertKind),
}

/// Why a text is no kind for `--fail-on`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no kind of news: expected any or one of {}", AlertKind::ALL.map(AlertKind::as_str).join(", "))]
pub struct ParseFailOnError {
    text: String,
}

impl FromStr for FailOn {
    type Err = ParseFailOnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "any" => Ok(Self::Any),
            _ => text
                .parse()
                .map(Self::Kind)
                .map_err(|_named_below| ParseFailOnError {
                    text: text.to_owned(),
                }),
        }
    }
}

impl Args {
    /// Whether news of `kind` ends the run with exit code 10.
    #[must_use]
    pub fn fails_on(&self, kind: AlertKind) -> bool {
        self.fail_on
            .iter()
            .any(|wanted| *wanted == FailOn::Any || *wanted == FailOn::Kind(kind))
    }
}

/// Does the whole job and tells what came of it.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let quiet = context.verbosity == Verbosity::Quiet;
    let progress = fetch::on_stderr(quiet);
    let report = pipeline::run(
        &context.config,
        context.moment,
        context.is_offline,
        progress.as_ref(),
    )?;
    context.tell(&report::run::render(&report, context.look)?)?;
    super::note::details(&report, context.verbosity);
    let mut outcome = Outcome::done();
    outcome.note_problems(&report.problems);
    let news = report
        .raised
        .iter()
        .filter(|alert| args.fails_on(alert.finding.kind))
        .count();
    if news > 0 {
        outcome.note(
            ExitCode::Findings,
            format!("{news} alerts of the kinds that --fail-on names"),
        );
    }
    Ok(outcome)
}

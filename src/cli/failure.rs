//! How an error is told and which exit code it means.

use super::exit_code::{ExitCode, Outcome};
use crate::config::ConfigError;
use crate::drug_list::DrugListError;
use crate::pipeline::PipelineError;
use crate::report::format::FormatError;
use crate::report::terminal;
use crate::store::StoreError;
use crate::store::backup::BackupError;
use std::error::Error;
use std::io::Write;

/// A command line that reads well and asks for something that is not there or makes no sense.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);

/// Prints everything that came up and gives the exit code.
pub(super) fn tell(outcome: &Outcome) -> ExitCode {
    for (code, message) in outcome.noted() {
        say(&format!("{} (exit code {})", message, code.number()));
    }
    outcome.exit_code()
}

/// Prints an error with all its causes and gives its exit code.
pub(super) fn tell_error(error: &anyhow::Error) -> ExitCode {
    say(&describe(error));
    code_of(error)
}

/// The error and below it each cause that says something new.
fn describe(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let words = cause.to_string();
        if text.is_empty() {
            text = words;
        } else if !text.contains(&words) {
            text = format!("{text}\n  because: {words}");
        }
    }
    text
}

/// The exit code of the first cause that has one.
fn code_of(error: &anyhow::Error) -> ExitCode {
    error
        .chain()
        .find_map(code_of_cause)
        .unwrap_or(ExitCode::Unexpected)
}

fn code_of_cause(cause: &(dyn Error + 'static)) -> Option<ExitCode> {
    if cause.is::<ConfigError>() || cause.is::<DrugListError>() {
        return Some(ExitCode::BadInput);
    }
    if is_in_use(cause) {
        return Some(ExitCode::Locked);
    }
    let names_nothing = matches!(
        cause.downcast_ref::<StoreError>(),
        Some(StoreError::NoSuchDrug(_) | StoreError::NoSuchAlert(_))
    );
    let is_refused_review = matches!(
        cause.downcast_ref::<PipelineError>(),
        Some(PipelineError::Review(_))
    );
    if cause.is::<UsageError>() || names_nothing || is_refused_review {
        return Some(ExitCode::Usage);
    }
    match cause.downcast_ref::<FormatError>()? {
        FormatError::NotOffered { .. } => Some(ExitCode::Usage),
        FormatError::Json(_) | FormatError::Csv(_) | FormatError::Xlsx(_) | FormatError::Html(_) => None,
    }
}

/// Whether another run, or another program, holds what was asked for.
fn is_in_use(cause: &(dyn Error + 'static)) -> bool {
    let store = match cause.downcast_ref::<PipelineError>() {
        Some(PipelineError::Locked { .. }) => return true,
        Some(PipelineError::Store(error)) => Some(error),
        _ => cause.downcast_ref::<StoreError>(),
    };
    let backup = cause.downcast_ref::<BackupError>();
    store.is_some_and(StoreError::is_busy) || matches!(backup, Some(BackupError::Busy { .. }))
}

fn say(text: &str) {
    // Where stderr is gone there is nobody left to tell; the exit code still says it.
    let _ = writeln!(
        std::io::stderr().lock(),
        "error: {}",
        terminal::visible_lines(text)
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context as _;
    use std::path::Path;

    #[test]
    fn each_cause_is_told_once_and_decides_the_code() {
        let missing = crate::config::Config::load(Path::new("no/such.toml")).unwrap_err();
        let error = anyhow::Error::new(missing).context("starting the run");
        assert_eq!(code_of(&error), ExitCode::BadInput);
        let told = describe(&error);
        assert!(
            told.starts_with("starting the run\n  because: reading the configuration no/such.toml"),
            "{told}"
        );
        assert_eq!(told.matches("because").count(), 2, "{told}");
        let list = crate::drug_list::read(Path::new("no/such.csv")).unwrap_err();
        assert_eq!(code_of(&list.into()), ExitCode::BadInput);
        assert_eq!(code_of(&anyhow::anyhow!("x")), ExitCode::Unexpected);
        let same = Err::<(), _>(anyhow::anyhow!("disk full"))
            .context("writing: disk full")
            .unwrap_err();
        assert_eq!(describe(&same), "writing: disk full");
    }
}

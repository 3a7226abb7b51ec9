//! How a command ends.

use crate::pipeline::{Problem, Trouble};

/// The exit codes of the tool; a contract with cron jobs and monitoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// Everything was done.
    Done = 0,
    /// An error nobody foresaw.
    Unexpected = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The configuration or the drug list is bad; nothing was changed.
    BadInput = 3,
    /// The source of the CMS files cannot be reached.
    SourceUnreachable = 4,
    /// A release was refused; the last good one is kept.
    DataRefused = 5,
    /// Mail is left in the outbox.
    MailLeft = 6,
    /// Another run holds the lock.
    Locked = 7,
    /// A quarter that should be there is not.
    QuarterOverdue = 8,
    /// There are findings and `--fail-on` asked for this.
    Findings = 10,
}

/// Which code is given when several hold: the first of these.
const PRECEDENCE: [ExitCode; 9] = [
    ExitCode::Unexpected,
    ExitCode::Usage,
    ExitCode::BadInput,
    ExitCode::Locked,
    ExitCode::DataRefused,
    ExitCode::SourceUnreachable,
    ExitCode::MailLeft,
    ExitCode::QuarterOverdue,
    ExitCode::Findings,
];

impl ExitCode {
    /// The number the operating system sees.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}

impl From<Trouble> for ExitCode {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::DrugList => Self::BadInput,
            Trouble::Refused => Self::DataRefused,
            Trouble::Unreachable => Self::SourceUnreachable,
            Trouble::MailLeft => Self::MailLeft,
            Trouble::Overdue => Self::QuarterOverdue,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.number())
    }
}

/// What came up while a command did its work to the end. All of it is printed; one exit code is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    noted: Vec<(ExitCode, String)>,
}

impl Outcome {
    /// Nothing came up.
    #[must_use]
    pub fn done() -> Self {
        Self::default()
    }

    /// Adds something that came up: what it means for the exit code, and in words what happened and what to do.
    pub fn note(&mut self, code: ExitCode, message: impl Into<String>) {
        self.noted.push((code, message.into()));
    }

    /// Adds every problem of a run.
    pub fn note_problems(&mut self, problems: &[Problem]) {
        for problem in problems {
            self.note(problem.trouble.into(), problem.message.clone());
        }
    }

    /// What came up, in order.
    #[must_use]
    pub fn noted(&self) -> &[(ExitCode, String)] {
        &self.noted
    }

    /// The code to end with: of all that came up, the first in the order 1, 2, 3, 7, 5, 4, 6, 8, 10.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        let holds = |code: &ExitCode| self.noted.iter().any(|(noted, _)| noted == code);
        PRECEDENCE.into_iter().find(holds).unwrap_or(ExitCode::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_records_the_code_it_ends_with() {
        for trouble in [
            Trouble::DrugList,
            Trouble::Refused,
            Trouble::Unreachable,
            Trouble::MailLeft,
            Trouble::Overdue,
        ] {
            assert_eq!(ExitCode::from(trouble).number(), trouble.exit_code());
        }
    }

    #[test]
    fn the_first_in_precedence_is_given_whatever_came_first() {
        let order = [1, 2, 3, 7, 5, 4, 6, 8, 10];
        assert_eq!(PRECEDENCE.map(ExitCode::number), order);
        let mut outcome = Outcome::done();
        assert_eq!(outcome.exit_code().number(), 0);
        for code in PRECEDENCE.into_iter().rev() {
            outcome.note(code, "x");
            assert_eq!(outcome.exit_code(), code);
        }
        assert_eq!(outcome.noted().len(), 9);
    }
}

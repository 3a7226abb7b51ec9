//! What can go wrong in a run, by the exit code it leads to.

use crate::fetch::ArchiveError;
use crate::store::StoreError;
use crate::store::refusals::Refusal;
use std::error::Error;
use std::path::PathBuf;

/// Kinds of trouble, in the order in which the first decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// The drug list has errors.
    DrugList,
    /// A file was refused; the last good release stays in force.
    Refused,
    /// The source, or a file of it, could not be reached.
    Unreachable,
    /// Mail was left in the outbox or refused for good.
    MailLeft,
    /// A quarter's HCPCS file has not come although the quarter has begun.
    Overdue,
}

impl Trouble {
    /// The exit code of the command contract.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::DrugList => 3,
            Self::Refused => 5,
            Self::Unreachable => 4,
            Self::MailLeft => 6,
            Self::Overdue => 8,
        }
    }

    /// The name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DrugList => "drug-list",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::MailLeft => "mail-left",
            Self::Overdue => "overdue",
        }
    }
}

/// Something that went wrong while the rest of the run was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The kind.
    pub trouble: Trouble,
    /// What happened, to what, and what to do next.
    pub message: String,
}

impl Problem {
    /// A problem with its message.
    #[must_use]
    pub fn new(trouble: Trouble, message: impl Into<String>) -> Self {
        Self {
            trouble,
            message: message.into(),
        }
    }

    /// The problem that a refused file is.
    #[must_use]
    pub fn refused(refusal: &Refusal) -> Self {
        let title = refusal.source.title();
        let message = format!(
            "{title} {}: refused [{}]: {}",
            refusal.quarter, refusal.code, refusal.message
        );
        Self::new(Trouble::Refused, message)
    }
}

/// What keeps a command from being done at all.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// Another run is at work.
    #[error("another run holds {}: wait for it to end, then run again", path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The lock file cannot be made.
    #[error("cannot take the run lock {}: check that its folder can be written", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A person's word that cannot be taken.
    #[error(transparent)]
    Review(Box<super::ReviewError>),
    /// The archive of raw files.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The mail transport.
    #[error(transparent)]
    Mail(#[from] crate::mail::MailError),
    /// A message could not be rendered.
    #[error(transparent)]
    Render(#[from] crate::alerts::digest::RenderError),
    /// A file for a message could not be written.
    #[error(transparent)]
    Attachment(#[from] crate::alerts::digest::AttachmentError),
}

impl From<super::ReviewError> for PipelineError {
    fn from(error: super::ReviewError) -> Self {
        Self::Review(Box::new(error))
    }
}

/// An error and its causes on one line.
pub(super) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

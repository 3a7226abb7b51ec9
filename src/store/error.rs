//! What can go wrong with the database, and what to do then.

use crate::domain::alert::AlertId;
use crate::domain::drug::DrugId;
use crate::domain::source::Source;
use std::path::{Path, PathBuf};

/// Why the store could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder of the database could not be made, or the file not be made or read.
    #[error(
        "could not {doing} {path}; check that the folder exists and may be written by the user who runs hcpcs-watch, or set `database` under [storage] to another place"
    )]
    File {
        /// What was being done: `create the folder`, ...
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is no database yet.
    #[error(
        "there is no database at {path}; `hcpcs-watch run` makes it, or set `database` under [storage] to the right place"
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is not SQLite's, or is SQLite's but another program's.
    #[error(
        "{path} is not a database of hcpcs-watch ({found}) and was left as it is; set `database` under [storage] to another file, or move this one away"
    )]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },
    /// The database was written by a newer program.
    #[error(
        "{path} has schema version {found}, this program knows up to {known}; the database was left as it is: install the newer hcpcs-watch that wrote it"
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest known version.
        known: i64,
    },
    /// The database is older and was opened for reading only.
    #[error(
        "{path} has schema version {found}, this program needs {known}; `hcpcs-watch status` upgrades it, after which an older hcpcs-watch refuses it"
    )]
    OlderSchema {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version needed.
        known: i64,
    },
    /// SQLite refused a statement.
    #[error("could not {doing} in the database {path}; {advice}")]
    Sql {
        /// What was being done.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What to do next.
        advice: &'static str,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Rows that belong together are not all there.
    #[error("the database {path} is damaged: {found}; keep a copy and put the last back-up in its place")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is missing.
        found: String,
    },
    /// A value could not be written as JSON.
    #[error("could not write down the details of an event; this is a bug of hcpcs-watch, please report it")]
    Detail(#[from] serde_json::Error),
    /// No drug has this number.
    #[error("there is no drug {0}; `hcpcs-watch drugs list` shows the numbers")]
    NoSuchDrug(DrugId),
    /// No alert has this number.
    #[error("there is no alert {0}; `hcpcs-watch alerts list` shows the numbers")]
    NoSuchAlert(AlertId),
    /// A message is not waiting, so its state cannot change any more.
    #[error("message {0} is not waiting in the outbox; `hcpcs-watch status` shows what is")]
    NotQueued(i64),
    /// Rows of one source were handed over for a release of another.
    #[error(
        "rows of the {found} were handed over for a release of the {expected}; this is a bug of hcpcs-watch, please report it"
    )]
    WrongContents {
        /// What the release is of.
        expected: Source,
        /// What the rows are of.
        found: Source,
    },
    /// Evidence names a posting that the store does not hold.
    #[error(
        "the posting {0} that a period rests on is not in the database; this is a bug of hcpcs-watch, please report it"
    )]
    UnknownPosting(String),
}

impl StoreError {
    pub(super) fn sql(doing: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        Self::Sql {
            doing,
            path: path.to_owned(),
            advice: advice(&source),
            source,
        }
    }

    /// Whether another program held the database for longer than is waited for.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Sql { source, .. } if is_busy(source))
    }
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode as Code;
    matches!(
        error.sqlite_error_code(),
        Some(Code::DatabaseBusy | Code::DatabaseLocked)
    )
}

/// What to do about an error of SQLite.
fn advice(error: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode as Code;
    match error.sqlite_error_code() {
        _ if is_busy(error) => "another program is using it: wait until it is done and run again",
        Some(Code::DiskFull) => "the disk is full: make room and run again, nothing was lost",
        Some(Code::DatabaseCorrupt | Code::NotADatabase) => {
            "the file is damaged and was left as it is: keep a copy and put the last back-up in its place"
        }
        Some(
            Code::ReadOnly
            | Code::PermissionDenied
            | Code::CannotOpen
            | Code::AuthorizationForStatementDenied,
        ) => "check that the user who runs hcpcs-watch may write the file and its folder",
        Some(Code::SystemIoFailure) => "check the disk and run again",
        _ => "run again with -v and report it with this message if it stays",
    }
}

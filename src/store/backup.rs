//! A copy of the database that is whole, while others read and write it.

use super::Reader;
use crate::staged;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::io;
use std::path::{Path, PathBuf};

/// Why there is no back-up.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Something is there already.
    #[error("{path} is there already and was left as it is; give the back-up a name that is free")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The system refused.
    #[error("could not write the back-up {path}; check that its folder exists, may be written and has room")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `SQLite` could not copy the pages.
    #[error(
        "could not copy the database {database} to the back-up {path}; check that the disk has room and run again"
    )]
    Copy {
        /// What was copied.
        database: PathBuf,
        /// The file.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// Another program would not let go of the database.
    #[error("another program is writing to the database {database}: wait until it is done and run again")]
    Busy {
        /// What was to be copied.
        database: PathBuf,
    },
    /// The copy was read and is not whole, so it was not kept.
    #[error(
        "the copy of the database {database} does not hold ({found}) and was not kept; the database itself is damaged: keep it, and put the last good back-up in its place"
    )]
    Damaged {
        /// What was copied.
        database: PathBuf,
        /// What the check found first.
        found: String,
    },
}

impl Reader {
    /// Copies the database as it is at this moment to `path`, which must be free; gives the size of the copy in bytes.
    /// The copy is made beside its place under another name, checked page by page, flushed to disk and only then given
    /// its name; only its owner may read it.
    ///
    /// # Errors
    ///
    /// See [`BackupError`]; nothing is left at `path` then.
    pub fn back_up(&self, path: &Path) -> Result<u64, BackupError> {
        if path.symlink_metadata().is_ok() {
            return Err(BackupError::Exists {
                path: path.to_owned(),
            });
        }
        let failed = |source| BackupError::File {
            path: path.to_owned(),
            source,
        };
        let folder = staged::folder_of(path);
        let staged = staged::begin(folder).map_err(failed)?;
        self.copy_to(staged.path(), path)?;
        staged.as_file().sync_all().map_err(failed)?;
        let size = staged.as_file().metadata().map_err(failed)?.len();
        staged
            .persist_noclobber(path)
            .map_err(|error| match error.error {
                there if there.kind() == io::ErrorKind::AlreadyExists => BackupError::Exists {
                    path: path.to_owned(),
                },
                other => failed(other),
            })?;
        staged::flush_folder(folder).map_err(failed)?;
        Ok(size)
    }

    fn copy_to(&self, staged: &Path, path: &Path) -> Result<(), BackupError> {
        let failed = |source| BackupError::Copy {
            database: self.path.clone(),
            path: path.to_owned(),
            source,
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut copy = Connection::open_with_flags(staged, flags).map_err(failed)?;
        let step = Backup::new(&self.connection, &mut copy).and_then(|backup| backup.step(-1));
        if step.map_err(failed)? != StepResult::Done {
            let database = self.path.clone();
            return Err(BackupError::Busy { database });
        }
        // The copy is one file: without the mark of write-ahead logging nothing lies beside it.
        copy.pragma_update_and_check(None, "journal_mode", "delete", |_mode| Ok(()))
            .map_err(failed)?;
        let found: String = copy
            .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
            .map_err(failed)?;
        let database = self.path.clone();
        if found != "ok" {
            return Err(BackupError::Damaged { database, found });
        }
        copy.close().map_err(|(_, error)| failed(error))
    }
}

//! One run at a time.

use super::PipelineError;
use crate::private::private_folder;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

/// The right to run; given back when dropped, also when the process dies.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the lock of `database`: the file beside it with `.lock` behind its name.
    ///
    /// # Errors
    ///
    /// [`PipelineError::Locked`] where another process holds it; [`PipelineError::Lock`] where the file cannot be made.
    pub fn take(database: &Path) -> Result<Self, PipelineError> {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let failed = |source| PipelineError::Lock {
            path: path.clone(),
            source,
        };
        if let Some(folder) = path.parent() {
            private_folder(folder).map_err(failed)?;
        }
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.create(true).append(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(PipelineError::Locked { path }),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_kept_out_until_the_first_ends() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("new").join("watch.db");
        let first = RunLock::take(&database).unwrap();
        assert!(matches!(
            RunLock::take(&database),
            Err(PipelineError::Locked { .. })
        ));
        drop(first);
        assert!(RunLock::take(&database).is_ok());
    }
}

//! Files in the making: written beside their place under another name, flushed to disk and renamed once they are whole,
//! so that a name never holds half a file.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;

/// What the name of each file in the making begins with.
pub const PREFIX: &str = ".hcpcs-watch-";

/// Files in the making older than this were left by a process that was killed: all transfers of a run end within 20
/// minutes. The run lock does not tell, as several databases may share a folder.
const STALE: Duration = Duration::from_hours(1);

/// Begins a file in `folder` that only its owner may read, and removes there what killed processes left behind. Dropped
/// without being given a name, it leaves nothing.
///
/// # Errors
///
/// Where the system refuses.
pub fn begin(folder: &Path) -> io::Result<NamedTempFile> {
    sweep(folder);
    tempfile::Builder::new().prefix(PREFIX).tempfile_in(folder)
}

/// Makes the names in `folder` last through a power cut: on Unix a rename is only on disk once its folder is; other
/// systems have no way to ask for it.
///
/// # Errors
///
/// Where the system refuses.
pub fn flush_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The folder a file lies in.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A left-over that cannot be removed, such as another user's, keeps nobody from writing a file of his own.
fn sweep(folder: &Path) {
    let swept = fs::read_dir(folder).and_then(|mut entries| {
        entries.try_for_each(|entry| {
            let entry = entry?;
            let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
            if is_ours { sweep_one(&entry) } else { Ok(()) }
        })
    });
    if let Err(error) = swept {
        tracing::warn!(folder = %folder.display(), %error, "could not remove what a killed process left behind");
    }
}

fn sweep_one(entry: &fs::DirEntry) -> io::Result<()> {
    let data = entry.metadata()?;
    let age = SystemTime::now().duration_since(data.modified()?);
    if data.is_file() && age.is_ok_and(|age| age > STALE) {
        fs::remove_file(entry.path())?;
        tracing::debug!(path = %entry.path().display(), "removed what a killed process left behind");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_left_overs_of_our_own_that_are_an_hour_old_go() {
        let folder = tempfile::tempdir().unwrap();
        let aged = |name: &str, minutes| {
            let file = File::create(folder.path().join(name)).unwrap();
            let then = SystemTime::now() - Duration::from_mins(minutes);
            file.set_modified(then).unwrap();
        };
        aged(".hcpcs-watch-old", 61);
        aged(".hcpcs-watch-young", 59);
        aged(".another-program", 61);
        fs::create_dir(folder.path().join(".hcpcs-watch-folder")).unwrap();
        drop(begin(folder.path()).unwrap());
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(
            left,
            [".another-program", ".hcpcs-watch-folder", ".hcpcs-watch-young"]
        );
    }

    #[test]
    fn a_file_lies_in_its_folder_or_here() {
        assert_eq!(folder_of(Path::new("a/b.csv")), Path::new("a"));
        assert_eq!(folder_of(Path::new("b.csv")), Path::new("."));
    }
}

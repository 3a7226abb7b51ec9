//! The archive folder: raw files as they came, each under its own SHA-256: `<archive>/ab/abcd….zip`.
//!
//! A file is written beside its place, flushed to disk and renamed, so a name never holds half a file. What is in the
//! archive is never changed; a file whose bytes no longer hash to its name is reported, never used.

use crate::cms::site::extension;
use crate::domain::source::Sha256;
use crate::private::private_folder;
use crate::staged;
use sha2::Digest;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The folder of raw files.
#[derive(Debug, Clone)]
pub struct RawArchive {
    root: PathBuf,
}

/// A file in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The hash of its bytes.
    pub sha256: Sha256,
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

/// Why the archive could not keep or give a file.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are named in each variant's message")]
pub enum ArchiveError {
    /// The folder or a file in it cannot be written.
    #[error("writing {} failed: check that [storage] archive may be written and the disk is not full", path.display())]
    Write {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    /// The folder or a file in it cannot be read.
    #[error("reading {} failed: check that [storage] archive may be read", path.display())]
    Read {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    /// No file with this hash.
    #[error("no file {sha256} in the archive {}: fetch or import it again", root.display())]
    Missing { root: PathBuf, sha256: Sha256 },
    /// The bytes are not those that were stored.
    #[error("{} was changed after it was stored: its bytes hash to {found}; move it away, then fetch or import it again", path.display())]
    Damaged { path: PathBuf, found: Sha256 },
}

impl RawArchive {
    /// The archive in the folder `root`, which is made when the first file comes.
    #[must_use]
    pub fn new(root: &Path) -> Self {
        let root = root.to_owned();
        Self { root }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Begins a file; nothing is in the archive before [`Incoming::keep`].
    pub fn begin(&self) -> Result<Incoming, ArchiveError> {
        private_folder(&self.root).map_err(write_error(&self.root))?;
        let file = staged::begin(&self.root).map_err(write_error(&self.root))?;
        Ok(Incoming {
            root: self.root.clone(),
            file,
            hasher: sha2::Sha256::new(),
            size: 0,
        })
    }

    /// Where the file with this hash lies, or none; its bytes are not checked.
    pub fn find(&self, sha256: Sha256) -> Result<Option<PathBuf>, ArchiveError> {
        let name = sha256.to_string();
        let folder = self.root.join(&name[..2]);
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            entries => entries.map_err(read_error(&folder))?,
        };
        for entry in entries {
            let path = entry.map_err(read_error(&folder))?.path();
            if path.file_stem().is_some_and(|stem| stem.to_str() == Some(&name)) {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// The bytes of the file with this hash, checked against it.
    pub fn read(&self, sha256: Sha256) -> Result<Vec<u8>, ArchiveError> {
        let root = self.root.clone();
        let path = self.find(sha256)?.ok_or(ArchiveError::Missing { root, sha256 })?;
        let bytes = fs::read(&path).map_err(read_error(&path))?;
        let found = Sha256::of(&bytes);
        if found == sha256 {
            Ok(bytes)
        } else {
            Err(ArchiveError::Damaged { path, found })
        }
    }

    /// Where the file with this hash lies, its bytes checked; none where it is missing or damaged.
    pub fn unharmed(&self, sha256: Sha256) -> Result<Option<PathBuf>, ArchiveError> {
        self.compared(sha256, None)
    }

    /// Whether the file with this hash lies here unharmed and `reader` gives the same bytes. A reader that fails does not.
    pub fn holds(&self, sha256: Sha256, reader: &mut dyn Read) -> Result<bool, ArchiveError> {
        Ok(self.compared(sha256, Some(reader))?.is_some())
    }

    /// Reads the file, and `other` beside it, in parts of 64 KiB: one of any size takes no more memory.
    fn compared(
        &self,
        sha256: Sha256,
        mut other: Option<&mut dyn Read>,
    ) -> Result<Option<PathBuf>, ArchiveError> {
        let Some(path) = self.find(sha256)? else {
            return Ok(None);
        };
        let mut kept = File::open(&path).map_err(read_error(&path))?;
        let mut hasher = sha2::Sha256::new();
        let (mut here, mut there) = (Vec::new(), Vec::new());
        loop {
            read_part(&mut kept, &mut here).map_err(read_error(&path))?;
            if let Some(other) = &mut other {
                let is_read = read_part(other, &mut there).is_ok();
                if !is_read || here != there {
                    return Ok(None);
                }
            }
            if here.is_empty() {
                let found = Sha256::from_bytes(hasher.finalize().into());
                return Ok((found == sha256).then_some(path));
            }
            hasher.update(&here);
        }
    }
}

/// A file on its way into the archive; dropped, it leaves nothing.
#[derive(Debug)]
pub struct Incoming {
    root: PathBuf,
    file: NamedTempFile,
    hasher: sha2::Sha256,
    size: u64,
}

impl Incoming {
    /// The bytes written so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds bytes to its end.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.write_all(bytes).map_err(write_error(&self.root))
    }

    /// The last bytes written, at most `count`.
    pub fn tail(&mut self, count: u64) -> Result<Vec<u8>, ArchiveError> {
        let path = self.file.path().to_owned();
        let mut tail = Vec::new();
        let file = self.file.as_file_mut();
        let start = SeekFrom::Start(self.size.saturating_sub(count));
        file.seek(start)
            .and_then(|_| file.read_to_end(&mut tail))
            .map_err(read_error(&path))?;
        Ok(tail)
    }

    /// Puts the file under its hash and the ending of `name` (none that is not known is kept), flushed to disk. An
    /// identical file that is already there stays as it is; one that was damaged is replaced.
    pub fn keep(self, name: &str) -> Result<Stored, ArchiveError> {
        let sha256 = Sha256::from_bytes(self.hasher.finalize().into());
        let archive = RawArchive::new(&self.root);
        let size = self.size;
        if let Some(path) = archive.unharmed(sha256)? {
            return Ok(Stored { sha256, path, size });
        }
        let hex = sha256.to_string();
        let folder = self.root.join(&hex[..2]);
        let path = match archive.find(sha256)? {
            Some(damaged) => damaged,
            None => folder.join(format!("{hex}.{}", extension(name).unwrap_or("bin"))),
        };
        private_folder(&folder).map_err(write_error(&folder))?;
        self.file.as_file().sync_all().map_err(write_error(&path))?;
        let persisted = self.file.persist(&path).map_err(|error| error.error);
        persisted.map_err(write_error(&path))?;
        for changed in [&folder, &self.root] {
            staged::flush_folder(changed).map_err(write_error(changed))?;
        }
        Ok(Stored { sha256, path, size })
    }
}

impl Write for Incoming {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += u64::try_from(written).unwrap_or(u64::MAX);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Fills `part` with the next bytes, as many as a part has; fewer at the end.
pub(super) fn read_part(reader: &mut dyn Read, part: &mut Vec<u8>) -> io::Result<()> {
    const PART: u64 = 64 * 1024;
    part.clear();
    reader.take(PART).read_to_end(part)?;
    Ok(())
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> ArchiveError + use<> {
    let path = path.to_owned();
    move |cause| ArchiveError::Write { path, cause }
}

fn read_error(path: &Path) -> impl FnOnce(io::Error) -> ArchiveError + use<> {
    let path = path.to_owned();
    move |cause| ArchiveError::Read { path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect()
    }

    fn keep(archive: &RawArchive, name: &str, bytes: &[u8]) -> Stored {
        let mut incoming = archive.begin().unwrap();
        incoming.append(bytes).unwrap();
        incoming.keep(name).unwrap()
    }

    #[test]
    fn a_file_is_kept_once_under_its_hash_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let archive = RawArchive::new(&folder.path().join("new/archive"));
        let stored = keep(&archive, "x.ZIP", b"PK rest");
        assert_eq!((stored.sha256, stored.size), (Sha256::of(b"PK rest"), 7));
        let hex = stored.sha256.to_string();
        assert!(
            stored.path.ends_with(format!("{}/{hex}.zip", &hex[..2])),
            "{:?}",
            stored.path
        );
        let written = fs::metadata(&stored.path).unwrap().modified().unwrap();
        assert_eq!(keep(&archive, "other.csv", b"PK rest"), stored);
        assert_eq!(fs::metadata(&stored.path).unwrap().modified().unwrap(), written);
        assert_eq!(archive.read(stored.sha256).unwrap(), b"PK rest");
        assert_eq!(
            names(&folder.path().join("new/archive")).len(),
            1,
            "no file in the making is left"
        );
        let absent = archive.read(Sha256::of(b"")).unwrap_err();
        assert!(matches!(absent, ArchiveError::Missing { .. }));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_a_kept_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let stored = keep(&RawArchive::new(folder.path()), "x.zip", b"x");
        assert_eq!(
            fs::metadata(&stored.path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_changed_file_is_said_and_mended_when_it_comes_again() {
        let folder = tempfile::tempdir().unwrap();
        let archive = RawArchive::new(folder.path());
        let stored = keep(&archive, "x.zip", b"good");
        fs::write(&stored.path, b"bad").unwrap();
        let error = archive.read(stored.sha256).unwrap_err();
        assert!(matches!(&error, ArchiveError::Damaged { found, .. } if *found == Sha256::of(b"bad")));
        assert_eq!(archive.unharmed(stored.sha256).unwrap(), None);
        assert!(!archive.holds(stored.sha256, &mut &b"bad"[..]).unwrap());
        assert_eq!(keep(&archive, "x.zip", b"good"), stored);
        assert_eq!(archive.read(stored.sha256).unwrap(), b"good");
    }

    #[test]
    fn a_file_is_held_only_where_every_byte_is() {
        let folder = tempfile::tempdir().unwrap();
        let archive = RawArchive::new(folder.path());
        let large = b"0123456789".repeat(20_000);
        let stored = keep(&archive, "x.zip", &large);
        let (mut longer, mut other) = (large.clone(), large.clone());
        longer.push(b'x');
        other[150_000] = b'x';
        for (bytes, is_held) in [
            (&large, true),
            (&longer, false),
            (&other, false),
            (&large[..64 * 1024].to_vec(), false),
            (&Vec::new(), false),
        ] {
            let held = archive.holds(stored.sha256, &mut bytes.as_slice()).unwrap();
            assert_eq!(held, is_held, "{} bytes", bytes.len());
        }
        let mut failing = File::open(folder.path()).unwrap();
        assert!(
            !archive.holds(stored.sha256, &mut failing).unwrap(),
            "a folder gives no bytes"
        );
        let absent = Sha256::of(b"absent");
        assert!(!archive.holds(absent, &mut &b"absent"[..]).unwrap());
        assert_eq!(archive.unharmed(stored.sha256).unwrap(), Some(stored.path));
    }

    #[test]
    fn a_dropped_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let archive = RawArchive::new(folder.path());
        let mut incoming = archive.begin().unwrap();
        incoming.write_all(b"half").unwrap();
        assert_eq!(incoming.tail(2).unwrap(), b"lf");
        drop(incoming);
        assert!(names(folder.path()).is_empty());
    }
}

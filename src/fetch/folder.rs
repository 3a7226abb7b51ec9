//! Fetching from a folder of files downloaded from CMS, under CMS's names or renamed.
//!
//! The folder and one level of folders in it are looked through; names that begin with a dot are not. A file named in
//! CMS's way is what its name says, and not opened where that is not wanted; what any other file is, is told from its
//! content.

use super::error::FetchError;
use super::progress::{Event, Progress};
use super::raw_archive::{RawArchive, Stored, read_part};
use super::report::{FetchReport, Fetched, FileOutcome, Note, Unchanged};
use super::wanted::Wanted;
use super::{Identify, Job};
use crate::cms::site::{Naming, Posting, extension, rank};
use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source, SourceFile};
use std::cmp::Reverse;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// The most files a folder may hold.
const MAX_FILES: usize = 5_000;

/// A file of the folder that is of a series and quarter wanted.
struct Candidate {
    path: PathBuf,
    name: String,
    posting: Posting,
    modified: Option<SystemTime>,
}

/// Fetches what `job` wants from `folder`.
pub(super) fn fetch(job: &Job<'_>, folder: &Path, progress: &dyn Progress) -> FetchReport {
    let mut report = FetchReport::default();
    let paths = match files_in(folder) {
        Ok(paths) => paths,
        Err(error) => return no_folder(job, folder, Arc::new(error)),
    };
    let mut candidates = Vec::new();
    for path in paths {
        match candidate(job, &path) {
            Ok(found) => candidates.extend(found),
            Err(reason) => report.notes.push(Note::Unidentified { path, reason }),
        }
    }
    for wanted in job.wanted {
        let of_this =
            |one: &&Candidate| (one.posting.source, one.posting.quarter) == (wanted.source, wanted.quarter);
        let ranked = ranked(job, candidates.iter().filter(of_this).collect());
        let outcome = outcome(job, *wanted, &ranked, &mut report.notes, progress);
        report.outcomes.push(outcome);
    }
    report
}

fn no_folder(job: &Job<'_>, folder: &Path, error: Arc<FetchError>) -> FetchReport {
    let failed = |wanted: &Wanted| FileOutcome::Failed {
        wanted: *wanted,
        origin: folder.display().to_string(),
        error: Arc::clone(&error),
    };
    FetchReport {
        outcomes: job.wanted.iter().map(failed).collect(),
        folder_failure: Some(error),
        ..FetchReport::default()
    }
}

/// The files of `folder` and of the folders in it, by name.
fn files_in(folder: &Path) -> Result<Vec<PathBuf>, FetchError> {
    let mut files = Vec::new();
    let mut folders = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for path in entries(&folder)? {
            let is_folder = fs::metadata(&path).map_err(unreadable(&path))?.is_dir();
            match (is_folder, depth) {
                (true, 0) => folders.push((path, 1)),
                (true, _) => tracing::debug!(path = %path.display(), "deeper folders are not looked through"),
                (false, _) => files.push(path),
            }
        }
        if files.len() > MAX_FILES {
            let limit = MAX_FILES;
            return Err(FetchError::FolderTooFull { path: folder, limit });
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// What lies in `folder`, without names that begin with a dot.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, FetchError> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable(folder))? {
        let entry = entry.map_err(unreadable(folder))?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

/// The file at `path` where it is wanted, none where it is of no quarter wanted, or why it could not be told.
fn candidate(job: &Job<'_>, path: &Path) -> Result<Option<Candidate>, String> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    if extension(&name).is_none() {
        return Err("not a zip, csv, txt, xls or xlsx".to_owned());
    }
    let wanted = |source: Source, quarter: Quarter| {
        job.wanted
            .iter()
            .any(|one| (one.source, one.quarter) == (source, quarter))
    };
    let naming = Naming::of(&name);
    if let (Some(source), [quarter]) = (naming.source, &naming.quarters[..])
        && !wanted(source, *quarter)
    {
        return Ok(None);
    }
    let told = naming
        .file()
        .map_or_else(|| told_by_content(job, path, &name), Ok)?;
    let (source, quarter) = told;
    Ok(wanted(source, quarter).then(|| Candidate {
        path: path.to_owned(),
        posting: Posting::new(source, quarter, &naming, &Naming::default()),
        name,
        // Some file systems keep no time; the other ranks then decide.
        modified: fs::metadata(path).and_then(|data| data.modified()).ok(),
    }))
}

/// What a file is that is not named as CMS names its files.
fn told_by_content(job: &Job<'_>, path: &Path, name: &str) -> Result<(Source, Quarter), String> {
    let bytes = read(path, job.limits.max_file).map_err(|error| error.to_string())?;
    held(job, &bytes).map_or_else(|| identified(job.identify, name, &bytes), Ok)
}

/// What a file was taken for when it came: one that is held need not be opened again.
fn held(job: &Job<'_>, bytes: &[u8]) -> Option<(Source, Quarter)> {
    let sha256 = Sha256::of(bytes);
    let mut known = job.known.iter();
    let held = known.find(|known| known.sha256 == sha256)?;
    Some((held.source, held.quarter))
}

fn identified(identify: &Identify<'_>, name: &str, bytes: &[u8]) -> Result<(Source, Quarter), String> {
    if super::transfer::is_html(bytes) {
        return Err(
            "a web page, most likely a licence to accept: download the file again in a browser".to_owned(),
        );
    }
    identify(name, bytes)
}

/// The bytes of the file at `path`, at most `limit`.
fn read(path: &Path, limit: u64) -> Result<Vec<u8>, FetchError> {
    let (file, size) = opened(path, limit)?;
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable(path))?;
    if u64::try_from(bytes.len()).is_ok_and(|size| size > limit) {
        return Err(too_large(path, limit));
    }
    Ok(bytes)
}

/// Keeps the file at `path`, refused where it has more than `limit` bytes, in `archive`.
pub(super) fn keep(path: &Path, limit: u64, archive: &RawArchive) -> Result<Stored, FetchError> {
    let (mut file, _) = opened(path, limit)?;
    let mut incoming = archive.begin()?;
    let mut part = Vec::new();
    loop {
        read_part(&mut file, &mut part).map_err(unreadable(path))?;
        if part.is_empty() {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return Ok(incoming.keep(&name)?);
        }
        incoming.append(&part)?;
        if incoming.size() > limit {
            return Err(too_large(path, limit));
        }
    }
}

/// The file at `path` and its size, at most `limit`, though it may grow; a device or pipe, which may never end, is none.
fn opened(path: &Path, limit: u64) -> Result<(File, u64), FetchError> {
    // Asked before it is opened: to open a pipe is to wait for somebody who writes into it.
    let data = fs::metadata(path).map_err(unreadable(path))?;
    if !data.is_file() {
        return Err(unreadable(path)(io::Error::other("not a regular file")));
    }
    if data.len() > limit {
        return Err(too_large(path, limit));
    }
    let file = File::open(path).map_err(unreadable(path))?;
    Ok((file, data.len()))
}

fn too_large(path: &Path, limit: u64) -> FetchError {
    let url = path.display().to_string();
    FetchError::TooLarge { url, limit }
}

/// `candidates`, best first: by the rank of postings (day of posting in the name, stage, `v` number), then the one last
/// changed, then by path.
fn ranked<'a>(job: &Job<'_>, mut candidates: Vec<&'a Candidate>) -> Vec<&'a Candidate> {
    candidates.sort_by_key(|one| Reverse((rank(&one.posting, job.today), one.modified)));
    candidates
}

fn outcome(
    job: &Job<'_>,
    wanted: Wanted,
    ranked: &[&Candidate],
    notes: &mut Vec<Note>,
    progress: &dyn Progress,
) -> FileOutcome {
    let Some((chosen, others)) = ranked.split_first() else {
        let overdue = wanted.quarter.first_day() <= job.today;
        return FileOutcome::NotPosted { wanted, overdue };
    };
    notes.extend(others.iter().map(|other| Note::PassedOver {
        series: wanted.source,
        quarter: wanted.quarter,
        chosen: chosen.path.display().to_string(),
        passed_over: other.path.display().to_string(),
    }));
    kept(job, wanted, chosen, progress).unwrap_or_else(|error| FileOutcome::Failed {
        wanted,
        origin: chosen.path.display().to_string(),
        error,
    })
}

fn kept(
    job: &Job<'_>,
    wanted: Wanted,
    chosen: &Candidate,
    progress: &dyn Progress,
) -> Result<FileOutcome, Arc<FetchError>> {
    let (origin, name) = (chosen.path.display().to_string(), &chosen.name);
    let known = job.known.iter().find(|known| known.is_of(wanted));
    let known = known.map(|known| known.sha256);
    let unchanged = |sha256| {
        progress.report(&Event::Unchanged { name });
        Ok(FileOutcome::Unchanged(Unchanged {
            wanted,
            origin: origin.clone(),
            sha256,
            etag: None,
            last_modified: None,
        }))
    };
    // What lies in the archive unharmed is not written once more; whatever is amiss with one of the two comes out below.
    if let Some(known) = known
        && let Ok((mut file, _)) = opened(&chosen.path, job.limits.max_file)
        && job.archive.holds(known, &mut file).unwrap_or(false)
    {
        return unchanged(known);
    }
    let stored = keep(&chosen.path, job.limits.max_file, job.archive).map_err(Arc::new)?;
    let sha256 = stored.sha256;
    if known == Some(sha256) {
        return unchanged(sha256);
    }
    let size = stored.size;
    progress.report(&Event::Kept { name, size, sha256 });
    Ok(FileOutcome::Fetched(Box::new(Fetched {
        file: SourceFile {
            source: wanted.source,
            quarter: wanted.quarter,
            origin,
            name: name.clone(),
            sha256,
        },
        path: stored.path,
        size,
        etag: None,
        last_modified: None,
        link_text: None,
        redirected_to: None,
        guessed: false,
    })))
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> FetchError + use<> {
    let path = path.to_owned();
    move |cause| FetchError::Unreadable { path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_up_to_the_limit_and_one_beyond_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (path, archive) = (folder.path().join("x.zip"), folder.path().join("archive"));
        fs::write(&path, vec![7; 100_000]).unwrap();
        let raw = RawArchive::new(&archive);
        for refused in [
            keep(&path, 99_999, &raw).unwrap_err(),
            read(&path, 99_999).unwrap_err(),
        ] {
            assert!(
                matches!(refused, FetchError::TooLarge { limit: 99_999, .. }),
                "{refused}"
            );
        }
        assert!(!archive.exists());
        let kept = keep(&path, 100_000, &raw).unwrap();
        assert_eq!((kept.size, kept.sha256), (100_000, Sha256::of(&vec![7; 100_000])));
        assert_eq!(read(&path, 100_000).unwrap(), raw.read(kept.sha256).unwrap());
    }
}

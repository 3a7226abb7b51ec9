//! Loads files given by hand: for a site that refuses programs, and to build history.

use super::gather::Gathered;
use super::load::{Forced, read};
use super::problem::with_causes;
use super::{Moment, PipelineError, Problem, Report, RunLock, Trouble};
use crate::cms;
use crate::config::Config;
use crate::domain::source::SourceFile;
use crate::fetch::{self, Fetched, RawArchive};
use crate::store::Store;
use std::path::{Path, PathBuf};

/// Loads the files at `paths`, in any order; what each is, is told from its name and content. News is queued, not sent.
///
/// # Errors
///
/// Where the lock, the store or the archive cannot be used. A file that cannot be read or is refused is a [`Problem`] of
/// the report; the others are loaded.
pub fn import(config: &Config, moment: Moment, paths: &[PathBuf]) -> Result<Report, PipelineError> {
    import_all(config, moment, paths, None)
}

/// As [`import`]; files that only the gates of `validate` keep out are loaded on a person's word, which is logged. What
/// cannot be opened or read stays refused.
///
/// # Errors
///
/// As [`import`].
pub fn import_forced(
    config: &Config,
    moment: Moment,
    paths: &[PathBuf],
    forced: Forced,
) -> Result<Report, PipelineError> {
    import_all(config, moment, paths, Some(forced))
}

fn import_all(
    config: &Config,
    moment: Moment,
    paths: &[PathBuf],
    forced: Option<Forced>,
) -> Result<Report, PipelineError> {
    let _lock = RunLock::take(&config.storage.database)?;
    let mut store = Store::open(&config.storage.database)?.on_day(moment.today);
    let archive = RawArchive::new(&config.storage.archive);
    let mut gathered = Gathered::default();
    if let Some(forced) = forced {
        gathered.actor.clone_from(&forced.by);
        gathered.forced = Some(forced);
    }
    for path in paths {
        take(path, &archive, moment, &mut gathered)?;
    }
    let mut report = Report::default();
    super::record(config, &mut store, moment, None, gathered, &mut report)?;
    report.problems.sort_by_key(|problem| problem.trouble);
    Ok(report)
}

fn take(
    path: &Path,
    archive: &RawArchive,
    moment: Moment,
    gathered: &mut Gathered,
) -> Result<(), PipelineError> {
    let stored = match fetch::keep_file(path, archive) {
        Ok(stored) => stored,
        Err(error) => {
            gathered
                .problems
                .push(Problem::new(Trouble::Unreachable, with_causes(&error)));
            return Ok(());
        }
    };
    let bytes = archive.read(stored.sha256)?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let (source, quarter) = match cms::taken_for(&name, &bytes) {
        Ok(found) => found,
        Err(refusal) => {
            let message = format!(
                "{}: refused [{}]: {refusal}: {}",
                path.display(),
                refusal.code(),
                refusal.next_step()
            );
            gathered.problems.push(Problem::new(Trouble::Refused, message));
            return Ok(());
        }
    };
    let file = SourceFile {
        source,
        quarter,
        origin: path.display().to_string(),
        name,
        sha256: stored.sha256,
    };
    let fetched = Fetched::by_hand(file, stored);
    match read(&fetched, &bytes, moment.now) {
        Ok(file) => gathered.files.push(file),
        Err(refusal) => gathered.refused.push(refusal),
    }
    Ok(())
}

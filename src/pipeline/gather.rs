//! Fetches what the location offers and reads every file that is new.

use super::load::{Forced, Given, ReadFile, read};
use super::problem::with_causes;
use super::{Moment, PipelineError, Problem, Trouble};
use crate::cms;
use crate::cms::site::LandingPage;
use crate::config::{Config, Location};
use crate::domain::quarter::Quarter;
use crate::domain::source::{Source, SourceFile};
use crate::fetch::{
    self, FetchError, FetchReport, Fetched, FileOutcome, Job, Known, Limits, Progress, RawArchive, wanted_for,
};
use crate::store::Reader;
use crate::store::refusals::Refusal;
use chrono::NaiveDate;
use std::path::Path;
use std::sync::Arc;

/// What came, read, with what went wrong on the way.
#[derive(Debug)]
pub(super) struct Gathered {
    pub files: Vec<ReadFile>,
    pub refused: Vec<Refusal>,
    pub notes: Vec<String>,
    pub problems: Vec<Problem>,
    /// In whose name what follows from it is logged: `run`, `command` or a person's name.
    pub actor: String,
    /// How the files came.
    pub given: Given,
    /// A person's word that lets files past the gates.
    pub forced: Option<Forced>,
}

impl Default for Gathered {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            refused: Vec::new(),
            notes: Vec::new(),
            problems: Vec::new(),
            actor: "command".to_owned(),
            given: Given::Hand,
            forced: None,
        }
    }
}

pub(super) fn gather(
    config: &Config,
    store: &Reader,
    moment: Moment,
    progress: &dyn Progress,
) -> Result<Gathered, PipelineError> {
    let archive = RawArchive::new(&config.storage.archive);
    let known = known_files(store)?;
    let wanted = wanted_for(moment.today);
    let identify =
        |name: &str, bytes: &[u8]| cms::taken_for(name, bytes).map_err(|refusal| refusal.to_string());
    let job = Job {
        config: &config.source,
        archive: &archive,
        today: moment.today,
        wanted: &wanted,
        known: &known,
        identify: &identify,
        limits: Limits::default(),
    };
    let report = fetch::fetch(&job, progress);
    let mut gathered = Gathered {
        given: match config.source.location {
            Location::Site(_) => Given::Site,
            Location::Folder(_) => Given::Folder,
        },
        ..Gathered::default()
    };
    for fetched in report.fetched() {
        gathered.take(&archive, fetched, moment)?;
    }
    gathered.note(&report, moment.today);
    if let (Some(path), Some(quarter)) = (&config.source.purple_book, Quarter::containing(moment.today)) {
        gathered.take_purple_book(&archive, path, quarter, moment)?;
    }
    Ok(gathered)
}

/// The newest revision of every file held: its tags make requests conditional, its hash tells what is new.
fn known_files(store: &Reader) -> Result<Vec<Known>, PipelineError> {
    let mut known: Vec<Known> = Vec::new();
    for held in store.held_releases()? {
        known.retain(|other| (other.source, other.quarter) != (held.release.source, held.release.quarter));
        known.push(Known {
            source: held.release.source,
            quarter: held.release.quarter,
            url: held.origin,
            etag: held.etag,
            last_modified: held.last_modified,
            sha256: held.release.sha256,
        });
    }
    Ok(known)
}

impl Gathered {
    fn take(&mut self, archive: &RawArchive, fetched: &Fetched, moment: Moment) -> Result<(), PipelineError> {
        let bytes = archive.read(fetched.file.sha256)?;
        match read(fetched, &bytes, moment.now) {
            Ok(file) => self.files.push(file),
            Err(refusal) => self.refused.push(refusal),
        }
        Ok(())
    }

    /// The Purple Book is not quarterly: it is kept under the quarter in which it came.
    fn take_purple_book(
        &mut self,
        archive: &RawArchive,
        path: &Path,
        quarter: Quarter,
        moment: Moment,
    ) -> Result<(), PipelineError> {
        let stored = match fetch::keep_file(path, archive) {
            Ok(stored) => stored,
            Err(error) => {
                self.problems
                    .push(Problem::new(Trouble::Unreachable, with_causes(&error)));
                return Ok(());
            }
        };
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let file = SourceFile {
            source: Source::PurpleBook,
            quarter,
            origin: path.display().to_string(),
            name,
            sha256: stored.sha256,
        };
        let fetched = Fetched::by_hand(file, stored);
        self.take(archive, &fetched, moment)
    }

    fn note(&mut self, report: &FetchReport, today: NaiveDate) {
        self.notes.extend(report.notes.iter().map(ToString::to_string));
        for (page, error) in &report.page_failures {
            let mut message = with_causes(error.as_ref());
            if error.is_refused_page() {
                message.push_str(&instead_of(*page, report));
            }
            // The source was reached: what is in force is held, and no exit code need wake anybody each night.
            if error.is_refused_page() && has_quarter_in_force(*page, report, today) {
                self.notes.push(message);
            } else {
                self.problems.push(Problem::new(Trouble::Unreachable, message));
            }
        }
        if let Some(error) = &report.folder_failure {
            self.problems
                .push(Problem::new(Trouble::Unreachable, with_causes(error.as_ref())));
        }
        let is_told = |error: &Arc<FetchError>| {
            let mut pages = report.page_failures.iter();
            pages.any(|(_, told)| Arc::ptr_eq(told, error))
        };
        for outcome in &report.outcomes {
            match outcome {
                FileOutcome::Failed { error, .. } if is_told(error) => {}
                FileOutcome::Failed { error, .. } => {
                    let trouble = if error.is_bad_data() {
                        Trouble::Refused
                    } else {
                        Trouble::Unreachable
                    };
                    let problem = Problem::new(trouble, with_causes(error.as_ref()));
                    if !self.problems.contains(&problem) {
                        self.problems.push(problem);
                    }
                }
                FileOutcome::NotPosted {
                    wanted,
                    overdue: true,
                } if wanted.source != Source::Noc => {
                    self.notes.push(format!(
                        "{}, {}: not posted",
                        wanted.source.title(),
                        wanted.quarter
                    ));
                }
                FileOutcome::Fetched(_) | FileOutcome::Unchanged(_) | FileOutcome::NotPosted { .. } => {}
            }
        }
    }
}

/// Whether every file of `page` for the quarter in force came or is known; the NOC files are not posted each quarter.
fn has_quarter_in_force(page: LandingPage, report: &FetchReport, today: NaiveDate) -> bool {
    let is_due = |outcome: &&FileOutcome| {
        let (source, quarter) = outcome.source_and_quarter();
        LandingPage::of(source) == Some(page) && source != Source::Noc && quarter.first_day() <= today
    };
    let mut due = report.outcomes.iter().filter(is_due);
    due.all(|outcome| matches!(outcome, FileOutcome::Fetched(_) | FileOutcome::Unchanged(_)))
}

/// What was done where a landing page could not be had.
fn instead_of(page: LandingPage, report: &FetchReport) -> String {
    let is_of = |source: Source| LandingPage::of(source) == Some(page);
    let came = report.outcomes.iter().filter(|outcome| match outcome {
        FileOutcome::Fetched(fetched) => is_of(fetched.file.source),
        FileOutcome::Unchanged(unchanged) => is_of(unchanged.wanted.source),
        FileOutcome::NotPosted { .. } | FileOutcome::Failed { .. } => false,
    });
    format!(
        "; until then its files are asked for under CMS's usual names (found this time: {})",
        came.count()
    )
}

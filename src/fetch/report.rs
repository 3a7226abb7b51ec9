//! What came of fetching: an outcome for each file wanted, and notes on what else was seen.

use super::error::FetchError;
use super::raw_archive::Stored;
use super::wanted::Wanted;
use crate::cms::site::LandingPage;
use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source, SourceFile};
use std::path::PathBuf;
use std::sync::Arc;

/// What came of one run's fetching.
#[derive(Debug, Default)]
pub struct FetchReport {
    /// One for each file wanted, in the order wanted.
    pub outcomes: Vec<FileOutcome>,
    /// What else was seen, in order.
    pub notes: Vec<Note>,
    /// Landing pages that could not be read.
    pub page_failures: Vec<(LandingPage, Arc<FetchError>)>,
    /// The folder that could not be read.
    pub folder_failure: Option<Arc<FetchError>>,
}

/// What came of one file wanted.
#[derive(Debug)]
pub enum FileOutcome {
    /// It came, and differs from what is known of its series and quarter.
    Fetched(Box<Fetched>),
    /// It is what is already known.
    Unchanged(Unchanged),
    /// The location has no such file: fine for a quarter that has not begun.
    NotPosted {
        /// The file.
        wanted: Wanted,
        /// Whether its quarter has begun, so that the file is overdue, unless it is one CMS does not post each
        /// quarter (NOC).
        overdue: bool,
    },
    /// It could not be had.
    Failed {
        /// The file.
        wanted: Wanted,
        /// The address or path it was to come from.
        origin: String,
        /// Why not.
        error: Arc<FetchError>,
    },
}

/// A file that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// What it is, by its link or its content, and its hash.
    pub file: SourceFile,
    /// Where it lies in the archive.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// The site's tag for it.
    pub etag: Option<String>,
    /// When the site says it was last changed.
    pub last_modified: Option<String>,
    /// The words of its link.
    pub link_text: Option<String>,
    /// The address the site redirected to.
    pub redirected_to: Option<String>,
    /// Whether its address was guessed from CMS's usual names because the page could not be read.
    pub guessed: bool,
}

impl Fetched {
    /// A file that a person gave: no site told anything of it.
    #[must_use]
    pub fn by_hand(file: SourceFile, stored: Stored) -> Self {
        Self {
            file,
            path: stored.path,
            size: stored.size,
            etag: None,
            last_modified: None,
            link_text: None,
            redirected_to: None,
            guessed: false,
        }
    }
}

/// A file that is already known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchanged {
    /// The file.
    pub wanted: Wanted,
    /// The address or path it was looked for at.
    pub origin: String,
    /// The hash of its bytes.
    pub sha256: Sha256,
    /// The site's tag for it, where it came anew.
    pub etag: Option<String>,
    /// When the site says it was last changed, where it came anew.
    pub last_modified: Option<String>,
}

/// Something worth knowing that is no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Note {
    /// Several postings of one file: one was chosen.
    #[error("{}, {quarter}: {chosen} was chosen, {passed_over} passed over", series.title())]
    PassedOver {
        /// The series.
        series: Source,
        /// The quarter.
        quarter: Quarter,
        /// The address or path used.
        chosen: String,
        /// The address or path not used.
        passed_over: String,
    },
    /// A link whose words and address name different files.
    #[error(
        "a link of the {page} was not used: its words \"{text}\" name {text_says}, its address {href} names {href_says}"
    )]
    Contradiction {
        /// The page.
        page: LandingPage,
        /// The words.
        text: String,
        /// What they name.
        text_says: String,
        /// The address.
        href: String,
        /// What it names.
        href_says: String,
    },
    /// A file whose address was guessed.
    #[error("the {page} could not be read; {url} was guessed from CMS's usual names")]
    Guessed {
        /// The page.
        page: LandingPage,
        /// The address.
        url: String,
    },
    /// A file of the folder that was not recognised.
    #[error("{} was not used: {reason}", path.display())]
    Unidentified {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl FileOutcome {
    /// The file it is about.
    #[must_use]
    pub fn source_and_quarter(&self) -> (Source, Quarter) {
        match self {
            Self::Fetched(fetched) => (fetched.file.source, fetched.file.quarter),
            Self::Unchanged(Unchanged { wanted, .. })
            | Self::NotPosted { wanted, .. }
            | Self::Failed { wanted, .. } => (wanted.source, wanted.quarter),
        }
    }

    /// Whether a required file neither came nor is known.
    #[must_use]
    pub fn lacks_required(&self) -> bool {
        matches!(self, Self::NotPosted { wanted, .. } | Self::Failed { wanted, .. } if wanted.required)
    }
}

impl FetchReport {
    /// The files that came, in the order wanted.
    pub fn fetched(&self) -> impl Iterator<Item = &Fetched> {
        self.outcomes.iter().filter_map(|outcome| match outcome {
            FileOutcome::Fetched(fetched) => Some(&**fetched),
            _ => None,
        })
    }

    /// Whether the source could not be reached: the folder cannot be read, or no landing page could and no file came
    /// by a guessed address either.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        let failed = |page| self.page_failures.iter().any(|(failed, _)| *failed == page);
        let out_of_reach = |outcome: &FileOutcome| {
            let came = matches!(outcome, FileOutcome::Fetched(_) | FileOutcome::Unchanged(_));
            let (source, _) = outcome.source_and_quarter();
            !came && LandingPage::of(source).is_some_and(failed)
        };
        let pages_failed = !self.page_failures.is_empty() && self.outcomes.iter().all(out_of_reach);
        self.folder_failure.is_some() || pages_failed
    }
}

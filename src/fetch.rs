//! From the configured location to files in the archive folder.
//!
//! The location is the CMS site, whose two landing pages are scraped for links, or a folder of files downloaded from
//! it. One file's failure never stops the others: each file wanted has its own outcome, and what else is worth
//! knowing (links passed over, files not recognised) is noted. Nothing is printed here but through [`Progress`].

mod error;
mod folder;
mod http;
mod limits;
mod progress;
mod raw_archive;
mod report;
mod retry;
mod site;
mod transfer;
mod wanted;

#[cfg(test)]
mod tests;

pub use error::FetchError;
pub use http::Download;
pub use limits::Limits;
pub use progress::{Bar, Event, Lines, Progress, Silent, on_stderr};
pub use raw_archive::{ArchiveError, Incoming, RawArchive, Stored};
pub use report::{FetchReport, Fetched, FileOutcome, Note, Unchanged};
pub use wanted::{Known, Wanted, wanted_for};

use crate::config::{Location, SourceConfig};
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use chrono::NaiveDate;
use std::path::Path;
use url::Url;

/// Tells by name and content which series and quarter a file is of, or why that cannot be told.
pub type Identify<'a> = dyn Fn(&str, &[u8]) -> Result<(Source, Quarter), String> + 'a;

/// What is to be fetched, from where and into which archive.
pub struct Job<'a> {
    /// The location and how the tool calls itself there.
    pub config: &'a SourceConfig,
    /// Where files are kept.
    pub archive: &'a RawArchive,
    /// The practice's date.
    pub today: NaiveDate,
    /// The files to look for, as [`wanted_for`] gives them.
    pub wanted: &'a [Wanted],
    /// The latest revision held of each file, for conditional requests and to tell what is new.
    pub known: &'a [Known],
    /// Tells what a file of a folder is; not used for the site, whose links and names tell.
    pub identify: &'a Identify<'a>,
    /// Bounds of the network edge.
    pub limits: Limits,
}

/// Fetches what `job` wants and tells `progress` on the way.
#[must_use]
pub fn fetch(job: &Job<'_>, progress: &dyn Progress) -> FetchReport {
    match &job.config.location {
        Location::Site(root) => site::fetch(job, root, progress),
        Location::Folder(folder) => folder::fetch(job, folder, progress),
    }
}

/// Fetches the file at an address given by hand. Redirects stay on its host; what it is must be told from its content.
pub fn fetch_address(
    url: &Url,
    user_agent: &str,
    archive: &RawArchive,
    limits: &Limits,
    progress: &dyn Progress,
) -> Result<Download, FetchError> {
    let site = http::Site::new(url, user_agent, limits)?;
    match site.file(url, http::Tags::default(), archive, progress, &|_| Ok(()))? {
        http::Answer::File(download) => Ok(*download),
        // Without tags a 304 is an unexpected status; this keeps the match whole.
        http::Answer::NotModified => Err(FetchError::UnexpectedStatus {
            url: url.to_string(),
            status: 304,
        }),
    }
}

/// Keeps the file at `path`, given by hand, in `archive`; refused where it is larger than a download may be.
pub fn keep_file(path: &Path, archive: &RawArchive) -> Result<Stored, FetchError> {
    folder::keep(path, Limits::default().max_file, archive)
}

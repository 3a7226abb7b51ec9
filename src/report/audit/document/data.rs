//! The files a report rests on.

use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

/// A span of days, inclusive at both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

/// What is held of one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceHeld {
    /// The source.
    pub source: Source,
    /// The name people know it by.
    pub title: &'static str,
    /// The postings held, oldest quarter first.
    pub releases: Vec<ReleaseLine>,
    /// Quarters between the first and the last held of which nothing is held.
    pub gaps: Vec<Quarter>,
    /// What is missing, in words; none where nothing is.
    pub missing: Option<String>,
}

/// A posting that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseLine {
    /// The quarter; none for the Purple Book.
    pub quarter: Option<Quarter>,
    /// Which posting of the quarter.
    pub revision: u32,
    /// Whether it is the one used for its quarter.
    pub is_current: bool,
    /// The day the site said it was posted or last changed; none where it did not say.
    pub posted_on: Option<NaiveDate>,
    /// The day it was loaded: known from then on.
    pub held_since: NaiveDate,
    /// When it was fetched, by the clock.
    pub fetched_at: DateTime<Utc>,
    /// Usable rows.
    pub rows: u32,
    /// Rows that could not be used.
    pub rejected: u32,
    /// The file's name.
    pub file_name: String,
    /// Address or path.
    pub origin: String,
    /// The hash of the file, under which the archive keeps it.
    pub sha256: Sha256,
}

/// A file that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedFile {
    /// The source.
    pub source: Source,
    /// The quarter its name says.
    pub quarter: Quarter,
    /// The diagnostic code.
    pub code: String,
    /// What was wrong.
    pub message: String,
    /// Since when.
    pub first_seen: NaiveDate,
    /// The hash of the file.
    pub sha256: Sha256,
}

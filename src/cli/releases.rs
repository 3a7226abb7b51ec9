//! `releases`: the CMS files held.

use super::output::OutputArgs;
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// What to do with the releases.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Args {
    /// Get the files of the quarter in force and of the next one and load them; nothing is matched or sent
    Fetch,
    /// Load files that were downloaded by hand
    Import(ImportArgs),
    /// List the releases held
    List(ListArgs),
    /// Show what changed between two HCPCS releases
    Diff(DiffArgs),
}

/// The files to load.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportArgs {
    /// Zips, CSVs or workbooks as CMS publishes them, under their own names
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Which releases to list and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ListArgs {
    /// Only this source: hcpcs, asp-pricing, ndc-crosswalk, noc or purple-book
    #[arg(long)]
    pub source: Option<Source>,
    /// Where the list goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which releases to compare and how.
#[derive(Debug, Clone, clap::Args)]
pub struct DiffArgs {
    /// The earlier release: 2025Q3, or 2025Q4.1 for its first posting
    pub from: ReleaseRef,
    /// The later release
    pub to: ReleaseRef,
    /// Only codes that begin with this: J, Q51, J3590
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    pub code: String,
    /// Where the differences go.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A release as people name it: a quarter, and a revision where not the newest is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseRef {
    /// The quarter.
    pub quarter: Quarter,
    /// Which posting of it, counted from 1; none for the newest.
    pub revision: Option<u32>,
}

/// Why a text names no release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no release: expected a quarter such as 2025Q4, or a posting of it such as 2025Q4.1")]
pub struct ParseReleaseRefError(String);

impl FromStr for ReleaseRef {
    type Err = ParseReleaseRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseReleaseRefError(text.to_owned());
        let (quarter, revision) = match text.split_once('.') {
            Some((quarter, revision)) => (quarter, Some(revision)),
            None => (text, None),
        };
        let Ok(quarter) = quarter.parse() else {
            return Err(invalid());
        };
        let revision = match revision.map(str::parse) {
            Some(Ok(0) | Err(_)) => return Err(invalid()),
            Some(Ok(revision)) => Some(revision),
            None => None,
        };
        Ok(Self { quarter, revision })
    }
}

impl fmt::Display for ReleaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.revision {
            Some(revision) => write!(f, "{}.{revision}", self.quarter),
            None => fmt::Display::fmt(&self.quarter, f),
        }
    }
}

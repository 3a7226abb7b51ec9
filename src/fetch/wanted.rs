//! Which files are looked for on a day, and what is already held of them.

use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source};
use chrono::NaiveDate;

/// A file to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The series.
    pub source: Source,
    /// The quarter.
    pub quarter: Quarter,
    /// Whether a run without it has failed; the absence of others is a warning.
    pub required: bool,
}

/// A file that is held, as the store knows it: the latest revision of its series and quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The series.
    pub source: Source,
    /// The quarter.
    pub quarter: Quarter,
    /// The address it came from (or the path), as in [`crate::domain::source::SourceFile::origin`].
    pub url: String,
    /// The site's tag for it.
    pub etag: Option<String>,
    /// When the site said it was last changed.
    pub last_modified: Option<String>,
    /// The hash of its bytes.
    pub sha256: Sha256,
}

impl Known {
    /// Whether it is a revision of `wanted`.
    #[must_use]
    pub fn is_of(&self, wanted: Wanted) -> bool {
        (self.source, self.quarter) == (wanted.source, wanted.quarter)
    }
}

/// The files to look for on `today`: HCPCS, pricing, crosswalk and NOC of the quarter in force and of the next. Only
/// the HCPCS file of the quarter in force is required. Empty outside the years 1990 to 2199.
#[must_use]
pub fn wanted_for(today: NaiveDate) -> Vec<Wanted> {
    let Some(in_force) = Quarter::containing(today) else {
        return Vec::new();
    };
    let sources = [
        Source::Hcpcs,
        Source::AspPricing,
        Source::NdcCrosswalk,
        Source::Noc,
    ];
    let wanted = |quarter| {
        sources.map(|source| Wanted {
            source,
            quarter,
            required: source == Source::Hcpcs && quarter == in_force,
        })
    };
    [in_force, in_force.next()].into_iter().flat_map(wanted).collect()
}

//! When a code is valid.

use crate::domain::code::HcpcsCode;
use crate::domain::evidence::Evidence;
use chrono::NaiveDate;
use std::sync::Arc;

/// A span of dates of service on which one code stands for one product.
///
/// Codes are reused (domain rule 5): identity is code and period together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodePeriod {
    /// The code.
    pub code: HcpcsCode,
    /// The first date of service, inclusive: ADD DT of the HCPCS file, or ACT EFF DT after a reactivation.
    pub valid_from: NaiveDate,
    /// The last date of service, inclusive: TERM DT; none while no end is published.
    pub valid_to: Option<NaiveDate>,
}

impl CodePeriod {
    /// Whether a service on `date` may be billed with the code.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|last| date <= last)
    }

    /// Whether the two periods have a day in common, whatever their codes.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.valid_to.is_none_or(|last| other.valid_from <= last)
            && other.valid_to.is_none_or(|last| self.valid_from <= last)
    }

    /// Whether the period is over before `date`.
    #[must_use]
    pub fn ended_before(&self, date: NaiveDate) -> bool {
        self.valid_to.is_some_and(|last| last < date)
    }
}

/// A code's period with what CMS says of it and the line that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedPeriod {
    /// The code and its dates.
    pub period: CodePeriod,
    /// The long description that belongs to this period, as last published.
    pub descriptor: Arc<str>,
    /// Cross-reference codes as last published.
    pub cross_references: Vec<String>,
    /// Whether it still stands.
    pub standing: Standing,
    /// The posting, and line in it, that first showed this period (its first date).
    pub first_published: Evidence,
    /// The posting, and line in it, that first showed the facts as they now stand (dates and descriptor).
    pub last_changed: Evidence,
}

impl PublishedPeriod {
    /// What a reader must know before relying on the dates, as a clause; none where nothing speaks against them. Codes
    /// that ended do leave the file in time, so that says nothing.
    #[must_use]
    pub fn caution(&self) -> Option<&'static str> {
        (self.standing == Standing::Missing && self.period.valid_to.is_none()).then_some(
            "a later HCPCS file no longer has it although it was not ended; that file may be damaged, so the last dates known are kept",
        )
    }
}

/// Whether a published period still stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// The newest posting that should hold the code does.
    Published,
    /// The code was added in one posting and is gone from a later one: the addition was undone.
    Withdrawn,
    /// A long-standing code is missing from a later posting: CMS never drops codes, so that file may be damaged;
    /// the last known facts are kept.
    Missing,
}

impl Standing {
    /// The name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Withdrawn => "withdrawn",
            Self::Missing => "missing",
        }
    }
}

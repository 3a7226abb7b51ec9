//! Why a parsed file is not activated.

use super::Share;
use crate::domain::code::HcpcsCode;
use crate::domain::quarter::Quarter;
use chrono::NaiveDate;

/// A gate that a file did not pass, with what was seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FailedGate {
    /// Nothing could be read.
    #[error("`{member}` holds no row that can be used")]
    Empty {
        /// The member.
        member: String,
    },
    /// A code stands twice.
    #[error(
        "`{member}` holds {count} of its codes more than once, such as {code} on lines {first} and {second}"
    )]
    DuplicateCodes {
        /// The member.
        member: String,
        /// How many codes.
        count: usize,
        /// The first of them.
        code: HcpcsCode,
        /// Its first line.
        first: u32,
        /// Its second line.
        second: u32,
    },
    /// A code stands twice in a pricing file, with two limits.
    #[error(
        "`{member}` gives {count} of its codes two payment limits, such as {code} on lines {first} and {second}"
    )]
    TwoLimits {
        /// The member.
        member: String,
        /// How many codes.
        count: usize,
        /// The first of them.
        code: HcpcsCode,
        /// Its first line.
        first: u32,
        /// Its second line.
        second: u32,
    },
    /// The code the tool is about is missing.
    #[error("J3590 itself is missing from `{member}`, so the list is not whole")]
    UnclassifiedMissing {
        /// The member.
        member: String,
    },
    /// The code the tool is about does not say what it has said since it exists.
    #[error(
        "line {line} of `{member}` has J3590 as \"{description}\" from {}, not as \"Unclassified biologics\" from 2003-01-01: rows, columns or dates are displaced",
        start.map_or_else(|| "no date".to_owned(), |start| start.to_string())
    )]
    UnclassifiedDisplaced {
        /// The member.
        member: String,
        /// Its line.
        line: u32,
        /// Its long description.
        description: String,
        /// Its ADD DT.
        start: Option<NaiveDate>,
    },
    /// The codes a release adds begin in another quarter.
    #[error(
        "most codes that `{member}` adds (action A) begin in {found}, not in {quarter}: it is the release of another quarter, or its dates are displaced"
    )]
    AdditionsElsewhere {
        /// The member.
        member: String,
        /// The quarter it was taken for.
        quarter: Quarter,
        /// The quarter in which most begin.
        found: Quarter,
    },
    /// Every row is that of another quarter.
    #[error("all {rows} rows of `{member}` are those of {found}: it is the file of another quarter")]
    AnotherQuarter {
        /// The member.
        member: String,
        /// How many there are.
        rows: usize,
        /// The quarter it repeats.
        found: Quarter,
    },
    /// Dates no code can have.
    #[error(
        "{count} records of `{member}` have an ADD DT outside {earliest} to {latest}, such as {code} with {date} on line {line}"
    )]
    ImplausibleDates {
        /// The member.
        member: String,
        /// How many.
        count: usize,
        /// The first day that is plausible, inclusive.
        earliest: NaiveDate,
        /// The last day that is plausible, inclusive.
        latest: NaiveDate,
        /// The first such code.
        code: HcpcsCode,
        /// Its date.
        date: NaiveDate,
        /// Its line.
        line: u32,
    },
    /// A period that ends before it begins.
    #[error(
        "{count} records of `{member}` end before they begin, such as {code} on line {line}: TERM DT {end}, ADD DT {start}"
    )]
    EndsBeforeStart {
        /// The member.
        member: String,
        /// How many.
        count: usize,
        /// The first such code.
        code: HcpcsCode,
        /// Its line.
        line: u32,
        /// Its TERM DT.
        end: NaiveDate,
        /// Its ADD DT.
        start: NaiveDate,
    },
    /// Too many rows are odd in one way.
    #[error(
        "`{member}`: {count} of {of} {}, more than {} %, such as {example}",
        share.predicate(),
        share.most_percent()
    )]
    Share {
        /// In which way.
        share: Share,
        /// The member.
        member: String,
        /// How many are.
        count: usize,
        /// Of how many.
        of: usize,
        /// One of them, in words.
        example: String,
    },
}

impl FailedGate {
    /// Whether a person who has looked at the file may load it all the same. A file without rows has nothing to load, and
    /// of a code that stands twice nobody can tell which record is meant.
    #[must_use]
    pub fn is_overridable(&self) -> bool {
        !matches!(self, Self::Empty { .. } | Self::DuplicateCodes { .. })
    }

    /// The diagnostic code, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "no-rows",
            Self::DuplicateCodes { .. } => "duplicate-codes",
            Self::TwoLimits { .. } => "duplicate-prices",
            Self::UnclassifiedMissing { .. } => "j3590-missing",
            Self::UnclassifiedDisplaced { .. } => "j3590-displaced",
            Self::AdditionsElsewhere { .. } => "additions-of-another-quarter",
            Self::AnotherQuarter { .. } => "rows-of-another-quarter",
            Self::ImplausibleDates { .. } => "implausible-dates",
            Self::EndsBeforeStart { .. } => "ends-before-start",
            Self::Share { share, .. } => share.code(),
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn next_step(&self) -> &'static str {
        if self.is_overridable() {
            "the last good release stays in force: look at the file by hand; if it is damaged, download it again or wait for CMS to post it anew; if it is right all the same, run `hcpcs-watch releases import FILE --force --by NAME --reason TEXT`"
        } else {
            "the last good release stays in force: look at the file by hand, download it again or wait for CMS to post it anew"
        }
    }
}

//! The quarterly HCPCS file ("Alpha-Numeric HCPCS File"), as fixed-width text or as a workbook.

use crate::domain::code::HcpcsCode;
use chrono::NaiveDate;

/// What a release says of one code, its continuation lines joined.
///
/// Source of the fields: the record layout in the zip (`HCPC<year>_recordlayout.txt`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HcpcsRecord {
    /// The code (columns 1-5).
    pub code: HcpcsCode,
    /// The long description (12-91 of each line, parts joined with one blank).
    pub long_description: String,
    /// The short description (92-119).
    pub short_description: String,
    /// Cross-reference codes (205-229) as printed, blanks removed: a hint at a successor, never proof.
    pub cross_references: Vec<String>,
    /// Coverage code (230), blank removed.
    pub coverage: String,
    /// ADD DT (269-276): the first date of service, inclusive.
    pub add_date: Option<NaiveDate>,
    /// ACT EFF DT (277-284): when the last change took effect; not the start of validity.
    pub action_effective_date: Option<NaiveDate>,
    /// TERM DT (285-292): the last date of service, inclusive.
    pub termination_date: Option<NaiveDate>,
    /// What this release did to the code (293).
    pub action: Option<Action>,
}

/// The action code of column 293: what this release, and only this release, did to the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// A: added.
    Add,
    /// B: coverage and long description changed.
    CoverageAndLongDescription,
    /// C: long description changed.
    LongDescription,
    /// D: discontinued.
    Discontinue,
    /// F: coverage changed.
    Coverage,
    /// N: no change.
    None,
    /// P: payment changed.
    Payment,
    /// R: reactivated.
    Reactivate,
    /// S: short description changed.
    ShortDescription,
    /// T: miscellaneous.
    Miscellaneous,
}

impl Action {
    /// The letter of the file.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Add => 'A',
            Self::CoverageAndLongDescription => 'B',
            Self::LongDescription => 'C',
            Self::Discontinue => 'D',
            Self::Coverage => 'F',
            Self::None => 'N',
            Self::Payment => 'P',
            Self::Reactivate => 'R',
            Self::ShortDescription => 'S',
            Self::Miscellaneous => 'T',
        }
    }

    /// The action of a letter of the file.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Self> {
        Some(match letter {
            'A' => Self::Add,
            'B' => Self::CoverageAndLongDescription,
            'C' => Self::LongDescription,
            'D' => Self::Discontinue,
            'F' => Self::Coverage,
            'N' => Self::None,
            'P' => Self::Payment,
            'R' => Self::Reactivate,
            'S' => Self::ShortDescription,
            'T' => Self::Miscellaneous,
            _ => return None,
        })
    }
}

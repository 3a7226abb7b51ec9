//! The quarterly HCPCS file ("Alpha-Numeric HCPCS File"), as fixed-width text or as a workbook.

mod fields;
mod fixed_width;
#[cfg(test)]
mod tests;
mod workbook;

use super::refusal::Refusal;
use super::{Placed, Table};
use crate::archive::has_extension;
use crate::domain::code::HcpcsCode;
use crate::domain::quarter::Quarter;
use chrono::NaiveDate;

/// What a release says of one code, its continuation lines joined.
///
/// Source of the fields: the record layout in the zip (`HCPC<year>_recordlayout.txt`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HcpcsRecord {
    /// The code (columns 1-5).
    pub code: HcpcsCode,
    /// The long description (12-91 of each line, parts joined with one blank, runs of blanks made one).
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

/// The longest description that is taken, in bytes. The longest real one, G0556 since 2025, has 4,493.
const LONGEST_DESCRIPTION: usize = 10_000;

/// Reads the main member: fixed-width text, or a workbook where its name or first bytes say so.
///
/// Refused are a workbook that cannot be opened or lacks columns, and a member without any usable row.
pub fn parse(member: &str, bytes: &[u8]) -> Result<Table<HcpcsRecord>, Refusal> {
    let is_workbook = bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
        || ["xlsx", "xls", "csv"]
            .iter()
            .any(|extension| has_extension(member, extension));
    let mut table = if is_workbook {
        workbook::parse(member, bytes)?
    } else {
        fixed_width::parse(member, bytes)?
    };
    refuse_overlong(&mut table);
    if table.rows.is_empty() {
        return Err(Refusal::NoRows {
            member: member.to_owned(),
            rejected: table.rejected.len(),
        });
    }
    Ok(table)
}

/// Rejects the records whose continuation lines never end: the line that begins the next record is damaged.
fn refuse_overlong(table: &mut Table<HcpcsRecord>) {
    let is_overlong =
        |placed: &mut Placed<HcpcsRecord>| placed.row.long_description.len() > LONGEST_DESCRIPTION;
    let overlong: Vec<_> = table.rows.extract_if(.., is_overlong).collect();
    for Placed { line, row } in overlong {
        let reason = format!(
            "the long description has {} bytes; at most {LONGEST_DESCRIPTION} are taken",
            row.long_description.len()
        );
        table.push(line, Err(reason), || {
            format!("{} {}", row.code, row.long_description)
        });
    }
}

/// The quarter that the additions of a release point to, the one in which most codes that it adds (action A) begin, with
/// how many do. None where nothing is added.
///
/// Measured on the 25 releases of 2019 to 2025: always the release's own quarter, though some additions are backdated.
#[must_use]
pub fn quarter_of_additions(table: &Table<HcpcsRecord>) -> Option<(Quarter, usize)> {
    let mut counts: Vec<(Quarter, usize)> = Vec::new();
    let added = table.rows.iter().map(|placed| &placed.row);
    for record in added.filter(|record| record.action == Some(Action::Add)) {
        let Some(quarter) = record.add_date.and_then(Quarter::containing) else {
            continue;
        };
        match counts.iter_mut().find(|(known, _)| *known == quarter) {
            Some((_, count)) => *count += 1,
            None => counts.push((quarter, 1)),
        }
    }
    counts
        .into_iter()
        .max_by_key(|(quarter, count)| (*count, *quarter))
}

/// Whether the beginning of a text is laid out as fixed-width HCPCS records.
#[must_use]
pub fn is_fixed_width(bytes: &[u8]) -> bool {
    fixed_width::is_fixed_width(bytes)
}

/// Whether the member is a table with the columns of the HCPCS workbook.
pub(super) fn is_workbook(member: &str, bytes: &[u8]) -> bool {
    workbook::has_header(member, bytes)
}

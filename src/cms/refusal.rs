//! Why a whole file is refused, with what to do about it. A refused file leaves the last good release in force.

use crate::archive::ArchiveError;
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The file could not be opened.
    #[error("`{file}` cannot be opened: {cause}")]
    Archive {
        /// The file's name.
        file: String,
        /// What was wrong.
        #[source]
        cause: ArchiveError,
    },
    /// A workbook could not be opened.
    #[error("workbook `{member}` cannot be read: {cause}")]
    Workbook {
        /// The member.
        member: String,
        /// What the reader said.
        cause: String,
    },
    /// More rows than any file of CMS has.
    #[error("`{member}` has more than the {limit} rows that are read")]
    TooManyRows {
        /// The member.
        member: String,
        /// The limit.
        limit: usize,
    },
    /// None of the members is the one to read.
    #[error("`{file}` holds no main file of the series {series}; it holds {found}")]
    NoMainMember {
        /// The file's name.
        file: String,
        /// The series it was taken for.
        series: Source,
        /// What is there, in words.
        found: String,
    },
    /// More than one member could be the one to read.
    #[error("`{file}` holds more than one file that could be the {series} one: {found}")]
    SeveralMainMembers {
        /// The file's name.
        file: String,
        /// The series it was taken for.
        series: Source,
        /// The candidates, in words.
        found: String,
    },
    /// No row names the columns.
    #[error("`{member}` has no header row among its first {searched} rows; expected the columns {expected}")]
    NoHeader {
        /// The member.
        member: String,
        /// How many rows were looked at.
        searched: usize,
        /// The required columns, in words.
        expected: String,
    },
    /// The header row lacks columns.
    #[error("`{member}` line {line}: the header row lacks {missing}; it has {found}")]
    MissingColumns {
        /// The member.
        member: String,
        /// The line of the row that comes closest to a header.
        line: u32,
        /// The missing columns, in words.
        missing: String,
        /// What the row says, in words.
        found: String,
    },
    /// The table is no longer a table from some line on.
    #[error("`{member}` line {line}: the CSV cannot be read on: {cause}")]
    BrokenCsv {
        /// The member.
        member: String,
        /// The line.
        line: u32,
        /// What is wrong.
        cause: String,
    },
    /// A member without a single usable row.
    #[error("`{member}` holds no row that can be used ({rejected} rows were rejected)")]
    NoRows {
        /// The member.
        member: String,
        /// How many rows were rejected.
        rejected: usize,
    },
    /// Two places name different quarters.
    #[error("`{file}` was taken for {expected}, but {place} says {found}")]
    WrongQuarter {
        /// The file's name.
        file: String,
        /// The quarter its link or name says.
        expected: Quarter,
        /// The quarter found inside.
        found: Quarter,
        /// Where it was found, in words.
        place: String,
    },
    /// The file's own period is no calendar quarter, as in a seasonal-vaccine file.
    #[error("`{member}` line {line}: the period `{period}` is not a calendar quarter")]
    PeriodIsNoQuarter {
        /// The member.
        member: String,
        /// The line.
        line: u32,
        /// The period as printed.
        period: String,
    },
    /// Nothing in the file tells its quarter.
    #[error(
        "nothing in `{file}` tells which quarter it is for: neither a member's name nor an `Effective ... through ...` row"
    )]
    NoQuarter {
        /// The file's name.
        file: String,
    },
    /// It is not told by name or content what the file is.
    #[error("`{file}` is none of the files this tool reads; it holds {found}")]
    UnknownFile {
        /// The file's name.
        file: String,
        /// What is there, in words.
        found: String,
    },
}

impl Refusal {
    /// The diagnostic code, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Archive { cause, .. } => cause.code(),
            Self::Workbook { .. } => "workbook-unreadable",
            Self::TooManyRows { .. } => "too-many-rows",
            Self::NoMainMember { .. } => "no-main-member",
            Self::SeveralMainMembers { .. } => "several-main-members",
            Self::NoHeader { .. } => "no-header-row",
            Self::MissingColumns { .. } => "missing-columns",
            Self::BrokenCsv { .. } => "broken-csv",
            Self::NoRows { .. } => "no-rows",
            Self::WrongQuarter { .. } => "wrong-quarter",
            Self::PeriodIsNoQuarter { .. } => "period-is-no-quarter",
            Self::NoQuarter { .. } => "quarter-unknown",
            Self::UnknownFile { .. } => "unknown-file",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn next_step(&self) -> &'static str {
        match self {
            Self::Archive { cause, .. } => cause.next_step(),
            Self::Workbook { .. }
            | Self::TooManyRows { .. }
            | Self::BrokenCsv { .. }
            | Self::NoRows { .. } => {
                "open the file by hand to see whether it is whole; if it is not, download it again and use `releases import FILE`"
            }
            Self::NoMainMember { .. } | Self::UnknownFile { .. } => {
                "check that the right link was followed; CMS may have renamed its files: unpack the zip and hand over the right file with `releases import FILE`"
            }
            Self::SeveralMainMembers { .. } => {
                "unpack the zip and hand over the one right file with `releases import FILE`"
            }
            Self::NoHeader { .. } | Self::MissingColumns { .. } => {
                "CMS may have changed the layout: compare with the file of the quarter before; the last good release stays in force"
            }
            Self::WrongQuarter { .. } => {
                "the link, or the name the file was saved under, is of another quarter than what is in it: wait for CMS to correct it, or download the right one by hand and use `releases import FILE`"
            }
            Self::PeriodIsNoQuarter { .. } => {
                "this is another file, such as the seasonal-vaccine one: get the quarterly file"
            }
            Self::NoQuarter { .. } => {
                "give the file its name from the CMS page back, or one with month and year in it, such as `october-2025-...`"
            }
        }
    }
}

/// A list in words, for a message: `a`, `b` and 3 more. Of a long name the beginning.
pub(super) fn in_words<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut names = names.into_iter();
    let shown: Vec<String> = names
        .by_ref()
        .take(12)
        .map(|name| format!("`{}`", name.chars().take(80).collect::<String>()))
        .collect();
    match (shown.len(), names.count()) {
        (0, _) => "nothing".to_owned(),
        (_, 0) => shown.join(", "),
        (_, more) => format!("{} and {more} more", shown.join(", ")),
    }
}

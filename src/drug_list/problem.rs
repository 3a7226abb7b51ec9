//! What is wrong with a drug list, all of it at once.

use crate::report::terminal;
use std::fmt;
use std::path::{Path, PathBuf};

/// The most characters of a cell that a problem shows.
const SHOWN: usize = 60;

/// One thing that is wrong in a drug list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrugListProblem {
    /// The line of the file or row of the sheet, counted from 1; none for the file as a whole.
    pub line: Option<u32>,
    /// The column by its name in the header; none for the line as a whole.
    pub column: Option<String>,
    /// The cell, made visible and cut to 60 characters.
    pub value: Option<String>,
    /// What is wrong and what to do about it.
    pub reason: String,
}

/// Why a drug list cannot be used. Whatever it is, nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DrugListError {
    /// The file cannot be read.
    #[error("reading the drug list {}: check that the path is right and that you may read the file", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is larger than a list can be.
    #[error("reading the drug list {}: it is larger than {limit} bytes; is it the right file?", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The size that is accepted.
        limit: u64,
    },
    /// The file is a workbook that cannot be opened.
    #[error(
        "reading the drug list {}: the workbook cannot be opened; save it again as .xlsx without a password, or as CSV",
        path.display()
    )]
    Workbook {
        /// The file.
        path: PathBuf,
        /// Why.
        source: WorkbookError,
    },
    /// The file can be read but not used.
    #[error("{}", list(path, problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong, by line; never empty.
        problems: Vec<DrugListProblem>,
    },
}

/// Why a workbook cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// The workbook reader gave up.
    #[error(transparent)]
    Reader(#[from] calamine::Error),
    /// The zip around the workbook is broken.
    #[error("the file is no whole zip")]
    Zip(#[from] zip::result::ZipError),
    /// A part of the workbook cannot be unpacked.
    #[error("a part of it cannot be unpacked")]
    Unpack(#[from] std::io::Error),
    /// It is far larger unpacked than a list can be.
    #[error("it unpacks to more than {0} bytes")]
    Bomb(u64),
    /// It has no sheet.
    #[error("it has no sheet")]
    NoSheet,
    /// The workbook reader broke down.
    #[error("its content broke the workbook reader")]
    Broken,
}

impl DrugListProblem {
    /// Something wrong with the file as a whole.
    pub(super) fn of_file(reason: String) -> Self {
        Self {
            line: None,
            column: None,
            value: None,
            reason,
        }
    }

    /// Something wrong with a line as a whole.
    pub(super) fn of_line(line: u32, reason: String) -> Self {
        Self {
            line: Some(line),
            column: None,
            value: None,
            reason,
        }
    }

    /// Something wrong with a cell.
    pub(super) fn of_cell(line: u32, column: &str, value: &str, reason: &str) -> Self {
        Self {
            line: Some(line),
            column: Some(terminal::excerpt(column, SHOWN)),
            value: Some(terminal::excerpt(value, SHOWN)),
            reason: terminal::visible(reason).into_owned(),
        }
    }
}

fn list(path: &Path, problems: &[DrugListProblem]) -> String {
    let noun = if problems.len() == 1 {
        "problem"
    } else {
        "problems"
    };
    let head = format!(
        "checking the drug list {}: {} {noun}; nothing was changed, correct and try again",
        path.display(),
        problems.len()
    );
    problems
        .iter()
        .fold(head, |text, problem| format!("{text}\n  {problem}"))
}

impl fmt::Display for DrugListProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, "{}{column}", if self.line.is_some() { ", " } else { "" })?;
        }
        if let Some(value) = &self.value {
            write!(f, " `{value}`")?;
        }
        if self.line.is_some() || self.column.is_some() {
            f.write_str(": ")?;
        }
        f.write_str(&self.reason)
    }
}

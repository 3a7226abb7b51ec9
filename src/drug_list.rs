//! The practice's own list of drugs: CSV or workbook in, checked entries or every problem out; and CSV out again.
//!
//! A list is a header row with any of the [`COLUMNS`] in any order, then one drug a line. Other columns are left
//! out and named. A list with a single bad line is refused as a whole, with all its bad lines told.

mod cell;
mod columns;
mod delimited;
mod entry;
mod grid;
mod problem;
mod repeats;
mod workbook;
mod write;

pub(crate) use cell::guarded;
pub use columns::COLUMNS;
pub(crate) use entry::date;
pub use entry::{EntryFields, parse_entry};
pub use problem::{DrugListError, DrugListProblem};
pub use write::write_csv;

use crate::domain::drug::DrugEntry;
use grid::Grid;
use std::io::Read;
use std::path::Path;

/// No list is larger than this: 16 MiB.
const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// One drug of a list with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDrug {
    /// The line of the file or row of the sheet, counted from 1.
    pub line: u32,
    /// What it says.
    pub entry: DrugEntry,
}

/// A list that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrugList {
    /// The drugs in the order of the file; never empty.
    pub drugs: Vec<ListedDrug>,
    /// Columns of the file that are none of [`COLUMNS`] and were left out, as written.
    pub ignored_columns: Vec<String>,
}

/// Reads the list at `path`: CSV (comma, semicolon or tab; UTF-8, UTF-16 with its mark, or Windows-1252), XLSX or
/// XLS, told apart by content. All bad lines are told at once; up to 16 MiB and 100,000 drugs are taken.
pub fn read(path: &Path) -> Result<DrugList, DrugListError> {
    let read_error = |source| DrugListError::Read {
        path: path.to_owned(),
        source,
    };
    let file = std::fs::File::open(path).map_err(read_error)?;
    let mut bytes = Vec::new();
    file.take(SIZE_LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(read_error)?;
    parse(&bytes, path)
}

/// Reads a list from the bytes of a file; `path` is only named in errors.
pub fn parse(bytes: &[u8], path: &Path) -> Result<DrugList, DrugListError> {
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(DrugListError::TooLarge {
            path: path.to_owned(),
            limit: SIZE_LIMIT,
        });
    }
    let grid = if workbook::is_workbook(bytes) {
        workbook::read(bytes).map_err(|source| DrugListError::Workbook {
            path: path.to_owned(),
            source,
        })?
    } else {
        delimited::read(bytes)
    };
    check(grid).map_err(|problems| DrugListError::Invalid {
        path: path.to_owned(),
        problems,
    })
}

/// Turns rows into drugs, or tells everything that is wrong with them.
fn check(grid: Grid) -> Result<DrugList, Vec<DrugListProblem>> {
    let mut problems = grid.problems;
    let mut rows = grid.rows.into_iter();
    let Some(header) = rows.next() else {
        if !problems.is_empty() {
            return Err(problems);
        }
        problems.push(DrugListProblem::of_file(format!(
            "the list is empty; expected a header line with any of {}",
            COLUMNS.join(", ")
        )));
        return Err(problems);
    };
    let header = match columns::Header::read(&header) {
        Ok(header) => header,
        Err(found) => {
            problems.extend(found);
            return Err(problems);
        }
    };
    let mut drugs = Vec::new();
    for row in rows {
        match entry::from_row(&header, &row) {
            Ok(entry) => drugs.push(ListedDrug {
                line: row.line,
                entry,
            }),
            Err(found) => problems.extend(found),
        }
    }
    problems.extend(repeats::find(&drugs));
    if drugs.is_empty() && problems.is_empty() {
        problems.push(DrugListProblem::of_file(
            "there is no drug below the header line".to_owned(),
        ));
    }
    problems.sort_by_key(|problem| problem.line);
    if problems.is_empty() {
        Ok(DrugList {
            drugs,
            ignored_columns: header.ignored,
        })
    } else {
        Err(problems)
    }
}

#[cfg(test)]
mod tests;

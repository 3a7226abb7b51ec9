//! The header line: which column is which.

use super::grid::Row;
use super::problem::DrugListProblem;
use crate::report::terminal;

/// The columns of a list, in the order they are written.
pub const COLUMNS: [&str; 10] = [
    "brand",
    "proper_name",
    "ndc",
    "noc_code",
    "route",
    "setting",
    "manufacturer",
    "dose",
    "started_on",
    "notes",
];

/// Of these a list must have at least one.
const NAMING: [&str; 3] = ["brand", "proper_name", "ndc"];

/// Which column stands where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The place of each of [`COLUMNS`].
    places: [Option<usize>; COLUMNS.len()],
    /// How many columns the header names.
    pub(super) width: usize,
    /// Columns that are none of [`COLUMNS`], as written.
    pub(super) ignored: Vec<String>,
}

/// A column name as it is compared: lower case without blanks, underscores and dashes.
fn fold(name: &str) -> String {
    let kept = name
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '-' | '\u{feff}'));
    kept.flat_map(char::to_lowercase).collect()
}

/// The place in [`COLUMNS`] of a column name as people write it.
fn known(name: &str) -> Option<usize> {
    let folded = fold(name);
    COLUMNS.iter().position(|column| fold(column) == folded)
}

/// How many of the `names` are columns of a list.
pub(super) fn count_known<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names.filter(|name| known(name).is_some()).count()
}

impl Header {
    /// Reads the header line.
    pub(super) fn read(row: &Row) -> Result<Self, Vec<DrugListProblem>> {
        let mut header = Self {
            places: [None; COLUMNS.len()],
            width: row.cells.len(),
            ignored: Vec::new(),
        };
        let mut problems = Vec::new();
        for (place, cell) in row.cells.iter().enumerate() {
            let name = cell.shown();
            match known(&name) {
                Some(column) if header.places[column].is_some() => {
                    let reason = "the header has this column twice; keep one of them";
                    problems.push(DrugListProblem::of_cell(row.line, COLUMNS[column], &name, reason));
                }
                Some(column) => header.places[column] = Some(place),
                None if cell.is_blank() => {}
                None => header.ignored.push(terminal::excerpt(name.trim(), 60)),
            }
        }
        if NAMING.iter().all(|column| header.place(column).is_none()) {
            let reason = format!(
                "this should be the header line and names none of brand, proper_name, ndc; expected any of {} (it has {})",
                COLUMNS.join(", "),
                terminal::excerpt(&header.ignored.join(", "), 200)
            );
            problems.push(DrugListProblem::of_line(row.line, reason));
        }
        if problems.is_empty() {
            Ok(header)
        } else {
            Err(problems)
        }
    }

    /// Where one of [`COLUMNS`] stands in a row.
    pub(super) fn place(&self, column: &str) -> Option<usize> {
        let number = COLUMNS.iter().position(|known| *known == column)?;
        self.places.get(number).copied().flatten()
    }
}

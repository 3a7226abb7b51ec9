//! A list as rows of cells, whatever file it came in.

use super::cell::Cell;
use super::problem::DrugListProblem;

/// The most drugs a list holds.
pub(super) const ROW_LIMIT: usize = 100_000;

/// The most columns a list has.
pub(super) const COLUMN_LIMIT: usize = 256;

/// A row that is not blank, with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// The line of the file or row of the sheet, counted from 1.
    pub(super) line: u32,
    /// Its cells from the first column on; missing ones at the end are blank.
    pub(super) cells: Vec<Cell>,
}

/// The rows of a list, the header first, blank rows left out.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Grid {
    /// The rows, in order.
    pub(super) rows: Vec<Row>,
    /// What was wrong while reading them.
    pub(super) problems: Vec<DrugListProblem>,
}

impl Grid {
    /// Adds a row unless it is blank; gives whether there is room for another. A row or cell too many is a problem.
    pub(super) fn push(&mut self, line: u32, mut cells: Vec<Cell>) -> bool {
        while cells.last().is_some_and(Cell::is_blank) {
            cells.pop();
        }
        if cells.is_empty() {
            return true;
        }
        if self.rows.len() > ROW_LIMIT {
            let reason = format!(
                "the list goes on after {ROW_LIMIT} drugs; split it, or check that it is the right file"
            );
            self.problems.push(DrugListProblem::of_line(line, reason));
            return false;
        }
        if cells.len() > COLUMN_LIMIT {
            let reason = format!(
                "the line has {} cells; at most {COLUMN_LIMIT} are taken",
                cells.len()
            );
            self.problems.push(DrugListProblem::of_line(line, reason));
            return true;
        }
        self.rows.push(Row { line, cells });
        true
    }
}

//! What is known of the files CMS publishes and of the pages that link to them: their names, layouts and oddities.
//! Everything here is pure: bytes or text in, typed rows with their place out.

pub mod asp_pricing;
pub mod effective_quarter;
pub mod hcpcs_file;
mod identify;
mod members;
pub mod ndc_crosswalk;
pub mod noc;
pub mod purple_book;
mod read;
#[cfg(test)]
mod real_files;
mod refusal;
mod sheet;
pub mod site;
#[cfg(test)]
mod tests;

pub use identify::{identify, taken_for};
pub use read::{Content, read};
pub use refusal::Refusal;

/// The most rows or lines a file may have; the longest real one has 20,000 lines.
const MOST_ROWS: usize = 200_000;
/// The longest cell or description, in bytes: what a cell of a workbook can hold. The longest real one has 4,501.
const LONGEST_CELL: usize = 32_767;
/// The most letters that are kept of the reason for which a row was rejected: it quotes what is in the file.
const LONGEST_REASON: usize = 400;

/// A row with the place it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<R> {
    /// The line in the member (the row of a workbook), counted from 1.
    pub line: u32,
    /// What it says.
    pub row: R,
}

/// A row that could not be used, and why. It is counted and shown, never skipped in silence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The member it stands in.
    pub member: String,
    /// The line in the member, counted from 1.
    pub line: u32,
    /// Why, in plain words, naming column and value.
    pub reason: String,
    /// The beginning of the row, at most 120 characters.
    pub text: String,
}

/// What one member of a release file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<R> {
    /// The member of the zip, or the file itself where it came unpacked.
    pub member: String,
    /// The rows in file order.
    pub rows: Vec<Placed<R>>,
    /// Rows that could not be used.
    pub rejected: Vec<RejectedRow>,
    /// Rows left out because they are of another kind, with their number: `("five-digit CPT code", 93)`.
    pub left_out: Vec<(&'static str, usize)>,
}

impl<R> Table<R> {
    /// An empty table of `member`.
    fn of(member: &str) -> Self {
        Self {
            member: member.to_owned(),
            rows: Vec::new(),
            rejected: Vec::new(),
            left_out: Vec::new(),
        }
    }

    /// Counts one more row of a kind that is left out.
    fn leave_out(&mut self, kind: &'static str) {
        match self.left_out.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => self.left_out.push((kind, 1)),
        }
    }

    /// Keeps a row, or the reason why it could not be used together with the beginning of its text.
    fn push(&mut self, line: u32, row: Result<R, String>, text: impl FnOnce() -> String) {
        match row {
            Ok(row) => self.rows.push(Placed { line, row }),
            Err(reason) => self.rejected.push(RejectedRow {
                member: self.member.clone(),
                line,
                reason: reason.chars().take(LONGEST_REASON).collect(),
                text: text().trim_end().chars().take(120).collect(),
            }),
        }
    }
}

/// A table with the period its preamble names.
#[derive(Debug)]
struct Dated<R> {
    /// The line of the row and the period; none where no row before the header names one.
    period: Option<(u32, String, effective_quarter::EffectivePeriod)>,
    table: Table<R>,
}

impl<R> Dated<R> {
    /// Refused where not one row can be used.
    fn of<const N: usize>(header: sheet::Header<N>, table: Table<R>) -> Result<Self, Refusal> {
        if table.rows.is_empty() {
            return Err(Refusal::NoRows {
                member: table.member,
                rejected: table.rejected.len(),
            });
        }
        Ok(Self::with_any_rows(header, table))
    }

    /// Also where there are no rows, as in a list that may be empty.
    fn with_any_rows<const N: usize>(header: sheet::Header<N>, table: Table<R>) -> Self {
        Self {
            period: header.period,
            table,
        }
    }
}

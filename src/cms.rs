//! What is known of the files CMS publishes and of the pages that link to them: their names, layouts and oddities.
//! Everything here is pure: bytes or text in, typed rows with their place out.

pub mod asp_pricing;
pub mod hcpcs_file;
pub mod ndc_crosswalk;
pub mod noc;
pub mod purple_book;
pub mod site;

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

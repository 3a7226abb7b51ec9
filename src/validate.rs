//! Gates between a parsed file and its activation: is it plausible beside what is held of its series? They are pure, and
//! all of them are asked, so that a person sees everything that is wrong with a file at once. A file that fails one is
//! refused and the last good release stays.
//!
//! Every bound was measured on the real files of 2019Q1 to 2026Q1, between neighbouring postings and between any two, so
//! that a practice that begins late or misses quarters meets none of them: see [`Share`].

mod crosswalk;
mod failed_gate;
mod hcpcs;
mod pricing;
mod share;
#[cfg(test)]
mod tests;

pub use crosswalk::Packages;
pub use failed_gate::FailedGate;
pub use pricing::Limits;
pub use share::Share;

use crate::cms::hcpcs_file::HcpcsRecord;
use crate::cms::{Content, Placed, Table};
use crate::domain::quarter::Quarter;

/// How many quarters of prices and packages a new file is held against: a year, so that a file of the wrong year is
/// found out.
pub const QUARTERS_COMPARED: usize = 5;

/// What is held of the series of a new file, up to its quarter; its own quarter where the file is a later posting. Only
/// what belongs to the series need be filled in.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The records of the newest HCPCS release.
    pub records: Vec<Placed<HcpcsRecord>>,
    /// The newest pricing files, newest first, at most [`QUARTERS_COMPARED`].
    pub limits: Vec<(Quarter, Limits)>,
    /// The newest crosswalks, newest first, at most [`QUARTERS_COMPARED`].
    pub packages: Vec<(Quarter, Packages)>,
}

/// Every gate that the content of a file for `quarter` fails; none failed means that it may be activated.
#[must_use]
pub fn content(content: &Content, quarter: Quarter, held: &Held) -> Vec<FailedGate> {
    match content {
        Content::Hcpcs(table) => not_empty(table, || hcpcs::gates(table, quarter, &held.records)),
        Content::AspPricing(table) => not_empty(table, || pricing::gates(table, quarter, &held.limits)),
        Content::NdcCrosswalk(table) => not_empty(table, || crosswalk::gates(table, quarter, &held.packages)),
        Content::PurpleBook(table) => not_empty(table, || rejected_rows(table).into_iter().collect()),
        // It may be empty, and names no code.
        Content::Noc(_) => Vec::new(),
    }
}

/// The failed gates of a table with rows; without rows there is nothing else to ask.
fn not_empty<R>(table: &Table<R>, gates: impl FnOnce() -> Vec<FailedGate>) -> Vec<FailedGate> {
    if table.rows.is_empty() {
        let member = table.member.clone();
        return vec![FailedGate::Empty { member }];
    }
    gates()
}

fn rejected_rows<R>(table: &Table<R>) -> Option<FailedGate> {
    let rows = table.rows.len() + table.rejected.len();
    let first = table.rejected.first()?;
    let example = || format!("line {}: {}", first.line, first.reason);
    Share::RejectedRows.bound(&table.member, table.rejected.len(), rows, example)
}

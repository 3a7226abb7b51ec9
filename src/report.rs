//! What people and programs read: one document, a small presenter a format. Every presenter is a pure function from
//! values to text; nothing here prints.

pub mod alerts;
pub mod audit;
pub mod code;
pub mod drugs;
pub mod explain;
pub mod format;
pub mod outbox;
pub mod payers;
pub mod release_diff;
pub mod releases;
pub mod review;
pub mod run;
pub mod status;
mod table;
pub mod terminal;

#[cfg(test)]
mod samples;

/// The columns of the terminal that stdout is; none where it is none.
#[must_use]
pub fn terminal_width() -> Option<u16> {
    comfy_table::Table::new().width()
}

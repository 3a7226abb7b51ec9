//! What is said on stderr beside a result.

use super::context::Verbosity;
use crate::pipeline::Report;
use crate::report::terminal;
use std::io::Write;

/// Says a line, unless there is nobody to hear it.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", terminal::visible_lines(text));
}

/// With `-v`, what a run noticed that is no problem, and each rejected row.
pub(super) fn details(report: &Report, verbosity: Verbosity) {
    if !matches!(verbosity, Verbosity::Verbose | Verbosity::Everything) {
        return;
    }
    for note in &report.notes {
        say(&format!("note: {note}"));
    }
    for row in &report.rejected_rows {
        say(&format!(
            "rejected: {} line {}: {}: {}",
            row.member, row.line, row.reason, row.text
        ));
    }
}

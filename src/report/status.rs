//! Where things stand: `status`.

use super::format::{Format, FormatError, Look, json};
use super::releases::{self, HeldRelease};
use super::terminal;
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use chrono::NaiveDate;
use serde::Serialize;
use std::fmt::Write;

/// Everything `status` tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The day it is true for, in the practice's time zone.
    pub today: NaiveDate,
    /// Each source that is configured, in the order of `Source::ALL`.
    pub sources: Vec<SourceStatus>,
    /// What waits to be told.
    pub outbox: OutboxCounts,
    /// The drugs by state.
    pub drugs: DrugCounts,
}

/// What is held of one source and what comes next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceStatus {
    /// The source.
    pub source: Source,
    /// The releases held, oldest first.
    pub releases: Vec<HeldRelease>,
    /// The next quarter that is awaited; none for a source that is not quarterly or optional.
    pub next: Option<NextRelease>,
}

/// The quarter awaited next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NextRelease {
    /// The quarter.
    pub quarter: Quarter,
    /// The day by which it should be held; it is overdue after it.
    pub expected_by: NaiveDate,
    /// Whether that day is past.
    pub overdue: bool,
}

/// Messages by state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OutboxCounts {
    /// Waiting for a first or next attempt.
    pub queued: u64,
    /// Taken over by the mail server or written to the folder.
    pub sent: u64,
    /// Refused for good; a person has to act.
    pub failed: u64,
}

/// Drugs by state on the day of the status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DrugCounts {
    /// Billed under a catch-all code, no code of their own in sight.
    pub unclassified: u64,
    /// Billed under a catch-all code until an announced date.
    pub announced: u64,
    /// Billed under an interim C code.
    pub interim: u64,
    /// Billed under a code of their own.
    pub permanent: u64,
    /// A person has to decide.
    pub review: u64,
    /// Taken off the list.
    pub retired: u64,
}

impl Status {
    /// Whether a quarter that should be held is not (exit code 8).
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.sources
            .iter()
            .any(|source| source.next.is_some_and(|next| next.overdue))
    }
}

/// The status in the format asked for: a table or JSON.
pub fn render(status: &Status, format: Format, look: Look) -> Result<String, FormatError> {
    match format {
        Format::Table => Ok(text(status, look)),
        Format::Json => json(status),
        Format::Csv => Err(FormatError::NotOffered {
            what: "the status",
            format: "csv",
            offered: "table, json",
        }),
    }
}

fn text(status: &Status, look: Look) -> String {
    let held: Vec<_> = status
        .sources
        .iter()
        .flat_map(|source| source.releases.iter().cloned())
        .collect();
    let mut text = format!("Status on {}\n\n{}", status.today, releases::table(&held, look));
    for release in &held {
        for rows in &release.rejected {
            line(
                &mut text,
                &format!(
                    "  {} {}: {} rows rejected: {}",
                    release.source,
                    release.title(),
                    rows.count,
                    rows.reason
                ),
            );
        }
    }
    text.push('\n');
    for (source, next) in status
        .sources
        .iter()
        .filter_map(|source| Some((source.source, source.next?)))
    {
        let state = if next.overdue {
            "OVERDUE since"
        } else {
            "expected by"
        };
        line(
            &mut text,
            &format!(
                "Next {}: {} {state} {}",
                source.title(),
                next.quarter,
                next.expected_by
            ),
        );
    }
    let OutboxCounts { queued, sent, failed } = status.outbox;
    line(
        &mut text,
        &format!("Outbox: {queued} queued, {sent} sent, {failed} failed"),
    );
    let DrugCounts {
        unclassified,
        announced,
        interim,
        permanent,
        review,
        retired,
    } = status.drugs;
    line(
        &mut text,
        &format!(
            "Drugs: {unclassified} unclassified, {announced} announced, {interim} interim, {permanent} permanent, {review} to review, {retired} retired"
        ),
    );
    text
}

fn line(text: &mut String, words: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", terminal::visible(words));
}

#[cfg(test)]
mod tests;

//! The releases held: `releases list`, and the part of `status` that speaks of them.

use super::format::{Format, FormatError, Look, csv_text, json};
use super::table::{Head, Sheet, Tone, or_dash};
use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source};
use crate::store::releases::HeldRelease as StoredRelease;
use crate::store::{Reader, StoreError};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// One posting of one quarter's file, as the store holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldRelease {
    /// The series.
    pub source: Source,
    /// The quarter; none for the Purple Book, which is not quarterly.
    pub quarter: Option<Quarter>,
    /// Which posting of the quarter, counted from 1.
    pub revision: u32,
    /// The hash of the file.
    pub sha256: Sha256,
    /// Where it came from: an address, or a path as given.
    pub origin: String,
    /// When it was fetched or imported.
    pub fetched: DateTime<Utc>,
    /// Whether it is the posting that is used for its quarter.
    pub is_current: bool,
    /// Rows that were taken.
    pub rows: u64,
    /// Rows that could not be used, by reason.
    pub rejected: Vec<RejectedRows>,
}

/// Rows of a release that could not be used for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RejectedRows {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
}

impl HeldRelease {
    /// `2023Q3 revision 2`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.quarter {
            Some(quarter) => format!("{quarter} revision {}", self.revision),
            None => format!("revision {}", self.revision),
        }
    }

    /// How many rows could not be used.
    #[must_use]
    pub fn rejected_count(&self) -> u64 {
        self.rejected.iter().map(|rows| rows.count).sum()
    }
}

/// Every release held, by source, quarter and revision, with the reasons for rejected rows.
///
/// # Errors
///
/// Where the store cannot be read.
pub fn gather(store: &Reader) -> Result<Vec<HeldRelease>, StoreError> {
    let held = store.held_releases()?;
    let is_replaced = |place: usize| {
        let key = |one: &StoredRelease| (one.release.source, one.release.quarter);
        held.get(place + 1)
            .is_some_and(|next| key(next) == key(&held[place]))
    };
    let mut releases = Vec::with_capacity(held.len());
    for (place, one) in held.iter().enumerate() {
        let mut rejected: Vec<RejectedRows> = Vec::new();
        let rows = if one.rejected > 0 {
            store.rejected_rows(one.release.id, u32::MAX)?
        } else {
            Vec::new()
        };
        for row in rows {
            match rejected.iter_mut().find(|same| same.reason == row.reason) {
                Some(same) => same.count += 1,
                None => rejected.push(RejectedRows {
                    reason: row.reason,
                    count: 1,
                }),
            }
        }
        let is_quarterly = one.release.source != Source::PurpleBook;
        releases.push(HeldRelease {
            source: one.release.source,
            quarter: is_quarterly.then_some(one.release.quarter),
            revision: one.release.revision,
            sha256: one.release.sha256,
            origin: one.origin.clone(),
            fetched: one.fetched_at,
            is_current: !is_replaced(place),
            rows: u64::from(one.rows),
            rejected,
        });
    }
    Ok(releases)
}

/// The releases in the order given, in the format asked for.
pub fn render(releases: &[HeldRelease], format: Format, look: Look) -> Result<String, FormatError> {
    match format {
        Format::Table => Ok(table(releases, look)),
        Format::Json => json(&releases),
        Format::Csv => csv_text(
            [
                "source", "quarter", "revision", "current", "fetched", "rows", "rejected", "sha256", "origin",
            ],
            releases.iter().map(|release| {
                [
                    release.source.to_string(),
                    release
                        .quarter
                        .map(|quarter| quarter.to_string())
                        .unwrap_or_default(),
                    release.revision.to_string(),
                    release.is_current.to_string(),
                    release.fetched.to_rfc3339_opts(SecondsFormat::Secs, true),
                    release.rows.to_string(),
                    release.rejected_count().to_string(),
                    release.sha256.to_string(),
                    release.origin.clone(),
                ]
            }),
        ),
    }
}

/// A table of the releases; hashes are cut to their first 12 digits, JSON and CSV have them whole.
pub(super) fn table(releases: &[HeldRelease], look: Look) -> String {
    if releases.is_empty() {
        return "No release is held yet. Get some with `hcpcs-watch releases fetch` or `releases import FILE`.\n".to_owned();
    }
    let mut sheet = Sheet::new(
        look,
        [
            Head::Kept("source"),
            Head::Kept("quarter"),
            Head::Kept("rev"),
            Head::Kept("used"),
            Head::Kept("fetched"),
            Head::Kept("rows"),
            Head::Kept("rejected"),
            Head::Kept("sha256"),
        ],
    );
    for release in releases {
        let rejected = release.rejected_count();
        let tone = if rejected > 0 {
            Tone::Attention
        } else {
            Tone::Plain
        };
        sheet.row([
            (release.source.to_string(), Tone::Plain),
            (or_dash(release.quarter), Tone::Plain),
            (release.revision.to_string(), Tone::Plain),
            (
                if release.is_current { "yes" } else { "no" }.to_owned(),
                Tone::Plain,
            ),
            (release.fetched.date_naive().to_string(), Tone::Plain),
            (release.rows.to_string(), Tone::Plain),
            (rejected.to_string(), tone),
            (release.sha256.to_string().chars().take(12).collect(), Tone::Plain),
        ]);
    }
    sheet.finish()
}

#[cfg(test)]
mod tests;

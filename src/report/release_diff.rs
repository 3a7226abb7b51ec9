//! What changed between two HCPCS releases: `releases diff`.

use super::format::{Format, FormatError, Look, csv_text, json};
use super::table::{Head, Sheet, Tone, or_dash};
use crate::domain::code::HcpcsCode;
use crate::domain::quarter::Quarter;
use chrono::NaiveDate;
use serde::{Serialize, Serializer};

/// One posting of one quarter's HCPCS file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReleaseName {
    /// The quarter.
    pub quarter: Quarter,
    /// Which posting, counted from 1.
    pub revision: u32,
}

/// The differences between two releases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReleaseDiff {
    /// The release looked at first.
    pub from: ReleaseName,
    /// The release compared with it.
    pub to: ReleaseName,
    /// What differs, by code; empty for a release and itself.
    pub changes: Vec<CodeChange>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeChange {
    /// The code.
    pub code: HcpcsCode,
    /// What happened to it.
    pub kind: ChangeKind,
    /// The date that goes with it: the first date of service of an addition or reactivation, the last of an end;
    /// inclusive.
    pub date: Option<NaiveDate>,
    /// What stood in the first release: descriptor, or unit for a change of unit.
    pub before: Option<String>,
    /// What stands in the second release.
    pub after: Option<String>,
}

/// What can happen to a code between two releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// The code is new.
    Added,
    /// The code has an end it did not have.
    Ended,
    /// The descriptor says something else.
    Redescribed,
    /// The billing unit stands for another amount.
    UnitChanged,
    /// A code that had ended is valid again.
    Reactivated,
    /// The code is no longer in the file: an addition that was undone, or a broken file; never an end.
    Removed,
}

impl ChangeKind {
    /// The name in JSON and CSV.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Ended => "ended",
            Self::Redescribed => "re-described",
            Self::UnitChanged => "unit-changed",
            Self::Reactivated => "reactivated",
            Self::Removed => "removed",
        }
    }
}

impl Serialize for ChangeKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl ReleaseDiff {
    /// Only the codes that begin with `prefix` (any case): `J`, `Q51`, `J3590`.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim().to_ascii_uppercase();
        self.changes
            .retain(|change| change.code.as_str().starts_with(&prefix));
        self
    }
}

/// The differences in the format asked for.
pub fn render(diff: &ReleaseDiff, format: Format, look: Look) -> Result<String, FormatError> {
    match format {
        Format::Table => Ok(table(diff, look)),
        Format::Json => json(diff),
        Format::Csv => csv_text(
            ["code", "kind", "date", "before", "after"],
            diff.changes.iter().map(|change| {
                [
                    change.code.to_string(),
                    change.kind.as_str().to_owned(),
                    change.date.map(|date| date.to_string()).unwrap_or_default(),
                    change.before.clone().unwrap_or_default(),
                    change.after.clone().unwrap_or_default(),
                ]
            }),
        ),
    }
}

fn table(diff: &ReleaseDiff, look: Look) -> String {
    let name = |release: ReleaseName| format!("{} revision {}", release.quarter, release.revision);
    let (from, to) = (name(diff.from), name(diff.to));
    if diff.changes.is_empty() {
        return format!("Nothing differs between {from} and {to}.\n");
    }
    let mut sheet = Sheet::new(
        look,
        [
            Head::Kept("code"),
            Head::Kept("change"),
            Head::Kept("date"),
            Head::Folded("descriptor or unit"),
        ],
    );
    for change in &diff.changes {
        let tone = match change.kind {
            ChangeKind::Removed => Tone::Wrong,
            ChangeKind::Ended | ChangeKind::UnitChanged => Tone::Attention,
            ChangeKind::Added | ChangeKind::Redescribed | ChangeKind::Reactivated => Tone::Plain,
        };
        sheet.row([
            (change.code.to_string(), Tone::Plain),
            (change.kind.as_str().to_owned(), tone),
            (or_dash(change.date), Tone::Plain),
            (words(change), Tone::Plain),
        ]);
    }
    format!("{from} to {to}: {}\n{}", counts(&diff.changes), sheet.finish())
}

fn words(change: &CodeChange) -> String {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if before != after => format!("{before} → {after}"),
        (Some(text), _) | (None, Some(text)) => text.clone(),
        (None, None) => "-".to_owned(),
    }
}

/// `2 added, 1 ended`.
fn counts(changes: &[CodeChange]) -> String {
    let mut by_kind = std::collections::BTreeMap::new();
    for change in changes {
        *by_kind.entry(change.kind).or_insert(0_usize) += 1;
    }
    let words: Vec<_> = by_kind
        .iter()
        .map(|(kind, count)| format!("{count} {}", kind.as_str()))
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests;

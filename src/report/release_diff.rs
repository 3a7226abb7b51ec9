//! What changed between two HCPCS releases: `releases diff`.

use super::format::{Format, FormatError, Look, csv_text, json};
use super::table::{Head, Sheet, Tone, or_dash};
use crate::cms::Placed;
use crate::cms::hcpcs_file::HcpcsRecord;
use crate::domain::code::HcpcsCode;
use crate::domain::descriptor::Descriptor;
use crate::domain::payment_limit::PaymentLimit;
use crate::domain::quarter::Quarter;
use crate::domain::release::Release;
use chrono::NaiveDate;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

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
    /// Whether the payment limits of both quarters are held and were compared.
    pub prices_compared: bool,
}

/// The payment limits of one quarter by code; none where the file names the code without a limit.
pub type Prices = BTreeMap<HcpcsCode, Option<PaymentLimit>>;

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
    /// The payment limit for one unit is another, or there is one where there was none, or the other way round.
    PriceChanged,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Added,
        Self::Ended,
        Self::Redescribed,
        Self::UnitChanged,
        Self::Reactivated,
        Self::Removed,
        Self::PriceChanged,
    ];

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
            Self::PriceChanged => "price-changed",
        }
    }
}

/// Why a text is no kind of change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of change: expected one of {known}", known = ChangeKind::ALL.map(ChangeKind::as_str).join(", "))]
pub struct ParseChangeKindError(String);

impl FromStr for ChangeKind {
    type Err = ParseChangeKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        named.ok_or_else(|| ParseChangeKindError(text.to_owned()))
    }
}

impl Serialize for ChangeKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl ReleaseDiff {
    /// What differs between the rows of two HCPCS releases, by code.
    #[must_use]
    pub fn between(
        from: &Release,
        before: &[Placed<HcpcsRecord>],
        to: &Release,
        after: &[Placed<HcpcsRecord>],
    ) -> Self {
        let by_code = |rows: &'_ [Placed<HcpcsRecord>]| -> BTreeMap<HcpcsCode, HcpcsRecord> {
            rows.iter()
                .map(|placed| (placed.row.code, placed.row.clone()))
                .collect()
        };
        let (before, after) = (by_code(before), by_code(after));
        let codes: BTreeSet<HcpcsCode> = before.keys().chain(after.keys()).copied().collect();
        let changes = codes
            .iter()
            .flat_map(|code| match (before.get(code), after.get(code)) {
                (None, Some(row)) => vec![added(row)],
                (Some(row), None) => vec![removed(row)],
                (Some(before), Some(after)) => changed(before, after),
                (None, None) => Vec::new(),
            });
        let name = |release: &Release| ReleaseName {
            quarter: release.quarter,
            revision: release.revision,
        };
        Self {
            from: name(from),
            to: name(to),
            changes: changes.collect(),
            prices_compared: false,
        }
    }

    /// Also what differs between the payment limits of the two quarters. A code that a pricing file no longer names has
    /// no limit in that quarter: it may be valid all the same.
    #[must_use]
    pub fn with_prices(mut self, before: &Prices, after: &Prices) -> Self {
        let limit = |prices: &Prices, code| prices.get(code).copied().flatten();
        let dollars = |limit: Option<PaymentLimit>| limit.map(|limit| limit.to_string());
        let codes: BTreeSet<&HcpcsCode> = before.keys().chain(after.keys()).collect();
        for code in codes {
            let (was, is) = (limit(before, code), limit(after, code));
            if was != is {
                self.changes.push(CodeChange {
                    code: *code,
                    kind: ChangeKind::PriceChanged,
                    date: Some(self.to.quarter.first_day()),
                    before: dollars(was),
                    after: dollars(is),
                });
            }
        }
        // Stable: the changes of a code stay in their order, its price last.
        self.changes.sort_by_key(|change| change.code);
        self.prices_compared = true;
        self
    }

    /// Only changes of these kinds; of every kind where none is named.
    #[must_use]
    pub fn with_kinds(mut self, kinds: &[ChangeKind]) -> Self {
        self.changes
            .retain(|change| kinds.is_empty() || kinds.contains(&change.kind));
        self
    }

    /// Only the codes that begin with `prefix` (any case): `J`, `Q51`, `J3590`.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        let prefix = prefix.trim().to_ascii_uppercase();
        self.changes
            .retain(|change| change.code.as_str().starts_with(&prefix));
        self
    }
}

fn added(row: &HcpcsRecord) -> CodeChange {
    CodeChange {
        code: row.code,
        kind: ChangeKind::Added,
        date: row.add_date,
        before: None,
        after: Some(row.long_description.clone()),
    }
}

fn removed(row: &HcpcsRecord) -> CodeChange {
    CodeChange {
        code: row.code,
        kind: ChangeKind::Removed,
        date: row.add_date,
        before: Some(row.long_description.clone()),
        after: None,
    }
}

/// Everything that differs in a code both releases hold.
fn changed(before: &HcpcsRecord, after: &HcpcsRecord) -> Vec<CodeChange> {
    let change = |kind, date, was: Option<String>, is: Option<String>| CodeChange {
        code: after.code,
        kind,
        date,
        before: was,
        after: is,
    };
    let descriptors = || {
        (
            Some(before.long_description.clone()),
            Some(after.long_description.clone()),
        )
    };
    let mut changes = Vec::new();
    if before.termination_date.is_some() && after.termination_date.is_none() {
        let since = after.action_effective_date.or(after.add_date);
        changes.push(change(
            ChangeKind::Reactivated,
            since,
            None,
            Some(after.long_description.clone()),
        ));
    } else if after.termination_date.is_some() && before.termination_date != after.termination_date {
        changes.push(change(
            ChangeKind::Ended,
            after.termination_date,
            Some(before.long_description.clone()),
            None,
        ));
    }
    if before.add_date != after.add_date {
        let (was, is) = descriptors();
        changes.push(change(ChangeKind::Added, after.add_date, was, is));
    }
    if before.long_description != after.long_description {
        let (was, is) = descriptors();
        changes.push(change(
            ChangeKind::Redescribed,
            after.action_effective_date,
            was,
            is,
        ));
        let unit = |row: &HcpcsRecord| {
            Descriptor::parse(&row.long_description)
                .unit
                .map(|unit| unit.to_string())
        };
        if unit(before) != unit(after) {
            changes.push(change(
                ChangeKind::UnitChanged,
                after.action_effective_date,
                unit(before),
                unit(after),
            ));
        }
    }
    changes
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
    let name = |release: ReleaseName| format!("{}, posting {}", release.quarter, release.revision);
    let (from, to) = (name(diff.from), name(diff.to));
    let unpriced = if diff.prices_compared || diff.from.quarter == diff.to.quarter {
        ""
    } else {
        "Payment limits are not compared: those of both quarters are not held.\n"
    };
    if diff.changes.is_empty() {
        return format!("Nothing differs between {from}, and {to}.\n{unpriced}");
    }
    let mut sheet = Sheet::new(
        look,
        [
            Head::Kept("code"),
            Head::Kept("change"),
            Head::Kept("date"),
            Head::Folded("descriptor, unit or limit"),
        ],
    );
    for change in &diff.changes {
        let tone = match change.kind {
            ChangeKind::Removed => Tone::Wrong,
            ChangeKind::Ended | ChangeKind::UnitChanged => Tone::Attention,
            ChangeKind::Added
            | ChangeKind::Redescribed
            | ChangeKind::Reactivated
            | ChangeKind::PriceChanged => Tone::Plain,
        };
        sheet.row([
            (change.code.to_string(), Tone::Plain),
            (change.kind.as_str().to_owned(), tone),
            (or_dash(change.date), Tone::Plain),
            (words(change), Tone::Plain),
        ]);
    }
    let counts = folded(&counts(&diff.changes), usize::from(look.width));
    format!("From {from} to {to}:\n{counts}\n{unpriced}\n{}", sheet.finish())
}

fn words(change: &CodeChange) -> String {
    if change.kind == ChangeKind::PriceChanged {
        let dollars = |limit: &Option<String>| {
            limit
                .as_ref()
                .map_or_else(|| "no limit".to_owned(), |limit| format!("${limit}"))
        };
        return format!("{} → {}", dollars(&change.before), dollars(&change.after));
    }
    match (&change.before, &change.after) {
        (Some(before), Some(after)) if before != after => format!("{before} → {after}"),
        (Some(text), _) | (None, Some(text)) => text.clone(),
        (None, None) => "-".to_owned(),
    }
}

/// `text` with its commas turned into line ends where a line would not fit.
fn folded(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for part in text.split(", ") {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(part),
            Some(line) if line.chars().count() + part.chars().count() + 3 <= width => {
                line.push_str(", ");
                line.push_str(part);
            }
            _ => lines.push(part.to_owned()),
        }
    }
    lines.join(",\n")
}

/// `2 added, 1 ended`.
fn counts(changes: &[CodeChange]) -> String {
    let mut by_kind = BTreeMap::new();
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

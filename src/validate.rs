//! Gates between a parsed file and its activation. They are pure, and all of them are asked, so that a person sees
//! everything that is wrong with a file at once. A file that fails one is refused and the last good release stays.

#[cfg(test)]
mod tests;

use crate::cms::hcpcs_file::HcpcsRecord;
use crate::cms::{Content, Placed, Table};
use crate::domain::code::HcpcsCode;
use crate::domain::quarter::Quarter;
use chrono::{Months, NaiveDate};
use std::collections::{BTreeSet, HashMap};

/// A release must hold at least this many of a hundred codes of the release before it: no code ever disappeared
/// between full releases from 2019 to 2025, so fewer mean that the file is broken.
const CODES_KEPT_PERCENT: usize = 90;
/// At least this many of a hundred records must have an ADD DT; in every release of 2019 to 2025 all have one.
const DATED_PERCENT: usize = 99;
/// A release with more records than this in which all dates are the same has lost them; real ones hold over 6,000.
const FEW_RECORDS: usize = 20;

/// A gate that a file did not pass, with what was seen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FailedGate {
    /// Nothing could be read.
    #[error("`{member}` holds no row that can be used")]
    Empty {
        /// The member.
        member: String,
    },
    /// A code stands twice.
    #[error(
        "`{member}` holds {count} of its codes more than once, such as {code} on lines {first} and {second}"
    )]
    DuplicateCodes {
        /// The member.
        member: String,
        /// How many codes.
        count: usize,
        /// The first of them.
        code: HcpcsCode,
        /// Its first line.
        first: u32,
        /// Its second line.
        second: u32,
    },
    /// The code the tool is about is missing.
    #[error("J3590 itself is missing from `{member}`, so the list is not whole")]
    UnclassifiedMissing {
        /// The member.
        member: String,
    },
    /// Too many codes of the release before it are gone.
    #[error(
        "`{member}` holds {kept} of the {before} codes of the release before it, less than {CODES_KEPT_PERCENT} %; missing are {missing}"
    )]
    TooFewCodes {
        /// The member.
        member: String,
        /// How many codes of the release before it are still there.
        kept: usize,
        /// How many codes the release before it has.
        before: usize,
        /// Some of the missing codes, in words.
        missing: String,
    },
    /// Too many records without ADD DT.
    #[error("{undated} of {records} records of `{member}` have no ADD DT, the first on line {line}")]
    UndatedRecords {
        /// The member.
        member: String,
        /// How many have none.
        undated: usize,
        /// How many there are.
        records: usize,
        /// The line of the first.
        line: u32,
    },
    /// One date on every record.
    #[error("all {records} records of `{member}` have the same ADD DT, {date}")]
    OneDateForAll {
        /// The member.
        member: String,
        /// How many there are.
        records: usize,
        /// The date.
        date: NaiveDate,
    },
    /// Dates no code can have.
    #[error(
        "{count} records of `{member}` have an ADD DT outside {earliest} to {latest}, such as {code} with {date} on line {line}"
    )]
    ImplausibleDates {
        /// The member.
        member: String,
        /// How many.
        count: usize,
        /// The first day that is plausible, inclusive.
        earliest: NaiveDate,
        /// The last day that is plausible, inclusive.
        latest: NaiveDate,
        /// The first such code.
        code: HcpcsCode,
        /// Its date.
        date: NaiveDate,
        /// Its line.
        line: u32,
    },
    /// A period that ends before it begins.
    #[error(
        "{count} records of `{member}` end before they begin, such as {code} on line {line}: TERM DT {end}, ADD DT {start}"
    )]
    EndsBeforeStart {
        /// The member.
        member: String,
        /// How many.
        count: usize,
        /// The first such code.
        code: HcpcsCode,
        /// Its line.
        line: u32,
        /// Its TERM DT.
        end: NaiveDate,
        /// Its ADD DT.
        start: NaiveDate,
    },
}

impl FailedGate {
    /// Whether a person who has looked at the file may load it all the same. A file without rows has nothing to load, and
    /// of a code that stands twice nobody can tell which record is meant.
    #[must_use]
    pub fn is_overridable(&self) -> bool {
        !matches!(self, Self::Empty { .. } | Self::DuplicateCodes { .. })
    }

    /// The diagnostic code, in kebab case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "no-rows",
            Self::DuplicateCodes { .. } => "duplicate-codes",
            Self::UnclassifiedMissing { .. } => "j3590-missing",
            Self::TooFewCodes { .. } => "too-few-codes",
            Self::UndatedRecords { .. } => "undated-records",
            Self::OneDateForAll { .. } => "one-date-for-all",
            Self::ImplausibleDates { .. } => "implausible-dates",
            Self::EndsBeforeStart { .. } => "ends-before-start",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn next_step(&self) -> &'static str {
        "the last good release stays in force: look at the file by hand; if it is cut off or garbled, download it again or wait for CMS to post it anew"
    }
}

/// Every gate that a HCPCS release for `quarter` fails; none failed means it may be activated. `before` are the codes of
/// the release that is in force so far, empty where there is none.
#[must_use]
pub fn release(
    table: &Table<HcpcsRecord>,
    quarter: Quarter,
    before: &BTreeSet<HcpcsCode>,
) -> Vec<FailedGate> {
    if table.rows.is_empty() {
        return vec![FailedGate::Empty {
            member: table.member.clone(),
        }];
    }
    let codes: BTreeSet<HcpcsCode> = table.rows.iter().map(|placed| placed.row.code).collect();
    [
        no_duplicates(table),
        has_unclassified(table, &codes),
        keeps_codes(table, &codes, before),
        is_dated(table),
        has_several_dates(table),
        has_plausible_dates(table, quarter),
        ends_after_start(table),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Every gate that the content of a file fails: those of [`release`] for a HCPCS release; for any other series but the
/// NOC files, which may be empty, that there are rows.
#[must_use]
pub fn content(content: &Content, quarter: Quarter, before: &BTreeSet<HcpcsCode>) -> Vec<FailedGate> {
    match content {
        Content::Hcpcs(table) => release(table, quarter, before),
        Content::AspPricing(table) => not_empty(table),
        Content::NdcCrosswalk(table) => not_empty(table),
        Content::PurpleBook(table) => not_empty(table),
        Content::Noc(_) => Vec::new(),
    }
}

/// The gate of pricing files, crosswalks and listings: there must be rows.
#[must_use]
pub fn not_empty<R>(table: &Table<R>) -> Vec<FailedGate> {
    let empty = table.rows.is_empty().then(|| FailedGate::Empty {
        member: table.member.clone(),
    });
    empty.into_iter().collect()
}

fn no_duplicates(table: &Table<HcpcsRecord>) -> Option<FailedGate> {
    let mut lines: HashMap<HcpcsCode, u32> = HashMap::with_capacity(table.rows.len());
    let repeated: Vec<(HcpcsCode, u32, u32)> = table
        .rows
        .iter()
        .filter_map(|placed| {
            let first = lines.insert(placed.row.code, placed.line)?;
            Some((placed.row.code, first, placed.line))
        })
        .collect();
    let (code, first, second) = *repeated.first()?;
    let count = repeated
        .iter()
        .map(|(code, ..)| *code)
        .collect::<BTreeSet<_>>()
        .len();
    Some(FailedGate::DuplicateCodes {
        member: table.member.clone(),
        count,
        code,
        first,
        second,
    })
}

fn has_unclassified(table: &Table<HcpcsRecord>, codes: &BTreeSet<HcpcsCode>) -> Option<FailedGate> {
    (!codes.contains(&HcpcsCode::UNCLASSIFIED_BIOLOGICS)).then(|| FailedGate::UnclassifiedMissing {
        member: table.member.clone(),
    })
}

fn keeps_codes(
    table: &Table<HcpcsRecord>,
    codes: &BTreeSet<HcpcsCode>,
    before: &BTreeSet<HcpcsCode>,
) -> Option<FailedGate> {
    let kept = before.intersection(codes).count();
    if kept.saturating_mul(100) >= before.len().saturating_mul(CODES_KEPT_PERCENT) {
        return None;
    }
    let missing: Vec<&str> = before.difference(codes).take(5).map(HcpcsCode::as_str).collect();
    Some(FailedGate::TooFewCodes {
        member: table.member.clone(),
        kept,
        before: before.len(),
        missing: format!("{} and more", missing.join(", ")),
    })
}

fn is_dated(table: &Table<HcpcsRecord>) -> Option<FailedGate> {
    let mut undated = table.rows.iter().filter(|placed| placed.row.add_date.is_none());
    let line = undated.next()?.line;
    let (undated, records) = (undated.count() + 1, table.rows.len());
    let dated = records - undated;
    (dated.saturating_mul(100) < records.saturating_mul(DATED_PERCENT)).then(|| FailedGate::UndatedRecords {
        member: table.member.clone(),
        undated,
        records,
        line,
    })
}

fn has_several_dates(table: &Table<HcpcsRecord>) -> Option<FailedGate> {
    let mut dates = table.rows.iter().filter_map(|placed| placed.row.add_date);
    let date = dates.next()?;
    let is_one_for_all = table.rows.len() > FEW_RECORDS && dates.all(|other| other == date);
    is_one_for_all.then(|| FailedGate::OneDateForAll {
        member: table.member.clone(),
        records: table.rows.len(),
        date,
    })
}

/// From 1980, before HCPCS was in use, to a year after the quarter's end.
fn has_plausible_dates(table: &Table<HcpcsRecord>, quarter: Quarter) -> Option<FailedGate> {
    let earliest = NaiveDate::from_ymd_opt(1980, 1, 1).unwrap_or_default();
    let latest = quarter
        .last_day()
        .checked_add_months(Months::new(12))
        .unwrap_or(NaiveDate::MAX);
    let outside = |placed: &&Placed<HcpcsRecord>| {
        placed
            .row
            .add_date
            .is_some_and(|date| !(earliest..=latest).contains(&date))
    };
    let first = table.rows.iter().find(outside)?;
    Some(FailedGate::ImplausibleDates {
        member: table.member.clone(),
        count: table.rows.iter().filter(outside).count(),
        earliest,
        latest,
        code: first.row.code,
        date: first.row.add_date?,
        line: first.line,
    })
}

fn ends_after_start(table: &Table<HcpcsRecord>) -> Option<FailedGate> {
    let mut backward = table.rows.iter().filter_map(|placed| {
        let (start, end) = (placed.row.add_date?, placed.row.termination_date?);
        (end < start).then_some((placed, start, end))
    });
    let (placed, start, end) = backward.next()?;
    Some(FailedGate::EndsBeforeStart {
        member: table.member.clone(),
        count: backward.count() + 1,
        code: placed.row.code,
        line: placed.line,
        end,
        start,
    })
}

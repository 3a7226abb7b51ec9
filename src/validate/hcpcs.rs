//! The gates of a HCPCS release.

use super::share::FEW;
use super::{FailedGate, Share, rejected_rows};
use crate::cms::hcpcs_file::{HcpcsRecord, quarter_of_additions};
use crate::cms::{Placed, Table};
use crate::domain::code::HcpcsCode;
use crate::domain::quarter::Quarter;
use chrono::{Months, NaiveDate};
use std::collections::{BTreeSet, HashMap};

/// Every gate that `table`, taken for `quarter`, fails; `before` is the release it is held against, empty where there is
/// none.
pub(super) fn gates(
    table: &Table<HcpcsRecord>,
    quarter: Quarter,
    before: &[Placed<HcpcsRecord>],
) -> Vec<FailedGate> {
    let pairs = Pairs::of(table, before);
    [
        no_duplicates(table),
        has_unclassified(table),
        rejected_rows(table),
        adds_to_its_quarter(table, quarter),
        keeps_codes(table, quarter, before),
        is_dated(table),
        has_several_dates(table),
        has_plausible_dates(table, quarter),
        ends_after_start(table),
        pairs.keep_dates(),
        pairs.stay_open(),
        pairs.keep_descriptions(),
    ]
    .into_iter()
    .flatten()
    .collect()
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

/// J3590 is there, and says what it has said in every release since it exists: a fixed point by which rows, columns and
/// dates that are displaced show even where nothing is held to compare with. Small files are made by hand, with dates
/// as it pleases.
fn has_unclassified(table: &Table<HcpcsRecord>) -> Option<FailedGate> {
    let mut records = table.rows.iter();
    let member = table.member.clone();
    let Some(placed) = records.find(|placed| placed.row.code == HcpcsCode::UNCLASSIFIED_BIOLOGICS) else {
        return Some(FailedGate::UnclassifiedMissing { member });
    };
    let description = &placed.row.long_description;
    let is_itself = description.eq_ignore_ascii_case("unclassified biologics")
        && placed.row.add_date == NaiveDate::from_ymd_opt(2003, 1, 1);
    (table.rows.len() > FEW && !is_itself).then(|| FailedGate::UnclassifiedDisplaced {
        member,
        line: placed.line,
        description: description.clone(),
        start: placed.row.add_date,
    })
}

/// Most codes that a release adds begin in its own quarter, in all 28 real ones; some are backdated, and a few alone may
/// all be.
fn adds_to_its_quarter(table: &Table<HcpcsRecord>, quarter: Quarter) -> Option<FailedGate> {
    let (found, count) = quarter_of_additions(table)?;
    (found != quarter && count > FEW).then(|| FailedGate::AdditionsElsewhere {
        member: table.member.clone(),
        quarter,
        found,
    })
}

/// A code that is still in force, or ended in this quarter, is never left out; one that ended before may be.
fn keeps_codes(
    table: &Table<HcpcsRecord>,
    quarter: Quarter,
    before: &[Placed<HcpcsRecord>],
) -> Option<FailedGate> {
    let codes: BTreeSet<HcpcsCode> = table.rows.iter().map(|placed| placed.row.code).collect();
    let is_in_force = |placed: &&Placed<HcpcsRecord>| {
        let end = placed.row.termination_date;
        end.is_none_or(|end| end >= quarter.first_day())
    };
    let in_force: Vec<HcpcsCode> = before
        .iter()
        .filter(is_in_force)
        .map(|placed| placed.row.code)
        .collect();
    let missing: Vec<&str> = in_force
        .iter()
        .filter(|code| !codes.contains(code))
        .map(HcpcsCode::as_str)
        .collect();
    let some = || missing[..missing.len().min(5)].join(", ");
    Share::MissingCodes.bound(&table.member, missing.len(), in_force.len(), some)
}

fn is_dated(table: &Table<HcpcsRecord>) -> Option<FailedGate> {
    let undated = || table.rows.iter().filter(|placed| placed.row.add_date.is_none());
    let first = undated().next()?;
    let example = || format!("{} on line {}", first.row.code, first.line);
    Share::UndatedRecords.bound(&table.member, undated().count(), table.rows.len(), example)
}

fn has_several_dates(table: &Table<HcpcsRecord>) -> Option<FailedGate> {
    let mut counts: HashMap<NaiveDate, usize> = HashMap::new();
    for date in table.rows.iter().filter_map(|placed| placed.row.add_date) {
        *counts.entry(date).or_default() += 1;
    }
    let (date, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    Share::OneDate.bound(&table.member, count, table.rows.len(), || date.to_string())
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

/// The codes that both releases hold: what the earlier says of each, and what the later.
struct Pairs<'a> {
    member: &'a str,
    both: Vec<(&'a HcpcsRecord, &'a Placed<HcpcsRecord>)>,
}

impl<'a> Pairs<'a> {
    fn of(table: &'a Table<HcpcsRecord>, before: &'a [Placed<HcpcsRecord>]) -> Self {
        let before: HashMap<HcpcsCode, &HcpcsRecord> = before
            .iter()
            .map(|placed| (placed.row.code, &placed.row))
            .collect();
        let pair = |now: &'a Placed<HcpcsRecord>| Some((*before.get(&now.row.code)?, now));
        Self {
            member: &table.member,
            both: table.rows.iter().filter_map(pair).collect(),
        }
    }

    /// The failed gate where too many pairs differ; `shown` is what of a record is told.
    fn bound(
        &self,
        share: Share,
        differ: impl Fn(&HcpcsRecord, &HcpcsRecord) -> bool,
        shown: impl Fn(&HcpcsRecord) -> String,
    ) -> Option<FailedGate> {
        let differing = || self.both.iter().filter(|(before, now)| differ(before, &now.row));
        let (before, now) = differing().next()?;
        share.bound(self.member, differing().count(), self.both.len(), || {
            let (code, line) = (now.row.code, now.line);
            format!(
                "{code} on line {line}: {}, before {}",
                shown(&now.row),
                shown(before)
            )
        })
    }

    fn keep_dates(&self) -> Option<FailedGate> {
        self.bound(
            Share::RewrittenDates,
            |before, now| {
                let is_rewritten = |before: Option<NaiveDate>, now| before.is_some() && before != now;
                is_rewritten(before.add_date, now.add_date)
                    || is_rewritten(before.termination_date, now.termination_date)
            },
            dates,
        )
    }

    fn stay_open(&self) -> Option<FailedGate> {
        self.bound(
            Share::EndedCodes,
            |before, now| before.termination_date.is_none() && now.termination_date.is_some(),
            dates,
        )
    }

    fn keep_descriptions(&self) -> Option<FailedGate> {
        self.bound(
            Share::RewrittenDescriptions,
            |before, now| before.long_description != now.long_description,
            |record| format!("\"{}\"", record.long_description),
        )
    }
}

/// ADD DT and TERM DT in words.
fn dates(record: &HcpcsRecord) -> String {
    let shown = |date: Option<NaiveDate>| date.map_or_else(|| "none".to_owned(), |date| date.to_string());
    let (start, end) = (shown(record.add_date), shown(record.termination_date));
    format!("ADD DT {start}, TERM DT {end}")
}

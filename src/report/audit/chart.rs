//! The list over time: who left the catch-all when, and what comes next. Places are percentages, so that the chart fits
//! any width without script and its words keep their size.

use super::document::{Audit, CodeSpan, DrugAudit, Role, State};
use crate::domain::quarter::Quarter;
use chrono::{Datelike, NaiveDate};

/// Height of the years' names above the rows, and of a row.
const TOP: u32 = 30;
const ROW: u32 = 42;

/// The chart, ready to be laid out.
pub(super) struct Chart {
    pub(super) height: u32,
    pub(super) rows: Vec<Row>,
    pub(super) years: Vec<Tick>,
    pub(super) quarters: Vec<Tick>,
    pub(super) today: Option<Tick>,
    /// Watched drugs that have no row: they had one code all the time.
    pub(super) others: usize,
}

pub(super) struct Row {
    pub(super) y: u32,
    pub(super) bar_y: u32,
    pub(super) thin_y: u32,
    pub(super) label: String,
    pub(super) in_words: String,
    pub(super) bars: Vec<Bar>,
}

pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) x: String,
    pub(super) width: String,
}

pub(super) struct Tick {
    pub(super) x: String,
    pub(super) label: String,
}

/// The chart of the drugs that moved or will; none where there are none.
pub(super) fn chart(audit: &Audit) -> Option<Chart> {
    let period = audit.period?;
    let has_moved = |drug: &&DrugAudit| drug.state != State::Retired && left_on(drug, period.from).is_some();
    let mut movers: Vec<&DrugAudit> = audit.drugs.iter().filter(has_moved).collect();
    if movers.is_empty() {
        return None;
    }
    movers.sort_by_key(|drug| (left_on(drug, period.from), drug.id));
    let last_start = movers
        .iter()
        .flat_map(|drug| &drug.codes)
        .map(|span| span.valid_from)
        .max();
    let last = last_start.max(Some(period.to)).max(Some(audit.as_of))?;
    let end = Quarter::containing(last).map_or(last, Quarter::last_day);
    let scale = Scale {
        from: period.from,
        days: (end - period.from).num_days() + 1,
    };
    let quarters = std::iter::successors(Quarter::containing(period.from), |quarter| Some(quarter.next()))
        .map(Quarter::first_day)
        .take_while(|day| *day <= end);
    let (years, quarters): (Vec<NaiveDate>, Vec<NaiveDate>) = quarters.partition(|day| day.month() == 1);
    let every = years.len().div_ceil(8).max(1);
    let rows: Vec<Row> = movers
        .iter()
        .zip(0u32..)
        .map(|(drug, place)| row(drug, audit, &scale, TOP + place * ROW))
        .collect();
    let watched = audit
        .drugs
        .iter()
        .filter(|drug| drug.state != State::Retired)
        .count();
    Some(Chart {
        height: TOP + ROW * u32::try_from(rows.len()).unwrap_or(0) + 8,
        others: watched - rows.len(),
        rows,
        years: years
            .iter()
            .enumerate()
            .map(|(place, day)| Tick {
                x: scale.place(*day),
                label: if place % every == 0 {
                    day.year().to_string()
                } else {
                    String::new()
                },
            })
            .collect(),
        quarters: quarters
            .iter()
            .map(|day| Tick {
                x: scale.place(*day),
                label: String::new(),
            })
            .collect(),
        today: (period.from <= audit.as_of).then(|| Tick {
            x: scale.place(audit.as_of),
            label: audit.as_of.to_string(),
        }),
    })
}

/// The day, after `start`, from which the drug first had a code of its own.
fn left_on(drug: &DrugAudit, start: NaiveDate) -> Option<NaiveDate> {
    let own = drug
        .codes
        .iter()
        .filter(|span| span.applies && span.role != Role::CatchAll);
    own.map(|span| span.valid_from).find(|from| *from > start)
}

fn row(drug: &DrugAudit, audit: &Audit, scale: &Scale, y: u32) -> Row {
    let applied: Vec<&CodeSpan> = drug.codes.iter().filter(|span| span.applies).collect();
    let steps: Vec<String> = applied
        .iter()
        .map(|span| {
            if span.valid_from <= scale.from {
                span.code.to_string()
            } else {
                format!("{} from {}", span.code, span.valid_from)
            }
        })
        .collect();
    let own: Vec<&CodeSpan> = applied
        .iter()
        .copied()
        .filter(|span| span.role != Role::CatchAll)
        .collect();
    let codes: Vec<String> = own.iter().map(|span| span.code.to_string()).collect();
    let since = own
        .last()
        .map_or_else(String::new, |span| format!(" {}", span.valid_from));
    Row {
        y: y + 14,
        bar_y: y + 20,
        thin_y: y + 24,
        label: format!("{} {}{since}", cut(&drug.name, 18), codes.join("→")),
        in_words: format!("{}: {}", drug.name, steps.join(", then ")),
        bars: applied
            .iter()
            .filter_map(|span| bar(span, audit, scale))
            .collect(),
    }
}

fn cut(name: &str, limit: usize) -> String {
    let mut kept: String = name.chars().take(limit).collect();
    if kept.len() < name.len() {
        kept.push('…');
    }
    kept
}

fn bar(span: &CodeSpan, audit: &Audit, scale: &Scale) -> Option<Bar> {
    if span.valid_to.is_some_and(|to| to < scale.from) {
        return None;
    }
    let class = match span.role {
        Role::CatchAll => "noc",
        _ if span.valid_from > audit.as_of => "next",
        Role::Interim => "interim",
        Role::Own => "own",
    };
    let after = span.valid_to.and_then(|to| to.succ_opt());
    let (from, to) = (
        scale.thousandths(span.valid_from),
        after.map_or(100_000, |after| scale.thousandths(after)),
    );
    Some(Bar {
        class,
        x: percent(from),
        width: percent(to - from),
    })
}

struct Scale {
    from: NaiveDate,
    days: i64,
}

impl Scale {
    /// Where a day begins, in thousandths of a percent of the width.
    fn thousandths(&self, day: NaiveDate) -> i64 {
        ((day - self.from).num_days() * 100_000 / self.days).clamp(0, 100_000)
    }

    fn place(&self, day: NaiveDate) -> String {
        percent(self.thousandths(day))
    }
}

fn percent(thousandths: i64) -> String {
    format!("{}.{:03}%", thousandths / 1000, thousandths % 1000)
}

//! A drug's codes in time: its own where it has one, the catch-all on the days it has none.

use super::{CodeSpan, Period, Role};
use crate::domain::code::{CodeClass, HcpcsCode};
use crate::domain::descriptor::Descriptor;
use crate::domain::drug::Setting;
use crate::domain::period::{PublishedPeriod, Standing};
use crate::store::matches::{MatchDecision, StoredMatch};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// What a timeline is made from.
pub(super) struct Sources<'a> {
    /// Where the drug is billed from.
    pub(super) setting: Setting,
    /// Its catch-all code.
    pub(super) noc_code: HcpcsCode,
    /// The decisions on it that stand.
    pub(super) decisions: &'a [&'a StoredMatch],
    /// Whether it cannot be looked up, so that no code of its own being known proves nothing.
    pub(super) is_unseen: bool,
    /// The periods of codes.
    pub(super) periods: &'a BTreeMap<HcpcsCode, Vec<PublishedPeriod>>,
    /// The dates of service that the files held speak of.
    pub(super) held: Option<Period>,
    /// Those files in words: `the HCPCS files of 2019Q1 to 2023Q3`.
    pub(super) files: &'a str,
}

/// The spans by first day. Withdrawn periods give none; a code that a person or the rules confirmed gives one. From the
/// first day the files held speak of, days without a code of the drug's own that its setting bills are the catch-all's,
/// unless the drug cannot be looked up.
pub(super) fn spans(sources: &Sources<'_>) -> Vec<CodeSpan> {
    let mut spans: Vec<CodeSpan> = sources
        .decisions
        .iter()
        .filter(|decision| decision.decision == MatchDecision::Confirmed)
        .filter_map(|decision| own_span(sources, decision))
        .collect();
    spans.sort_by_key(|span| (span.valid_from, !span.applies, span.code));
    let days: Vec<(NaiveDate, Option<NaiveDate>)> = spans
        .iter()
        .filter(|span| span.applies)
        .map(|span| (span.valid_from, span.valid_to))
        .collect();
    let told = sources.held.filter(|_held| !sources.is_unseen);
    let open = told.map(|held| uncovered(held.from, &days));
    let rest = open.into_iter().flatten();
    spans.extend(rest.map(|(from, to)| catch_all(sources, from, to)));
    spans.sort_by_key(|span| (span.valid_from, !span.applies, span.code));
    spans
}

/// The period that a decision is about; none where it was withdrawn or its first day was rewritten since.
pub(super) fn period_of<'a>(
    periods: &'a BTreeMap<HcpcsCode, Vec<PublishedPeriod>>,
    decision: &StoredMatch,
) -> Option<&'a PublishedPeriod> {
    periods.get(&decision.code)?.iter().find(|published| {
        published.period.valid_from == decision.valid_from && published.standing != Standing::Withdrawn
    })
}

fn own_span(sources: &Sources<'_>, decision: &StoredMatch) -> Option<CodeSpan> {
    let published = period_of(sources.periods, decision)?;
    let is_interim = decision.code.class() == CodeClass::OutpatientOnly;
    let mut evidence = decision.evidence.clone();
    for line in [&published.first_published, &published.last_changed] {
        let is_there = evidence
            .iter()
            .any(|known| (known.sha256, &known.member, known.line) == (line.sha256, &line.member, line.line));
        if !is_there {
            evidence.push(line.clone());
        }
    }
    Some(CodeSpan {
        code: decision.code,
        role: if is_interim { Role::Interim } else { Role::Own },
        applies: !is_interim || sources.setting == Setting::Opps,
        valid_from: published.period.valid_from,
        valid_to: published.period.valid_to,
        billing_unit: unit(&published.descriptor),
        descriptor: Some(published.descriptor.to_string()),
        decided_by: decision.decided_by.clone(),
        decided_on: Some(decision.decided_on),
        match_kind: decision.match_kind.clone(),
        reason: match &decision.note {
            Some(note) => format!("{} ({note})", decision.reason),
            None => decision.reason.clone(),
        },
        evidence,
    })
}

fn unit(descriptor: &str) -> Option<String> {
    Descriptor::parse(descriptor).unit.map(|unit| unit.to_string())
}

/// The days from `start` on that none of `days`, sorted by first day, covers.
fn uncovered(
    start: NaiveDate,
    days: &[(NaiveDate, Option<NaiveDate>)],
) -> Vec<(NaiveDate, Option<NaiveDate>)> {
    let mut gaps = Vec::new();
    let mut next = Some(start);
    for (from, to) in days {
        let Some(day) = next else { break };
        if let Some(before) = from.pred_opt().filter(|before| day <= *before) {
            gaps.push((day, Some(before)));
        }
        next = to.and_then(|to| to.succ_opt()).map(|after| after.max(day));
    }
    gaps.extend(next.map(|day| (day, None)));
    gaps
}

fn catch_all(sources: &Sources<'_>, from: NaiveDate, to: Option<NaiveDate>) -> CodeSpan {
    let published = sources
        .periods
        .get(&sources.noc_code)
        .and_then(|periods| periods.iter().rfind(|one| one.period.valid_from <= from));
    CodeSpan {
        code: sources.noc_code,
        role: Role::CatchAll,
        applies: true,
        valid_from: from,
        valid_to: to,
        billing_unit: None,
        descriptor: published.map(|published| published.descriptor.to_string()),
        decided_by: crate::store::matches::RULE.to_owned(),
        decided_on: None,
        match_kind: None,
        reason: format!("no code of its own in {} on these dates", sources.files),
        evidence: published
            .map(|published| published.first_published.clone())
            .into_iter()
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(number: i64) -> NaiveDate {
        NaiveDate::default() + chrono::TimeDelta::days(number)
    }

    proptest! {
        #[test]
        fn every_day_is_covered_by_a_code_or_a_gap_and_never_by_both(
            mut days in proptest::collection::vec((0i64..60, proptest::option::of(0i64..20)), 0..6),
            start in 0i64..60,
        ) {
            days.sort_unstable();
            let days: Vec<_> = days.iter().map(|(from, long)| (day(*from), long.map(|long| day(from + long)))).collect();
            let gaps = uncovered(day(start), &days);
            for number in start..120 {
                let inside = |span: &&(NaiveDate, Option<NaiveDate>)| {
                    span.0 <= day(number) && span.1.is_none_or(|to| day(number) <= to)
                };
                let covered = days.iter().any(|span| inside(&span));
                prop_assert_eq!(gaps.iter().filter(inside).count(), usize::from(!covered), "day {}", number);
            }
        }
    }
}

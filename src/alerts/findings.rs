//! The alert rules, one function a cause: news is what CMS publishes now against what the practice was told.

mod gone;
mod review;

use crate::alerts::Watch;
use crate::alerts::told::{State, Told, ToldCode};
use crate::domain::alert::{AlertKind, Decision, Finding};
use crate::domain::code::{CodeClass, HcpcsCode};
use crate::domain::drug::Setting;
use crate::domain::period::{CodePeriod, Standing};
use crate::matching::{Verdict, Weighed};
use chrono::Days;
use gone::no_longer_so;
use review::review;

/// The news of one drug that was not told yet, most pressing first.
#[must_use]
pub fn findings(watch: &Watch<'_>) -> Vec<Finding> {
    let told = Told::new(watch.told);
    let billed = billed(watch);
    let mut found = no_longer_so(watch, &told, &billed);
    for weighed in &billed {
        let before = predecessor(&billed, weighed);
        found.extend(start(
            watch,
            &told,
            weighed,
            before.filter(|one| was_billed(watch, &told, one)),
        ));
        found.extend(end(watch, &told, weighed, &billed));
        found.extend(unit_change(watch, &told, weighed, before));
    }
    if watch.setting == Setting::Office {
        found.extend(
            watch
                .outcome
                .interim
                .iter()
                .filter_map(|weighed| interim_news(watch, &told, weighed)),
        );
    }
    found.extend(review(watch));
    found
}

/// The codes of the product that its setting bills, by first day: an office never bills an interim code (domain rule 7).
fn billed<'a>(watch: &Watch<'a>) -> Vec<&'a Weighed> {
    let interim: &[Weighed] = match watch.setting {
        Setting::Opps => &watch.outcome.interim,
        Setting::Office => &[],
    };
    let mut billed: Vec<&Weighed> = watch.outcome.same.iter().chain(interim).collect();
    billed.sort_by_key(|weighed| weighed.published.period.valid_from);
    billed
}

/// The code of the product that ended the day before `weighed` begins: it, not the catch-all code, was billed until then.
fn predecessor<'a>(billed: &[&'a Weighed], weighed: &Weighed) -> Option<&'a Weighed> {
    billed
        .iter()
        .copied()
        .find(|one| follows(&one.published.period, &weighed.published.period))
}

/// Whether claims went out under a code: not under one that came and went before anybody here heard of it.
fn was_billed(watch: &Watch<'_>, told: &Told, weighed: &Weighed) -> bool {
    let period = &weighed.published.period;
    told.of(period.code, period.valid_from).is_some() || !period.ended_before(watch.today)
}

fn follows(earlier: &CodePeriod, later: &CodePeriod) -> bool {
    earlier
        .valid_to
        .and_then(|last| last.checked_add_days(Days::new(1)))
        == Some(later.valid_from)
}

/// The kind that tells of a code for the first time.
fn first_kind(watch: &Watch<'_>, period: &CodePeriod) -> AlertKind {
    if period.code.class() == CodeClass::OutpatientOnly {
        AlertKind::InterimCode
    } else if period.valid_from > watch.today {
        AlertKind::PermanentCodeAnnounced
    } else if period.valid_from == watch.today {
        AlertKind::PermanentCodeEffective
    } else {
        AlertKind::PermanentCodeRetroactive
    }
}

/// A code of the product's own: told when it is published, again when its day comes, and again when what was told of it
/// no longer holds.
fn start(watch: &Watch<'_>, told: &Told, weighed: &Weighed, before: Option<&Weighed>) -> Option<Finding> {
    let period = &weighed.published.period;
    let (code, from) = (period.code, period.valid_from);
    let of_this = told.of(code, from);
    let (kind, reason) = match of_this.map(|told| told.state) {
        Some(State::InForce) => return None,
        Some(State::Announced) if from > watch.today => return None,
        Some(State::Announced) if code.class() == CodeClass::OutpatientOnly => return None,
        Some(State::Announced) => (
            AlertKind::PermanentCodeEffective,
            format!("{code} is in force for dates of service from {from}."),
        ),
        Some(State::Withdrawn) => (
            AlertKind::PermanentCodeChanged,
            format!("{code} was taken back by CMS and is now published again, from {from}."),
        ),
        Some(State::Unrecognised) => (
            AlertKind::PermanentCodeChanged,
            format!("{code} is recognised as this drug's code again, from {from}."),
        ),
        Some(State::Moved) | None => match date_told(watch, told, weighed) {
            Some(other) => (
                AlertKind::PermanentCodeChanged,
                format!(
                    "{code} was told to start on {}; CMS now gives {from}.",
                    other.from
                ),
            ),
            None => (first_kind(watch, period), first_reason(watch, weighed)),
        },
    };
    Some(confirmed(watch, kind, weighed, before, reason))
}

/// The first day last told for the same code, where CMS no longer gives it.
fn date_told<'a>(watch: &Watch<'_>, told: &'a Told, weighed: &Weighed) -> Option<&'a ToldCode> {
    let period = &weighed.published.period;
    let still_published = |told: &ToldCode| {
        watch
            .periods_of(told.code)
            .any(|one| one.period.valid_from == told.from && one.standing == Standing::Published)
    };
    let standing = |told: &&ToldCode| matches!(told.state, State::Announced | State::InForce);
    told.codes()
        .iter()
        .filter(standing)
        .find(|told| told.code == period.code && told.from != period.valid_from && !still_published(told))
}

fn first_reason(watch: &Watch<'_>, weighed: &Weighed) -> String {
    let CodePeriod {
        code,
        valid_from: from,
        ..
    } = weighed.published.period;
    let file = match weighed.published.first_published.quarter {
        Some(quarter) => format!("The HCPCS file of {quarter}"),
        None => "The HCPCS file".to_owned(),
    };
    match first_kind(watch, &weighed.published.period) {
        AlertKind::PermanentCodeEffective => format!("{code} is in force for dates of service from {from}."),
        AlertKind::PermanentCodeRetroactive => {
            format!(
                "{file} shows {code} in force since {from}; this was first seen here on {}.",
                watch.today
            )
        }
        _ => format!("{file} publishes {code} for dates of service from {from}."),
    }
}

/// The end of the product's code, with what follows it; and an end that was told and is no more.
fn end(watch: &Watch<'_>, told: &Told, weighed: &Weighed, billed: &[&Weighed]) -> Option<Finding> {
    let period = &weighed.published.period;
    let known = told.of(period.code, period.valid_from);
    let told_end = known.and_then(|told| told.end);
    let last = match (period.valid_to, told_end) {
        (None, Some(was)) => {
            let reason = format!(
                "{} was told to end on {was}; CMS has taken the end back.",
                period.code
            );
            return Some(confirmed(
                watch,
                AlertKind::PermanentCodeChanged,
                weighed,
                None,
                reason,
            ));
        }
        (now, was) if now == was => return None,
        (now, _) => now?,
    };
    let successor = billed
        .iter()
        .copied()
        .find(|one| follows(period, &one.published.period));
    let mut finding = confirmed(
        watch,
        AlertKind::CodeEnded,
        weighed,
        None,
        end_reason(watch, weighed, billed),
    );
    finding.from_code = period.code;
    finding.to_code = successor.map(|weighed| weighed.published.period.code);
    finding.effective_date = last.checked_add_days(Days::new(1));
    finding.end_date = Some(last);
    finding.previous_billing_unit = unit_of(weighed);
    finding.billing_unit = successor.and_then(unit_of);
    if let Some(successor) = successor {
        finding.descriptor = Some(successor.published.descriptor.to_string());
        finding.evidence.extend(successor.evidence.iter().cloned());
    }
    Some(finding)
}

fn end_reason(watch: &Watch<'_>, weighed: &Weighed, billed: &[&Weighed]) -> String {
    let period = &weighed.published.period;
    let ends = match period.valid_to {
        Some(last) => format!("{} may be billed for dates of service up to {last}", period.code),
        None => return String::new(),
    };
    let later = billed
        .iter()
        .find(|one| period.ended_before(one.published.period.valid_from));
    let asked = watch
        .outcome
        .unsure
        .iter()
        .find(|one| period.ended_before(one.published.period.valid_from));
    match (later, asked) {
        (Some(next), _) if follows(period, &next.published.period) => {
            format!("{ends}; {} follows.", next.published.period.code)
        }
        (Some(next), _) => {
            let CodePeriod { code, valid_from, .. } = next.published.period;
            format!(
                "{ends}; {code} begins only on {valid_from}, and until then no code of its own is published."
            )
        }
        (None, Some(next)) => {
            format!(
                "{ends}; whether {} follows, a person has to say.",
                next.published.period.code
            )
        }
        (None, None) => format!("{ends}; no successor is published."),
    }
}

/// Another billing unit: in the successor of a code, or in a code that keeps its number.
fn unit_change(
    watch: &Watch<'_>,
    told: &Told,
    weighed: &Weighed,
    before: Option<&Weighed>,
) -> Option<Finding> {
    let period = &weighed.published.period;
    let unit = unit_of(weighed);
    let known = told.of(period.code, period.valid_from);
    if let Some(before) = before.filter(|before| unit_of(before) != unit)
        && known.is_none_or(|told| !told.unit_change_told)
    {
        let was = unit_of(before);
        let reason = unit_reason(
            before.published.period.code,
            was.as_deref(),
            period.code,
            unit.as_deref(),
        );
        let mut finding = confirmed(
            watch,
            AlertKind::BillingUnitChanged,
            weighed,
            Some(before),
            reason,
        );
        finding.evidence.extend(before.evidence.iter().cloned());
        return Some(finding);
    }
    let was = known?.unit.clone();
    if was == unit {
        return None;
    }
    let since = weighed
        .published
        .last_changed
        .quarter
        .map_or(watch.today, super::super::domain::quarter::Quarter::first_day);
    let reason = unit_reason(period.code, was.as_deref(), period.code, unit.as_deref());
    let mut finding = confirmed(watch, AlertKind::BillingUnitChanged, weighed, None, reason);
    finding.from_code = period.code;
    finding.effective_date = Some(since.max(period.valid_from));
    finding.previous_billing_unit = was;
    Some(finding)
}

fn unit_reason(old: HcpcsCode, was: Option<&str>, new: HcpcsCode, is: Option<&str>) -> String {
    let words = |unit: Option<&str>| {
        unit.unwrap_or("an amount the descriptor does not name")
            .to_owned()
    };
    format!(
        "One unit of {old} was {}, one unit of {new} is {}.",
        words(was),
        words(is)
    )
}

/// A C code of the product: information for an office, which switches nothing.
fn interim_news(watch: &Watch<'_>, told: &Told, weighed: &Weighed) -> Option<Finding> {
    let period = &weighed.published.period;
    if told.of(period.code, period.valid_from).is_some() || period.ended_before(watch.today) {
        return None;
    }
    let reason = format!(
        "{} is for hospital outpatient departments only, from {}.",
        period.code, period.valid_from
    );
    Some(confirmed(watch, AlertKind::InterimCode, weighed, None, reason))
}

fn confirmed(
    watch: &Watch<'_>,
    kind: AlertKind,
    weighed: &Weighed,
    before: Option<&Weighed>,
    reason: String,
) -> Finding {
    let period = &weighed.published.period;
    let match_kind = match &weighed.verdict {
        Verdict::Same(kind) => Some(kind.as_str().to_owned()),
        Verdict::Unsure(_) | Verdict::Different(_) => None,
    };
    let reason = match watch.outcome.word_on(period) {
        Some(said) => format!("{reason} It rests on a person's word: {}.", said.describe()),
        None => reason,
    };
    let mut evidence = weighed.evidence.clone();
    if kind != AlertKind::PermanentCodeChanged && !evidence.contains(&weighed.published.first_published) {
        evidence.push(weighed.published.first_published.clone());
    }
    Finding {
        kind,
        drug: watch.drug.clone(),
        from_code: before.map_or(watch.drug.entry.noc_code, |before| before.published.period.code),
        to_code: Some(period.code),
        effective_date: Some(period.valid_from),
        end_date: period.valid_to,
        billing_unit: unit_of(weighed),
        previous_billing_unit: before.and_then(unit_of),
        descriptor: Some(weighed.published.descriptor.to_string()),
        decision: Decision::Confirmed,
        match_kind,
        candidates: Vec::new(),
        reason,
        evidence,
    }
}

fn unit_of(weighed: &Weighed) -> Option<String> {
    weighed.descriptor.unit.as_ref().map(ToString::to_string)
}

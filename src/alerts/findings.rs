//! The alert rules, one function a cause.

use crate::alerts::Watch;
use crate::domain::alert::{Alert, AlertKind, Candidate, Decision, Finding};
use crate::domain::code::HcpcsCode;
use crate::domain::period::Standing;
use crate::matching::decisions::{PersonDecision, Word};
use crate::matching::{Verdict, Weighed};
use chrono::{Days, NaiveDate};

/// The kinds that tell of a code and its first date of service.
const STARTS: [AlertKind; 4] = [
    AlertKind::PermanentCodeAnnounced,
    AlertKind::PermanentCodeEffective,
    AlertKind::PermanentCodeRetroactive,
    AlertKind::PermanentCodeChanged,
];

/// The news of one drug that was not told yet, most pressing first.
#[must_use]
pub fn findings(watch: &Watch<'_>) -> Vec<Finding> {
    let mut found = no_longer_so(watch);
    let same = &watch.outcome.same;
    for (place, weighed) in same.iter().enumerate() {
        let billed_before = predecessor(&same[..place], weighed);
        found.extend(start(watch, weighed, billed_before));
        found.extend(end(watch, weighed, successor(&same[place + 1..], weighed)));
        found.extend(unit_change(watch, weighed, billed_before));
    }
    found.extend(
        watch
            .outcome
            .interim
            .iter()
            .filter_map(|weighed| interim(watch, weighed)),
    );
    found.extend(review(watch));
    found
}

/// The code of the product that ended before `weighed` began: it, not the catch-all code, was billed until then.
fn predecessor<'a>(earlier: &'a [Weighed], weighed: &Weighed) -> Option<&'a Weighed> {
    earlier.iter().rev().find(|one| {
        one.published
            .period
            .ended_before(weighed.published.period.valid_from)
    })
}

fn successor<'a>(later: &'a [Weighed], weighed: &Weighed) -> Option<&'a Weighed> {
    later.iter().find(|one| {
        weighed
            .published
            .period
            .ended_before(one.published.period.valid_from)
    })
}

/// A code of its own: announced before its day, effective on it, retroactive where first seen after it; changed where
/// another date was told.
fn start(watch: &Watch<'_>, weighed: &Weighed, billed_before: Option<&Weighed>) -> Option<Finding> {
    let period = &weighed.published.period;
    let (code, from) = (period.code, period.valid_from);
    let told = |kind| told_start(watch, code, from).any(|alert| alert.finding.kind == kind);
    let told_ahead = told_start(watch, code, from).any(|alert| alert.raised_on < from);
    let published_again = watch.told.iter().any(|alert| {
        alert.finding.kind == AlertKind::PermanentCodeWithdrawn && is_about(&alert.finding, code, from)
    });
    let in_force = from <= watch.today;
    let kind = if told(AlertKind::PermanentCodeEffective) || told(AlertKind::PermanentCodeRetroactive) {
        return None;
    } else if published_again && !told(AlertKind::PermanentCodeChanged)
        || told_other_date(watch, weighed).is_some() && !told_ahead
    {
        if told(AlertKind::PermanentCodeChanged) {
            return None;
        }
        AlertKind::PermanentCodeChanged
    } else if in_force && (told_ahead || from == watch.today) {
        AlertKind::PermanentCodeEffective
    } else if in_force {
        AlertKind::PermanentCodeRetroactive
    } else if told_ahead {
        return None;
    } else {
        AlertKind::PermanentCodeAnnounced
    };
    let reason = start_reason(watch, kind, weighed);
    Some(confirmed(watch, kind, weighed, billed_before, reason))
}

fn start_reason(watch: &Watch<'_>, kind: AlertKind, weighed: &Weighed) -> String {
    let period = &weighed.published.period;
    let published = weighed
        .published
        .first_published
        .quarter
        .map_or_else(String::new, |quarter| format!(" of {quarter}"));
    let (code, from) = (period.code, period.valid_from);
    match kind {
        AlertKind::PermanentCodeEffective => format!("{code} is in force for dates of service from {from}."),
        AlertKind::PermanentCodeRetroactive => format!(
            "The HCPCS file{published} shows {code} in force since {from}; this was first seen here on {}.",
            watch.today
        ),
        AlertKind::PermanentCodeChanged => match told_other_date(watch, weighed) {
            Some(told) => format!("{code} was told to start on {told}; CMS now gives {from}."),
            None => format!("{code} was taken back by CMS and is now published again, from {from}."),
        },
        _ => format!("The HCPCS file{published} publishes {code} for dates of service from {from}."),
    }
}

/// The date told before for the same code, where CMS no longer gives it.
fn told_other_date(watch: &Watch<'_>, weighed: &Weighed) -> Option<NaiveDate> {
    let period = &weighed.published.period;
    let told = watch.told.iter().rev().map(|alert| &alert.finding);
    let dates = told
        .filter(|told| STARTS.contains(&told.kind) && told.to_code == Some(period.code))
        .filter_map(|told| told.effective_date);
    dates.filter(|date| *date != period.valid_from).find(|date| {
        let still_so = |one: &Weighed| {
            one.published.period.code == period.code && one.published.period.valid_from == *date
        };
        !watch.outcome.same.iter().any(still_so)
    })
}

/// The end of the product's code, with its successor where there is one; and an end that was told and is no more.
fn end(watch: &Watch<'_>, weighed: &Weighed, successor: Option<&Weighed>) -> Option<Finding> {
    let period = &weighed.published.period;
    let told: Vec<&Finding> = watch
        .told
        .iter()
        .map(|alert| &alert.finding)
        .filter(|told| told.kind == AlertKind::CodeEnded && told.from_code == period.code)
        .filter(|told| told.end_date.is_some_and(|end| end >= period.valid_from))
        .collect();
    let Some(last) = period.valid_to else {
        let told_end = told.last()?.end_date?;
        let retold = told_start(watch, period.code, period.valid_from)
            .any(|alert| alert.finding.kind == AlertKind::PermanentCodeChanged);
        return (!retold).then(|| {
            let reason = format!(
                "{} was told to end on {told_end}; CMS has taken the end back.",
                period.code
            );
            confirmed(watch, AlertKind::PermanentCodeChanged, weighed, None, reason)
        });
    };
    if told.iter().any(|told| told.end_date == Some(last)) {
        return None;
    }
    let next = successor.map(|weighed| weighed.published.period.code);
    let reason = match next {
        Some(next) => format!(
            "{} may be billed for dates of service up to {last}; {next} follows.",
            period.code
        ),
        None => format!(
            "{} may be billed for dates of service up to {last}; no successor is published.",
            period.code
        ),
    };
    let mut finding = confirmed(watch, AlertKind::CodeEnded, weighed, None, reason);
    finding.from_code = period.code;
    finding.to_code = next;
    finding.effective_date =
        Some(successor.map_or(last + Days::new(1), |weighed| weighed.published.period.valid_from));
    finding.end_date = Some(last);
    finding.previous_billing_unit = unit_of(weighed);
    if let Some(successor) = successor {
        finding.billing_unit = unit_of(successor);
        finding.descriptor = Some(successor.published.descriptor.clone());
        finding.evidence.extend(successor.evidence.iter().cloned());
    } else {
        finding.billing_unit = None;
    }
    Some(finding)
}

/// Another billing unit: in the successor of a code, or in a code that keeps its number.
fn unit_change(watch: &Watch<'_>, weighed: &Weighed, billed_before: Option<&Weighed>) -> Option<Finding> {
    let period = &weighed.published.period;
    let unit = unit_of(weighed);
    let told_change = |alert: &&Alert| {
        alert.finding.kind == AlertKind::BillingUnitChanged && alert.finding.billing_unit == unit
    };
    let told_now = told_about(watch, period.code, period.valid_from);
    if let Some(before) = billed_before.filter(|before| unit_of(before) != unit) {
        if told_now.clone().any(|alert| told_change(&alert)) {
            return None;
        }
        let reason = format!(
            "One unit of {} is {}, one unit of {} was {}.",
            period.code,
            words(unit.as_deref()),
            before.published.period.code,
            words(unit_of(before).as_deref())
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
    let told_unit = told_now
        .rev()
        .find(|alert| alert.finding.kind != AlertKind::CodeEnded)?
        .finding
        .billing_unit
        .clone();
    if told_unit == unit {
        return None;
    }
    let since = weighed
        .published
        .last_changed
        .quarter
        .map_or(watch.today, super::super::domain::quarter::Quarter::first_day);
    let reason = format!(
        "One unit of {} is {} now, it was {}.",
        period.code,
        words(unit.as_deref()),
        words(told_unit.as_deref())
    );
    let mut finding = confirmed(watch, AlertKind::BillingUnitChanged, weighed, None, reason);
    finding.from_code = period.code;
    finding.effective_date = Some(since.max(period.valid_from));
    finding.previous_billing_unit = told_unit;
    Some(finding)
}

/// A C code of the product: nothing to switch for an office, a code to bill for a hospital outpatient department.
fn interim(watch: &Watch<'_>, weighed: &Weighed) -> Option<Finding> {
    let period = &weighed.published.period;
    let told = told_about(watch, period.code, period.valid_from)
        .any(|alert| alert.finding.kind == AlertKind::InterimCode);
    if told || period.ended_before(watch.today) {
        return None;
    }
    let reason = format!(
        "{} is for hospital outpatient departments only, from {}.",
        period.code, period.valid_from
    );
    Some(confirmed(watch, AlertKind::InterimCode, weighed, None, reason))
}

/// Codes that may be the product's: asked once, and again only when a new candidate comes.
fn review(watch: &Watch<'_>) -> Option<Finding> {
    let open: Vec<&Weighed> = watch
        .outcome
        .unsure
        .iter()
        .filter(|weighed| !weighed.published.period.ended_before(watch.today))
        .collect();
    let asked = |weighed: &&&Weighed| {
        let period = &weighed.published.period;
        let is_it = |candidate: &Candidate| {
            candidate.code == period.code && candidate.valid_from == period.valid_from
        };
        watch
            .told
            .iter()
            .any(|alert| alert.finding.candidates.iter().any(is_it))
    };
    if open.iter().all(|weighed| asked(&weighed)) {
        return None;
    }
    let candidates: Vec<Candidate> = open.iter().map(|weighed| candidate(weighed)).collect();
    let codes: Vec<String> = candidates
        .iter()
        .map(|candidate| candidate.code.to_string())
        .collect();
    Some(Finding {
        kind: AlertKind::MatchNeedsReview,
        drug: watch.drug.clone(),
        from_code: watch.drug.entry.noc_code,
        to_code: None,
        effective_date: None,
        end_date: None,
        billing_unit: None,
        previous_billing_unit: None,
        descriptor: None,
        decision: Decision::Review,
        match_kind: None,
        reason: format!(
            "A person has to say whether {} is this product's code.",
            codes.join(" or ")
        ),
        candidates,
        evidence: open
            .iter()
            .flat_map(|weighed| weighed.evidence.iter().cloned())
            .collect(),
    })
}

fn candidate(weighed: &Weighed) -> Candidate {
    let open_question = match &weighed.verdict {
        Verdict::Unsure(question) => question.clone(),
        Verdict::Same(_) | Verdict::Different(_) => String::new(),
    };
    Candidate {
        code: weighed.published.period.code,
        valid_from: weighed.published.period.valid_from,
        descriptor: weighed.published.descriptor.clone(),
        open_question,
    }
}

/// Codes told before that are taken back by CMS, or no longer recognised as the product's.
fn no_longer_so(watch: &Watch<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for alert in watch
        .told
        .iter()
        .filter(|alert| STARTS.contains(&alert.finding.kind))
    {
        let (Some(code), Some(from)) = (alert.finding.to_code, alert.finding.effective_date) else {
            continue;
        };
        let known = watch
            .outcome
            .same
            .iter()
            .any(|one| one.published.period.code == code);
        let seen = found
            .iter()
            .any(|finding| finding.to_code == Some(code) || finding.from_code == code);
        if known || seen {
            continue;
        }
        let standing = watch
            .periods_of(code)
            .find(|one| one.period.valid_from == from)
            .map(|one| one.standing);
        found.extend(match standing {
            Some(Standing::Withdrawn) | None => withdrawn(watch, alert, code, from),
            Some(Standing::Published | Standing::Missing) => unrecognised(watch, alert, code),
        });
    }
    found
}

fn withdrawn(watch: &Watch<'_>, alert: &Alert, code: HcpcsCode, from: NaiveDate) -> Option<Finding> {
    let told = watch.told.iter().any(|told| {
        told.finding.kind == AlertKind::PermanentCodeWithdrawn && is_about(&told.finding, code, from)
    });
    (!told).then(|| Finding {
        kind: AlertKind::PermanentCodeWithdrawn,
        drug: watch.drug.clone(),
        reason: format!(
            "{code} was published for {from}; a later posting of the HCPCS file no longer has it."
        ),
        ..alert.finding.clone()
    })
}

fn unrecognised(watch: &Watch<'_>, alert: &Alert, code: HcpcsCode) -> Option<Finding> {
    let instead = watch.outcome.same.last();
    let to_code = instead.map(|weighed| weighed.published.period.code);
    let told = watch
        .told
        .iter()
        .any(|told| told.finding.kind == AlertKind::PermanentCodeChanged && told.finding.from_code == code);
    (!told).then(|| Finding {
        kind: AlertKind::PermanentCodeChanged,
        drug: watch.drug.clone(),
        from_code: code,
        to_code,
        effective_date: instead.map_or(alert.finding.effective_date, |one| {
            Some(one.published.period.valid_from)
        }),
        end_date: None,
        billing_unit: instead.and_then(unit_of),
        descriptor: instead.map(|weighed| weighed.published.descriptor.clone()),
        reason: why_unrecognised(watch, code),
        ..alert.finding.clone()
    })
}

fn why_unrecognised(watch: &Watch<'_>, code: HcpcsCode) -> String {
    let rejected = |said: &&PersonDecision| said.code == code && said.word == Word::Rejected;
    match watch.outcome.decisions.iter().rfind(rejected) {
        Some(said) => format!("{code} was told for this drug, but {}.", said.describe()),
        None => format!(
            "{code} was told for this drug, but the list or the descriptor changed and it is no longer recognised as its code."
        ),
    }
}

fn confirmed(
    watch: &Watch<'_>,
    kind: AlertKind,
    weighed: &Weighed,
    billed_before: Option<&Weighed>,
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
        from_code: billed_before.map_or(watch.drug.entry.noc_code, |before| before.published.period.code),
        to_code: Some(period.code),
        effective_date: Some(period.valid_from),
        end_date: period.valid_to,
        billing_unit: unit_of(weighed),
        previous_billing_unit: billed_before.and_then(unit_of),
        descriptor: Some(weighed.published.descriptor.clone()),
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

fn words(unit: Option<&str>) -> &str {
    unit.unwrap_or("an amount the descriptor does not name")
}

fn is_about(finding: &Finding, code: HcpcsCode, from: NaiveDate) -> bool {
    finding.to_code == Some(code) && finding.effective_date == Some(from)
}

fn told_about<'a>(
    watch: &Watch<'a>,
    code: HcpcsCode,
    from: NaiveDate,
) -> impl DoubleEndedIterator<Item = &'a Alert> + Clone + use<'a> {
    watch
        .told
        .iter()
        .filter(move |alert| is_about(&alert.finding, code, from))
}

fn told_start<'a>(
    watch: &Watch<'a>,
    code: HcpcsCode,
    from: NaiveDate,
) -> impl Iterator<Item = &'a Alert> + use<'a> {
    told_about(watch, code, from).filter(|alert| STARTS.contains(&alert.finding.kind))
}

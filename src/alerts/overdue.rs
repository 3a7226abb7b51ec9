//! Which alerts are still open after their day, and when they are told once more.

use super::told::Told;
use crate::domain::alert::{Alert, AlertKind};
use crate::domain::drug::{DrugId, Setting};
use chrono::{Days, NaiveDate};
use std::collections::HashMap;

/// An alert whose day is past and of which nobody has taken note.
#[derive(Debug, Clone, Copy)]
pub struct Overdue<'a> {
    /// The alert.
    pub alert: &'a Alert,
    /// The day from which it counts: that of its change, or that on which the last alert about this change was raised
    /// where this is later.
    pub since: NaiveDate,
}

/// The alerts of `all` (every alert there is, oldest first) that are still open after their day. Left out is what
/// - was acknowledged, itself or through another alert about the same drug, code and day;
/// - was overtaken: corrected, taken back, or about a code that is over;
/// - asks nothing of an office: interim codes, unless the drug is billed by a hospital outpatient department;
/// - is about a drug that is no longer on the list.
#[must_use]
pub fn overdue<'a>(all: &[&'a Alert], practice: Setting, today: NaiveDate) -> Vec<Overdue<'a>> {
    let mut of_drug: HashMap<DrugId, Vec<&Alert>> = HashMap::new();
    for alert in all {
        of_drug.entry(alert.finding.drug.id).or_default().push(alert);
    }
    let told: HashMap<DrugId, Told> = of_drug
        .iter()
        .map(|(drug, alerts)| (*drug, Told::new(alerts.iter().copied())))
        .collect();
    let others = |alert: &Alert| of_drug.get(&alert.finding.drug.id).into_iter().flatten();
    let of_it = |alert: &Alert| told.get(&alert.finding.drug.id);
    all.iter()
        .filter(|alert| asks_for_action(alert, practice))
        .filter(|alert| !others(alert).any(|other| settles(other, alert)))
        .filter(|alert| !others(alert).any(|other| overtakes(other, alert)))
        .filter(|alert| {
            !of_it(alert).is_some_and(|told| is_over(told, alert, today) || is_end_corrected(told, alert))
        })
        .filter_map(|alert| {
            let told = others(alert).filter(|other| is_same_change(other, alert));
            let last_told = told.map(|other| other.raised_on).max();
            let since = day_of(alert).max(last_told.unwrap_or(alert.raised_on));
            (day_of(alert) <= today && since < today).then_some(Overdue { alert, since })
        })
        .collect()
}

/// Whether an address that was last told again on `last` is told again on `today`.
#[must_use]
pub fn is_due_again(last: Option<NaiveDate>, every_days: u32, today: NaiveDate) -> bool {
    last.is_none_or(|last| days_after(last, every_days) <= today)
}

/// The day `days` after `day`; the last day there is where that is none.
#[must_use]
pub fn days_after(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(days.into()))
        .unwrap_or(NaiveDate::MAX)
}

fn asks_for_action(alert: &Alert, practice: Setting) -> bool {
    let drug = &alert.finding.drug;
    let setting = drug.entry.setting.unwrap_or(practice);
    drug.retired_on.is_none() && (alert.finding.kind != AlertKind::InterimCode || setting == Setting::Opps)
}

/// The day of the change; for a question, the first day of the earliest code in question.
fn day_of(alert: &Alert) -> NaiveDate {
    let finding = &alert.finding;
    let earliest = finding
        .candidates
        .iter()
        .map(|candidate| candidate.valid_from)
        .min();
    finding.effective_date.or(earliest).unwrap_or(alert.raised_on)
}

/// Whether `other` is acknowledged and tells of the same change.
fn settles(other: &Alert, alert: &Alert) -> bool {
    other.acknowledged.is_some() && is_same_change(other, alert)
}

/// Whether both are one alert, or tell of the same drug, code and day.
fn is_same_change(one: &Alert, another: &Alert) -> bool {
    let (left, right) = (&one.finding, &another.finding);
    one.id == another.id
        || left.drug.id == right.drug.id
            && left.to_code == right.to_code
            && left.effective_date == right.effective_date
            && left.effective_date.is_some()
}

/// Whether what `alert` says no longer holds after `other`.
fn overtakes(other: &Alert, alert: &Alert) -> bool {
    let (later, told) = (&other.finding, &alert.finding);
    if other.id <= alert.id || later.drug.id != told.drug.id {
        return false;
    }
    let is_about_it = told.to_code.is_some() && later.to_code == told.to_code;
    match later.kind {
        AlertKind::PermanentCodeChanged | AlertKind::PermanentCodeWithdrawn => is_about_it,
        AlertKind::MatchNeedsReview => told.kind == AlertKind::MatchNeedsReview,
        AlertKind::PermanentCodeAnnounced
        | AlertKind::PermanentCodeEffective
        | AlertKind::PermanentCodeRetroactive => {
            told.kind == AlertKind::MatchNeedsReview
                && told
                    .candidates
                    .iter()
                    .any(|candidate| Some(candidate.code) == later.to_code)
        }
        AlertKind::CodeEnded | AlertKind::BillingUnitChanged | AlertKind::InterimCode => false,
    }
}

/// Whether the code that `alert` tells to bill is over, by what was last `told` of the end of that period, before the alert
/// or after it. A later period of the code has an end of its own.
fn is_over(told: &Told, alert: &Alert, today: NaiveDate) -> bool {
    let finding = &alert.finding;
    let (Some(code), Some(day)) = (finding.to_code, finding.effective_date) else {
        return false;
    };
    finding.kind != AlertKind::PermanentCodeWithdrawn
        && told
            .on(code, day)
            .and_then(|told| told.end)
            .is_some_and(|last| day <= last && last < today)
}

/// Whether `alert` tells of the end of a code of which another end, or none, was `told` since, or which is not the drug's
/// any more.
fn is_end_corrected(told: &Told, alert: &Alert) -> bool {
    let finding = &alert.finding;
    let (AlertKind::CodeEnded, Some(last)) = (finding.kind, finding.end_date) else {
        return false;
    };
    told.on(finding.from_code, last)
        .is_some_and(|told| !told.stands() || told.end != Some(last))
}

#[cfg(test)]
mod tests;

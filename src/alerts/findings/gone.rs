//! What was told and is no longer so.

use super::unit_of;
use crate::alerts::Watch;
use crate::alerts::told::{State, Told, ToldCode};
use crate::domain::alert::{AlertKind, Finding};
use crate::domain::code::HcpcsCode;
use crate::domain::period::Standing;
use crate::matching::Weighed;
use crate::matching::decisions::{PersonDecision, Word};

/// Codes told before that are taken back by CMS, or no longer recognised as the product's.
pub(super) fn no_longer_so(watch: &Watch<'_>, told: &Told, billed: &[&Weighed]) -> Vec<Finding> {
    let is_billed = |told: &ToldCode| billed.iter().any(|one| one.published.period.code == told.code);
    let is_known_interim = |told: &ToldCode| {
        watch
            .outcome
            .interim
            .iter()
            .any(|one| one.published.period.code == told.code)
    };
    told.codes()
        .iter()
        .filter(|told| matches!(told.state, State::Announced | State::InForce))
        .filter(|told| !is_billed(told) && !is_known_interim(told))
        .filter_map(|told| gone(watch, told, billed))
        .collect()
}

fn gone(watch: &Watch<'_>, told: &ToldCode, billed: &[&Weighed]) -> Option<Finding> {
    let alerts = watch.told.iter().rev().map(|alert| &alert.finding);
    let last = alerts
        .into_iter()
        .find(|finding| finding.to_code == Some(told.code) && finding.match_kind.is_some())?;
    let stands = watch
        .periods_of(told.code)
        .any(|one| one.standing != Standing::Withdrawn);
    let mut finding = Finding {
        drug: watch.drug.clone(),
        ..last.clone()
    };
    finding.effective_date = Some(told.from);
    if !stands {
        finding.kind = AlertKind::PermanentCodeWithdrawn;
        finding.from_code = watch.drug.entry.noc_code;
        finding.reason = format!(
            "{} was published for {}; a later posting of the HCPCS file no longer has it.",
            told.code, told.from
        );
        return Some(finding);
    }
    // A code that was over before this one, or is over by now, takes nobody's place.
    let in_question = told.from.max(watch.today);
    let instead = billed
        .iter()
        .rfind(|one| !one.published.period.ended_before(in_question));
    finding.kind = AlertKind::PermanentCodeChanged;
    finding.from_code = told.code;
    finding.to_code = instead.map(|weighed| weighed.published.period.code);
    finding.effective_date = instead.map_or(Some(told.from), |one| Some(one.published.period.valid_from));
    finding.end_date = instead.and_then(|weighed| weighed.published.period.valid_to);
    finding.billing_unit = instead.and_then(|weighed| unit_of(weighed));
    finding.descriptor = instead.map(|weighed| weighed.published.descriptor.to_string());
    finding.match_kind = None;
    if let Some(instead) = instead {
        finding.evidence.clone_from(&instead.evidence);
        finding.evidence.extend(last.evidence.iter().cloned());
    }
    finding.reason = why_unrecognised(watch, told.code);
    Some(finding)
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

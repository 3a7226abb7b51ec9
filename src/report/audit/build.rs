//! From what the store held to the report.

use super::document::{
    AlertAudit, Audit, CodeSpan, DecisionLine, DrugAudit, OpenReview, Role, State, StateCounts,
};
use super::timeline::{Sources, spans};
use super::{Held, Subject, changes, decisions, held_data, prices, undetermined};
use crate::domain::drug::{DrugId, Setting};
use crate::store::as_of::{DatedDecision, ToldAlert};
use crate::store::drugs::ListedDrug;
use crate::store::matches::{MatchDecision, StoredMatch};
use chrono::NaiveDate;
use std::collections::HashMap;

/// Builds the report. Pure: what was held in, the document out.
#[must_use]
pub fn build(subject: &Subject, held: &Held) -> Audit {
    let data = held_data::sources(&held.releases, subject.as_of);
    let period = held_data::period(&data);
    let files = held_data::in_words(&data);
    let mut by_drug: HashMap<DrugId, Vec<&DatedDecision>> = HashMap::new();
    for dated in &held.decisions {
        by_drug.entry(dated.decision.drug).or_default().push(dated);
    }
    let limits = prices::by_code(held, &data);
    let drug = |listed: &ListedDrug| {
        let decided = by_drug.get(&listed.drug.id).map_or(&[][..], Vec::as_slice);
        let standing: Vec<&StoredMatch> = decided
            .iter()
            .filter(|dated| dated.stands)
            .map(|dated| &dated.decision)
            .collect();
        let lines = decisions::lines(decided);
        let mut codes = spans(&Sources {
            setting: setting(subject, listed),
            noc_code: listed.drug.entry.noc_code,
            decisions: &standing,
            is_unseen: held.blind_spots.contains_key(&listed.drug.id),
            periods: &held.periods,
            held: period,
            files: &files,
        });
        for span in codes.iter_mut().filter(|span| span.decided_on.is_some()) {
            span.decided_on = decisions::since(&lines, span.code, span.valid_from).or(span.decided_on);
        }
        let blind_spot = held.blind_spots.get(&listed.drug.id);
        drug_audit(subject, listed, blind_spot, codes, lines, &limits)
    };
    let drugs: Vec<DrugAudit> = held.drugs.iter().map(drug).collect();
    let mut audit = Audit {
        practice: subject.practice.clone(),
        setting: subject.setting.as_str(),
        as_of: subject.as_of,
        made_on: subject.made_on,
        made_at: subject.made_at,
        event_head: subject.head,
        period,
        counts: counts(&drugs),
        changes: changes::changes(held),
        open_reviews: open_reviews(held, &drugs),
        drugs,
        alerts: held.alerts.iter().map(alert).collect(),
        payer_rules: held.payer_rules.clone(),
        data,
        refused: held_data::refused(&held.refusals),
        undetermined: Vec::new(),
    };
    audit.undetermined = undetermined::sentences(&audit);
    audit
}

fn setting(subject: &Subject, listed: &ListedDrug) -> Setting {
    listed.drug.entry.setting.unwrap_or(subject.setting)
}

fn drug_audit(
    subject: &Subject,
    listed: &ListedDrug,
    blind_spot: Option<&String>,
    codes: Vec<CodeSpan>,
    decisions: Vec<DecisionLine>,
    limits: &prices::ByCode,
) -> DrugAudit {
    let entry = &listed.drug.entry;
    DrugAudit {
        id: listed.drug.id,
        name: entry.display_name(),
        brand: entry.brand.clone(),
        proper_name: entry.proper_name.clone(),
        route: entry.route.clone(),
        ndcs: entry.ndcs.iter().map(ToString::to_string).collect(),
        setting: setting(subject, listed).as_str(),
        noc_code: entry.noc_code,
        listed_on: listed.listed_on,
        retired_on: listed.drug.retired_on,
        state: state(listed, &codes, &decisions, blind_spot.is_some(), subject.as_of),
        blind_spot: blind_spot.cloned(),
        limits: limits.of(&codes),
        codes,
        decisions,
    }
}

fn state(
    listed: &ListedDrug,
    codes: &[CodeSpan],
    decisions: &[DecisionLine],
    is_unseen: bool,
    as_of: NaiveDate,
) -> State {
    let in_force = |span: &CodeSpan| span.valid_from <= as_of && span.valid_to.is_none_or(|to| as_of <= to);
    let own = |span: &&CodeSpan| span.role == Role::Own;
    if listed.drug.retired_on.is_some() {
        State::Retired
    } else if codes.iter().filter(own).any(in_force) {
        State::Permanent
    } else if codes.iter().filter(own).any(|span| span.valid_from > as_of) {
        State::Announced
    } else if codes
        .iter()
        .any(|span| span.role == Role::Interim && in_force(span))
    {
        State::Interim
    } else if decisions
        .iter()
        .any(|line| line.stands && line.decision == MatchDecision::Review.as_str())
    {
        State::Review
    } else if is_unseen {
        State::OutOfSight
    } else {
        State::Unclassified
    }
}

fn counts(drugs: &[DrugAudit]) -> StateCounts {
    let mut counts = StateCounts::default();
    for drug in drugs {
        *match drug.state {
            State::Permanent => &mut counts.permanent,
            State::Announced => &mut counts.announced,
            State::Interim => &mut counts.interim,
            State::Review => &mut counts.review,
            State::OutOfSight => &mut counts.out_of_sight,
            State::Unclassified => &mut counts.unclassified,
            State::Retired => &mut counts.retired,
        } += 1;
        counts.watched += u32::from(drug.state != State::Retired);
    }
    counts
}

fn alert(told: &ToldAlert) -> AlertAudit {
    let finding = &told.alert.finding;
    let acknowledged = told.alert.acknowledged.as_ref();
    AlertAudit {
        id: told.alert.id.0,
        kind: finding.kind.as_str(),
        drug: finding.drug.id,
        drug_name: finding.drug.entry.display_name(),
        from_code: finding.from_code,
        to_code: finding.to_code,
        effective_date: finding.effective_date,
        end_date: finding.end_date,
        reason: finding.reason.clone(),
        raised_on: told.alert.raised_on,
        told: told.tellings.clone(),
        acknowledged_on: told.acknowledged_on,
        acknowledged_by: acknowledged.map(|word| word.by.clone()),
        acknowledgement_note: acknowledged.and_then(|word| word.note.clone()),
        evidence: finding.evidence.clone(),
    }
}

/// The questions of drugs that are watched and have no code of their own by which the question is settled.
fn open_reviews(held: &Held, drugs: &[DrugAudit]) -> Vec<OpenReview> {
    let watched: HashMap<DrugId, &DrugAudit> = drugs
        .iter()
        .filter(|drug| drug.state != State::Retired)
        .map(|drug| (drug.id, drug))
        .collect();
    let open = held
        .decisions
        .iter()
        .filter(|dated| dated.stands && dated.decision.decision == MatchDecision::Review);
    open.filter_map(|dated| {
        let decision = &dated.decision;
        let drug = watched.get(&decision.drug)?;
        Some(OpenReview {
            drug: decision.drug,
            drug_name: drug.name.clone(),
            code: decision.code,
            valid_from: decision.valid_from,
            question: decision.reason.clone(),
            since: decisions::since(&drug.decisions, decision.code, decision.valid_from)
                .unwrap_or(decision.decided_on),
            evidence: decision.evidence.clone(),
        })
    })
    .collect()
}

//! Matches every watched drug, raises what was not told before, and queues one digest a recipient.

use super::weighing::{Published, Weighing};
use super::{Moment, PipelineError, tell};
use crate::alerts::{Watch, findings};
use crate::config::Config;
use crate::domain::alert::{Alert, NotLookedUp};
use crate::domain::drug::DrugId;
use crate::matching::{Outcome, Verdict, Weighed};
use crate::store::alerts::AlertFilter;
use crate::store::drugs::ListedDrug;
use crate::store::matches::{MatchDecision, RULE, StoredMatch};
use crate::store::{StoreError, Transaction};
use chrono::NaiveDate;
use std::collections::{BTreeSet, HashMap};

/// What is new.
#[derive(Debug, Default)]
pub(super) struct News {
    pub raised: Vec<Alert>,
    /// Every drug ever listed, by number.
    pub list: Vec<ListedDrug>,
    pub drugs_watched: usize,
    /// Whether one drug alone was looked at, so that nothing can be said of the others.
    pub of_one_drug: bool,
    pub not_looked_up: Vec<NotLookedUp>,
}

/// Matches the drugs watched, or `only` one of them, and raises and queues their news.
pub(super) fn raise(
    transaction: &Transaction<'_>,
    config: &Config,
    moment: Moment,
    only: Option<DrugId>,
) -> Result<News, PipelineError> {
    let published = Published::read(transaction)?;
    let weighing = Weighing::new(config, transaction, &published)?;
    let decided = transaction.every_current_match()?;
    let blind_spots = transaction.blind_spots(None)?;
    let list = transaction.listed_drugs()?;
    let told = told_before(transaction, &list)?;
    let mut news = News {
        of_one_drug: only.is_some(),
        ..News::default()
    };
    for listed in list.iter().filter(|listed| listed.drug.retired_on.is_none()) {
        news.drugs_watched += 1;
        if only.is_some_and(|id| id != listed.drug.id) {
            continue;
        }
        let circumstances = weighing.circumstances(listed);
        let outcome = weighing.outcome_in(listed, circumstances);
        if blind_spots.get(&listed.drug.id) != outcome.blind_spot.as_ref() {
            transaction.record_blind_spot(listed.drug.id, outcome.blind_spot.as_deref())?;
        }
        let unseen = outcome.out_of_sight(circumstances.setting, moment.today);
        news.not_looked_up.extend(unseen.map(|reason| NotLookedUp {
            drug: listed.drug.id,
            name: listed.drug.entry.display_name(),
            reason: reason.to_owned(),
        }));
        let decided = decided.get(&listed.drug.id).map_or(&[][..], Vec::as_slice);
        record_decisions(transaction, listed.drug.id, &outcome, decided, moment.today)?;
        let told = told.get(&listed.drug.id).map_or(&[][..], Vec::as_slice);
        let watch = Watch {
            drug: &listed.drug,
            outcome: &outcome,
            told,
            periods: &published.periods,
            setting: circumstances.setting,
            today: moment.today,
        };
        for finding in findings(&watch) {
            news.raised.extend(transaction.raise(finding, moment.today)?);
        }
    }
    let before = told.into_values().flatten().collect();
    news.list = list;
    tell::queue(transaction, config, moment, &weighing, &news, before)?;
    Ok(news)
}

/// Every alert so far, by drug, in the order raised.
fn told_before(
    transaction: &Transaction<'_>,
    list: &[ListedDrug],
) -> Result<HashMap<DrugId, Vec<Alert>>, StoreError> {
    let mut told: HashMap<DrugId, Vec<Alert>> = HashMap::new();
    for alert in transaction.alerts_of(list, AlertFilter::default())? {
        told.entry(alert.finding.drug.id).or_default().push(alert);
    }
    Ok(told)
}

/// Keeps what the rules decided, so that reports can show it and when it changed; `before` are the decisions that stand.
fn record_decisions(
    transaction: &Transaction<'_>,
    drug: DrugId,
    outcome: &Outcome,
    before: &[StoredMatch],
    today: NaiveDate,
) -> Result<(), StoreError> {
    let mut standing = BTreeSet::new();
    for weighed in outcome.same.iter().chain(&outcome.interim).chain(&outcome.unsure) {
        let decided = decision(drug, weighed, today);
        standing.insert((decided.code, decided.valid_from));
        match outcome.word_on(&weighed.published.period) {
            // It stands as the person gave it.
            Some(said) if said.valid_from == decided.valid_from => {}
            Some(said) => {
                let reason = format!(
                    "{}; CMS has since moved the first date of service from {}",
                    said.describe(),
                    said.valid_from
                );
                transaction.record_match(&StoredMatch {
                    reason,
                    decided_by: said.by.clone(),
                    note: said.note.clone(),
                    ..decided
                })?;
            }
            None if before.iter().any(|one| one.is_same_but_for_the_day(&decided)) => {}
            None => {
                transaction.record_match(&decided)?;
            }
        }
    }
    for earlier in before {
        let stands = standing.contains(&(earlier.code, earlier.valid_from));
        if stands || earlier.decided_by != RULE || earlier.decision == MatchDecision::Rejected {
            continue;
        }
        transaction.record_match(&StoredMatch {
            decision: MatchDecision::Rejected,
            match_kind: None,
            reason: "the rules no longer recognise the code as this product's".to_owned(),
            decided_on: today,
            ..earlier.clone()
        })?;
    }
    Ok(())
}

fn decision(drug: DrugId, weighed: &Weighed, today: NaiveDate) -> StoredMatch {
    let (decision, match_kind, reason) = match &weighed.verdict {
        Verdict::Same(kind) => (
            MatchDecision::Confirmed,
            Some(kind.to_string()),
            format!("recognised by {kind}"),
        ),
        Verdict::Unsure(question) => (MatchDecision::Review, None, question.clone()),
        Verdict::Different(reason) => (MatchDecision::Rejected, None, reason.clone()),
    };
    StoredMatch {
        drug,
        code: weighed.published.period.code,
        valid_from: weighed.published.period.valid_from,
        decision,
        match_kind,
        reason,
        evidence: weighed.evidence.clone(),
        decided_on: today,
        decided_by: RULE.to_owned(),
        note: None,
    }
}

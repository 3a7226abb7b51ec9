//! What a person is asked.

use crate::alerts::Watch;
use crate::domain::alert::{AlertKind, Candidate, Decision, Finding};
use crate::matching::{Verdict, Weighed};

/// Codes that may be the product's: asked once, and again only when a new candidate comes.
pub(super) fn review(watch: &Watch<'_>) -> Option<Finding> {
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
        descriptor: weighed.published.descriptor.to_string(),
        open_question,
    }
}

//! Codes that ended before the drug came to the practice.
//!
//! The matcher leaves them out, as they say nothing of claims to come. A question about an older date of service needs them
//! back, but only where more than a bare name speaks for them.

use crate::matching::decisions::{begins_after, is_same_product, overlap};
use crate::matching::{MatchKind, Outcome, Verdict, Weighed};
use chrono::NaiveDate;

/// `outcome` with the codes put back that ended before `first_seen`, the day the practice first had the drug.
///
/// `listed_on` gives what the matcher would say of the drug had it been listed on a day; each code is weighed on its last
/// one. One for which only a bare name speaks becomes a question, unless the product's own line of codes is known.
#[must_use]
pub fn with_the_past(
    mut outcome: Outcome,
    first_seen: NaiveDate,
    listed_on: impl Fn(NaiveDate) -> Outcome,
) -> Outcome {
    let mut over: Vec<(NaiveDate, Weighed)> = outcome
        .near_misses
        .iter()
        .filter(|miss| !is_decided(miss, &outcome))
        .filter_map(|miss| Some((miss.published.period.valid_to?, miss.clone())))
        .filter(|(last, _)| *last < first_seen)
        .collect();
    // The newest first: an older code is known by the one it leads to.
    over.sort_by_key(|(last, _)| std::cmp::Reverse(*last));
    let had_own = !outcome.same.is_empty();
    for (last, miss) in over {
        let then = listed_on(last);
        let lists = [&then.same, &then.interim, &then.unsure, &then.near_misses];
        let weighed = lists
            .into_iter()
            .flatten()
            .find(|one| one.published == miss.published);
        let Some(weighed) = weighed else { continue };
        if has_rival(weighed, &outcome) {
            continue;
        }
        let leads = || {
            outcome
                .same
                .iter()
                .chain(&outcome.interim)
                .any(|own| leads_to(weighed, own))
        };
        match &weighed.verdict {
            Verdict::Same(_) if is_firm(weighed) || leads() => put_back(&mut outcome, &then, weighed),
            Verdict::Unsure(_) if leads() => put_back(&mut outcome, &then, weighed),
            Verdict::Same(_) => ask(&mut outcome, weighed),
            Verdict::Unsure(_) if !had_own => ask(&mut outcome, weighed),
            Verdict::Unsure(_) | Verdict::Different(_) => {}
        }
    }
    outcome.same.sort_by_key(|one| one.published.period.valid_from);
    outcome.interim.sort_by_key(|one| one.published.period.valid_from);
    outcome
}

/// Whether a person has spoken on the period.
fn is_decided(weighed: &Weighed, outcome: &Outcome) -> bool {
    let period = &weighed.published.period;
    let mut said = outcome.decisions.iter();
    said.any(|said| said.code == period.code && said.valid_from == period.valid_from)
}

/// Whether another code of the same class is the product's on some of the same days.
fn has_rival(weighed: &Weighed, outcome: &Outcome) -> bool {
    let period = &weighed.published.period;
    outcome.same.iter().chain(&outcome.interim).any(|own| {
        let other = &own.published.period;
        other.code.class() == period.code.class() && overlap(other, period)
    })
}

/// Puts a code back among the product's, with what spoke for it then.
fn put_back(outcome: &mut Outcome, then: &Outcome, weighed: &Weighed) {
    let is_interim = super::is_interim(weighed) || then.interim.contains(weighed);
    let list = if is_interim {
        &mut outcome.interim
    } else {
        &mut outcome.same
    };
    let verdict = match weighed.verdict {
        Verdict::Same(kind) => Verdict::Same(kind),
        Verdict::Unsure(_) | Verdict::Different(_) => Verdict::Same(MatchKind::Successor),
    };
    list.push(Weighed {
        verdict,
        ..weighed.clone()
    });
}

fn ask(outcome: &mut Outcome, weighed: &Weighed) {
    let question = format!(
        "only the bare name speaks for {}, which ended before the drug was listed: give the brand, the suffix or the NDC",
        weighed.published.period.code
    );
    outcome.unsure.push(Weighed {
        verdict: Verdict::Unsure(question),
        ..weighed.clone()
    });
}

/// Whether more than a bare name speaks for the match.
fn is_firm(weighed: &Weighed) -> bool {
    match weighed.verdict {
        Verdict::Same(MatchKind::ProperName) => !weighed.descriptor.name.suffixes().is_empty(),
        Verdict::Same(_) => true,
        Verdict::Unsure(_) | Verdict::Different(_) => false,
    }
}

/// Whether a code that is the product's takes over from `earlier` with the same name: an older code, or the interim one.
fn leads_to(earlier: &Weighed, own: &Weighed) -> bool {
    begins_after(&own.published.period, &earlier.published.period)
        && is_same_product(&earlier.descriptor, &own.descriptor)
}

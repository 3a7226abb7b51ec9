//! Dates before the drug came to the practice.
//!
//! The matcher leaves out codes that ended before a drug was listed, as they say nothing of claims to come. A question
//! about an older date of service needs them back, but only where more than a bare name speaks for them.

use crate::domain::descriptor::Descriptor;
use crate::matching::decisions::{begins_after, is_same_product, overlap};
use crate::matching::{MatchKind, Outcome, Verdict, Weighed};
use chrono::NaiveDate;

/// `outcome` with the codes put back that ended before `first_seen`, the day the practice first had the drug. `earlier`
/// is what the matcher says of the same drug had it been listed on the date of service. A code for which only a bare name
/// speaks becomes a question: the drug was not news then.
#[must_use]
pub fn with_the_past(mut outcome: Outcome, earlier: &Outcome, first_seen: NaiveDate) -> Outcome {
    let own: Vec<Weighed> = outcome.same.iter().chain(&outcome.interim).cloned().collect();
    for weighed in earlier.same.iter().chain(&earlier.interim) {
        let period = &weighed.published.period;
        let is_past = period.ended_before(first_seen);
        let is_rejected = outcome
            .decisions
            .iter()
            .any(|said| said.code == period.code && said.valid_from == period.valid_from);
        let is_known = own.iter().any(|one| {
            let other = &one.published.period;
            one.published == weighed.published
                || other.code.class() == period.code.class() && overlap(other, period)
        });
        if !is_past || is_known || is_rejected {
            continue;
        }
        let is_interim = earlier.interim.contains(weighed);
        if !is_firm(weighed) && !own.iter().any(|one| leads_to(weighed, one)) {
            let question = format!(
                "only the bare name speaks for {}, which ended before the drug was listed: give the brand, the suffix or the NDC",
                period.code
            );
            outcome.unsure.push(Weighed {
                verdict: Verdict::Unsure(question),
                ..weighed.clone()
            });
        } else if is_interim {
            outcome.interim.push(weighed.clone());
        } else {
            outcome.same.push(weighed.clone());
        }
    }
    outcome.same.sort_by_key(|one| one.published.period.valid_from);
    outcome.interim.sort_by_key(|one| one.published.period.valid_from);
    outcome
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
    let same = |left: &Descriptor, right: &Descriptor| is_same_product(left, right);
    begins_after(&own.published.period, &earlier.published.period)
        && same(&earlier.descriptor, &own.descriptor)
}

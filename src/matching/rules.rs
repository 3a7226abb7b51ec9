//! The rules by which a code is a drug's own, tried on every candidate in this order: what rules it out, what the
//! proper name says, what brand and NDC say. Each has a reason in billing; each leaves evidence or a reason against.

mod by_name;
mod contradiction;
mod doubt;
mod facts;
mod without_name;

use crate::domain::evidence::Evidence;
use crate::matching::crosswalk_rows::CrosswalkRows;
use crate::matching::drug_identity::DrugIdentity;
use crate::matching::index::Index;
use crate::matching::{Circumstances, Verdict, Weighed};
use facts::Facts;
use std::sync::Arc;

/// What speaks for one candidate, and the verdict.
#[derive(Debug)]
pub(super) struct Weighing {
    /// The candidate's place in the index.
    pub(super) candidate: usize,
    /// What the rules say.
    pub(super) verdict: Verdict,
    /// What speaks for it: decides between rivals.
    pub(super) support: Support,
    /// How much alike it looks: orders the look-alikes, the greatest first.
    pub(super) nearness: (u8, Support),
    /// The lines beside that of the HCPCS file; none for a look-alike.
    beside: Vec<Evidence>,
}

/// What speaks for a candidate, strongest first: NDC, brand, route, name.
pub(super) type Support = [bool; 4];

impl Weighing {
    /// Whether the crosswalk lists an NDC of the drug under the code.
    pub(super) fn has_ndc(&self) -> bool {
        let [ndc, ..] = self.support;
        ndc
    }

    pub(super) fn is_same(&self) -> bool {
        matches!(self.verdict, Verdict::Same(_))
    }

    /// The weighing with what it was made from.
    pub(super) fn into_weighed(self, index: &Index<'_>) -> Weighed {
        let candidate = index.candidate(self.candidate);
        let mut evidence = vec![candidate.published.last_changed.clone()];
        evidence.extend(self.beside);
        Weighed {
            published: candidate.published.clone(),
            descriptor: Arc::clone(candidate.descriptor),
            verdict: self.verdict,
            evidence,
        }
    }
}

/// Weighs one candidate for one drug.
pub(super) fn weigh<'a>(
    index: &'a Index<'a>,
    place: usize,
    identity: &'a DrugIdentity,
    rows: &CrosswalkRows<'a>,
    circumstances: Circumstances,
) -> Weighing {
    let facts = Facts::gather(index.candidate(place), identity, rows, circumstances.first_seen);
    let verdict = facts
        .ended_before_listing()
        .or_else(|| facts.contradiction())
        .or_else(|| facts.by_name())
        .unwrap_or_else(|| facts.without_name());
    let elsewhere = || rows.under_another_code(index, index.candidate(place).published);
    let verdict = facts.doubted(verdict, elsewhere);
    Weighing {
        candidate: place,
        beside: match verdict {
            Verdict::Different(_) => Vec::new(),
            Verdict::Same(_) | Verdict::Unsure(_) => facts.lines_beside(),
        },
        verdict,
        support: facts.support(),
        nearness: (facts.name_nearness(), facts.support()),
    }
}

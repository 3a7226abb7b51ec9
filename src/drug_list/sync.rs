//! From the list on file and the drugs in the store to what has to change: pure, so that a sync can be shown before
//! it is done and tested without a store.

use super::ListedDrug;
use crate::domain::drug::{Drug, DrugEntry, DrugId};
use std::collections::HashMap;

/// What a sync has to do. Applying it and planning again gives an empty plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncPlan {
    /// Drugs that are new, in the order of the list.
    pub added: Vec<DrugEntry>,
    /// Drugs whose line says something else than before, with the new words.
    pub changed: Vec<(DrugId, DrugEntry)>,
    /// Retired drugs that are on the list again, with the words of the list; their history goes on.
    pub returned: Vec<(DrugId, DrugEntry)>,
    /// Watched drugs that are no longer on the list; they are retired, never deleted.
    pub retired: Vec<DrugId>,
    /// How many drugs stay as they are.
    pub unchanged: usize,
}

impl SyncPlan {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.changed.is_empty()
            && self.returned.is_empty()
            && self.retired.is_empty()
    }
}

/// What has to change so that the drugs watched are those of the list. `stored` holds watched and retired drugs.
///
/// A line is the drug of the store with the same [`DrugEntry::identity_key`]. Where several have it (two vial sizes
/// on two lines), the same NDCs decide, then a shared NDC, then the order; a watched drug is
/// taken before a retired one.
#[must_use]
pub fn plan(listed: &[ListedDrug], stored: &[Drug]) -> SyncPlan {
    let mut free: HashMap<String, Vec<&Drug>> = HashMap::new();
    for drug in stored {
        free.entry(drug.entry.identity_key()).or_default().push(drug);
    }
    let mut partners: Vec<Option<&Drug>> = vec![None; listed.len()];
    for wants_watched in [true, false] {
        for fits in [same_ndcs, shared_ndc, any] {
            for (line, partner) in listed
                .iter()
                .zip(&mut partners)
                .filter(|(_, partner)| partner.is_none())
            {
                let Some(left) = free.get_mut(&line.entry.identity_key()) else {
                    continue;
                };
                let found = left.iter().position(|drug| {
                    drug.retired_on.is_none() == wants_watched && fits(&line.entry, &drug.entry)
                });
                *partner = found.map(|place| left.remove(place));
            }
        }
    }
    let mut plan = SyncPlan::default();
    for (line, partner) in listed.iter().zip(partners) {
        plan.take(&line.entry, partner);
    }
    let left_over = free
        .into_values()
        .flatten()
        .filter(|drug| drug.retired_on.is_none());
    plan.retired = left_over.map(|drug| drug.id).collect();
    plan.retired.sort_unstable();
    plan
}

fn same_ndcs(listed: &DrugEntry, stored: &DrugEntry) -> bool {
    listed.ndcs == stored.ndcs
}

fn shared_ndc(listed: &DrugEntry, stored: &DrugEntry) -> bool {
    listed.ndcs.iter().any(|ndc| stored.ndcs.contains(ndc))
}

fn any(_listed: &DrugEntry, _stored: &DrugEntry) -> bool {
    true
}

impl SyncPlan {
    fn take(&mut self, entry: &DrugEntry, partner: Option<&Drug>) {
        match partner {
            None => self.added.push(entry.clone()),
            Some(drug) if drug.retired_on.is_some() => self.returned.push((drug.id, entry.clone())),
            Some(drug) if drug.entry != *entry => self.changed.push((drug.id, entry.clone())),
            Some(_) => self.unchanged += 1,
        }
    }
}

#[cfg(test)]
mod tests;

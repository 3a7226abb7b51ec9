//! What the store held on a day that may be past: for reports, in few large reads.
//!
//! Known on a day is what was recorded under that day or one before it: the practice's date, or the one given with
//! `--today`, never the clock. Releases carry it (`loaded_on`), decisions (`decided_on`), alerts (`raised_on`); for mail,
//! acknowledgements and the words of the drug list it is that of the entry of the event log.

mod drugs;
mod telling;

pub use telling::{Telling, ToldAlert};

use super::matches::{MATCHES, StoredMatch, read_match};
use super::prices::{PublishedLimit, read_limit};
use super::refusals::KnownRefusal;
use super::releases::HeldRelease;
use super::{Reader, StoreError};
use crate::domain::code::HcpcsCode;
use crate::domain::release::ReleaseId;
use chrono::NaiveDate;
use rusqlite::params;
use std::collections::BTreeSet;

/// A decision as it stood on the day asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedDecision {
    /// The decision.
    pub decision: StoredMatch,
    /// Whether it stood at the end of the day: no later one on the same drug, code and period had been made.
    pub stands: bool,
}

impl Reader {
    /// The postings held on `day`, by source, quarter and revision.
    pub fn held_releases_on(&self, day: NaiveDate) -> Result<Vec<HeldRelease>, StoreError> {
        let mut held = self.held_releases()?;
        held.retain(|one| one.loaded_on <= day);
        Ok(held)
    }

    /// The files refused by `day`, as far as was known then: settled only where a good file had come by then.
    pub fn refusals_on(&self, day: NaiveDate) -> Result<Vec<KnownRefusal>, StoreError> {
        let mut known = self.refusals()?;
        known.retain(|one| one.first_seen <= day);
        for one in &mut known {
            one.last_seen = one.last_seen.min(day);
            if one.resolved_on.is_some_and(|resolved| resolved > day) {
                (one.resolved_on, one.resolved_by) = (None, None);
            }
        }
        Ok(known)
    }

    /// Every decision made by `day`, of every drug, in the order in which they were made.
    pub fn decisions_on(&self, day: NaiveDate) -> Result<Vec<DatedDecision>, StoreError> {
        let found: Vec<(i64, StoredMatch)> = self.gather(
            "read decisions",
            &format!("{MATCHES} WHERE decided_on <= ?1 ORDER BY id"),
            [day],
            read_match,
        )?;
        let mut evidence = self.evidence_of_matches()?;
        let mut decided = BTreeSet::new();
        let mut decisions: Vec<DatedDecision> = Vec::with_capacity(found.len());
        for (id, decision) in found.into_iter().rev() {
            let stands = decided.insert((decision.drug, decision.code, decision.valid_from));
            let evidence = evidence.remove(&id).unwrap_or_default();
            decisions.push(DatedDecision {
                decision: StoredMatch { evidence, ..decision },
                stands,
            });
        }
        decisions.reverse();
        Ok(decisions)
    }

    /// What the pricing files `releases` say of `codes`, by code, quarter and line.
    pub fn limits_in(
        &self,
        codes: &BTreeSet<HcpcsCode>,
        releases: &BTreeSet<ReleaseId>,
    ) -> Result<Vec<(HcpcsCode, PublishedLimit)>, StoreError> {
        let codes = serde_json::to_string(codes)?;
        let mut limits: Vec<(ReleaseId, HcpcsCode, PublishedLimit)> = self.gather(
            "read payment limits",
            "SELECT r.id, r.source, r.quarter, r.revision, r.sha256, r.member, p.line, p.payment_limit,
                p.dosage, p.short_description, p.notes, p.code
             FROM json_each(?1) AS wanted CROSS JOIN payment_limit AS p CROSS JOIN release AS r
             WHERE p.code = wanted.value AND r.id = p.release_id
             ORDER BY p.code, r.quarter, p.line",
            params![codes],
            |row| Ok((row.get(0)?, row.get(11)?, read_limit(row)?)),
        )?;
        limits.retain(|(release, ..)| releases.contains(release));
        Ok(limits.into_iter().map(|(_, code, limit)| (code, limit)).collect())
    }
}

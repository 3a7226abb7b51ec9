//! What the `status` command shows.

use super::refusals::KnownRefusal;
use super::releases::HeldRelease;
use super::runs::Run;
use super::{Reader, StoreError};
use crate::cms::RejectedRow;
use chrono::NaiveDate;

/// Everything of note in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Every revision of every source, by source, quarter and revision.
    pub releases: Vec<HeldRelease>,
    /// Of releases in force with rejected rows: the place in `releases` and the first of those rows.
    pub rejected: Vec<(usize, Vec<RejectedRow>)>,
    /// Refused files that no good file has taken the place of.
    pub refusals: Vec<KnownRefusal>,
    /// Messages by state.
    pub outbox: OutboxCounts,
    /// Drugs by state.
    pub drugs: DrugCounts,
    /// Alerts nobody has acknowledged.
    pub open_alerts: u32,
    /// The run that began last.
    pub last_run: Option<Run>,
}

/// Messages by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct OutboxCounts {
    /// Waiting.
    pub queued: u32,
    /// Taken over.
    pub sent: u32,
    /// Refused for good.
    pub failed: u32,
}

/// Drugs by what they are billed under on a day; each is counted once, the first that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct DrugCounts {
    /// Taken off the list.
    pub retired: u32,
    /// A code of their own is in force.
    pub permanent: u32,
    /// A code of their own is published for a later day.
    pub announced: u32,
    /// An interim C code is in force.
    pub interim: u32,
    /// A person has to say which code, if any, is theirs.
    pub review: u32,
    /// Not to be looked up, so that it is not known whether they have a code of their own.
    pub out_of_sight: u32,
    /// No code of their own published.
    pub unclassified: u32,
}

/// The messages that wait, were sent, failed.
pub(super) const OUTBOX_COUNTS: &str =
    "SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'sent'),
            count(*) FILTER (WHERE status = 'failed') FROM message";

impl Reader {
    /// The state of the store on `today`; of each release in force at most `samples` rejected rows.
    pub fn status(&self, samples: u32, today: NaiveDate) -> Result<Status, StoreError> {
        let releases = self.held_releases()?;
        let mut rejected = Vec::new();
        for (place, held) in releases.iter().enumerate() {
            let next = releases
                .get(place + 1)
                .map(|next| (next.release.source, next.release.quarter));
            let replaced = next == Some((held.release.source, held.release.quarter));
            if held.rejected > 0 && !replaced {
                rejected.push((place, self.rejected_rows(held.release.id, samples)?));
            }
        }
        Ok(Status {
            rejected,
            releases,
            refusals: self.open_refusals()?,
            outbox: self.outbox_counts()?,
            drugs: self.drug_counts(today)?,
            open_alerts: self.open_alerts()?,
            last_run: self.last_run()?,
        })
    }

    fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        let counts = self.first("count the outbox", OUTBOX_COUNTS, [], |row| {
            Ok(OutboxCounts {
                queued: row.get(0)?,
                sent: row.get(1)?,
                failed: row.get(2)?,
            })
        })?;
        Ok(counts.unwrap_or_default())
    }

    fn drug_counts(&self, today: NaiveDate) -> Result<DrugCounts, StoreError> {
        let counts = self.first(
            "count the drugs",
            "WITH decided AS (
                 SELECT m.drug_id, m.decision, m.code LIKE 'C%' AS outpatient,
                        p.valid_from <= ?1 AND (p.valid_to IS NULL OR ?1 <= p.valid_to) AS in_force,
                        p.valid_from > ?1 AS ahead
                 FROM drug_match AS m
                 JOIN code_period AS p ON p.code = m.code AND p.valid_from = m.valid_from
                 WHERE m.superseded_at IS NULL),
             unseen AS (
                 SELECT drug_id FROM blind_spot
                 WHERE reason IS NOT NULL AND id IN (SELECT max(id) FROM blind_spot GROUP BY drug_id)),
             state AS (
                 SELECT CASE
                     WHEN d.retired_on IS NOT NULL THEN 'retired'
                     WHEN EXISTS (SELECT 1 FROM decided AS x WHERE x.drug_id = d.id AND x.decision = 'confirmed'
                                  AND x.in_force AND NOT x.outpatient) THEN 'permanent'
                     WHEN EXISTS (SELECT 1 FROM decided AS x WHERE x.drug_id = d.id AND x.decision = 'confirmed'
                                  AND x.ahead AND NOT x.outpatient) THEN 'announced'
                     WHEN EXISTS (SELECT 1 FROM decided AS x WHERE x.drug_id = d.id AND x.decision = 'confirmed'
                                  AND x.in_force) THEN 'interim'
                     WHEN EXISTS (SELECT 1 FROM decided AS x WHERE x.drug_id = d.id AND x.decision = 'review')
                         THEN 'review'
                     WHEN d.id IN (SELECT drug_id FROM unseen) THEN 'out-of-sight'
                     ELSE 'unclassified' END AS name
                 FROM drug AS d)
             SELECT count(*) FILTER (WHERE name = 'retired'), count(*) FILTER (WHERE name = 'permanent'),
                    count(*) FILTER (WHERE name = 'announced'), count(*) FILTER (WHERE name = 'interim'),
                    count(*) FILTER (WHERE name = 'review'), count(*) FILTER (WHERE name = 'unclassified'),
                    count(*) FILTER (WHERE name = 'out-of-sight')
             FROM state",
            [today],
            |row| {
                Ok(DrugCounts {
                    retired: row.get(0)?,
                    permanent: row.get(1)?,
                    announced: row.get(2)?,
                    interim: row.get(3)?,
                    review: row.get(4)?,
                    unclassified: row.get(5)?,
                    out_of_sight: row.get(6)?,
                })
            },
        )?;
        Ok(counts.unwrap_or_default())
    }

    fn open_alerts(&self) -> Result<u32, StoreError> {
        let count = self.first(
            "count the open alerts",
            "SELECT count(*) FROM alert WHERE id NOT IN (SELECT alert_id FROM acknowledgement)",
            [],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or(0))
    }
}

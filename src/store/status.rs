//! What the `status` command shows.

use super::refusals::KnownRefusal;
use super::releases::HeldRelease;
use super::runs::Run;
use super::{Reader, StoreError};
use crate::cms::RejectedRow;

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

/// Drugs by state; each is counted once, the first that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct DrugCounts {
    /// Off the list.
    pub retired: u32,
    /// With a confirmed code of its own.
    pub confirmed: u32,
    /// Waiting for a person's word.
    pub review: u32,
    /// Under the catch-all code.
    pub unclassified: u32,
}

impl Reader {
    /// The state of the store; of each release in force at most `samples` rejected rows.
    pub fn status(&self, samples: u32) -> Result<Status, StoreError> {
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
            drugs: self.drug_counts()?,
            open_alerts: self.open_alerts()?,
            last_run: self.last_run()?,
        })
    }

    fn outbox_counts(&self) -> Result<OutboxCounts, StoreError> {
        let counts = self.first(
            "count the outbox",
            "SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'sent'),
                    count(*) FILTER (WHERE status = 'failed') FROM message",
            [],
            |row| {
                Ok(OutboxCounts {
                    queued: row.get(0)?,
                    sent: row.get(1)?,
                    failed: row.get(2)?,
                })
            },
        )?;
        Ok(counts.unwrap_or_default())
    }

    fn drug_counts(&self) -> Result<DrugCounts, StoreError> {
        let counts = self.first(
            "count the drugs",
            "WITH state AS (
                 SELECT d.retired_on IS NOT NULL AS retired,
                        EXISTS (SELECT 1 FROM drug_match AS m WHERE m.drug_id = d.id AND m.superseded_at IS NULL
                                AND m.decision = 'confirmed') AS confirmed,
                        EXISTS (SELECT 1 FROM drug_match AS m WHERE m.drug_id = d.id AND m.superseded_at IS NULL
                                AND m.decision = 'review') AS review
                 FROM drug AS d)
             SELECT count(*) FILTER (WHERE retired),
                    count(*) FILTER (WHERE NOT retired AND confirmed),
                    count(*) FILTER (WHERE NOT retired AND NOT confirmed AND review),
                    count(*) FILTER (WHERE NOT retired AND NOT confirmed AND NOT review)
             FROM state",
            [],
            |row| {
                Ok(DrugCounts {
                    retired: row.get(0)?,
                    confirmed: row.get(1)?,
                    review: row.get(2)?,
                    unclassified: row.get(3)?,
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

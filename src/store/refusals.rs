//! Files that did not pass the gates: kept in mind and shown until a good one takes their place.

use super::{Reader, StoreError, Transaction};
use crate::domain::quarter::Quarter;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::{Sha256, Source};
use chrono::NaiveDate;
use rusqlite::{named_params, params};
use serde_json::json;

/// A file that was refused, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The series.
    pub source: Source,
    /// The quarter its link or name says.
    pub quarter: Quarter,
    /// The hash of its bytes.
    pub sha256: Sha256,
    /// The address, or the path as given.
    pub origin: String,
    /// The diagnostic code.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// A refusal with its days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownRefusal {
    /// What was refused.
    pub refusal: Refusal,
    /// The day it was first seen.
    pub first_seen: NaiveDate,
    /// The day it was last seen.
    pub last_seen: NaiveDate,
    /// The day a good file took its place.
    pub resolved_on: Option<NaiveDate>,
    /// That good file.
    pub resolved_by: Option<ReleaseId>,
}

/// What a refusal was to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Seen for the first time.
    New,
    /// These bytes were refused for this reason before.
    Again {
        /// Whether a good file has taken their place since. The same bad bytes do not open the refusal again: a
        /// folder may hold both files.
        resolved: bool,
    },
}

impl Transaction<'_> {
    /// Keeps a refused file in mind; it never becomes a release. The same again changes at most the day it was last
    /// seen.
    pub fn refuse(&self, refusal: &Refusal, today: NaiveDate) -> Result<Refused, StoreError> {
        let before: Option<(i64, bool)> = self.first(
            "look up a refused file",
            "SELECT id, resolved_on IS NOT NULL FROM refusal
             WHERE source = ?1 AND quarter = ?2 AND sha256 = ?3 AND code = ?4",
            params![refusal.source, refusal.quarter, refusal.sha256, refusal.code],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if let Some((id, resolved)) = before {
            self.execute(
                "note that a refused file was seen again",
                "UPDATE refusal SET last_seen = ?2 WHERE id = ?1 AND last_seen < ?2",
                params![id, today],
            )?;
            return Ok(Refused::Again { resolved });
        }
        self.execute(
            "keep a refused file in mind",
            "INSERT INTO refusal (source, quarter, sha256, origin, code, message, first_seen, last_seen)
             VALUES (:source, :quarter, :sha256, :origin, :code, :message, :today, :today)",
            named_params! {
                ":source": refusal.source, ":quarter": refusal.quarter, ":sha256": refusal.sha256,
                ":origin": refusal.origin, ":code": refusal.code, ":message": refusal.message, ":today": today,
            },
        )?;
        let subject = format!("{} {}", refusal.source, refusal.quarter);
        let detail = json!({
            "sha256": refusal.sha256, "origin": refusal.origin, "code": refusal.code, "message": refusal.message,
        });
        self.append_event("file-refused", &subject, &detail)?;
        Ok(Refused::New)
    }

    /// Marks the open refusals of a release's source and quarter as settled by it.
    pub(super) fn resolve_refusals(&self, release: &Release) -> Result<(), StoreError> {
        self.execute(
            "settle refusals",
            "UPDATE refusal SET resolved_on = ?3, resolved_by = ?4
             WHERE source = ?1 AND quarter = ?2 AND resolved_on IS NULL",
            params![release.source, release.quarter, self.today, release.id],
        )?;
        Ok(())
    }
}

impl Reader {
    /// Refused files that no good file has taken the place of, by source and quarter.
    pub fn open_refusals(&self) -> Result<Vec<KnownRefusal>, StoreError> {
        let mut refusals = self.refusals()?;
        refusals.retain(|known| known.resolved_on.is_none());
        Ok(refusals)
    }

    /// Every refused file, by source and quarter.
    pub fn refusals(&self) -> Result<Vec<KnownRefusal>, StoreError> {
        self.gather(
            "list refused files",
            "SELECT source, quarter, sha256, origin, code, message, first_seen, last_seen, resolved_on, resolved_by
             FROM refusal ORDER BY source, quarter, id",
            [],
            |row| {
                Ok(KnownRefusal {
                    refusal: Refusal {
                        source: row.get(0)?,
                        quarter: row.get(1)?,
                        sha256: row.get(2)?,
                        origin: row.get(3)?,
                        code: row.get(4)?,
                        message: row.get(5)?,
                    },
                    first_seen: row.get(6)?,
                    last_seen: row.get(7)?,
                    resolved_on: row.get(8)?,
                    resolved_by: row.get(9)?,
                })
            },
        )
    }
}

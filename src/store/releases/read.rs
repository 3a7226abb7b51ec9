//! Reading what is held.

use super::HeldRelease;
use crate::cms::RejectedRow;
use crate::domain::evidence::Evidence;
use crate::domain::quarter::Quarter;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::{Sha256, Source};
use crate::store::columns::Instant;
use crate::store::{Reader, StoreError};
use chrono::{DateTime, Utc};
use foldhash::HashMap;
use rusqlite::{Row, params};
use std::sync::Arc;

/// Reads id, source, quarter, revision, sha256 and member, the first columns, in this order.
pub(in crate::store) fn read_release(row: &Row<'_>) -> rusqlite::Result<Release> {
    Ok(Release {
        id: row.get(0)?,
        source: row.get(1)?,
        quarter: row.get(2)?,
        revision: row.get(3)?,
        sha256: row.get(4)?,
        member: row.get(5)?,
    })
}

/// Every posting held: rows name theirs by number, evidence names them in words.
#[derive(Debug)]
pub(in crate::store) struct Postings(HashMap<ReleaseId, Arc<Release>>);

impl Postings {
    /// The posting with this number; none is ever deleted, so a row's is held.
    pub(in crate::store) fn get(&self, id: ReleaseId) -> rusqlite::Result<&Arc<Release>> {
        self.0.get(&id).ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// The number of the posting that evidence names.
    pub(in crate::store) fn named_by(&self, evidence: &Evidence) -> Result<ReleaseId, StoreError> {
        let named = (
            evidence.source,
            evidence.quarter,
            evidence.revision,
            evidence.sha256,
        );
        let mut held = self.0.values();
        let found = held.find(|one| (one.source, Some(one.quarter), one.revision, one.sha256) == named);
        found.map(|posting| posting.id).ok_or_else(|| {
            let quarter = evidence
                .quarter
                .map_or_else(String::new, |quarter| quarter.to_string());
            let named = format!("{} {quarter} revision {}", evidence.source, evidence.revision);
            StoreError::UnknownPosting(named)
        })
    }
}

impl Reader {
    /// Every posting held.
    pub(in crate::store) fn postings(&self) -> Result<Postings, StoreError> {
        let postings = self.gather(
            "list releases",
            "SELECT id, source, quarter, revision, sha256, member FROM release",
            [],
            |row| Ok((row.get(0)?, Arc::new(read_release(row)?))),
        )?;
        Ok(Postings(postings))
    }

    /// The posting of `source` for `quarter` that is in force.
    pub fn newest_release(&self, source: Source, quarter: Quarter) -> Result<Option<Release>, StoreError> {
        self.first(
            "look up the newest posting",
            "SELECT id, source, quarter, revision, sha256, member FROM release
             WHERE source = ?1 AND quarter = ?2 ORDER BY revision DESC LIMIT 1",
            params![source, quarter],
            read_release,
        )
    }

    /// The latest posting with these bytes, in force or not.
    pub fn release_with(
        &self,
        source: Source,
        quarter: Quarter,
        sha256: Sha256,
    ) -> Result<Option<Release>, StoreError> {
        self.first(
            "look up a file by its hash",
            "SELECT id, source, quarter, revision, sha256, member FROM release
             WHERE source = ?1 AND quarter = ?2 AND sha256 = ?3 ORDER BY revision DESC LIMIT 1",
            params![source, quarter, sha256],
            read_release,
        )
    }

    /// The postings of `source` in force, one a quarter, oldest quarter first.
    pub fn releases(&self, source: Source) -> Result<Vec<Release>, StoreError> {
        self.gather(
            "list releases",
            "SELECT id, source, quarter, revision, sha256, member FROM newest_release
             WHERE source = ?1 ORDER BY quarter",
            [source],
            read_release,
        )
    }

    /// The HCPCS postings in force, one a quarter, oldest quarter first.
    pub fn hcpcs_releases(&self) -> Result<Vec<Release>, StoreError> {
        self.releases(Source::Hcpcs)
    }

    /// When the first posting of a source's quarter was loaded; none where none is held.
    pub fn held_since(&self, source: Source, quarter: Quarter) -> Result<Option<DateTime<Utc>>, StoreError> {
        let loaded = self.first(
            "look up when a quarter came",
            "SELECT min(loaded_at) FROM release WHERE source = ?1 AND quarter = ?2",
            params![source, quarter],
            |row| row.get::<_, Option<Instant>>(0),
        )?;
        Ok(loaded.flatten().map(|at| at.0))
    }

    /// Every revision of `source`, by quarter and revision.
    pub fn every_revision(&self, source: Source) -> Result<Vec<Release>, StoreError> {
        self.gather(
            "list releases",
            "SELECT id, source, quarter, revision, sha256, member FROM release
             WHERE source = ?1 ORDER BY quarter, revision",
            [source],
            read_release,
        )
    }

    /// Every revision of every source with its provenance, by source, quarter and revision.
    pub fn held_releases(&self) -> Result<Vec<HeldRelease>, StoreError> {
        let held: Vec<HeldRelease> = self.gather(
            "list releases",
            &format!("{HELD} ORDER BY source, quarter, revision"),
            [],
            read_held,
        )?;
        held.into_iter().map(|held| self.with_left_out(held)).collect()
    }

    /// The release last loaded from this address or path: its tags make the next request conditional.
    pub fn last_from(&self, origin: &str) -> Result<Option<HeldRelease>, StoreError> {
        let sql = format!("{HELD} WHERE origin = ?1 ORDER BY id DESC LIMIT 1");
        let held = self.first("look up the last file of an address", &sql, [origin], read_held)?;
        held.map(|held| self.with_left_out(held)).transpose()
    }

    /// The rejected rows of a release in file order, at most `limit`.
    pub fn rejected_rows(&self, release: ReleaseId, limit: u32) -> Result<Vec<RejectedRow>, StoreError> {
        self.gather(
            "list rejected rows",
            "SELECT member, line, reason, text FROM rejected_row WHERE release_id = ?1 ORDER BY position LIMIT ?2",
            params![release, limit],
            |row| {
                Ok(RejectedRow {
                    member: row.get(0)?,
                    line: row.get(1)?,
                    reason: row.get(2)?,
                    text: row.get(3)?,
                })
            },
        )
    }

    fn with_left_out(&self, held: HeldRelease) -> Result<HeldRelease, StoreError> {
        let left_out = self.gather(
            "list rows left out",
            "SELECT kind, rows FROM left_out WHERE release_id = ?1 ORDER BY kind, member",
            [held.release.id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(HeldRelease { left_out, ..held })
    }
}

/// Releases with their provenance, in the order [`read_held`] takes the columns.
const HELD: &str =
    "SELECT id, source, quarter, revision, sha256, member, origin, file_name, etag, last_modified,
        link_text, size, fetched_at, loaded_at, rows,
        (SELECT count(*) FROM rejected_row WHERE release_id = release.id), loaded_on
    FROM release";

fn read_held(row: &Row<'_>) -> rusqlite::Result<HeldRelease> {
    Ok(HeldRelease {
        release: read_release(row)?,
        origin: row.get(6)?,
        file_name: row.get(7)?,
        etag: row.get(8)?,
        last_modified: row.get(9)?,
        link_text: row.get(10)?,
        size: row.get::<_, i64>(11)?.unsigned_abs(),
        fetched_at: row.get::<_, Instant>(12)?.0,
        loaded_at: row.get::<_, Instant>(13)?.0,
        rows: row.get(14)?,
        rejected: row.get(15)?,
        loaded_on: row.get(16)?,
        left_out: Vec::new(),
    })
}

//! Evidence of matches and alerts, written out in full: it must stand even where a table it points to is rebuilt.

use super::{Reader, StoreError, Transaction, stored_count};
use crate::domain::evidence::Evidence;
use rusqlite::{Row, params};
use std::collections::HashMap;

/// Whose evidence.
#[derive(Debug, Clone, Copy)]
pub(super) enum Owner {
    Match(i64),
    Alert(i64),
}

impl Transaction<'_> {
    pub(super) fn insert_evidence(&self, owner: Owner, evidence: &[Evidence]) -> Result<(), StoreError> {
        let (sql, id) = match owner {
            Owner::Match(id) => (
                "INSERT INTO match_evidence (match_id, position, source, quarter, revision, member, line, sha256, text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                id,
            ),
            Owner::Alert(id) => (
                "INSERT INTO alert_evidence (alert_id, position, source, quarter, revision, member, line, sha256, text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                id,
            ),
        };
        for (position, one) in evidence.iter().enumerate() {
            let position = stored_count(position);
            self.execute(
                "store evidence",
                sql,
                params![
                    id,
                    position,
                    one.source,
                    one.quarter,
                    one.revision,
                    one.member,
                    one.line,
                    one.sha256,
                    one.text
                ],
            )?;
        }
        Ok(())
    }
}

impl Reader {
    /// The evidence of one decision.
    pub(super) fn evidence_of_match(&self, id: i64) -> Result<Vec<Evidence>, StoreError> {
        self.gather(
            "read evidence",
            "SELECT source, quarter, revision, member, line, sha256, text FROM match_evidence
             WHERE match_id = ?1 ORDER BY position",
            [id],
            |row| read_evidence(row, 0),
        )
    }

    /// The evidence of every decision, by the decision's number.
    pub(super) fn evidence_of_matches(&self) -> Result<HashMap<i64, Vec<Evidence>>, StoreError> {
        self.evidence_by_owner(
            "SELECT match_id, source, quarter, revision, member, line, sha256, text FROM match_evidence
             ORDER BY match_id, position",
        )
    }

    /// The evidence of every alert, by the alert's number.
    pub(super) fn evidence_of_alerts(&self) -> Result<HashMap<i64, Vec<Evidence>>, StoreError> {
        self.evidence_by_owner(
            "SELECT alert_id, source, quarter, revision, member, line, sha256, text FROM alert_evidence
             ORDER BY alert_id, position",
        )
    }

    fn evidence_by_owner(&self, sql: &str) -> Result<HashMap<i64, Vec<Evidence>>, StoreError> {
        let rows: Vec<(i64, Evidence)> = self.gather("read evidence", sql, [], |row| {
            Ok((row.get(0)?, read_evidence(row, 1)?))
        })?;
        let mut by_owner: HashMap<i64, Vec<Evidence>> = HashMap::new();
        for (owner, evidence) in rows {
            by_owner.entry(owner).or_default().push(evidence);
        }
        Ok(by_owner)
    }
}

fn read_evidence(row: &Row<'_>, start: usize) -> rusqlite::Result<Evidence> {
    Ok(Evidence {
        source: row.get(start)?,
        quarter: row.get(start + 1)?,
        revision: row.get(start + 2)?,
        member: row.get(start + 3)?,
        line: row.get(start + 4)?,
        sha256: row.get(start + 5)?,
        text: row.get(start + 6)?,
    })
}

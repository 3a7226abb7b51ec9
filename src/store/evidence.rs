//! Evidence of matches and alerts, written out in full: it must stand even where a table it points to is rebuilt.

use super::{Reader, StoreError, Transaction, stored_count};
use crate::domain::evidence::Evidence;
use rusqlite::{Row, params};

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
    pub(super) fn evidence_of(&self, owner: Owner) -> Result<Vec<Evidence>, StoreError> {
        let (sql, id) = match owner {
            Owner::Match(id) => (
                "SELECT source, quarter, revision, member, line, sha256, text FROM match_evidence
                 WHERE match_id = ?1 ORDER BY position",
                id,
            ),
            Owner::Alert(id) => (
                "SELECT source, quarter, revision, member, line, sha256, text FROM alert_evidence
                 WHERE alert_id = ?1 ORDER BY position",
                id,
            ),
        };
        self.gather("read evidence", sql, [id], read_evidence)
    }
}

fn read_evidence(row: &Row<'_>) -> rusqlite::Result<Evidence> {
    Ok(Evidence {
        source: row.get(0)?,
        quarter: row.get(1)?,
        revision: row.get(2)?,
        member: row.get(3)?,
        line: row.get(4)?,
        sha256: row.get(5)?,
        text: row.get(6)?,
    })
}

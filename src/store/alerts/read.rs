//! Reading alerts with all that belongs to them.

use crate::domain::alert::{Acknowledgement, Alert, AlertId, Candidate, Delivery, Finding};
use crate::domain::drug::{Drug, DrugId};
use crate::store::columns::Instant;
use crate::store::evidence::Owner;
use crate::store::{Reader, StoreError};
use rusqlite::{Row, params};

/// Which alerts are wanted; the default is all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AlertFilter {
    /// Only this one.
    pub id: Option<AlertId>,
    /// Only those of this drug.
    pub drug: Option<DrugId>,
    /// Only those that nobody has acknowledged.
    pub open_only: bool,
}

impl Reader {
    /// The alerts that `filter` takes in, oldest first, each with its drug as it stands on the list now, its evidence,
    /// its deliveries and its acknowledgement.
    pub fn alerts(&self, filter: AlertFilter) -> Result<Vec<Alert>, StoreError> {
        let numbers: Vec<(AlertId, DrugId)> = self.gather(
            "list alerts",
            "SELECT id, drug_id FROM alert LEFT JOIN acknowledgement ON alert_id = id
             WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR drug_id = ?2) AND (NOT ?3 OR alert_id IS NULL)
             ORDER BY id",
            params![filter.id, filter.drug, filter.open_only],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        numbers
            .into_iter()
            .map(|(id, drug)| self.read_alert(id, drug))
            .collect()
    }

    /// The alert with this number.
    pub fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let filter = AlertFilter {
            id: Some(id),
            ..AlertFilter::default()
        };
        Ok(self.alerts(filter)?.pop())
    }

    fn read_alert(&self, id: AlertId, drug: DrugId) -> Result<Alert, StoreError> {
        let drug = self.listed_drug(drug)?.ok_or(StoreError::NoSuchDrug(drug))?.drug;
        let alert = self.first(
            "read an alert",
            "SELECT id, kind, from_code, to_code, effective_date, end_date, billing_unit, previous_billing_unit,
                    descriptor, decision, match_kind, reason, raised_on, by, at, note
             FROM alert LEFT JOIN acknowledgement ON alert_id = id WHERE id = ?1",
            [id],
            |row| read_bare(row, drug),
        )?;
        let mut alert = alert.ok_or(StoreError::NoSuchAlert(id))?;
        alert.finding.evidence = self.evidence_of(Owner::Alert(id.0))?;
        alert.finding.candidates = self.candidates_of(id)?;
        alert.deliveries = self.deliveries_of(id)?;
        Ok(alert)
    }

    fn candidates_of(&self, id: AlertId) -> Result<Vec<Candidate>, StoreError> {
        self.gather(
            "read the candidates of an alert",
            "SELECT code, valid_from, descriptor, open_question FROM alert_candidate
             WHERE alert_id = ?1 ORDER BY position",
            [id],
            |row| {
                Ok(Candidate {
                    code: row.get(0)?,
                    valid_from: row.get(1)?,
                    descriptor: row.get(2)?,
                    open_question: row.get(3)?,
                })
            },
        )
    }

    /// The state of the last message of this alert to each recipient.
    fn deliveries_of(&self, id: AlertId) -> Result<Vec<Delivery>, StoreError> {
        self.gather(
            "read the deliveries of an alert",
            "SELECT recipient, status, sent_at FROM message
             WHERE id IN (SELECT max(m.id) FROM message AS m JOIN message_alert AS a ON a.message_id = m.id
                          WHERE a.alert_id = ?1 GROUP BY m.recipient)
             ORDER BY recipient",
            [id],
            |row| {
                Ok(Delivery {
                    recipient: row.get(0)?,
                    status: row.get(1)?,
                    sent_at: row.get::<_, Option<Instant>>(2)?.map(|at| at.0),
                })
            },
        )
    }
}

/// An alert without evidence, candidates and deliveries.
pub(in crate::store) fn read_bare(row: &Row<'_>, drug: Drug) -> rusqlite::Result<Alert> {
    let finding = Finding {
        kind: row.get(1)?,
        drug,
        from_code: row.get(2)?,
        to_code: row.get(3)?,
        effective_date: row.get(4)?,
        end_date: row.get(5)?,
        billing_unit: row.get(6)?,
        previous_billing_unit: row.get(7)?,
        descriptor: row.get(8)?,
        decision: row.get(9)?,
        match_kind: row.get(10)?,
        candidates: Vec::new(),
        reason: row.get(11)?,
        evidence: Vec::new(),
    };
    let acknowledged = match row.get::<_, Option<String>>(13)? {
        Some(by) => Some(Acknowledgement {
            by,
            at: row.get::<_, Instant>(14)?.0,
            note: row.get(15)?,
        }),
        None => None,
    };
    Ok(Alert {
        id: row.get(0)?,
        finding,
        raised_on: row.get(12)?,
        deliveries: Vec::new(),
        acknowledged,
    })
}

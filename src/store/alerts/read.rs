//! Reading alerts with all that belongs to them.

use crate::domain::alert::{Acknowledgement, Alert, AlertId, Candidate, Delivery, Finding};
use crate::domain::drug::{Drug, DrugId};
use crate::store::columns::Instant;
use crate::store::drugs::ListedDrug;
use crate::store::{Reader, StoreError};
use rusqlite::{Row, params};
use std::collections::{BTreeMap, HashMap};

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

/// What became of each message.
pub(in crate::store) const STATES: &str = "SELECT id, recipient, status, sent_at FROM message";

impl Reader {
    /// The alerts that `filter` takes in, oldest first, each with its drug as it stands on the list now, its evidence,
    /// its deliveries and its acknowledgement.
    pub fn alerts(&self, filter: AlertFilter) -> Result<Vec<Alert>, StoreError> {
        self.alerts_of(&self.listed_drugs()?, filter)
    }

    /// Like [`Self::alerts`], where the whole drug list is at hand.
    pub(crate) fn alerts_of(
        &self,
        list: &[ListedDrug],
        filter: AlertFilter,
    ) -> Result<Vec<Alert>, StoreError> {
        let drugs: HashMap<DrugId, &Drug> =
            list.iter().map(|listed| (listed.drug.id, &listed.drug)).collect();
        let mut evidence = self.evidence_of_alerts()?;
        let mut candidates = self.candidates_by_alert()?;
        let mut deliveries = self.deliveries_by_alert()?;
        let bare: Vec<(DrugId, Option<Alert>)> = self.gather(
            "list alerts",
            "SELECT id, kind, from_code, to_code, effective_date, end_date, billing_unit, previous_billing_unit,
                    descriptor, decision, match_kind, reason, raised_on, by, at, note, drug_id
             FROM alert LEFT JOIN acknowledgement ON alert_id = id
             WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR drug_id = ?2) AND (NOT ?3 OR alert_id IS NULL)
             ORDER BY id",
            params![filter.id, filter.drug, filter.open_only],
            |row| {
                let id = row.get(16)?;
                let drug = drugs.get(&id).copied().cloned();
                Ok((id, drug.map(|drug| read_bare(row, drug)).transpose()?))
            },
        )?;
        let complete = |(drug, alert): (DrugId, Option<Alert>)| {
            let mut alert = alert.ok_or(StoreError::NoSuchDrug(drug))?;
            let id = alert.id.0;
            alert.finding.evidence = evidence.remove(&id).unwrap_or_default();
            alert.finding.candidates = candidates.remove(&id).unwrap_or_default();
            alert.deliveries = deliveries.remove(&id).unwrap_or_default();
            Ok(alert)
        };
        bare.into_iter().map(complete).collect()
    }

    /// The alert with this number.
    pub fn alert(&self, id: AlertId) -> Result<Option<Alert>, StoreError> {
        let filter = AlertFilter {
            id: Some(id),
            ..AlertFilter::default()
        };
        Ok(self.alerts(filter)?.pop())
    }

    /// The candidates of every review, by the alert's number.
    pub(in crate::store) fn candidates_by_alert(&self) -> Result<HashMap<i64, Vec<Candidate>>, StoreError> {
        let rows: Vec<(AlertId, Candidate)> = self.gather(
            "read the candidates of alerts",
            "SELECT alert_id, code, valid_from, descriptor, open_question FROM alert_candidate
             ORDER BY alert_id, position",
            [],
            |row| {
                let candidate = Candidate {
                    code: row.get(1)?,
                    valid_from: row.get(2)?,
                    descriptor: row.get(3)?,
                    open_question: row.get(4)?,
                };
                Ok((row.get(0)?, candidate))
            },
        )?;
        let mut by_alert: HashMap<i64, Vec<Candidate>> = HashMap::new();
        for (alert, candidate) in rows {
            by_alert.entry(alert.0).or_default().push(candidate);
        }
        Ok(by_alert)
    }

    /// The state of the last message of each alert to each recipient, by the alert's number.
    fn deliveries_by_alert(&self) -> Result<HashMap<i64, Vec<Delivery>>, StoreError> {
        let messages: HashMap<i64, Delivery> =
            self.gather("read the state of messages", STATES, [], |row| {
                let delivery = Delivery {
                    recipient: row.get(1)?,
                    status: row.get(2)?,
                    sent_at: row.get::<_, Option<Instant>>(3)?.map(|at| at.0),
                };
                Ok((row.get(0)?, delivery))
            })?;
        let told: Vec<(i64, i64)> = self.gather(
            "read which messages tell of alerts",
            "SELECT alert_id, message_id FROM message_alert ORDER BY alert_id, message_id",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut last: BTreeMap<(i64, &str), &Delivery> = BTreeMap::new();
        for (alert, message) in told {
            if let Some(delivery) = messages.get(&message) {
                last.insert((alert, &delivery.recipient), delivery);
            }
        }
        let mut by_alert: HashMap<i64, Vec<Delivery>> = HashMap::new();
        for ((alert, _), delivery) in last {
            by_alert.entry(alert).or_default().push(delivery.clone());
        }
        Ok(by_alert)
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

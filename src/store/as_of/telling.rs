//! Alerts with everything that had become of them by a day.

use crate::domain::alert::{Acknowledgement, Alert, DeliveryStatus};
use crate::domain::drug::{Drug, DrugId};
use crate::store::alerts::read_bare;
use crate::store::columns::Instant;
use crate::store::drugs::ListedDrug;
use crate::store::{Reader, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashMap;

/// One message that tells of an alert.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Telling {
    /// The address.
    pub recipient: String,
    /// The day it was queued.
    pub queued_on: NaiveDate,
    /// `queued`, `sent` or `failed`.
    pub status: &'static str,
    /// The day it was taken over, or refused for good.
    pub settled_on: Option<NaiveDate>,
    /// When it was taken over, by the clock.
    pub sent_at: Option<DateTime<Utc>>,
    /// The Message-ID, by which the mail is found again.
    pub message_id: String,
}

/// An alert as it stood on a day; its `deliveries` are in `tellings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAlert {
    /// The alert.
    pub alert: Alert,
    /// Every message queued about it by then, oldest first.
    pub tellings: Vec<Telling>,
    /// The day somebody took note of it.
    pub acknowledged_on: Option<NaiveDate>,
}

/// Alert, number of the message, recipient, when it was sent, Message-ID.
type Queued = (i64, i64, String, Option<DateTime<Utc>>, String);

impl Reader {
    /// The alerts raised by `day`, oldest first, each with what had become of it by then. `drugs` gives the words of
    /// each drug.
    pub fn alerts_on(&self, day: NaiveDate, drugs: &[ListedDrug]) -> Result<Vec<ToldAlert>, StoreError> {
        let drugs: HashMap<DrugId, &Drug> = drugs.iter().map(|one| (one.drug.id, &one.drug)).collect();
        let mut evidence = self.evidence_of_alerts()?;
        let mut candidates = self.candidates_by_alert()?;
        let mut tellings = self.tellings_on(day)?;
        let acknowledged = self.days_of("alert-acknowledged", day)?;
        let bare: Vec<Option<Alert>> = self.gather(
            "read the alerts",
            "SELECT id, kind, from_code, to_code, effective_date, end_date, billing_unit, previous_billing_unit,
                    descriptor, decision, match_kind, reason, raised_on, by, at, note, drug_id
             FROM alert LEFT JOIN acknowledgement ON alert_id = id WHERE raised_on <= ?1 ORDER BY id",
            [day],
            |row| {
                let drug: DrugId = row.get(16)?;
                drugs
                    .get(&drug)
                    .map(|drug| read_bare(row, (*drug).clone()))
                    .transpose()
            },
        )?;
        let complete = |mut alert: Alert| {
            let id = alert.id.0;
            alert.finding.evidence = evidence.remove(&id).unwrap_or_default();
            alert.finding.candidates = candidates.remove(&id).unwrap_or_default();
            let acknowledged_on = acknowledged.get(&format!("alert {id}")).copied();
            alert.acknowledged = alert
                .acknowledged
                .filter(|_: &Acknowledgement| acknowledged_on.is_some());
            ToldAlert {
                tellings: tellings.remove(&id).unwrap_or_default(),
                acknowledged_on,
                alert,
            }
        };
        Ok(bare.into_iter().flatten().map(complete).collect())
    }

    /// The day of each entry of `kind` that counts for `day` or before, by its subject.
    fn days_of(&self, kind: &str, day: NaiveDate) -> Result<HashMap<String, NaiveDate>, StoreError> {
        self.gather(
            "read the event log",
            "SELECT subject, day FROM event WHERE kind = ?1 AND day <= ?2",
            rusqlite::params![kind, day],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// The messages queued by `day`, by the alert they tell of.
    fn tellings_on(&self, day: NaiveDate) -> Result<HashMap<i64, Vec<Telling>>, StoreError> {
        let queued = self.days_of("message-queued", day)?;
        let sent = self.days_of("message-sent", day)?;
        let failed = self.days_of("message-failed", day)?;
        let rows: Vec<Queued> = self.gather(
            "read what was sent of alerts",
            "SELECT a.alert_id, m.id, m.recipient, m.sent_at, m.message_id
             FROM message_alert AS a JOIN message AS m ON m.id = a.message_id ORDER BY a.alert_id, m.id",
            [],
            |row| {
                let sent_at: Option<Instant> = row.get(3)?;
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    row.get(2)?,
                    sent_at.map(|at| at.0),
                    row.get(4)?,
                ))
            },
        )?;
        let mut by_alert: HashMap<i64, Vec<Telling>> = HashMap::new();
        for (alert, number, recipient, sent_at, message_id) in rows {
            let subject = format!("message {number}");
            let Some(queued_on) = queued.get(&subject).copied() else {
                continue;
            };
            let (status, settled_on) = match (sent.get(&subject), failed.get(&subject)) {
                (Some(day), _) => (DeliveryStatus::Sent, Some(*day)),
                (None, Some(day)) => (DeliveryStatus::Failed, Some(*day)),
                (None, None) => (DeliveryStatus::Queued, None),
            };
            by_alert.entry(alert).or_default().push(Telling {
                recipient,
                queued_on,
                status: status.as_str(),
                settled_on,
                sent_at: sent_at.filter(|_| status == DeliveryStatus::Sent),
                message_id,
            });
        }
        Ok(by_alert)
    }
}

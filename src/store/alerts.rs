//! Alerts: what was found, told once, and who took note of it.

pub(super) mod read;

pub use read::AlertFilter;
pub(super) use read::read_bare;

use super::columns::Instant;
use super::evidence::Owner;
use super::{StoreError, Transaction, stored_count};
use crate::domain::alert::{Acknowledgement, Alert, AlertId, AlertKind, Finding};
use chrono::NaiveDate;
use rusqlite::{named_params, params};
use serde_json::json;

impl Transaction<'_> {
    /// Stores a finding as an alert raised on `today`; none where it is the last word told: at most one alert of a kind
    /// for a drug and code period, for a review one for a drug and set of candidates. A fact that was taken back since
    /// and holds again (an end, a withdrawal, a change of date or unit) is told again.
    pub fn raise(&self, finding: Finding, today: NaiveDate) -> Result<Option<Alert>, StoreError> {
        let Some(fingerprint) = self.untold(&finding)? else {
            return Ok(None);
        };
        let id = self.insert_alert(&finding, &fingerprint, today)?;
        self.insert_evidence(Owner::Alert(id.0), &finding.evidence)?;
        self.insert_candidates(id, &finding)?;
        let detail = json!({
            "kind": finding.kind.as_str(), "drug": finding.drug.id, "from_code": finding.from_code,
            "to_code": finding.to_code, "effective_date": finding.effective_date, "end_date": finding.end_date,
            "decision": finding.decision.as_str(), "match_kind": finding.match_kind, "reason": finding.reason,
            "evidence": finding.evidence, "raised_on": today,
        });
        self.append_event("alert-raised", &format!("alert {id}"), &detail)?;
        Ok(Some(Alert {
            id,
            finding,
            raised_on: today,
            deliveries: Vec::new(),
            acknowledged: None,
        }))
    }

    /// The fingerprint under which a finding is stored; none where it was told and nothing else was told of its code
    /// since.
    fn untold(&self, finding: &Finding) -> Result<Option<String>, StoreError> {
        let fingerprint = fingerprint(finding);
        let (times, last): (i64, Option<i64>) = self
            .first(
                "look up an alert by its fingerprint",
                "SELECT count(*), max(id) FROM alert
                 WHERE fingerprint = ?1 OR fingerprint > ?1 || '#' AND fingerprint < ?1 || '$'",
                [&fingerprint],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?
            .unwrap_or_default();
        let Some(last) = last else {
            return Ok(Some(fingerprint));
        };
        if !can_return(finding.kind) {
            return Ok(None);
        }
        let since = self.first(
            "look for what was told of a code since",
            "SELECT 1 FROM alert WHERE id > ?1 AND drug_id = ?2 AND (to_code IN (?3, ?4) OR from_code IN (?3, ?4))
             LIMIT 1",
            params![last, finding.drug.id, finding.from_code, finding.to_code],
            |_row| Ok(()),
        )?;
        Ok(since.map(|()| format!("{fingerprint}#{}", times + 1)))
    }

    fn insert_alert(
        &self,
        finding: &Finding,
        fingerprint: &str,
        today: NaiveDate,
    ) -> Result<AlertId, StoreError> {
        self.execute(
            "store an alert",
            "INSERT INTO alert (fingerprint, kind, drug_id, from_code, to_code, effective_date, end_date, billing_unit,
                                previous_billing_unit, descriptor, decision, match_kind, reason, raised_on)
             VALUES (:fingerprint, :kind, :drug, :from_code, :to_code, :effective_date, :end_date, :billing_unit,
                     :previous_billing_unit, :descriptor, :decision, :match_kind, :reason, :today)",
            named_params! {
                ":fingerprint": fingerprint, ":kind": finding.kind, ":drug": finding.drug.id,
                ":from_code": finding.from_code, ":to_code": finding.to_code,
                ":effective_date": finding.effective_date, ":end_date": finding.end_date,
                ":billing_unit": finding.billing_unit, ":previous_billing_unit": finding.previous_billing_unit,
                ":descriptor": finding.descriptor, ":decision": finding.decision, ":match_kind": finding.match_kind,
                ":reason": finding.reason, ":today": today,
            },
        )?;
        Ok(AlertId(self.last_id()))
    }

    fn insert_candidates(&self, id: AlertId, finding: &Finding) -> Result<(), StoreError> {
        for (position, candidate) in finding.candidates.iter().enumerate() {
            self.execute(
                "store a candidate",
                "INSERT INTO alert_candidate (alert_id, position, code, valid_from, descriptor, open_question)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    id,
                    stored_count(position),
                    candidate.code,
                    candidate.valid_from,
                    candidate.descriptor,
                    candidate.open_question
                ],
            )?;
        }
        Ok(())
    }

    /// Notes that `by` took note of an alert; gives the word that stands. The first word stands: a later one changes
    /// nothing and gets the first one back.
    pub fn acknowledge(
        &self,
        id: AlertId,
        by: &str,
        note: Option<&str>,
    ) -> Result<Acknowledgement, StoreError> {
        let alert = self.alert(id)?.ok_or(StoreError::NoSuchAlert(id))?;
        if let Some(first) = alert.acknowledged {
            return Ok(first);
        }
        self.execute(
            "store an acknowledgement",
            "INSERT INTO acknowledgement (alert_id, by, at, note) VALUES (?1, ?2, ?3, ?4)",
            params![id, by, Instant(self.now), note],
        )?;
        let detail = json!({ "by": by, "note": note });
        self.append_event("alert-acknowledged", &format!("alert {id}"), &detail)?;
        Ok(Acknowledgement {
            by: by.to_owned(),
            at: self.now,
            note: note.map(str::to_owned),
        })
    }
}

/// The kinds that tell of a change, which can be undone and come again.
fn can_return(kind: AlertKind) -> bool {
    matches!(
        kind,
        AlertKind::PermanentCodeChanged
            | AlertKind::PermanentCodeWithdrawn
            | AlertKind::CodeEnded
            | AlertKind::BillingUnitChanged
    )
}

/// By what the same news is known again: drug, kind and
/// - for a review, the candidates whatever their order;
/// - for the end of a code, the code that ends and its last day;
/// - for the rest, the new code and its first day, or the old code where there is no new one.
fn fingerprint(finding: &Finding) -> String {
    let day = |date: Option<NaiveDate>| date.map_or_else(|| "-".to_owned(), |date| date.to_string());
    let period = match finding.kind {
        AlertKind::MatchNeedsReview => {
            let named = |one: &crate::domain::alert::Candidate| format!("{}@{}", one.code, one.valid_from);
            let mut candidates: Vec<String> = finding.candidates.iter().map(named).collect();
            candidates.sort_unstable();
            candidates.dedup();
            candidates.join(",")
        }
        AlertKind::CodeEnded => format!("{}@{}", finding.from_code, day(finding.end_date)),
        AlertKind::BillingUnitChanged => {
            let code = finding.to_code.unwrap_or(finding.from_code);
            let unit = finding.billing_unit.as_deref().unwrap_or("-");
            format!("{code}@{} {unit}", day(finding.effective_date))
        }
        _ => {
            let code = finding.to_code.unwrap_or(finding.from_code);
            format!("{code}@{}", day(finding.effective_date))
        }
    };
    format!("{}|{}|{period}", finding.drug.id, finding.kind)
}

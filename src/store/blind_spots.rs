//! Which drugs cannot be looked up, and why: the absence of a code proves nothing for them. Append-only, so that a report
//! as of a past day says what was known then.

use super::columns::Instant;
use super::{Reader, StoreError, Transaction};
use crate::domain::drug::DrugId;
use chrono::NaiveDate;
use rusqlite::params;
use serde_json::json;
use std::collections::HashMap;

impl Transaction<'_> {
    /// Records why a drug cannot be looked up from this day on; none where it can again.
    pub fn record_blind_spot(&self, drug: DrugId, reason: Option<&str>) -> Result<(), StoreError> {
        self.execute(
            "store why a drug cannot be looked up",
            "INSERT INTO blind_spot (drug_id, on_day, at, reason) VALUES (?1, ?2, ?3, ?4)",
            params![drug, self.today, Instant(self.now), reason],
        )?;
        let kind = match reason {
            Some(_) => "blind-spot-found",
            None => "blind-spot-gone",
        };
        self.append_event(kind, &format!("drug {drug}"), &json!({ "reason": reason }))
    }
}

impl Reader {
    /// Why each drug that cannot be looked up cannot, as was known at the end of `as_of`; without a day as is known now.
    pub fn blind_spots(&self, as_of: Option<NaiveDate>) -> Result<HashMap<DrugId, String>, StoreError> {
        self.gather(
            "read which drugs cannot be looked up",
            "SELECT drug_id, reason FROM blind_spot
             WHERE reason IS NOT NULL
               AND id IN (SELECT max(id) FROM blind_spot WHERE ?1 IS NULL OR on_day <= ?1 GROUP BY drug_id)",
            [as_of],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }
}

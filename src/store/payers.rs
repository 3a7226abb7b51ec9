//! Where payers do otherwise than CMS. A rule is ended or taken over by a later one, never changed or deleted.

use super::columns::Instant;
use super::{Reader, StoreError, Transaction};
use crate::domain::drug::DrugId;
use crate::domain::payer::{Ended, NewPayerRule, PayerName, PayerRule, PayerRuleId, PayerTerms};
use chrono::NaiveDate;
use rusqlite::{Row, named_params, params};
use serde_json::json;

/// What became of a payer rule that was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is in force.
    New(PayerRuleId),
    /// It is in force and ended this earlier one.
    InPlaceOf(PayerRuleId, PayerRuleId),
    /// The very same was in force already; nothing changed.
    Same(PayerRuleId),
}

impl Transaction<'_> {
    /// Keeps a rule; an earlier one of the same payer, drug and kind ends by it.
    pub fn keep_payer_rule(&self, new: &NewPayerRule) -> Result<Kept, StoreError> {
        let in_force = self.payer_rules_of(&new.payer)?;
        let earlier = in_force
            .into_iter()
            .find(|rule| rule.written.drug == new.drug && rule.written.terms.kind() == new.terms.kind());
        match earlier {
            Some(earlier) if earlier.written == *new => Ok(Kept::Same(earlier.id)),
            Some(earlier) => {
                self.end_payer_rule(earlier.id, &new.by, "a later rule took its place")?;
                Ok(Kept::InPlaceOf(self.insert_payer_rule(new)?, earlier.id))
            }
            None => Ok(Kept::New(self.insert_payer_rule(new)?)),
        }
    }

    fn insert_payer_rule(&self, new: &NewPayerRule) -> Result<PayerRuleId, StoreError> {
        let (code, code_from) = match new.terms {
            PayerTerms::Pin(code) => (Some(code), None),
            PayerTerms::CodeFrom(date) => (None, Some(date)),
        };
        self.execute(
            "store a payer rule",
            "INSERT INTO payer_rule (payer, payer_key, drug_id, kind, code, code_from, review_on, reason, source, by, at)
             VALUES (:payer, :key, :drug, :kind, :code, :code_from, :review_on, :reason, :source, :by, :at)",
            named_params! {
                ":payer": new.payer.as_str(), ":key": new.payer.key(), ":drug": new.drug, ":kind": new.terms.kind(),
                ":code": code, ":code_from": code_from, ":review_on": new.review_on, ":reason": new.reason,
                ":source": new.source, ":by": new.by, ":at": Instant(self.now),
            },
        )?;
        let id = PayerRuleId(self.last_id());
        let detail = json!({
            "payer": new.payer.as_str(), "drug": new.drug, "kind": new.terms.kind(), "code": code,
            "code_from": code_from, "review_on": new.review_on, "reason": new.reason, "source": new.source,
            "by": new.by,
        });
        self.append_event("payer-rule-kept", &format!("payer rule {id}"), &detail)?;
        Ok(id)
    }

    /// Ends a rule: the payer does as CMS does from now on. Gives whether it was in force.
    pub fn end_payer_rule(&self, id: PayerRuleId, by: &str, reason: &str) -> Result<bool, StoreError> {
        let ended = self.execute(
            "end a payer rule",
            "UPDATE payer_rule SET ended_at = ?2, ended_by = ?3, ended_reason = ?4
             WHERE id = ?1 AND ended_at IS NULL",
            params![id, Instant(self.now), by, reason],
        )?;
        if ended > 0 {
            let detail = json!({ "by": by, "reason": reason });
            self.append_event("payer-rule-ended", &format!("payer rule {id}"), &detail)?;
        }
        Ok(ended > 0)
    }
}

/// Rules in the order [`read_rule`] takes the columns.
const RULES: &str =
    "SELECT id, payer, drug_id, code, code_from, review_on, reason, source, by, at, ended_at, ended_by,
        ended_reason FROM payer_rule";

fn read_rule(row: &Row<'_>) -> rusqlite::Result<PayerRule> {
    let terms = match row.get(3)? {
        Some(code) => PayerTerms::Pin(code),
        None => PayerTerms::CodeFrom(row.get(4)?),
    };
    let ended = match row.get::<_, Option<Instant>>(10)? {
        Some(at) => Some(Ended {
            at: at.0,
            by: row.get(11)?,
            reason: row.get(12)?,
        }),
        None => None,
    };
    Ok(PayerRule {
        id: row.get(0)?,
        written: NewPayerRule {
            payer: row.get(1)?,
            drug: row.get(2)?,
            terms,
            review_on: row.get(5)?,
            reason: row.get(6)?,
            source: row.get(7)?,
            by: row.get(8)?,
        },
        at: row.get::<_, Instant>(9)?.0,
        ended,
    })
}

impl Reader {
    /// Every payer rule, ended ones too, oldest first.
    pub fn payer_rules(&self) -> Result<Vec<PayerRule>, StoreError> {
        self.gather(
            "read the payer rules",
            &format!("{RULES} ORDER BY id"),
            [],
            read_rule,
        )
    }

    /// The rules of a payer that are in force, oldest first.
    pub fn payer_rules_of(&self, payer: &PayerName) -> Result<Vec<PayerRule>, StoreError> {
        let sql = format!("{RULES} WHERE payer_key = ?1 AND ended_at IS NULL ORDER BY id");
        self.gather("read the rules of a payer", &sql, [payer.key()], read_rule)
    }

    /// The rules that stood at the end of `day`, oldest first, each with the day it was written down: by the days the event
    /// log recorded, for the report as of an earlier day.
    pub fn payer_rules_on(&self, day: NaiveDate) -> Result<Vec<(PayerRule, NaiveDate)>, StoreError> {
        let logged = |kind: &str| {
            format!(
                "(SELECT e.day FROM event AS e WHERE e.kind = '{kind}' AND e.subject = 'payer rule ' || payer_rule.id)"
            )
        };
        let (kept, ended) = (logged("payer-rule-kept"), logged("payer-rule-ended"));
        let columns = RULES.replacen(" FROM payer_rule", &format!(", {kept} FROM payer_rule"), 1);
        let sql = format!("{columns} WHERE {kept} <= ?1 AND coalesce({ended} > ?1, 1) ORDER BY id");
        self.gather("read the payer rules of a day", &sql, [day], |row| {
            let rule = PayerRule {
                ended: None,
                ..read_rule(row)?
            };
            Ok((rule, row.get(13)?))
        })
    }

    /// The rules in force whose review date has passed before `today`, oldest first: for warnings in mail and reports.
    pub fn payer_rules_to_review(&self, today: NaiveDate) -> Result<Vec<PayerRule>, StoreError> {
        let sql = format!("{RULES} WHERE ended_at IS NULL AND review_on < ?1 ORDER BY id");
        self.gather("read the payer rules to review", &sql, [today], read_rule)
    }

    /// The rules in force that concern a drug, those for every drug too, oldest first: for its mail and reports.
    pub fn payer_rules_for(&self, drug: DrugId) -> Result<Vec<PayerRule>, StoreError> {
        let sql = format!("{RULES} WHERE ended_at IS NULL AND (drug_id IS NULL OR drug_id = ?1) ORDER BY id");
        self.gather("read the payer rules of a drug", &sql, [drug], read_rule)
    }
}

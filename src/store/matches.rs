//! What was decided of a drug and a code's period, by rule or by a person; append-only.

use super::columns::Instant;
use super::evidence::Owner;
use super::{Reader, StoreError, Transaction};
use crate::domain::code::HcpcsCode;
use crate::domain::drug::DrugId;
use crate::domain::evidence::Evidence;
use crate::matching::decisions::{PersonDecision, Word};
use chrono::NaiveDate;
use rusqlite::{Row, named_params, params};
use serde_json::json;
use std::collections::HashMap;

/// What a decision says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchDecision {
    /// The code is the drug's.
    Confirmed,
    /// A person has to say.
    Review,
    /// The code is not the drug's.
    Rejected,
}

impl MatchDecision {
    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Review => "review",
            Self::Rejected => "rejected",
        }
    }
}

/// Who a decision by the matching rules is put down to.
pub const RULE: &str = "rule";

/// A decision on a drug and a code's period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMatch {
    /// The drug.
    pub drug: DrugId,
    /// The code.
    pub code: HcpcsCode,
    /// The first day of the code's period: codes are reused.
    pub valid_from: NaiveDate,
    /// What was decided.
    pub decision: MatchDecision,
    /// How the product was recognised; none where it was not.
    pub match_kind: Option<String>,
    /// Why, in plain words.
    pub reason: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// The day of the decision.
    pub decided_on: NaiveDate,
    /// [`RULE`], or the name of the person.
    pub decided_by: String,
    /// What the person said.
    pub note: Option<String>,
}

impl StoredMatch {
    /// Whether `other` decides the same for the same reasons, on whatever day.
    #[must_use]
    pub fn is_same_but_for_the_day(&self, other: &Self) -> bool {
        let Self {
            drug,
            code,
            valid_from,
            decision,
            match_kind,
            reason,
            evidence,
            decided_on: _,
            decided_by,
            note,
        } = self;
        (drug, code, valid_from, decision) == (&other.drug, &other.code, &other.valid_from, &other.decision)
            && (match_kind, reason, decided_by, note)
                == (&other.match_kind, &other.reason, &other.decided_by, &other.note)
            && *evidence == other.evidence
    }
}

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It stands.
    New,
    /// The same was decided before; nothing changed.
    Same,
    /// A person has decided, and a rule does not overrule a person; nothing changed.
    PersonDecided,
}

impl Transaction<'_> {
    /// Records a decision; the one before on the same drug, code and period is superseded, not lost. The same
    /// decision again, on whatever day, changes nothing.
    pub fn record_match(&self, new: &StoredMatch) -> Result<Recorded, StoreError> {
        if let Some((id, current)) = self.current_match(new)? {
            if current.decided_by != RULE && new.decided_by == RULE {
                return Ok(Recorded::PersonDecided);
            }
            if current.is_same_but_for_the_day(new) {
                return Ok(Recorded::Same);
            }
            self.execute(
                "supersede a decision",
                "UPDATE drug_match SET superseded_at = ?2 WHERE id = ?1",
                params![id, Instant(self.now)],
            )?;
        }
        self.insert_match(new)?;
        Ok(Recorded::New)
    }

    fn insert_match(&self, new: &StoredMatch) -> Result<(), StoreError> {
        self.execute(
            "store a decision",
            "INSERT INTO drug_match (drug_id, code, valid_from, decision, match_kind, reason, decided_on, decided_at,
                                     decided_by, note)
             VALUES (:drug, :code, :valid_from, :decision, :kind, :reason, :on, :at, :by, :note)",
            named_params! {
                ":drug": new.drug, ":code": new.code, ":valid_from": new.valid_from, ":decision": new.decision,
                ":kind": new.match_kind, ":reason": new.reason, ":on": new.decided_on, ":at": Instant(self.now),
                ":by": new.decided_by, ":note": new.note,
            },
        )?;
        self.insert_evidence(Owner::Match(self.last_id()), &new.evidence)?;
        let detail = json!({
            "code": new.code, "valid_from": new.valid_from, "decision": new.decision.as_str(),
            "match_kind": new.match_kind, "reason": new.reason, "evidence": new.evidence, "by": new.decided_by,
            "note": new.note,
        });
        self.append_event("match-decided", &format!("drug {}", new.drug), &detail)
    }

    fn current_match(&self, new: &StoredMatch) -> Result<Option<(i64, StoredMatch)>, StoreError> {
        let sql = format!(
            "{MATCHES} WHERE drug_id = ?1 AND code = ?2 AND valid_from = ?3 AND superseded_at IS NULL"
        );
        let key = params![new.drug, new.code, new.valid_from];
        let current = self.first("look up a decision", &sql, key, read_match)?;
        current.map(|current| self.with_evidence(current)).transpose()
    }
}

/// Decisions in the order [`read_match`] takes the columns.
pub(super) const MATCHES: &str =
    "SELECT id, drug_id, code, valid_from, decision, match_kind, reason, decided_on, decided_by, note
    FROM drug_match";

/// A decision with its number, without its evidence.
pub(super) fn read_match(row: &Row<'_>) -> rusqlite::Result<(i64, StoredMatch)> {
    let decision = StoredMatch {
        drug: row.get(1)?,
        code: row.get(2)?,
        valid_from: row.get(3)?,
        decision: row.get(4)?,
        match_kind: row.get(5)?,
        reason: row.get(6)?,
        evidence: Vec::new(),
        decided_on: row.get(7)?,
        decided_by: row.get(8)?,
        note: row.get(9)?,
    };
    Ok((row.get(0)?, decision))
}

impl Reader {
    /// The decisions on a drug that stand, by code and period.
    pub fn current_matches(&self, drug: DrugId) -> Result<Vec<StoredMatch>, StoreError> {
        let sql = format!("{MATCHES} WHERE drug_id = ?1 AND superseded_at IS NULL ORDER BY code, valid_from");
        self.matches(&sql, drug)
    }

    /// The decisions that stand, by drug; of each drug by code and period.
    pub fn every_current_match(&self) -> Result<HashMap<DrugId, Vec<StoredMatch>>, StoreError> {
        let sql = format!("{MATCHES} WHERE superseded_at IS NULL ORDER BY code, valid_from");
        let found: Vec<(i64, StoredMatch)> = self.gather("read decisions", &sql, [], read_match)?;
        let mut evidence = self.evidence_of_matches()?;
        let mut by_drug: HashMap<DrugId, Vec<StoredMatch>> = HashMap::new();
        for (id, decision) in found {
            let evidence = evidence.remove(&id).unwrap_or_default();
            let complete = StoredMatch { evidence, ..decision };
            by_drug.entry(complete.drug).or_default().push(complete);
        }
        Ok(by_drug)
    }

    /// Every decision ever made on a drug, oldest first.
    pub fn match_history(&self, drug: DrugId) -> Result<Vec<StoredMatch>, StoreError> {
        self.matches(&format!("{MATCHES} WHERE drug_id = ?1 ORDER BY id"), drug)
    }

    /// What persons decided and stands, by drug; of each drug oldest first.
    pub fn person_decisions(&self) -> Result<HashMap<DrugId, Vec<PersonDecision>>, StoreError> {
        let rows: Vec<(DrugId, PersonDecision)> = self.gather(
            "read what persons decided",
            "SELECT drug_id, code, valid_from, decision, decided_by, decided_on, decided_at, note FROM drug_match
             WHERE superseded_at IS NULL AND decided_by <> ?1 AND decision <> 'review' ORDER BY id",
            [RULE],
            |row| {
                let word = match row.get(3)? {
                    MatchDecision::Confirmed => Word::Confirmed,
                    MatchDecision::Review | MatchDecision::Rejected => Word::Rejected,
                };
                let said = PersonDecision {
                    code: row.get(1)?,
                    valid_from: row.get(2)?,
                    word,
                    by: row.get(4)?,
                    on: row.get(5)?,
                    at: row.get::<_, Instant>(6)?.0,
                    note: row.get(7)?,
                };
                Ok((row.get(0)?, said))
            },
        )?;
        let mut by_drug: HashMap<DrugId, Vec<PersonDecision>> = HashMap::new();
        for (drug, said) in rows {
            by_drug.entry(drug).or_default().push(said);
        }
        Ok(by_drug)
    }

    /// The day on which a person was first asked whether a code is the drug's; none where nobody was.
    pub fn asked_on(
        &self,
        drug: DrugId,
        code: HcpcsCode,
        valid_from: NaiveDate,
    ) -> Result<Option<NaiveDate>, StoreError> {
        self.first(
            "look up when a review was asked for",
            "SELECT a.raised_on FROM alert_candidate AS c JOIN alert AS a ON a.id = c.alert_id
             WHERE a.drug_id = ?1 AND c.code = ?2 AND c.valid_from = ?3 ORDER BY a.id LIMIT 1",
            params![drug, code, valid_from],
            |row| row.get(0),
        )
    }

    fn matches(&self, sql: &str, drug: DrugId) -> Result<Vec<StoredMatch>, StoreError> {
        let found: Vec<(i64, StoredMatch)> = self.gather("read decisions", sql, [drug], read_match)?;
        let complete = |one| self.with_evidence(one).map(|(_, complete)| complete);
        found.into_iter().map(complete).collect()
    }

    fn with_evidence(&self, (id, decision): (i64, StoredMatch)) -> Result<(i64, StoredMatch), StoreError> {
        let evidence = self.evidence_of_match(id)?;
        Ok((id, StoredMatch { evidence, ..decision }))
    }
}

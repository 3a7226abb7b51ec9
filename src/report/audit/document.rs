//! The report as values.

mod data;
mod drug;

pub use data::{Period, RefusedFile, ReleaseLine, SourceHeld};
pub use drug::{CodeSpan, DecisionLine, DrugAudit, LimitLine, Role, State, StateCounts};

use crate::domain::code::HcpcsCode;
use crate::domain::drug::DrugId;
use crate::domain::evidence::Evidence;
use crate::store::as_of::Telling;
use crate::store::events::Anchor;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::collections::BTreeMap;

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// The practice's name.
    pub practice: String,
    /// `office` or `opps`.
    pub setting: &'static str,
    /// The day whose knowledge the report shows.
    pub as_of: NaiveDate,
    /// The day it was made.
    pub made_on: NaiveDate,
    /// When it was made, by the clock.
    pub made_at: DateTime<Utc>,
    /// The end of the event log when it was made: `NUMBER:HASH`.
    pub event_head: Anchor,
    /// The dates of service the data held speaks of; none where no HCPCS file is held.
    pub period: Option<Period>,
    /// The drugs by state.
    pub counts: StateCounts,
    /// What was known and done since the report before.
    pub changes: Changes,
    /// Every drug, watched or retired, by number.
    pub drugs: Vec<DrugAudit>,
    /// Every alert, oldest first.
    pub alerts: Vec<AlertAudit>,
    /// Questions that wait for a person.
    pub open_reviews: Vec<OpenReview>,
    /// The practice's rules for payers: pins on a code, and dates from which a payer takes one.
    pub payer_rules: Vec<PayerRule>,
    /// The files held, by source, and the quarters missing.
    pub data: Vec<SourceHeld>,
    /// Files that were refused and that no good one has taken the place of.
    pub refused: Vec<RefusedFile>,
    /// What the report cannot say, and why.
    pub undetermined: Vec<String>,
}

/// An alert with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlertAudit {
    /// Its number.
    pub id: i64,
    /// The kind of news.
    pub kind: &'static str,
    /// The drug's number.
    pub drug: DrugId,
    /// What people call the drug.
    pub drug_name: String,
    /// The code billed so far.
    pub from_code: HcpcsCode,
    /// The code to bill.
    pub to_code: Option<HcpcsCode>,
    /// From when on.
    pub effective_date: Option<NaiveDate>,
    /// Until when.
    pub end_date: Option<NaiveDate>,
    /// What was said.
    pub reason: String,
    /// The day it was raised.
    pub raised_on: NaiveDate,
    /// The messages that told of it.
    pub told: Vec<Telling>,
    /// The day somebody took note of it.
    pub acknowledged_on: Option<NaiveDate>,
    /// Who.
    pub acknowledged_by: Option<String>,
    /// What they said.
    pub acknowledgement_note: Option<String>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

/// A question that waits for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenReview {
    /// The drug's number.
    pub drug: DrugId,
    /// What people call the drug.
    pub drug_name: String,
    /// The code that may be its own.
    pub code: HcpcsCode,
    /// The first day of its period.
    pub valid_from: NaiveDate,
    /// What is open and what would settle it.
    pub question: String,
    /// Since when.
    pub since: NaiveDate,
    /// What speaks for the code.
    pub evidence: Vec<Evidence>,
}

/// A payer that differs from CMS: a pin on a code, or the date from which it takes one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PayerRule {
    /// The payer.
    pub payer: String,
    /// What people call the drug; none for every drug.
    pub drug_name: Option<String>,
    /// In words: `J3590 whatever CMS says`, `new codes from 2023-10-01`.
    pub rule: String,
    /// Why.
    pub reason: String,
    /// Where that is written.
    pub source: String,
    /// Who entered it.
    pub by: String,
    /// The day it was entered.
    pub set_on: NaiveDate,
    /// The day by which it has to be looked at again.
    pub review_on: Option<NaiveDate>,
    /// Whether that day is past.
    pub is_overdue: bool,
}

/// What was logged since the report before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// The day of the report before; none where this is the first.
    pub since: Option<NaiveDate>,
    /// The end of the event log when that report was made.
    pub since_head: Option<String>,
    /// How many entries of each kind, by name.
    pub counts: BTreeMap<String, u32>,
    /// The entries a reader wants to see one by one; empty for a first report, which is all new.
    pub entries: Vec<ChangeLine>,
}

/// An entry of the event log in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeLine {
    /// Its number.
    pub entry: i64,
    /// The day it counts for.
    pub day: NaiveDate,
    /// Who.
    pub actor: String,
    /// The kind.
    pub kind: String,
    /// What, in a sentence.
    pub what: String,
}

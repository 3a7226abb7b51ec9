//! What a person has to decide on, and what persons decided: `review list`.

use super::drugs::DrugName;
use super::format::{Format, FormatError, Look, csv_text, json};
use super::table::{Head, Sheet, Tone, or_dash};
use crate::domain::code::HcpcsCode;
use crate::domain::descriptor::Descriptor;
use crate::domain::drug::Drug;
use crate::domain::evidence::Evidence;
use crate::matching::decisions::PersonDecision;
use crate::store::matches::{MatchDecision, RULE, StoredMatch};
use crate::store::{Reader, StoreError};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;

/// One drug and code that a person has to decide on, or has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The drug.
    pub drug: Drug,
    /// The code.
    pub code: HcpcsCode,
    /// The first date of service of its period.
    pub valid_from: NaiveDate,
    /// The last, inclusive; none while no end is published.
    pub valid_to: Option<NaiveDate>,
    /// CMS's words for it; empty where the period is no longer published.
    pub descriptor: String,
    /// What is open and what would settle it.
    pub question: String,
    /// The day it was first asked; none where it was not told yet, or never had to be.
    pub asked_on: Option<NaiveDate>,
    /// What a person said; none while it is open.
    pub decided: Option<PersonDecision>,
    /// The lines it rests on.
    pub evidence: Vec<Evidence>,
}

/// Every open question for the drugs watched on `today`, then every decision of a person, each by drug.
///
/// # Errors
///
/// Where the store cannot be read.
pub fn gather(store: &Reader, today: NaiveDate) -> Result<Vec<Review>, StoreError> {
    let mut decisions = store.person_decisions()?;
    let (mut open, mut decided) = (Vec::new(), Vec::new());
    for drug in store.drugs(false)? {
        let said = decisions.remove(&drug.id).unwrap_or_default();
        for kept in store.current_matches(drug.id)? {
            let is_by_rule = kept.decided_by == RULE;
            let is_open = is_by_rule && kept.decision == MatchDecision::Review && drug.retired_on.is_none();
            if !is_open && is_by_rule {
                continue;
            }
            let review = review(store, &drug, kept, &said)?;
            match &review.decided {
                Some(_) => decided.push(review),
                None if review.valid_to.is_none_or(|last| today <= last) => open.push(review),
                None => {}
            }
        }
    }
    open.append(&mut decided);
    Ok(open)
}

fn review(
    store: &Reader,
    drug: &Drug,
    kept: StoredMatch,
    said: &[PersonDecision],
) -> Result<Review, StoreError> {
    let periods = store.periods_of(kept.code)?;
    let published = periods
        .iter()
        .find(|published| published.period.valid_from == kept.valid_from);
    let decided = said
        .iter()
        .find(|said| said.code == kept.code && said.valid_from == kept.valid_from);
    Ok(Review {
        drug: drug.clone(),
        code: kept.code,
        valid_from: kept.valid_from,
        valid_to: published.and_then(|published| published.period.valid_to),
        descriptor: published.map_or_else(String::new, |published| published.descriptor.to_string()),
        question: if decided.is_none() {
            kept.reason
        } else {
            String::new()
        },
        asked_on: store.asked_on(drug.id, kept.code, kept.valid_from)?,
        decided: decided.cloned(),
        evidence: kept.evidence,
    })
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    drug: DrugName<'a>,
    code: HcpcsCode,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    descriptor: &'a str,
    billing_unit: Option<String>,
    state: &'static str,
    question: Option<&'a str>,
    asked_on: Option<NaiveDate>,
    decided_by: Option<&'a str>,
    decided_on: Option<NaiveDate>,
    decided_at: Option<DateTime<Utc>>,
    note: Option<&'a str>,
    evidence: &'a [Evidence],
}

impl Review {
    fn state(&self) -> &'static str {
        self.decided.as_ref().map_or("open", |said| said.word.as_str())
    }
}

impl<'a> From<&'a Review> for Line<'a> {
    fn from(review: &'a Review) -> Self {
        let said = review.decided.as_ref();
        Self {
            drug: (&review.drug).into(),
            code: review.code,
            valid_from: review.valid_from,
            valid_to: review.valid_to,
            descriptor: &review.descriptor,
            billing_unit: Descriptor::parse(&review.descriptor)
                .unit
                .map(|unit| unit.to_string()),
            state: review.state(),
            question: (!review.question.is_empty()).then_some(&review.question),
            asked_on: review.asked_on,
            decided_by: said.map(|said| said.by.as_str()),
            decided_on: said.map(|said| said.on),
            decided_at: said.map(|said| said.at),
            note: said.and_then(|said| said.note.as_deref()),
            evidence: &review.evidence,
        }
    }
}

/// The reviews in the order given, in the format asked for.
pub fn render(reviews: &[Review], format: Format, look: Look) -> Result<String, FormatError> {
    match format {
        Format::Table => Ok(table(reviews, look)),
        Format::Json => json(&reviews.iter().map(Line::from).collect::<Vec<_>>()),
        Format::Csv => csv_text(CSV_HEADER, reviews.iter().map(record)),
    }
}

const CSV_HEADER: [&str; 14] = [
    "drug_id",
    "brand",
    "proper_name",
    "code",
    "valid_from",
    "valid_to",
    "descriptor",
    "state",
    "question",
    "asked_on",
    "decided_by",
    "decided_on",
    "decided_at",
    "note",
];

fn record(review: &Review) -> [String; 14] {
    let entry = &review.drug.entry;
    let said = review.decided.as_ref();
    [
        review.drug.id.to_string(),
        text(entry.brand.as_ref()),
        text(entry.proper_name.as_ref()),
        review.code.to_string(),
        review.valid_from.to_string(),
        text(review.valid_to),
        review.descriptor.clone(),
        review.state().to_owned(),
        review.question.clone(),
        text(review.asked_on),
        text(said.map(|said| &said.by)),
        text(said.map(|said| said.on)),
        text(said.map(|said| said.at.to_rfc3339_opts(SecondsFormat::Secs, true))),
        text(said.and_then(|said| said.note.as_ref())),
    ]
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn table(reviews: &[Review], look: Look) -> String {
    if reviews.is_empty() {
        return "Nothing waits for a person's decision.\n".to_owned();
    }
    let heads = [
        Head::Kept("id"),
        Head::Folded("drug"),
        Head::Kept("code"),
        Head::Kept("from"),
        Head::Folded("descriptor"),
        Head::Folded("question or decision"),
    ];
    let mut sheet = Sheet::new(look, heads);
    for review in reviews {
        let (words, tone) = match &review.decided {
            Some(said) => (said.describe(), Tone::Plain),
            None => (review.question.clone(), Tone::Attention),
        };
        sheet.row([
            (review.drug.id.to_string(), Tone::Plain),
            (review.drug.entry.display_name(), Tone::Plain),
            (review.code.to_string(), Tone::Plain),
            (review.valid_from.to_string(), Tone::Plain),
            (
                or_dash((!review.descriptor.is_empty()).then_some(&review.descriptor)),
                Tone::Plain,
            ),
            (words, tone),
        ]);
    }
    let open = reviews.iter().filter(|review| review.decided.is_none()).count();
    let next = if open == 0 {
        String::new()
    } else {
        format!("{open} open: `hcpcs-watch review confirm|reject ID CODE --by NAME` decides.\n")
    };
    sheet.finish() + &next
}

#[cfg(test)]
mod tests;

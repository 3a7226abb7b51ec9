//! Where payers do otherwise than CMS: `payers list`.

use super::drugs::DrugName;
use super::format::{Format, FormatError, Look, csv_text, json};
use super::table::{Head, Sheet, Tone, or_dash};
use crate::domain::code::HcpcsCode;
use crate::domain::drug::Drug;
use crate::domain::payer::{PayerRule, PayerRuleId, PayerTerms};
use crate::store::{Reader, StoreError};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::Serialize;

/// A payer rule with the drug it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRule {
    /// The rule.
    pub rule: PayerRule,
    /// Its drug; none for every drug.
    pub drug: Option<Drug>,
}

/// Every payer rule, oldest first; with `ended` also those that are no longer in force.
///
/// # Errors
///
/// Where the store cannot be read.
pub fn gather(store: &Reader, ended: bool) -> Result<Vec<ListedRule>, StoreError> {
    let drugs = store.drugs(false)?;
    let rules = store.payer_rules()?.into_iter();
    let wanted = rules.filter(|rule| ended || rule.ended.is_none());
    Ok(wanted
        .map(|rule| ListedRule {
            drug: drugs
                .iter()
                .find(|drug| Some(drug.id) == rule.written.drug)
                .cloned(),
            rule,
        })
        .collect())
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    id: PayerRuleId,
    payer: &'a str,
    drug: Option<DrugName<'a>>,
    kind: &'static str,
    code: Option<HcpcsCode>,
    code_from: Option<NaiveDate>,
    review_on: Option<NaiveDate>,
    review_overdue: bool,
    reason: &'a str,
    source: &'a str,
    by: &'a str,
    at: DateTime<Utc>,
    ended: Option<EndedLine<'a>>,
}

#[derive(Debug, Serialize)]
struct EndedLine<'a> {
    by: &'a str,
    at: DateTime<Utc>,
    reason: &'a str,
}

impl<'a> Line<'a> {
    fn new(listed: &'a ListedRule, today: NaiveDate) -> Self {
        let rule = &listed.rule;
        let written = &rule.written;
        let (code, code_from) = terms(written.terms);
        Self {
            id: rule.id,
            payer: written.payer.as_str(),
            drug: listed.drug.as_ref().map(DrugName::from),
            kind: written.terms.kind(),
            code,
            code_from,
            review_on: written.review_on,
            review_overdue: rule.is_review_overdue(today),
            reason: &written.reason,
            source: &written.source,
            by: &written.by,
            at: rule.at,
            ended: rule.ended.as_ref().map(|ended| EndedLine {
                by: &ended.by,
                at: ended.at,
                reason: &ended.reason,
            }),
        }
    }
}

fn terms(terms: PayerTerms) -> (Option<HcpcsCode>, Option<NaiveDate>) {
    match terms {
        PayerTerms::Pin(code) => (Some(code), None),
        PayerTerms::CodeFrom(date) => (None, Some(date)),
    }
}

/// The rules in the order given, in the format asked for; `today` decides which reviews are overdue.
pub fn render(
    rules: &[ListedRule],
    today: NaiveDate,
    format: Format,
    look: Look,
) -> Result<String, FormatError> {
    match format {
        Format::Table => Ok(table(rules, today, look)),
        Format::Json => json(
            &rules
                .iter()
                .map(|rule| Line::new(rule, today))
                .collect::<Vec<_>>(),
        ),
        Format::Csv => csv_text(CSV_HEADER, rules.iter().map(|rule| record(rule, today))),
    }
}

const CSV_HEADER: [&str; 16] = [
    "id",
    "payer",
    "drug_id",
    "drug",
    "kind",
    "code",
    "code_from",
    "review_on",
    "review_overdue",
    "reason",
    "source",
    "by",
    "at",
    "ended_at",
    "ended_by",
    "ended_reason",
];

fn record(listed: &ListedRule, today: NaiveDate) -> [String; 16] {
    let line = Line::new(listed, today);
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let ended = line.ended.as_ref();
    [
        line.id.to_string(),
        line.payer.to_owned(),
        text(listed.drug.as_ref().map(|drug| drug.id)),
        text(listed.drug.as_ref().map(|drug| drug.entry.display_name())),
        line.kind.to_owned(),
        text(line.code),
        text(line.code_from),
        text(line.review_on),
        line.review_overdue.to_string(),
        line.reason.to_owned(),
        line.source.to_owned(),
        line.by.to_owned(),
        instant(line.at),
        text(ended.map(|ended| instant(ended.at))),
        text(ended.map(|ended| ended.by)),
        text(ended.map(|ended| ended.reason)),
    ]
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn table(rules: &[ListedRule], today: NaiveDate, look: Look) -> String {
    if rules.is_empty() {
        return "No payer is known to do otherwise than CMS.\n".to_owned();
    }
    let heads = [
        Head::Kept("id"),
        Head::Folded("payer"),
        Head::Folded("drug"),
        Head::Folded("rule"),
        Head::Kept("review by"),
        Head::Folded("why"),
    ];
    let mut sheet = Sheet::new(look, heads);
    for listed in rules {
        let rule = &listed.rule;
        let written = &rule.written;
        let drug = listed.drug.as_ref();
        let what = match written.terms {
            PayerTerms::Pin(code) => format!("stays on {code}"),
            PayerTerms::CodeFrom(date) => format!("takes codes from {date}"),
        };
        let (review, tone) = match (&rule.ended, written.review_on) {
            (Some(ended), _) => (format!("ended\n{}", ended.at.date_naive()), Tone::Plain),
            (None, Some(day)) if rule.is_review_overdue(today) => {
                (format!("{day}\nOVERDUE"), Tone::Attention)
            }
            (None, day) => (or_dash(day), Tone::Plain),
        };
        let why = format!(
            "{} ({}; {}, {})",
            written.reason,
            written.source,
            written.by,
            rule.at.date_naive()
        );
        let name = drug.map_or_else(|| "every drug".to_owned(), |drug| drug.entry.display_name());
        sheet.row([
            (rule.id.to_string(), Tone::Plain),
            (written.payer.to_string(), Tone::Plain),
            (name, Tone::Plain),
            (what, Tone::Plain),
            (review, tone),
            (why, Tone::Plain),
        ]);
    }
    sheet.finish()
}

#[cfg(test)]
mod tests;

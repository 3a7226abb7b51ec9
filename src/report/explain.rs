//! Why a drug has the code it has, or none: `explain`.

mod summary;

use super::drugs::DrugName;
use super::format::{Format, FormatError, Look, json};
use super::terminal;
use crate::domain::code::HcpcsCode;
use crate::domain::drug::DrugEntry;
use crate::domain::evidence::Evidence;
use crate::domain::period::PublishedPeriod;
use crate::matching::decisions::{PersonDecision, Word};
use crate::matching::{Outcome, Verdict, Weighed};
use crate::pipeline::Explanation;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::fmt::Write;
use summary::summary;

/// How many look-alikes are told of.
const NEAR_MISSES: usize = 3;

#[derive(Debug, Serialize)]
struct Explained<'a> {
    drug: DrugName<'a>,
    noc_code: HcpcsCode,
    today: NaiveDate,
    summary: String,
    codes: Vec<CodeLine<'a>>,
    interim: Vec<CodeLine<'a>>,
    to_review: Vec<CodeLine<'a>>,
    near_misses: Vec<CodeLine<'a>>,
}

#[derive(Debug, Serialize)]
struct CodeLine<'a> {
    code: HcpcsCode,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    billing_unit: Option<String>,
    match_kind: Option<&'static str>,
    reason: String,
    /// What speaks against relying on the dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    caution: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decided: Option<DecidedLine<'a>>,
    evidence: &'a [Evidence],
}

/// A person's word as JSON tells it.
#[derive(Debug, Serialize)]
pub(super) struct DecidedLine<'a> {
    word: &'static str,
    by: &'a str,
    on: NaiveDate,
    at: DateTime<Utc>,
    note: Option<&'a str>,
}

impl<'a> From<&'a PersonDecision> for DecidedLine<'a> {
    fn from(said: &'a PersonDecision) -> Self {
        Self {
            word: said.word.as_str(),
            by: &said.by,
            on: said.on,
            at: said.at,
            note: said.note.as_deref(),
        }
    }
}

impl<'a> CodeLine<'a> {
    fn new(weighed: &'a Weighed, outcome: &'a Outcome) -> Self {
        let period = &weighed.published.period;
        let (match_kind, reason) = match &weighed.verdict {
            Verdict::Same(kind) => (Some(kind.as_str()), format!("recognised by {}", kind.describe())),
            Verdict::Unsure(reason) | Verdict::Different(reason) => (None, reason.clone()),
        };
        Self {
            code: period.code,
            valid_from: period.valid_from,
            valid_to: period.valid_to,
            billing_unit: weighed.descriptor.unit.as_ref().map(ToString::to_string),
            match_kind,
            reason,
            caution: weighed.published.caution(),
            decided: word_on(weighed, outcome).map(DecidedLine::from),
            evidence: &weighed.evidence,
        }
    }

    fn all(weighed: &'a [Weighed], outcome: &'a Outcome) -> Vec<Self> {
        weighed.iter().map(|one| Self::new(one, outcome)).collect()
    }
}

/// The person's word that decided on a code, where a person did.
fn word_on<'a>(weighed: &Weighed, outcome: &'a Outcome) -> Option<&'a PersonDecision> {
    let period = &weighed.published.period;
    match weighed.verdict {
        Verdict::Same(_) => outcome.word_on(period),
        Verdict::Unsure(_) => None,
        Verdict::Different(_) => outcome
            .decisions
            .iter()
            .find(|said| said.code == period.code && said.word == Word::Rejected),
    }
}

/// The explanation in the format asked for: sentences or JSON.
///
/// # Errors
///
/// CSV is not offered.
pub fn render(
    explanation: &Explanation,
    today: NaiveDate,
    format: Format,
    look: Look,
) -> Result<String, FormatError> {
    let outcome = &explanation.outcome;
    match format {
        Format::Table => Ok(text(explanation, today, look)),
        Format::Json => json(&Explained {
            drug: (&explanation.listed.drug).into(),
            noc_code: explanation.listed.drug.entry.noc_code,
            today,
            summary: summary(&explanation.listed.drug, &explanation.outcome, today),
            codes: CodeLine::all(&outcome.same, outcome),
            interim: CodeLine::all(&outcome.interim, outcome),
            to_review: CodeLine::all(&outcome.unsure, outcome),
            near_misses: CodeLine::all(&outcome.near_misses, outcome)
                .into_iter()
                .take(NEAR_MISSES)
                .collect(),
        }),
        Format::Csv => Err(FormatError::NotOffered {
            what: "an explanation",
            format: "csv",
            offered: "table, json",
        }),
    }
}

fn text(explanation: &Explanation, today: NaiveDate, look: Look) -> String {
    let outcome = &explanation.outcome;
    let mut page = Page {
        text: String::new(),
        width: usize::from(look.width),
    };
    page.line(0, &summary(&explanation.listed.drug, &explanation.outcome, today));
    page.line(0, &searched_by(&explanation.listed.drug.entry));
    for weighed in outcome.same.iter().chain(&outcome.interim) {
        let kind = match &weighed.verdict {
            Verdict::Same(kind) => kind.describe(),
            Verdict::Unsure(_) | Verdict::Different(_) => "",
        };
        page.blank();
        page.line(
            0,
            &format!("{}: recognised by {kind}.", headline(&weighed.published)),
        );
        if let Some(caution) = weighed.published.caution() {
            page.line(2, &format!("Take care: {caution}."));
        }
        if let Some(said) = word_on(weighed, outcome) {
            page.line(2, &format!("{}.", said.describe()));
        }
        page.evidence(&weighed.evidence);
    }
    page.section(
        "To be decided by a person:",
        &outcome.unsure,
        outcome.unsure.len(),
    );
    page.section(
        "Look-alikes that are not this product's:",
        &outcome.near_misses,
        NEAR_MISSES,
    );
    page.text
}

fn searched_by(entry: &DrugEntry) -> String {
    let ndcs = entry
        .ndcs
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let given = [
        ("brand", entry.brand.clone()),
        ("proper name", entry.proper_name.clone()),
        ("route", entry.route.clone()),
        ("NDC", (!ndcs.is_empty()).then_some(ndcs)),
        ("manufacturer", entry.manufacturer.clone()),
    ];
    let given: Vec<String> = given
        .into_iter()
        .filter_map(|(what, value)| Some(format!("{what} {}", value?)))
        .collect();
    format!("Searched by {}.", given.join(", "))
}

fn headline(published: &PublishedPeriod) -> String {
    let period = &published.period;
    let until = period
        .valid_to
        .map(|last| format!(" to {last}"))
        .unwrap_or_default();
    format!(
        "{} from {}{until}, \"{}\"",
        period.code, period.valid_from, published.descriptor
    )
}

/// Lines broken to the width of the terminal.
struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn line(&mut self, indent: usize, words: &str) {
        let visible = terminal::visible(words);
        let mut column = 0;
        for word in visible.split(' ') {
            let length = word.chars().count();
            if column > indent && column + 1 + length > self.width {
                self.text.push('\n');
                column = 0;
            }
            let lead = if column == 0 { indent } else { 1 };
            // Writing to a String cannot fail.
            let _ = write!(self.text, "{:lead$}{word}", "");
            column += lead + length;
        }
        self.text.push('\n');
    }

    fn section(&mut self, heading: &str, weighed: &[Weighed], most: usize) {
        if weighed.is_empty() {
            return;
        }
        self.blank();
        self.line(0, heading);
        for one in weighed.iter().take(most) {
            let reason = match &one.verdict {
                Verdict::Unsure(reason) | Verdict::Different(reason) => reason.as_str(),
                Verdict::Same(_) => "",
            };
            self.line(2, &format!("{}: {reason}.", headline(&one.published)));
        }
        if weighed.len() > most {
            self.line(2, &format!("and {} more.", weighed.len() - most));
        }
    }

    fn evidence(&mut self, evidence: &[Evidence]) {
        for line in evidence {
            let quarter = line
                .quarter
                .map(|quarter| format!(" {quarter}"))
                .unwrap_or_default();
            self.line(
                2,
                &format!(
                    "{}{quarter}, posting {}, {} line {}: {}",
                    line.source.title(),
                    line.revision,
                    line.member,
                    line.line,
                    line.text
                ),
            );
        }
    }
}

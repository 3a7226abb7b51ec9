//! The labelled facts under each drug.

use super::change::{Change, News};
use super::{CandidateView, Row, units, words};
use crate::domain::evidence::Evidence;
use crate::domain::payer::{PayerRule, PayerTerms};

/// Descriptors run to 4,501 characters; the reader needs the beginning and finds the rest in the file.
const MOST_OF_A_DESCRIPTOR: usize = 400;

/// The facts of one change, the pressing ones first.
pub(super) fn of(change: &Change<'_>) -> Vec<Row> {
    let mut rows = dates(change);
    let descriptor = change.descriptor().map(descriptor);
    rows.extend(row("Descriptor", descriptor));
    if change.news().is_loaded() {
        rows.extend(row("Billing unit", Some(units::unit(change))));
        rows.extend(row("Units per dose", Some(units::units(change))));
        rows.extend(row("Payment", Some(units::payment(change))));
    }
    if change.news().is_switch() {
        rows.extend(row("Payers", Some(payers(change))));
    }
    let ndcs: Vec<_> = change
        .lead()
        .drug
        .entry
        .ndcs
        .iter()
        .map(ToString::to_string)
        .collect();
    rows.extend(row("NDC", Some(ndcs.join(", "))));
    let reasons: Vec<_> = change.reasons().into_iter().map(words::plain).collect();
    rows.extend(row("Why", Some(reasons.join(" "))));
    rows
}

fn dates(change: &Change<'_>) -> Vec<Row> {
    let from = change.old_code();
    let mut rows = Vec::new();
    let starts = change.starts();
    let with_distance = |date| {
        format!(
            "{} ({})",
            words::long_date(date),
            words::distance(change.today(), date)
        )
    };
    match change.news() {
        News::Starts | News::Late | News::Corrected => {
            let day = starts.map(|starts| {
                if change.old_code_was_right() {
                    let until = words::day_before(starts);
                    format!("{}; through {until} bill {from}", with_distance(starts))
                } else {
                    with_distance(starts)
                }
            });
            rows.extend(row("First day", day));
            rows.extend(row(
                "To correct",
                starts.filter(|_| change.overdue()).map(|s| to_correct(change, s)),
            ));
        }
        News::Withdrawn | News::Retracted => {
            let label = if change.in_effect() {
                "Had started"
            } else {
                "Was to start"
            };
            rows.extend(row(label, starts.map(with_distance)));
        }
        News::Unit | News::Interim => rows.extend(row("First day", starts.map(with_distance))),
        News::Ended => rows.extend(row("Last day", change.old_code_ends().map(with_distance))),
        News::Review => {}
    }
    if change.news() != News::Ended {
        let last = change.new_code_ends().map(|last| {
            let code = change.to_code().unwrap_or(from);
            let may = if last < change.today() { "could" } else { "may" };
            format!("{code} {may} be billed through {}", words::long_date(last))
        });
        rows.extend(row("Last day", last));
    }
    rows
}

/// Domain rule 9: the payers kept on record that do otherwise than CMS with this code.
fn payers(change: &Change<'_>) -> String {
    let rules = change.payer_rules().iter();
    let otherwise: Vec<_> = rules.filter_map(|rule| otherwise(change, rule)).collect();
    otherwise.join("; ")
}

fn otherwise(change: &Change<'_>, rule: &PayerRule) -> Option<String> {
    let payer = words::plain(rule.written.payer.as_str());
    let does = match rule.written.terms {
        PayerTerms::Pin(code) if Some(code) != change.to_code() => format!("{payer} stays on {code}"),
        PayerTerms::Pin(_) => return None,
        PayerTerms::CodeFrom(_) => {
            let day = rule.takes_later(change.starts()?)?;
            format!("{payer} takes it from {} on", words::date(day))
        }
    };
    let review = match rule.written.review_on {
        Some(_) if rule.is_review_overdue(change.today()) => ", review overdue",
        _ => "",
    };
    Some(format!("{does} ({}{review})", words::plain(&rule.written.source)))
}

fn to_correct(change: &Change<'_>, starts: chrono::NaiveDate) -> String {
    format!(
        "{} claims under {} with a date of service from {} through {}",
        change.name(),
        change.old_code(),
        words::date(starts),
        words::date(change.over_since().unwrap_or(change.today()))
    )
}

fn descriptor(text: &str) -> String {
    words::shortened(&words::plain(text), MOST_OF_A_DESCRIPTOR)
}

fn row(label: &'static str, value: Option<String>) -> Option<Row> {
    let value = value.filter(|value| !value.is_empty())?;
    Some(Row { label, value })
}

/// The codes a person has to choose from.
pub(super) fn candidates(change: &Change<'_>) -> Vec<CandidateView> {
    change
        .candidates()
        .into_iter()
        .map(|candidate| {
            let first_day = format!(
                "{} ({})",
                words::long_date(candidate.valid_from),
                words::distance(change.today(), candidate.valid_from)
            );
            let facts = [
                row("First day", Some(first_day)),
                row("Descriptor", Some(descriptor(&candidate.descriptor))),
                row("To settle", Some(words::plain(&candidate.open_question))),
            ];
            CandidateView {
                code: candidate.code.to_string(),
                facts: facts.into_iter().flatten().collect(),
            }
        })
        .collect()
}

/// Where each thing stands, one line a place.
pub(super) fn evidence(change: &Change<'_>) -> Vec<String> {
    change.evidence().into_iter().map(place).collect()
}

fn place(evidence: &Evidence) -> String {
    let quarter = evidence
        .quarter
        .map(|quarter| format!(" {quarter}"))
        .unwrap_or_default();
    format!(
        "{}{quarter}, posting {}, {} line {}, SHA-256 {:.12}",
        evidence.source.title(),
        evidence.revision,
        words::shortened(&words::plain(&evidence.member), 60),
        evidence.line,
        evidence.sha256.to_string()
    )
}

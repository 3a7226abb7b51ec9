//! The report for the terminal: the summary, the drugs, and what needs a person. The whole is in the other formats.

use super::document::{Audit, CodeSpan, DrugAudit, State};
use crate::report::format::Look;
use crate::report::table::{Head, Sheet, Tone, or_dash};
use crate::report::terminal;
use std::fmt::Write;

pub(super) fn render(audit: &Audit, look: Look) -> String {
    let mut page = String::new();
    line(
        &mut page,
        &format!("Audit of {} as of {}", audit.practice, audit.as_of),
    );
    match audit.period {
        Some(period) => line(
            &mut page,
            &format!("Dates of service covered: {} to {}", period.from, period.to),
        ),
        None => line(&mut page, "No HCPCS file is held."),
    }
    line(&mut page, &super::html::counts_in_words(audit));
    line(&mut page, &super::html::changes_in_words(audit));
    page.push('\n');
    if !audit.drugs.is_empty() {
        page.push_str(&drugs(audit, look));
        page.push('\n');
    }
    section(
        &mut page,
        "Waits for a person:",
        audit.open_reviews.iter().map(|review| {
            format!(
                "{}: {} from {}: {}",
                review.drug_name, review.code, review.valid_from, review.question
            )
        }),
    );
    section(
        &mut page,
        "Payers that differ:",
        audit.payer_rules.iter().map(|rule| {
            format!(
                "{}, {}: {} ({}{})",
                rule.payer,
                rule.drug_name.as_deref().unwrap_or("every drug"),
                rule.rule,
                rule.reason,
                if rule.is_overdue { "; review overdue" } else { "" }
            )
        }),
    );
    section(
        &mut page,
        "What could not be determined:",
        audit.undetermined.iter().cloned(),
    );
    line(
        &mut page,
        &format!(
            "Event log ends at {}. Evidence, decisions, alerts and prices: --format html, xlsx or json with -o FILE.",
            audit.event_head
        ),
    );
    page
}

fn line(page: &mut String, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(page, "{}", terminal::visible(text));
}

fn section(page: &mut String, title: &str, sentences: impl Iterator<Item = String>) {
    let sentences: Vec<String> = sentences.collect();
    if sentences.is_empty() {
        return;
    }
    line(page, title);
    for sentence in sentences {
        line(page, &format!("  - {sentence}"));
    }
    page.push('\n');
}

fn drugs(audit: &Audit, look: Look) -> String {
    let heads = [
        Head::Kept("id"),
        Head::Folded("drug"),
        Head::Folded("state"),
        Head::Kept("code"),
        Head::Kept("since"),
        Head::Kept("next"),
        Head::Kept("from"),
    ];
    let mut sheet = Sheet::new(look, heads);
    for drug in &audit.drugs {
        let (now, next) = (now(drug, audit), next(drug, audit));
        let tone = match drug.state {
            State::Review => Tone::Attention,
            _ => Tone::Plain,
        };
        sheet.row([
            (drug.id.to_string(), Tone::Plain),
            (drug.name.clone(), Tone::Plain),
            (drug.state.words().to_owned(), tone),
            (or_dash(now.map(|span| span.code)), Tone::Plain),
            (or_dash(now.map(|span| span.valid_from)), Tone::Plain),
            (or_dash(next.map(|span| span.code)), Tone::Plain),
            (or_dash(next.map(|span| span.valid_from)), Tone::Plain),
        ]);
    }
    sheet.finish()
}

/// The code on the day of the report.
pub(super) fn now<'a>(drug: &'a DrugAudit, audit: &Audit) -> Option<&'a CodeSpan> {
    drug.codes_on(audit.as_of).last()
}

/// The code that comes after it.
pub(super) fn next<'a>(drug: &'a DrugAudit, audit: &Audit) -> Option<&'a CodeSpan> {
    drug.codes
        .iter()
        .find(|span| span.applies && span.valid_from > audit.as_of)
}

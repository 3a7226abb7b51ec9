//! What a run tells the person, or the cron mail, that started it.

use super::alerts;
use super::format::{Format, FormatError, Look};
use super::terminal;
use crate::pipeline::{Deliveries, Report};
use crate::store::drugs::SyncSummary;
use std::fmt::Write;

/// What a run or an import did, as plain lines and a table of the news.
///
/// # Errors
///
/// Where the table cannot be written.
pub fn render(report: &Report, look: Look) -> Result<String, FormatError> {
    let mut text = String::new();
    text.extend(report.drug_list.map(drug_list));
    for release in &report.loaded {
        let (title, quarter, revision) = (release.source.title(), release.quarter, release.revision);
        line(
            &mut text,
            &format!(
                "Loaded: {title} {quarter}, posting {revision} ({})",
                release.member
            ),
        );
    }
    if report.loaded.is_empty() {
        line(&mut text, "Loaded: nothing new");
    }
    if !report.rejected_rows.is_empty() {
        let count = report.rejected_rows.len();
        line(
            &mut text,
            &format!("Rows that could not be used: {count} (`status` and -v tell which)"),
        );
    }
    let watched = counted(report.drugs_watched, "drug");
    if report.raised.is_empty() {
        line(&mut text, &format!("{watched} watched, no news."));
    } else {
        line(
            &mut text,
            &format!(
                "{watched} watched, {}:",
                counted(report.raised.len(), "new alert")
            ),
        );
        text.push('\n');
        text.push_str(&alerts::render(&report.raised, Format::Table, look)?);
        text.push('\n');
    }
    if !report.not_looked_up.is_empty() {
        line(
            &mut text,
            &format!(
                "Could not be looked up: {}",
                counted(report.not_looked_up.len(), "drug")
            ),
        );
        for unseen in &report.not_looked_up {
            line(&mut text, &format!("  {}: {}", unseen.name, unseen.reason));
        }
    }
    text.push_str(&mail(&report.deliveries));
    Ok(text)
}

/// What a drug list changed, in one line.
#[must_use]
pub fn drug_list(summary: SyncSummary) -> String {
    let SyncSummary {
        added,
        changed,
        retired,
        unchanged,
        revived,
    } = summary;
    let counts = [
        (added, "added"),
        (changed, "changed"),
        (revived, "back on the list"),
        (retired, "retired"),
        (unchanged, "unchanged"),
    ];
    let told: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    format!(
        "Drug list: {}\n",
        if told.is_empty() {
            "no drugs".to_owned()
        } else {
            told.join(", ")
        }
    )
}

/// What became of the outbox: a line a message, with the file where mail goes to a folder.
#[must_use]
pub fn mail(deliveries: &Deliveries) -> String {
    let mut text = String::new();
    for message in &deliveries.messages {
        let place = message
            .file
            .as_ref()
            .map(|path| format!(" in {}", path.display()))
            .unwrap_or_default();
        line(
            &mut text,
            &format!(
                "Mail {} to {}{place}: {}",
                message.status.as_str(),
                message.recipient,
                message.subject
            ),
        );
    }
    if deliveries.messages.is_empty() && deliveries.waiting == 0 {
        line(&mut text, "Mail: nothing to send");
    }
    text
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn line(text: &mut String, words: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", terminal::visible(words));
}

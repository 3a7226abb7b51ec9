//! Where things stand: `status`.

use super::format::{Format, FormatError, Look, json};
use super::releases::{self, HeldRelease};
use super::terminal;
use crate::config::Config;
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use crate::store::refusals::KnownRefusal;
use crate::store::runs::Run;
use crate::store::status::{DrugCounts, OutboxCounts};
use crate::store::{Reader, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use std::fmt::Write;

/// Everything `status` tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The day it is true for, in the practice's time zone.
    pub today: NaiveDate,
    /// Each source that is configured, in the order of `Source::ALL`.
    pub sources: Vec<SourceStatus>,
    /// Files that were refused and that no good one has taken the place of.
    pub refused: Vec<RefusedFile>,
    /// What waits to be told.
    pub outbox: OutboxCounts,
    /// The drugs by state.
    pub drugs: DrugCounts,
    /// Alerts nobody has taken note of.
    pub open_alerts: u32,
    /// The run that began last.
    pub last_run: Option<LastRun>,
    /// Where payers do otherwise than CMS.
    pub payers: PayerCounts,
}

/// The run that began last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LastRun {
    /// The day it ran for.
    pub today: NaiveDate,
    /// When it began.
    pub started: DateTime<Utc>,
    /// How it ended; none where it was cut off.
    pub exit_code: Option<u8>,
    /// What went wrong, each with what to do.
    pub problems: Vec<String>,
}

/// How many payer rules there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct PayerCounts {
    /// In force.
    pub in_force: usize,
    /// In force past their review date.
    pub review_overdue: usize,
}

/// A file that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedFile {
    /// The series.
    pub source: Source,
    /// The quarter its link or name says.
    pub quarter: Quarter,
    /// The diagnostic code.
    pub code: String,
    /// What is wrong and what to do.
    pub message: String,
    /// The day it was first seen.
    pub first_seen: NaiveDate,
}

/// What is held of one source and what comes next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceStatus {
    /// The source.
    pub source: Source,
    /// The releases held, oldest first.
    pub releases: Vec<HeldRelease>,
    /// The next quarter that is awaited; none for a source that is not quarterly or optional.
    pub next: Option<NextRelease>,
}

/// The quarter awaited next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NextRelease {
    /// The quarter.
    pub quarter: Quarter,
    /// The day by which it should be held; it is overdue after it.
    pub expected_by: NaiveDate,
    /// Whether that day is past.
    pub overdue: bool,
}

/// Where things stand on `today`, from what the store holds and the configuration asks for.
///
/// # Errors
///
/// Where the store cannot be read.
pub fn gather(store: &Reader, config: &Config, today: NaiveDate) -> Result<Status, StoreError> {
    let held = releases::gather(store)?;
    let counts = store.status(0, today)?;
    let rules = store.payer_rules()?;
    let source_status = |source| {
        let releases: Vec<HeldRelease> = held
            .iter()
            .filter(|release| release.source == source)
            .cloned()
            .collect();
        SourceStatus {
            source,
            next: next_release(source, &releases, today),
            releases,
        }
    };
    let is_wanted = |source: &Source| *source != Source::PurpleBook || config.source.purple_book.is_some();
    Ok(Status {
        today,
        sources: Source::ALL
            .into_iter()
            .filter(is_wanted)
            .map(source_status)
            .collect(),
        refused: counts.refusals.into_iter().map(RefusedFile::from).collect(),
        outbox: counts.outbox,
        drugs: counts.drugs,
        open_alerts: counts.open_alerts,
        last_run: counts.last_run.map(LastRun::from),
        payers: PayerCounts {
            in_force: rules.iter().filter(|rule| rule.ended.is_none()).count(),
            review_overdue: rules.iter().filter(|rule| rule.is_review_overdue(today)).count(),
        },
    })
}

/// The first quarter from the one in force on that is not held. CMS posts a quarter's files before its first day.
fn next_release(source: Source, held: &[HeldRelease], today: NaiveDate) -> Option<NextRelease> {
    if matches!(source, Source::Noc | Source::PurpleBook) {
        return None;
    }
    let mut quarter = Quarter::containing(today)?;
    while held.iter().any(|release| release.quarter == Some(quarter)) {
        quarter = quarter.next();
    }
    let expected_by = quarter.first_day();
    Some(NextRelease {
        quarter,
        expected_by,
        overdue: expected_by <= today,
    })
}

impl From<Run> for LastRun {
    fn from(run: Run) -> Self {
        let summary: serde_json::Value = run
            .summary
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let problems = summary["problems"].as_array().cloned().unwrap_or_default();
        Self {
            today: run.today,
            started: run.started_at,
            exit_code: run.exit_code,
            problems: problems
                .iter()
                .filter_map(|problem| problem.as_str().map(str::to_owned))
                .collect(),
        }
    }
}

impl From<KnownRefusal> for RefusedFile {
    fn from(known: KnownRefusal) -> Self {
        Self {
            source: known.refusal.source,
            quarter: known.refusal.quarter,
            code: known.refusal.code,
            message: known.refusal.message,
            first_seen: known.first_seen,
        }
    }
}

impl Status {
    /// Whether the HCPCS file of the quarter in force is not held (exit code 8). A price or crosswalk that is late is
    /// told, but no code depends on it.
    #[must_use]
    pub fn is_overdue(&self) -> bool {
        self.sources
            .iter()
            .filter(|source| source.source == Source::Hcpcs)
            .any(|source| source.next.is_some_and(|next| next.overdue))
    }
}

/// The status in the format asked for: a table or JSON.
pub fn render(status: &Status, format: Format, look: Look) -> Result<String, FormatError> {
    match format {
        Format::Table => Ok(text(status, look)),
        Format::Json => json(status),
        Format::Csv => Err(FormatError::NotOffered {
            what: "the status",
            format: "csv",
            offered: "table, json",
        }),
    }
}

fn text(status: &Status, look: Look) -> String {
    let held: Vec<_> = status
        .sources
        .iter()
        .flat_map(|source| source.releases.iter().cloned())
        .collect();
    let mut text = format!("Status on {}\n\n{}", status.today, releases::table(&held, look));
    for release in &held {
        rejected_lines(&mut text, release);
    }
    for file in &status.refused {
        let (title, quarter) = (file.source.title(), file.quarter);
        let why = format!("refused on {} [{}]: {}", file.first_seen, file.code, file.message);
        line(&mut text, &format!("  {title} {quarter}: {why}"));
    }
    text.push('\n');
    for source in &status.sources {
        next_line(&mut text, source);
    }
    let OutboxCounts { queued, sent, failed } = status.outbox;
    line(
        &mut text,
        &format!("Outbox: {queued} queued, {sent} sent, {failed} failed"),
    );
    drugs_line(&mut text, status.drugs);
    line(
        &mut text,
        &format!("Alerts nobody has taken note of: {}", status.open_alerts),
    );
    if let Some(run) = &status.last_run {
        last_run_lines(&mut text, run);
    }
    let PayerCounts {
        in_force,
        review_overdue,
    } = status.payers;
    if in_force > 0 {
        line(
            &mut text,
            &format!(
                "Payers that do otherwise than CMS: {in_force} rules, {review_overdue} past their review date"
            ),
        );
    }
    text
}

fn rejected_lines(text: &mut String, release: &HeldRelease) {
    for rows in &release.rejected {
        let (source, title, count) = (release.source, release.title(), rows.count);
        let noun = if count == 1 { "row" } else { "rows" };
        line(
            text,
            &format!("  {source} {title}: {count} {noun} rejected: {}", rows.reason),
        );
    }
}

fn next_line(text: &mut String, source: &SourceStatus) {
    let Some(next) = source.next else { return };
    let state = if next.overdue {
        "OVERDUE since"
    } else {
        "expected by"
    };
    line(
        text,
        &format!(
            "Next {}: {} {state} {}",
            source.source.title(),
            next.quarter,
            next.expected_by
        ),
    );
}

fn last_run_lines(text: &mut String, run: &LastRun) {
    let ended = match run.exit_code {
        Some(code) => format!("ended with exit code {code}"),
        None => "was cut off, or is still at work".to_owned(),
    };
    line(text, &format!("Last run: for {}, {ended}", run.today));
    for problem in &run.problems {
        line(text, &format!("  {problem}"));
    }
}

/// The states that there are drugs in; all seven would not fit 80 columns.
fn drugs_line(text: &mut String, drugs: DrugCounts) {
    let states = [
        (drugs.unclassified, "unclassified"),
        (drugs.announced, "announced"),
        (drugs.interim, "interim"),
        (drugs.permanent, "permanent"),
        (drugs.review, "to review"),
        (drugs.out_of_sight, "not to be looked up"),
        (drugs.retired, "retired"),
    ];
    let told: Vec<String> = states
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, state)| format!("{count} {state}"))
        .collect();
    let told = if told.is_empty() {
        "none on the list".to_owned()
    } else {
        told.join(", ")
    };
    line(text, &format!("Drugs: {told}"));
}

fn line(text: &mut String, words: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", terminal::visible(words));
}

#[cfg(test)]
mod tests;

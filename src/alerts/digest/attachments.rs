//! The files that go with a digest: the crosswalk for the billing system, the days for the calendar.

use super::change::{self, Change, News};
use super::{units, words};
use crate::alerts::calendar::{Event, Method, calendar};
use crate::alerts::crosswalk::{CrosswalkRow, WorkbookError, csv, workbook};
use crate::domain::alert::{Attachment, Digest};
use chrono::{DateTime, Utc};

/// By whom and when a digest is written.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The name of the database: calendar events are known by it.
    pub installation: &'a str,
    /// The sender's address.
    pub sender: &'a str,
    /// The instant of the run.
    pub now: DateTime<Utc>,
}

/// A file that goes with a message could not be written.
#[derive(Debug, thiserror::Error)]
#[error("writing {file_name} for a message; this is a defect of hcpcs-watch, please report it")]
pub struct AttachmentError {
    file_name: &'static str,
    source: WorkbookError,
}

/// The files of a digest, none where there is nothing to load or to put down:
/// - `crosswalk.csv` and `crosswalk.xlsx`, a line for each NDC of each change of code or unit, codes that are over left out;
/// - `effective-dates.ics`, an all-day event on the first day of each change that is ahead or was corrected, codes that are
///   over left out;
/// - `taken-back.ics`, which takes the events of codes that were told and are not to be billed, or are over by a corrected
///   date, off the calendar again.
///
/// # Errors
///
/// Only where the workbook cannot be written, which is a defect.
pub fn attachments(digest: &Digest, origin: Origin<'_>) -> Result<Vec<Attachment>, AttachmentError> {
    let news = change::of(&digest.items, digest.today);
    let open = change::of(&digest.still_open, digest.today);
    let rows: Vec<CrosswalkRow> = news.iter().chain(&open).flat_map(crosswalk).collect();
    let mut files = Vec::new();
    if !rows.is_empty() {
        let failed = |source| AttachmentError {
            file_name: "crosswalk.xlsx",
            source,
        };
        files.push(file("crosswalk.csv", "text/csv; charset=utf-8", csv(&rows)));
        files.push(file(
            "crosswalk.xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            workbook(&rows, origin.now).map_err(failed)?,
        ));
    }
    let ahead: Vec<Event> = news.iter().filter_map(|change| dated(change, origin)).collect();
    let taken_back: Vec<Event> = news
        .iter()
        .filter_map(|change| retracted(change, origin))
        .collect();
    for (method, file_name, events) in [
        (Method::Publish, "effective-dates.ics", ahead),
        (Method::Cancel, "taken-back.ics", taken_back),
    ] {
        if !events.is_empty() {
            let content_type = format!("text/calendar; charset=utf-8; method={}", method.as_str());
            let content = calendar(method, &events, origin.sender, origin.now);
            files.push(file(file_name, &content_type, content.into_bytes()));
        }
    }
    Ok(files)
}

fn file(file_name: &str, content_type: &str, content: Vec<u8>) -> Attachment {
    Attachment {
        file_name: file_name.to_owned(),
        content_type: content_type.to_owned(),
        content,
    }
}

fn crosswalk(change: &Change<'_>) -> Vec<CrosswalkRow> {
    let (Some(new_code), Some(effective_date)) = (change.to_code(), change.starts()) else {
        return Vec::new();
    };
    // A code that is over is not loaded for claims to come.
    if !change.news().is_loaded() || change.over_since().is_some() {
        return Vec::new();
    }
    let entry = &change.lead().drug.entry;
    let row = |ndc| CrosswalkRow {
        old_code: change.old_code(),
        new_code,
        effective_date,
        billing_unit: change.unit().map(words::plain).unwrap_or_default(),
        drug: change.name(),
        proper_name: entry.proper_name.as_deref().map(words::plain).unwrap_or_default(),
        ndc,
    };
    if entry.ndcs.is_empty() {
        return vec![row(None)];
    }
    entry.ndcs.iter().copied().map(|ndc| row(Some(ndc))).collect()
}

/// The day of a change for the calendar. What is past is put down only where it takes the place of what was there.
fn dated(change: &Change<'_>, origin: Origin<'_>) -> Option<Event> {
    let starts = change.starts()?;
    // Nothing is billed from today on with a code that is over.
    let is_dated = change.news().is_loaded() && change.over_since().is_none() || change.news() == News::Ended;
    let is_ahead = starts >= change.today() || change.news() == News::Corrected;
    let code = change.to_code().unwrap_or(change.old_code());
    let what = match change.news() {
        News::Unit => format!("{code}-unit-{starts}"),
        News::Ended => format!("{code}-end"),
        _ => code.to_string(),
    };
    (is_dated && is_ahead).then(|| Event {
        uid: uid(change, &what, origin),
        sequence: change.sequence(),
        day: starts,
        summary: summary(change),
        description: description(change),
    })
}

/// The day that an earlier message put on the calendar for a code which is not to be billed after all, or, as its date was
/// corrected, is over.
fn retracted(change: &Change<'_>, origin: Origin<'_>) -> Option<Event> {
    let is_over = change.news() == News::Corrected && change.over_since().is_some();
    let (code, what) = match change.retracted_code() {
        Some(code) => (code, "Taken back"),
        None => (change.to_code().filter(|_code| is_over)?, "Over"),
    };
    Some(Event {
        uid: uid(change, &code.to_string(), origin),
        sequence: change.sequence(),
        day: change.starts()?,
        summary: format!("{what}: {code} for {}", change.name()),
        description: super::headline::of(change),
    })
}

/// The same for everything that is told of the same drug and code, whatever the date becomes.
fn uid(change: &Change<'_>, what: &str, origin: Origin<'_>) -> String {
    let drug = change.lead().drug.id;
    format!("drug-{drug}-{what}@{}.hcpcs-watch", origin.installation)
}

fn summary(change: &Change<'_>) -> String {
    let (name, from, to) = (change.name(), change.old_code(), change.new_code());
    match change.news() {
        News::Unit => format!("{name}: new unit of {to} from today"),
        News::Ended => format!("{name}: {from} can no longer be billed"),
        _ => format!("{name}: bill {to} instead of {from} from today"),
    }
}

fn description(change: &Change<'_>) -> String {
    let (from, to) = (change.old_code(), change.new_code());
    let day = change.starts().map(words::date).unwrap_or_default();
    // No words such as `in 11 days`: an event is read on other days than a message.
    let mut lines = vec![match change.news() {
        News::Unit => format!("{to} stands for another amount for dates of service on or after {day}."),
        News::Ended => format!("{from} may not be billed for dates of service on or after {day}."),
        _ => format!("Bill {to} instead of {from} for dates of service on or after {day}."),
    }];
    if change.news().is_loaded() {
        lines.push(format!("Billing unit: {}", units::unit(change)));
        lines.push(format!("Units per dose: {}", units::units(change)));
    }
    lines.join("\n")
}

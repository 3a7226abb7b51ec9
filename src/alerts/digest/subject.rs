//! The subject line: the essence for one drug, counts and the first names for several.

use super::change::{Change, News};
use super::words;
use crate::domain::alert::Digest;
use crate::domain::code::CodeClass;
use std::collections::BTreeSet;

/// Mail programs show between 60 and 120 characters of a subject.
const MOST_CHARACTERS: usize = 120;

/// The subject of a message with these changes, and with those that are still open from before.
pub(super) fn of(digest: &Digest, changes: &[Change<'_>], open: &[Change<'_>]) -> String {
    match (changes, open, digest.quiet) {
        ([], [], Some(quarter)) => super::quiet::subject(digest, quarter),
        ([], [], None) => "No HCPCS code changes for your drugs".to_owned(),
        ([], open, Some(quarter)) => with_open(&super::quiet::subject(digest, quarter), open),
        ([], [one], None) => words::shortened(&format!("Still open: {}", unmarked(one)), MOST_CHARACTERS),
        ([], several, None) => list(&format!("{} still open", counted_all(several)), several),
        (changes, [], _) => news(changes, MOST_CHARACTERS),
        (changes, open, _) => with_open(
            &news(changes, MOST_CHARACTERS - " (and 999 still open)".len()),
            open,
        ),
    }
}

fn news(changes: &[Change<'_>], most: usize) -> String {
    match changes {
        [one] => words::shortened(&essence(one), most),
        several => words::shortened(&list(&opening(several), several), most),
    }
}

fn with_open(line: &str, open: &[Change<'_>]) -> String {
    format!("{line} (and {} still open)", open.len())
}

fn counted_all(changes: &[Change<'_>]) -> String {
    words::count(changes.len(), "change", "changes")
}

/// The essence without the mark that it is in effect: what is still open is.
fn unmarked(change: &Change<'_>) -> String {
    let line = essence(change);
    ["In effect: ", "Please check: "]
        .into_iter()
        .find_map(|mark| line.strip_prefix(mark))
        .map_or(line.clone(), str::to_owned)
}

/// What happens to one drug, in one line.
fn essence(change: &Change<'_>) -> String {
    let (name, from, to) = (change.name(), change.old_code(), change.new_code());
    match change.news() {
        News::Corrected if change.over_since().is_some() => format!("Correction: {}", old_claims(change)),
        News::Starts | News::Late if change.over_since().is_some() => old_claims(change),
        News::Starts => starts(change),
        News::Late => format!("{name}: bill {to} instead of {from}{}", since(change)),
        News::Corrected => format!("Correction: {}", starts(change)),
        News::Withdrawn => format!("Withdrawn: {to} for {name}; keep billing {from}"),
        News::Retracted => {
            format!(
                "Correction: {from} is not the code for {name}; bill {}",
                change.noc_code()
            )
        }
        News::Ended => match change.old_code_ends() {
            Some(last) => format!(
                "{name}: {from} {} on {}, no new code found",
                ends(change),
                words::date(last)
            ),
            None => format!("{name}: {from} ends, no new code found"),
        },
        News::Unit => format!("{name}: {} from {}", unit_of(change), start_date(change)),
        News::Interim => format!("{name}: {to} is for hospital outpatient only, an office keeps {from}"),
        News::Review => review(change),
    }
}

/// `ends`, or `ended` where the last day of the old code is past.
fn ends(change: &Change<'_>) -> &'static str {
    match change.old_code_ends() {
        Some(last) if last < change.today() => "ended",
        _ => "ends",
    }
}

fn old_claims(change: &Change<'_>) -> String {
    let last = change.over_since().map(words::date).unwrap_or_default();
    format!(
        "{}: {}, not {}, was right from {} through {last}",
        change.name(),
        change.new_code(),
        change.old_code(),
        start_date(change)
    )
}

fn starts(change: &Change<'_>) -> String {
    let (name, from, to) = (change.name(), change.old_code(), change.new_code());
    let (leaves, left) = match from.class() {
        CodeClass::NotOtherwiseClassified => {
            (format!("leaves {from} for {to}"), format!("left {from} for {to}"))
        }
        _ => (
            format!("moves from {from} to {to}"),
            format!("moved from {from} to {to}"),
        ),
    };
    let date = start_date(change);
    let unit = match (change.previous_unit(), change.unit()) {
        (Some(before), Some(after)) if before != after => {
            format!(" (unit {} becomes {})", words::plain(before), words::plain(after))
        }
        _ => String::new(),
    };
    if change.overdue() {
        format!("In effect: {name} {left} on {date}{unit}")
    } else if change.in_effect() {
        format!("Today: {name} {leaves}, {date}{unit}")
    } else {
        format!("{name} {leaves} on {date}{unit}")
    }
}

fn unit_of(change: &Change<'_>) -> String {
    let code = change.to_code().unwrap_or(change.old_code());
    match (change.previous_unit(), change.unit()) {
        (Some(before), Some(after)) => {
            let (before, after) = (words::plain(before), words::plain(after));
            format!("1 unit of {code} is {after} instead of {before}")
        }
        _ => format!("the unit of {code} changes"),
    }
}

fn review(change: &Change<'_>) -> String {
    let name = change.name();
    let codes: Vec<_> = change
        .candidates()
        .iter()
        .map(|candidate| candidate.code.to_string())
        .collect();
    match codes.as_slice() {
        [] => format!("Please check: the code for {name}"),
        [one] => format!("Please check: is {one} the code for {name}?"),
        [rest @ .., last] => format!("Please check: {} or {last} for {name}?", rest.join(", ")),
    }
}

fn start_date(change: &Change<'_>) -> String {
    change
        .starts()
        .map_or_else(|| "a date not yet published".to_owned(), words::date)
}

fn since(change: &Change<'_>) -> String {
    change
        .starts()
        .map(|starts| format!(" since {}", words::date(starts)))
        .unwrap_or_default()
}

/// `3 drugs leave J3590`, `2 code changes, 1 to check`, with what is in effect already. A code that is over is a change,
/// and neither left for nor in effect.
fn opening(changes: &[Change<'_>]) -> String {
    let of = |news: &[News]| {
        changes
            .iter()
            .filter(|change| news.contains(&change.news()))
            .count()
    };
    let switches = changes
        .iter()
        .filter(|change| matches!(change.news(), News::Starts | News::Late) && change.over_since().is_none())
        .count();
    let left: BTreeSet<_> = changes.iter().map(Change::old_code).collect();
    let drugs: BTreeSet<_> = changes.iter().map(|change| change.lead().drug.id).collect();
    let one_noc_code = left
        .first()
        .filter(|code| left.len() == 1 && code.class() == CodeClass::NotOtherwiseClassified);
    let mut parts = Vec::new();
    match one_noc_code {
        Some(code) if switches == changes.len() && drugs.len() == switches => {
            parts.push(format!("{switches} drugs leave {code}"));
        }
        _ => parts.extend(counted(changes, &of)),
    }
    let overdue = changes
        .iter()
        .filter(|change| change.news().is_loaded() && change.in_effect() && change.over_since().is_none())
        .count();
    if overdue > 0 {
        parts.push(format!("{overdue} in effect already"));
    }
    parts.join(", ")
}

fn counted(changes: &[Change<'_>], of: &dyn Fn(&[News]) -> usize) -> Vec<String> {
    let (to_check, interim) = (of(&[News::Review]), of(&[News::Interim]));
    let code_changes = changes.len() - to_check - interim;
    let mut parts = Vec::new();
    if code_changes > 0 {
        parts.push(words::count(code_changes, "code change", "code changes"));
    }
    if to_check > 0 {
        parts.push(format!("{to_check} to check"));
    }
    if interim > 0 {
        parts.push(words::count(interim, "hospital-only code", "hospital-only codes"));
    }
    parts
}

/// `opening` and as many drugs as fit.
fn list(opening: &str, changes: &[Change<'_>]) -> String {
    let mut line = format!("{opening}: ");
    for (place, change) in changes.iter().enumerate() {
        let left = changes.len() - place;
        let separator = if place == 0 { "" } else { ", " };
        let next = format!("{separator}{}", brief(change));
        let room_for_rest = if left > 1 { ", and 99 more".len() } else { 0 };
        if line.chars().count() + next.chars().count() + room_for_rest > MOST_CHARACTERS {
            let more = if place == 0 {
                format!("{left} drugs")
            } else {
                format!(" and {left} more")
            };
            line.push_str(&more);
            return line;
        }
        line.push_str(&next);
    }
    line
}

fn brief(change: &Change<'_>) -> String {
    let name = change.name();
    match (change.news(), change.starts()) {
        (News::Review, _) => format!("{name} to check"),
        (News::Withdrawn, _) => format!("{name} withdrawn"),
        (News::Retracted, _) => format!("{name} corrected"),
        (News::Interim, _) => format!("{name} hospital only"),
        (News::Ended, _) => format!("{name} code {}", ends(change)),
        _ if change.over_since().is_some() => format!("{name} for old claims"),
        (_, Some(starts)) => {
            let preposition = if change.overdue() { "since" } else { "on" };
            format!("{name} {preposition} {}", words::date(starts))
        }
        (_, None) => name,
    }
}

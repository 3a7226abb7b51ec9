//! What was known and done since the report before: the entries of the event log after it, in sentences.

use super::Held;
use super::document::{ChangeLine, Changes};
use crate::store::events::Event;
use crate::store::matches::RULE;
use serde_json::Value;
use std::collections::BTreeMap;

/// The kind of event that a kept report leaves.
pub const REPORT_MADE: &str = "report-made";

pub(super) fn changes(held: &Held) -> Changes {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for event in held.changes.iter().filter(|event| event.kind != REPORT_MADE) {
        *counts.entry(event.kind.clone()).or_default() += 1;
    }
    let told = held.changes.iter().filter(|_| held.last_report.is_some());
    Changes {
        since: held.last_report.as_ref().map(|event| event.day),
        since_head: held
            .last_report
            .as_ref()
            .map(|event| format!("{}:{}", event.id, event.hash)),
        counts,
        entries: told.filter_map(line).collect(),
    }
}

/// The entry in a sentence; none for what is only counted: runs, mail that went as it should, decisions of the rules.
fn line(event: &Event) -> Option<ChangeLine> {
    // What no longer reads as JSON is still told of, by its kind and subject.
    let detail: Value = serde_json::from_str(&event.detail).unwrap_or(Value::Null);
    let text = |name: &str| detail.get(name).and_then(Value::as_str).unwrap_or_default();
    let what = match event.kind.as_str() {
        REPORT_MADE | "run-finished" | "message-queued" | "message-sent" | "message-delayed" => return None,
        "match-decided" if text("by") == RULE => return None,
        "match-decided" => format!(
            "{} decided on {} for {}: {}",
            text("by"),
            text("code"),
            event.subject,
            text("decision")
        ),
        "release-loaded" => format!("{} loaded", event.subject),
        "gates-overridden" => format!(
            "{} loaded on the word of {} ({}) although: {}",
            event.subject,
            text("by"),
            text("reason"),
            text("message")
        ),
        "file-refused" => format!("{} refused: {}", event.subject, text("message")),
        "alert-raised" => format!("{}: {}: {}", event.subject, text("kind"), text("reason")),
        "alert-acknowledged" => format!("{} acknowledged by {}", event.subject, text("by")),
        "message-failed" => format!("{} was refused for good: {}", event.subject, text("reason")),
        kind if kind.starts_with("drug-") => {
            let words = detail.get("after").or_else(|| detail.get("before"));
            let name = |key: &str| words.and_then(|words| words.get(key)).and_then(Value::as_str);
            let name = name("brand").or_else(|| name("proper_name")).unwrap_or_default();
            format!("{} {name}: {}", event.subject, kind.trim_start_matches("drug-"))
        }
        kind => format!("{}: {}", event.subject, kind.replace('-', " ")),
    };
    Some(ChangeLine {
        entry: event.id,
        day: event.day,
        actor: event.actor.clone(),
        kind: event.kind.clone(),
        what,
    })
}

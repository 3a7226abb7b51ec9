//! The drug list as it was: a line may be edited, so its words on a past day are read from the event log.

use crate::domain::drug::DrugEntry;
use crate::store::drugs::ListedDrug;
use crate::store::events::Event;
use crate::store::{Reader, StoreError};
use chrono::NaiveDate;
use serde_json::Value;
use std::collections::HashMap;

impl Reader {
    /// Every drug that had been listed by `day`, with the words, and the day of its retirement, as they were then.
    pub fn listed_drugs_on(&self, day: NaiveDate) -> Result<Vec<ListedDrug>, StoreError> {
        let mut listed = self.listed_drugs()?;
        listed.retain(|one| one.listed_on <= day);
        let changes: Vec<Event> = self
            .events()?
            .into_iter()
            .filter(|event| event.kind.starts_with("drug-"))
            .collect();
        if changes.iter().all(|event| event.day <= day) {
            return Ok(listed);
        }
        let mut last: HashMap<String, Event> = HashMap::new();
        for event in changes.into_iter().filter(|event| event.day <= day) {
            last.insert(event.subject.clone(), event);
        }
        for one in &mut listed {
            if let Some(event) = last.get(&format!("drug {}", one.drug.id)) {
                restore(one, event)?;
            }
        }
        Ok(listed)
    }
}

/// Puts a drug back to what `event`, the last one on it, made of it.
fn restore(listed: &mut ListedDrug, event: &Event) -> Result<(), StoreError> {
    let detail: Value = serde_json::from_str(&event.detail)?;
    let retired = event.kind == "drug-retired";
    let words = detail.get(if retired { "before" } else { "after" });
    if let Some(entry) = words.map(|words| entry(words, &listed.drug.entry)) {
        listed.drug.entry = entry;
    }
    listed.drug.retired_on = detail
        .get("retired_on")
        .and_then(Value::as_str)
        .filter(|_| retired)
        .and_then(|day| day.parse().ok());
    Ok(())
}

/// The entry that an event describes; what it does not say, or what no longer reads, stays as it is now.
fn entry(words: &Value, now: &DrugEntry) -> DrugEntry {
    let text = |name: &str| words.get(name).and_then(Value::as_str).map(str::to_owned);
    let ndcs = words.get("ndcs").and_then(Value::as_array);
    DrugEntry {
        brand: text("brand"),
        proper_name: text("proper_name"),
        ndcs: ndcs.map_or_else(
            || now.ndcs.clone(),
            |ndcs| {
                let texts = ndcs.iter().filter_map(Value::as_str);
                texts.filter_map(|ndc| ndc.parse().ok()).collect()
            },
        ),
        noc_code: text("noc_code")
            .and_then(|code| code.parse().ok())
            .unwrap_or(now.noc_code),
        route: text("route"),
        setting: text("setting").and_then(|setting| setting.parse().ok()),
        manufacturer: text("manufacturer"),
        dose: text("dose").and_then(|dose| dose.parse().ok()),
        started_on: text("started_on").and_then(|day| day.parse().ok()),
        notes: text("notes"),
    }
}

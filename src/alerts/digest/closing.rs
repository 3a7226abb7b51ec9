//! The line under a message: what is unchanged, and what the message rests on.

use super::words;
use crate::domain::alert::{Digest, NotLookedUp};
use crate::domain::drug::DrugId;
use std::collections::BTreeSet;

/// How many drugs are named that could not be looked up.
const MOST_NAMED: usize = 5;

/// `12 drugs watched; nothing new for the other 11. Checked against the CMS HCPCS file of July 2023 (posting 1).`
pub(super) fn of(digest: &Digest) -> String {
    format!("{} {}", watched(digest), rests_on(digest))
}

/// Silence is explained only where every drug was looked at and everything new is told.
fn watched(digest: &Digest) -> String {
    let watched = words::count(digest.drugs_watched, "drug", "drugs");
    if !digest.tells_all {
        return format!("{watched} watched.");
    }
    let items = digest.items.iter().chain(&digest.still_open);
    let told: BTreeSet<DrugId> = items.map(|item| item.alert.finding.drug.id).collect();
    let unseen: Vec<&NotLookedUp> = digest
        .not_looked_up
        .iter()
        .filter(|unseen| !told.contains(&unseen.drug))
        .collect();
    let not_looked_up = not_looked_up(&unseen, digest.quiet.is_none());
    match digest.drugs_watched.saturating_sub(told.len() + unseen.len()) {
        others if told.is_empty() || others == 0 => format!("{watched} watched{not_looked_up}."),
        1 => format!("{watched} watched; nothing new for the other one{not_looked_up}."),
        others => format!("{watched} watched; nothing new for the other {others}{not_looked_up}."),
    }
}

/// `; 2 could not be looked up: Zeta, Eta (...)`; the message of a quiet quarter names them further up.
fn not_looked_up(unseen: &[&NotLookedUp], is_named_here: bool) -> String {
    if unseen.is_empty() {
        return String::new();
    }
    let count = format!("; {} could not be looked up", unseen.len());
    if !is_named_here {
        return count;
    }
    let first = unseen.iter().take(MOST_NAMED);
    let names: Vec<String> = first.map(|unseen| words::drug_name(&unseen.name)).collect();
    let more = match unseen.len() - names.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!(
        "{count}: {}{more} (`hcpcs-watch explain DRUG` says why)",
        names.join(", ")
    )
}

fn rests_on(digest: &Digest) -> String {
    let releases: Vec<_> = digest
        .releases
        .iter()
        .map(|(quarter, revision)| {
            format!("{} {} (posting {revision})", quarter.month_name(), quarter.year())
        })
        .collect();
    match releases.as_slice() {
        [] => "No CMS HCPCS file is loaded.".to_owned(),
        [one] => format!("Checked against the CMS HCPCS file of {one}."),
        [first, rest @ ..] => {
            format!(
                "Checked against the CMS HCPCS files of {first} and {}.",
                rest.join(" and ")
            )
        }
    }
}

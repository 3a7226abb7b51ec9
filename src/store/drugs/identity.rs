//! By what a line of the list finds its drug again.

use crate::domain::drug::DrugEntry;
use std::collections::HashMap;

/// Brand, proper name and route in one spelling; the NDCs where neither name is given. Other columns may change
/// without making another drug of it.
pub(super) fn key(entry: &DrugEntry) -> String {
    let folded = |field: &Option<String>| {
        let field = field.as_deref().unwrap_or_default().to_lowercase();
        field.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (brand, proper_name) = (folded(&entry.brand), folded(&entry.proper_name));
    let name = if brand.is_empty() && proper_name.is_empty() {
        entry
            .ndcs
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(";")
    } else {
        format!("{brand}|{proper_name}")
    };
    format!("{name}|{}", folded(&entry.route))
}

/// The keys of a list, in its order: where several lines have one key, they are numbered from the second on.
pub(super) fn keys(list: &[DrugEntry]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut numbered = |key: String| {
        let count = seen.entry(key.clone()).or_default();
        *count += 1;
        if *count == 1 {
            key
        } else {
            format!("{key}|#{count}")
        }
    };
    list.iter().map(|entry| numbered(key(entry))).collect()
}

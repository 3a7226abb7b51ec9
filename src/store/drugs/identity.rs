//! By what a line of the list finds its drug again.

use crate::domain::drug::DrugEntry;
use std::collections::HashMap;

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
    list.iter().map(|entry| numbered(entry.identity_key())).collect()
}

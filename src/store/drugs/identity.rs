//! By what a line of the list finds its drug again.

use super::ListedDrug;
use crate::domain::drug::{DrugEntry, letters_and_digits};
use std::collections::HashMap;

/// A list with its keys, in its order: where several lines have one key, they are numbered from the second on.
pub(super) fn keyed(list: &[DrugEntry]) -> Vec<(&DrugEntry, String)> {
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
    list.iter()
        .map(|entry| (entry, numbered(entry.identity_key())))
        .collect()
}

/// Which of the drugs that are gone from a list are a line of it with other words: those that share an NDC, the brand or
/// the proper name with exactly one new line, which shares it with no other drug, and that do not differ in route or
/// setting where both are given.
pub(super) fn edited<'a>(
    gone: &[&'a ListedDrug],
    new: &[(&'a DrugEntry, &'a String)],
) -> Vec<(&'a ListedDrug, &'a String)> {
    let mut pairs = Vec::new();
    for listed in gone {
        let partners: Vec<_> = new
            .iter()
            .filter(|(entry, _)| could_be_one(&listed.drug.entry, entry))
            .collect();
        let [(entry, key)] = partners[..] else { continue };
        let claims = gone
            .iter()
            .filter(|other| could_be_one(&other.drug.entry, entry))
            .count();
        if claims == 1 {
            pairs.push((*listed, *key));
        }
    }
    pairs
}

fn could_be_one(before: &DrugEntry, after: &DrugEntry) -> bool {
    let same = |left: &Option<String>, right: &Option<String>| {
        let (left, right) = (left.as_deref(), right.as_deref());
        left.is_some() && right.is_some() && letters_and_digits(left) == letters_and_digits(right)
    };
    let differ = |left: &Option<String>, right: &Option<String>| {
        left.is_some() && right.is_some() && !same(left, right)
    };
    let shares_name = same(&before.brand, &after.brand) || same(&before.proper_name, &after.proper_name);
    let shares_ndc = before.ndcs.iter().any(|ndc| after.ndcs.contains(ndc));
    (shares_name || shares_ndc)
        && !differ(&before.route, &after.route)
        && before
            .setting
            .is_none_or(|setting| after.setting.is_none_or(|other| other == setting))
}

//! Lines that speak of the same drug.

use super::ListedDrug;
use super::problem::DrugListProblem;
use crate::domain::drug::DrugEntry;
use std::collections::HashMap;

/// One problem for each line that names a drug an earlier line has named already.
///
/// Two lines are the same drug when their [`DrugEntry::identity_key`] is the same and their NDCs do not tell them
/// apart: either line has none, or they share one. Two vial sizes on two lines, each with its own NDCs, are fine.
pub(super) fn find(drugs: &[ListedDrug]) -> Vec<DrugListProblem> {
    let mut by_key: HashMap<String, Vec<&ListedDrug>> = HashMap::new();
    let mut problems = Vec::new();
    for drug in drugs {
        let earlier = by_key.entry(drug.entry.identity_key()).or_default();
        if let Some(first) = earlier.iter().find(|first| is_same(&first.entry, &drug.entry)) {
            let reason = format!(
                "{} stands on line {} already; keep one line a drug and put all its NDCs there, separated by `;`",
                drug.entry.display_name(),
                first.line
            );
            problems.push(DrugListProblem::of_line(drug.line, reason));
        } else {
            earlier.push(drug);
        }
    }
    problems
}

fn is_same(one: &DrugEntry, other: &DrugEntry) -> bool {
    one.ndcs.is_empty() || other.ndcs.is_empty() || one.ndcs.iter().any(|ndc| other.ndcs.contains(ndc))
}

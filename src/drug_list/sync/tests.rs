//! Lists as they are edited between two runs.

use super::*;
use crate::drug_list;
use chrono::NaiveDate;
use std::path::Path;

fn list(csv: &str) -> Vec<ListedDrug> {
    drug_list::parse(csv.as_bytes(), Path::new("list.csv"))
        .unwrap()
        .drugs
}

/// The store after `plan`: what a store has to do, in its simplest form.
fn apply(plan: &SyncPlan, mut stored: Vec<Drug>) -> Vec<Drug> {
    for (id, entry) in plan.changed.iter().chain(&plan.returned) {
        let drug = stored.iter_mut().find(|drug| drug.id == *id).unwrap();
        (drug.entry, drug.retired_on) = (entry.clone(), None);
    }
    for id in &plan.retired {
        let drug = stored.iter_mut().find(|drug| drug.id == *id).unwrap();
        drug.retired_on = NaiveDate::from_ymd_opt(2023, 7, 1);
    }
    for entry in &plan.added {
        let id = DrugId(i64::try_from(stored.len()).unwrap() + 1);
        stored.push(Drug {
            id,
            entry: entry.clone(),
            retired_on: None,
        });
    }
    stored
}

fn ids(drugs: &[(DrugId, DrugEntry)]) -> Vec<i64> {
    drugs.iter().map(|(id, _)| id.0).collect()
}

#[test]
fn a_list_is_added_once_and_a_second_sync_finds_nothing_to_do() {
    let listed = list("brand,ndc\nBriumvi,73150-0150-06\nLeqembi,\n");
    let first = plan(&listed, &[]);
    assert_eq!((first.added.len(), first.unchanged), (2, 0));
    let stored = apply(&first, Vec::new());
    let second = plan(&listed, &stored);
    assert!(second.is_empty() && second.unchanged == 2, "{second:?}");
}

#[test]
fn a_drug_taken_out_is_retired_and_comes_back_as_itself() {
    let both = list("brand\nBriumvi\nLeqembi\n");
    let stored = apply(&plan(&both, &[]), Vec::new());
    let without = plan(&list("brand\nLeqembi\n"), &stored);
    assert_eq!(without.retired, [DrugId(1)]);
    let stored = apply(&without, stored);
    assert!(plan(&list("brand\nLeqembi\n"), &stored).is_empty());
    let back = plan(&both, &stored);
    assert_eq!((ids(&back.returned), back.added.len()), (vec![1], 0));
}

#[test]
fn edited_ndcs_and_notes_change_the_drug_and_keep_its_number() {
    let stored = apply(
        &plan(&list("brand,ndc\nBriumvi,73150-0150-06\n"), &[]),
        Vec::new(),
    );
    let edited = plan(
        &list("brand,ndc,notes\nBRIUMVI,73150-0150-07,second vial\n"),
        &stored,
    );
    assert_eq!(
        (ids(&edited.changed), edited.added.len(), edited.retired.len()),
        (vec![1], 0, 0)
    );
}

#[test]
fn two_vial_sizes_on_two_lines_keep_their_numbers_in_any_order() {
    let forward = list("brand,ndc\nStelara,57894-0060-02\nStelara,57894-0061-03\n");
    let stored = apply(&plan(&forward, &[]), Vec::new());
    let turned = list("brand,ndc\nStelara,57894-0061-03\nStelara,57894-0060-02\n");
    assert!(plan(&turned, &stored).is_empty());
    let one_left = plan(&list("brand,ndc\nStelara,57894-0061-03\n"), &stored);
    assert_eq!((one_left.retired, one_left.unchanged), (vec![DrugId(1)], 1));
}

proptest::proptest! {
    #[test]
    fn after_any_edit_one_sync_is_enough(
        before in proptest::collection::vec((0usize..4, 0usize..4), 1..8),
        after in proptest::collection::vec((0usize..4, 0usize..4), 1..8),
    ) {
        let lines = |picked: &[(usize, usize)]| {
            let mut seen = std::collections::BTreeSet::new();
            let kept = picked.iter().filter(|drug| seen.insert(**drug));
            let body = kept.fold(String::new(), |text, (brand, package)| {
                text + &format!("Brand{brand},1234{brand}-0001-0{package}\n")
            });
            list(&format!("brand,ndc\n{body}"))
        };
        let stored = apply(&plan(&lines(&before), &[]), Vec::new());
        let listed = lines(&after);
        let stored = apply(&plan(&listed, &stored), stored);
        proptest::prop_assert!(plan(&listed, &stored).is_empty());
        let watched = stored.iter().filter(|drug| drug.retired_on.is_none()).count();
        proptest::prop_assert_eq!(watched, listed.len());
    }
}

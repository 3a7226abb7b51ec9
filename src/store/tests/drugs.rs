use super::{change, date, dump, entry, fresh};
use crate::domain::drug::{Drug, DrugEntry, DrugId};
use crate::store::Store;
use crate::store::drugs::{Found, SyncSummary};
use proptest::prelude::*;

const DAY: &str = "2023-06-20";

fn sync(store: &mut Store, list: &[DrugEntry]) -> SyncSummary {
    change(store, |transaction| {
        transaction.sync_drugs(list, date(DAY)).unwrap()
    })
}

fn names(store: &Store, active_only: bool) -> Vec<String> {
    store
        .drugs(active_only)
        .unwrap()
        .iter()
        .map(|drug| drug.entry.display_name())
        .collect()
}

#[test]
fn a_drug_that_leaves_the_file_is_retired_and_comes_back_as_itself() {
    let (_folder, mut store) = fresh();
    let both = [entry("Briumvi"), entry("Leqembi")];
    assert_eq!(
        sync(&mut store, &both),
        SyncSummary {
            added: 2,
            ..SyncSummary::default()
        }
    );
    let once = dump(&store);
    assert_eq!(
        sync(&mut store, &both),
        SyncSummary {
            unchanged: 2,
            ..SyncSummary::default()
        }
    );
    assert_eq!(dump(&store), once);

    let left = sync(&mut store, &both[1..]);
    assert_eq!((left.retired, left.unchanged), (1, 1));
    assert_eq!(names(&store, true), ["Leqembi"]);
    assert_eq!(store.drugs(false).unwrap()[0].retired_on, Some(date(DAY)));
    assert_eq!(sync(&mut store, &both[1..]).retired, 0);

    assert_eq!(sync(&mut store, &both).revived, 1);
    assert_eq!(names(&store, true), ["Briumvi", "Leqembi"]);
    let kinds: Vec<String> = store
        .events()
        .unwrap()
        .into_iter()
        .map(|event| event.kind)
        .collect();
    assert_eq!(
        kinds,
        ["drug-added", "drug-added", "drug-retired", "drug-revived"]
    );
}

#[test]
fn a_change_is_logged_with_what_stood_before_and_after() {
    let (_folder, mut store) = fresh();
    let mut one = entry("Briumvi");
    sync(&mut store, std::slice::from_ref(&one));
    one.ndcs = vec!["00069-0238-01".parse().unwrap(), "73150-0150-06".parse().unwrap()];
    one.brand = Some("BRIUMVI".to_owned());
    one.dose = None;
    assert_eq!(sync(&mut store, std::slice::from_ref(&one)).changed, 1);
    assert_eq!(store.drugs(true).unwrap()[0].entry, one);
    let detail: serde_json::Value = serde_json::from_str(&store.events().unwrap()[1].detail).unwrap();
    assert_eq!(detail["before"]["dose"], "450 mg");
    assert_eq!(detail["after"]["dose"], serde_json::Value::Null);
    assert_eq!(detail["after"]["ndcs"][0], "00069-0238-01");
}

#[test]
fn what_a_command_added_stays_until_the_file_takes_it_over() {
    let (_folder, mut store) = fresh();
    let id = change(&mut store, |it| {
        it.add_drug(&entry("Briumvi"), date(DAY)).unwrap()
    });
    assert_eq!(
        change(&mut store, |it| it
            .add_drug(&entry("Briumvi"), date(DAY))
            .unwrap()),
        id
    );
    assert_eq!(sync(&mut store, &[entry("Leqembi")]).retired, 0);
    assert_eq!(names(&store, true), ["Briumvi", "Leqembi"]);
    sync(&mut store, &[entry("Briumvi"), entry("Leqembi")]);
    assert_eq!(sync(&mut store, &[]).retired, 2);
}

#[test]
fn an_import_retires_nothing_and_a_command_may() {
    let (_folder, mut store) = fresh();
    let import =
        |store: &mut Store, list: &[DrugEntry]| change(store, |it| it.import_drugs(list, date(DAY)).unwrap());
    assert_eq!(import(&mut store, &[entry("Briumvi")]).added, 1);
    assert_eq!(import(&mut store, &[entry("Leqembi")]).added, 1);
    assert_eq!(names(&store, true).len(), 2);
    for _ in 0..2 {
        change(&mut store, |it| it.retire_drug(DrugId(1), date(DAY)).unwrap());
    }
    assert_eq!(names(&store, true), ["Leqembi"]);
    assert_eq!(store.events().unwrap().len(), 3);
    assert_eq!(import(&mut store, &[entry("Briumvi")]).revived, 1);
}

#[test]
fn drugs_are_found_by_what_people_call_them() {
    let (_folder, mut store) = fresh();
    let mut eylea = entry("Eylea");
    eylea.proper_name = Some("aflibercept".to_owned());
    eylea.ndcs = vec!["61755-0005-01".parse().unwrap()];
    let mut high_dose = entry("Eylea HD");
    high_dose.proper_name = Some("aflibercept".to_owned());
    sync(&mut store, &[eylea, high_dose]);
    let ids = |drugs: Vec<Drug>| drugs.iter().map(|drug| drug.id.0).collect::<Vec<_>>();
    let named = |store: &Store, text: &str| match store.find_drugs(text).unwrap() {
        Found::Named(drugs) => ids(drugs),
        Found::Like(drugs) => panic!("{text:?} is only like {drugs:?}"),
    };
    let like = |store: &Store, text: &str| match store.find_drugs(text).unwrap() {
        Found::Like(drugs) => ids(drugs),
        Found::Named(drugs) => panic!("{text:?} names {drugs:?}"),
    };
    for (text, meant) in [
        ("eylea", vec![1]),
        (" EYLEA hd ", vec![2]),
        ("aflibercept", vec![1, 2]),
        ("61755-005-01", vec![1]),
        ("NDC 61755-0005-01", vec![1]),
        ("2", vec![2]),
    ] {
        assert_eq!(named(&store, text), meant, "{text:?}");
    }
    for (text, alike) in [
        ("ylea", vec![1, 2]),
        ("eylea h", vec![2]),
        ("61755-0005-02", vec![]),
        ("", vec![]),
        ("%", vec![]),
        ("Briumvi", vec![]),
    ] {
        assert_eq!(like(&store, text), alike, "{text:?}");
    }
    for (written, called, part) in [
        ("Briumvi®", "briumvi", "rium"),
        ("Jubbonti / Wyost", "WYOST", "bonti"),
        ("Jubbonti/Wyost", "Jubbonti", "wyo"),
        ("Opdivo  Qvantig™", "opdivo qvantig", "Opdivo"),
    ] {
        let (_folder, mut store) = fresh();
        sync(&mut store, &[entry(written)]);
        assert_eq!(named(&store, called), [1], "{called} of {written}");
        assert_eq!(named(&store, written), [1], "{written}");
        assert_eq!(like(&store, part), [1], "{part} of {written}");
    }
    change(&mut store, |it| it.retire_drug(DrugId(1), date(DAY)).unwrap());
    assert_eq!(named(&store, "aflibercept"), [2], "the one that is watched");
    assert_eq!(named(&store, "61755-005-01"), [1], "no other is named so");
    assert_eq!(like(&store, "ylea"), [1, 2]);
}

#[test]
fn drugs_cannot_be_deleted() {
    let (_folder, mut store) = fresh();
    sync(&mut store, &[entry("Briumvi")]);
    assert!(store.connection.execute("DELETE FROM drug", []).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn after_any_syncs_the_list_is_the_last_one(
        lists in prop::collection::vec(prop::collection::vec((0u8..6, 0u8..3), 0..8), 1..6)
    ) {
        let (_folder, mut store) = fresh();
        let mut last = Vec::new();
        for list in &lists {
            last = list.iter().map(|(name, note)| DrugEntry {
                notes: Some(format!("note {note}")),
                ..entry(&format!("Drug {name}"))
            }).collect();
            sync(&mut store, &last);
        }
        let mut active: Vec<String> = store.drugs(true).unwrap().iter().map(|drug| format!("{:?}", drug.entry)).collect();
        let mut wanted: Vec<String> = last.iter().map(|entry| format!("{entry:?}")).collect();
        active.sort();
        wanted.sort();
        prop_assert_eq!(active, wanted);
        let before = dump(&store);
        sync(&mut store, &last);
        prop_assert_eq!(dump(&store), before);
        store.verify_events(None).unwrap();
    }
}

#[test]
fn a_line_with_corrected_words_stays_the_same_drug() {
    let (_folder, mut store) = fresh();
    let sloppy = DrugEntry {
        proper_name: Some("ublituximab".to_owned()),
        ..entry("Briumvi")
    };
    let other = entry("Leqembi");
    sync(&mut store, &[sloppy.clone(), other.clone()]);
    let corrected = DrugEntry {
        proper_name: Some("ublituximab-xiiy".to_owned()),
        ndcs: vec!["73150-0150-06".parse().unwrap()],
        route: Some("intravenous".to_owned()),
        ..entry("BRIUMVI")
    };
    let summary = sync(&mut store, &[corrected.clone(), other.clone()]);
    assert_eq!((summary.changed, summary.added, summary.retired), (1, 0, 0));
    let drugs = store.drugs(true).unwrap();
    assert_eq!((drugs[0].id.0, &drugs[0].entry), (1, &corrected));
    assert_eq!(sync(&mut store, &[corrected, other]).unchanged, 2);
}

#[test]
fn two_lines_that_could_be_the_one_before_are_not_guessed_between() {
    let (_folder, mut store) = fresh();
    let route = |route: &str| DrugEntry {
        route: Some(route.to_owned()),
        ..entry("Wezlana")
    };
    let without = DrugEntry {
        route: None,
        ..entry("Wezlana")
    };
    sync(&mut store, &[without]);
    let summary = sync(&mut store, &[route("intravenous"), route("subcutaneous")]);
    assert_eq!((summary.changed, summary.added, summary.retired), (0, 2, 1));
    let summary = sync(&mut store, &[route("intravenous")]);
    assert_eq!((summary.unchanged, summary.retired), (1, 1));
}

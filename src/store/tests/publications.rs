//! What releases said of codes.

use super::{code, codes, fresh, load, record};
use crate::domain::code::HcpcsCode;
use crate::store::hcpcs::MANY_CODES;
use crate::store::{Store, StoreError};
use std::collections::BTreeSet;

#[test]
fn publications_are_those_of_the_postings_in_force_in_time_order() {
    let (_folder, mut store) = fresh();
    let other = record("J0174", "Injection, lecanemab-irmb, 1 mg", "2023-07-06");
    load(
        &mut store,
        "2023Q4",
        "3",
        &[record("J2329", "new", "2023-07-01"), other.clone()],
    );
    load(
        &mut store,
        "2023Q3",
        "1",
        &[
            record("J2329", "undone", "2023-07-01"),
            record("J0001", "x", "2023-07-01"),
        ],
    );
    load(&mut store, "2023Q3", "2", &[record("J2329", "old", "2023-07-01")]);
    let said = store.publications(None).unwrap();
    let texts = |name: &str| -> Vec<(String, u32, String)> {
        let of = &said[&code(name)];
        of.iter()
            .map(|one| {
                (
                    one.release.quarter.to_string(),
                    one.release.revision,
                    one.record.long_description.clone(),
                )
            })
            .collect()
    };
    assert_eq!(
        texts("J2329"),
        [
            ("2023Q3".into(), 2, "old".into()),
            ("2023Q4".into(), 1, "new".into())
        ]
    );
    assert!(!said.contains_key(&code("J0001")));
    // By code the same is found, and a code that is nowhere in force has an empty entry.
    let asked = codes(&["J2329", "J0001"]);
    let some = store.publications(Some(&asked)).unwrap();
    assert_eq!(some[&code("J2329")], said[&code("J2329")]);
    assert!(some[&code("J0001")].is_empty());
    let every = store.publications_of_every_revision(Some(&asked)).unwrap();
    assert_eq!((every[&code("J2329")].len(), every[&code("J0001")].len()), (3, 1));
    assert_eq!(every, {
        let mut all = store.publications_of_every_revision(None).unwrap();
        all.retain(|code, _| asked.contains(code));
        all
    });
}

/// As many codes as make whole releases be read, `J2329` and `J0174` among them.
fn many_codes() -> BTreeSet<HcpcsCode> {
    let mut many: BTreeSet<HcpcsCode> = (0..MANY_CODES)
        .map(|number| code(&format!("A{number:04}")))
        .collect();
    many.extend(codes(&["J2329", "J0174"]));
    many
}

fn two_quarters() -> (tempfile::TempDir, Store) {
    let (folder, mut store) = fresh();
    let lecanemab = record("J0174", "Injection, lecanemab-irmb, 1 mg", "2023-07-06");
    let of_ublituximab = |text| record("J2329", text, "2023-07-01");
    load(
        &mut store,
        "2023Q3",
        "1",
        &[of_ublituximab("old"), lecanemab.clone()],
    );
    load(&mut store, "2023Q4", "2", &[of_ublituximab("new"), lecanemab]);
    (folder, store)
}

#[test]
fn many_codes_are_answered_as_each_alone() {
    let (_folder, store) = two_quarters();
    let many = many_codes();
    let said = store.publications(Some(&many)).unwrap();
    assert_eq!(said.keys().copied().collect::<BTreeSet<_>>(), many);
    for name in ["J2329", "J0174", "A0001"] {
        let alone = store.publications(Some(&codes(&[name]))).unwrap();
        assert_eq!(said[&code(name)], alone[&code(name)], "{name}");
    }
    assert_eq!((said[&code("J2329")].len(), said[&code("A0001")].len()), (2, 0));
}

#[test]
fn a_content_that_is_gone_is_told_and_no_other_put_in_its_place() {
    let (_folder, store) = two_quarters();
    let damage = "PRAGMA foreign_keys = OFF; DROP TRIGGER hcpcs_record_no_delete;
        DELETE FROM hcpcs_record WHERE code = 'J2329' AND number = 0;";
    store.connection.execute_batch(damage).unwrap();
    let (old, new) = {
        let releases = store.hcpcs_releases().unwrap();
        (releases[0].clone(), releases[1].clone())
    };
    let told = [
        store.publications(Some(&codes(&["J2329"]))).unwrap_err(),
        store.publications(Some(&many_codes())).unwrap_err(),
        store.publications(None).unwrap_err(),
        store.release_rows(&old).unwrap_err(),
    ];
    for error in told {
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        let text = error.to_string();
        let place = "line 11 of hcpcs 2023Q3 revision 1 says something of J2329 that is gone";
        assert!(text.contains(place), "{text}");
    }
    assert_eq!(store.release_rows(&new).unwrap()[0].row.long_description, "new");
}

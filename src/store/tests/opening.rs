use super::{change, entry, fresh, now};
use crate::domain::drug::DrugId;
use crate::store::migrate::SCHEMA_VERSION;
use crate::store::{Store, StoreError};
use rusqlite::Connection;
use std::path::Path;

#[test]
fn a_new_database_and_its_folder_are_for_the_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/deep/watch.db");
    let store = Store::open(&path).unwrap();
    assert_eq!(store.path(), path);
    drop(store);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
    }
}

#[test]
fn what_was_stored_is_there_after_opening_again_and_for_readers() {
    let (folder, mut store) = fresh();
    change(&mut store, |transaction| {
        transaction
            .add_drug(&entry("Briumvi"), "2023-06-20".parse().unwrap())
            .unwrap()
    });
    let path = store.path().to_owned();
    let reader = Store::open_read_only(&path).unwrap();
    assert_eq!(reader.drugs(true).unwrap().len(), 1);
    drop((reader, store));
    assert_eq!(
        Store::open(&path).unwrap().drugs(true).unwrap()[0].entry,
        entry("Briumvi")
    );
    drop(folder);
}

#[test]
fn a_change_that_is_not_committed_leaves_nothing() {
    let (_folder, mut store) = fresh();
    let before = super::dump(&store);
    let transaction = store.begin(now(), "run").unwrap();
    transaction
        .add_drug(&entry("Briumvi"), "2023-06-20".parse().unwrap())
        .unwrap();
    drop(transaction);
    assert_eq!(super::dump(&store), before);
}

#[test]
fn a_text_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("drugs.csv");
    let text = "brand,proper_name\nBriumvi,ublituximab-xiiy\n";
    std::fs::write(&path, text).unwrap();
    for error in [
        Store::open(&path).unwrap_err(),
        Store::open_read_only(&path).unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
        assert!(error.to_string().contains("drugs.csv"), "{error}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), text.as_bytes());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_damaged_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("watch.db");
    let mut bytes = b"SQLite format 3\0".to_vec();
    bytes.extend([0xA5; 8_000]);
    std::fs::write(&path, &bytes).unwrap();
    let error = Store::open(&path).unwrap_err();
    assert!(error.to_string().contains("watch.db"), "{error}");
    assert!(error.to_string().contains("damaged"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn another_programs_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE patient (name TEXT)").unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(
        Store::open(&path).unwrap_err(),
        StoreError::Foreign { .. }
    ));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

/// Was: the marks of a database were read one by one, and one made between two of them was called another program's.
#[test]
fn whoever_opens_a_database_while_it_is_made_finds_it_empty_or_whole() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..40 {
        let path = folder.path().join(format!("{number}.db"));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| Store::open(&path).unwrap());
                scope.spawn(|| match Store::open_read_only(&path) {
                    Ok(_) | Err(StoreError::Missing { .. }) => {}
                    Err(error) => panic!("{error}"),
                });
            }
        });
    }
}

#[test]
fn a_newer_schema_is_refused_and_left_as_it_is() {
    let (_folder, store) = fresh();
    let path = store.path().to_owned();
    store
        .connection
        .pragma_update(None, "user_version", SCHEMA_VERSION + 1)
        .unwrap();
    drop(store);
    let before = std::fs::read(&path).unwrap();
    for error in [
        Store::open(&path).unwrap_err(),
        Store::open_read_only(&path).unwrap_err(),
    ] {
        assert!(
            matches!(error, StoreError::NewerSchema { found, known, .. } if found == known + 1),
            "{error}"
        );
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn an_empty_file_is_no_database_yet() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("watch.db");
    std::fs::write(&path, "").unwrap();
    let error = Store::open_read_only(&path).unwrap_err();
    assert!(matches!(error, StoreError::Missing { .. }), "{error}");
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
}

#[test]
fn reading_a_database_that_is_not_there_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("watch.db");
    assert!(matches!(
        Store::open_read_only(&path).unwrap_err(),
        StoreError::Missing { .. }
    ));
    assert!(!path.exists());
}

#[test]
fn an_unknown_drug_is_named() {
    let (_folder, mut store) = fresh();
    let transaction = store.begin(now(), "command").unwrap();
    let error = transaction
        .retire_drug(DrugId(7), "2023-06-20".parse().unwrap())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no drug 7; `hcpcs-watch drugs list` shows the numbers"
    );
}

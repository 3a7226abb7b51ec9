use super::{change, entry, fresh, now};
use crate::domain::drug::DrugId;
use crate::store::migrate::{self, SCHEMA, SCHEMA_VERSION};
use crate::store::{Store, StoreError};
use rusqlite::Connection;
use std::collections::BTreeMap;
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
fn reading_a_database_that_is_not_there_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("watch.db");
    assert!(matches!(
        Store::open_read_only(&path).unwrap_err(),
        StoreError::Missing { .. }
    ));
    assert!(!path.exists());
}

/// Name, type, null-ness, default and key of every column, and the words of every index, trigger and view.
fn shape(connection: &Connection) -> BTreeMap<String, Vec<String>> {
    let mut shape: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut columns = connection
        .prepare(
            "SELECT t.name, c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || coalesce(c.dflt_value, '-') || ' ' || c.pk
             FROM pragma_table_list AS t JOIN pragma_table_xinfo(t.name) AS c WHERE t.schema = 'main' ORDER BY 1, 2",
        )
        .unwrap();
    let mut rows = columns.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        shape
            .entry(row.get(0).unwrap())
            .or_default()
            .push(row.get(1).unwrap());
    }
    let mut others = connection
        .prepare("SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE type <> 'table' ORDER BY name")
        .unwrap();
    let mut rows = others.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        shape
            .entry(row.get(0).unwrap())
            .or_default()
            .push(row.get(1).unwrap());
    }
    shape
}

#[test]
fn each_old_schema_upgraded_equals_a_fresh_one() {
    let fresh_one = Connection::open_in_memory().unwrap();
    migrate::apply(&fresh_one, SCHEMA, &migrate::STEPS).unwrap();
    let expected = shape(&fresh_one);
    assert!(expected.contains_key("hcpcs_record") && expected.contains_key("event_no_update"));
    for (place, _step) in migrate::STEPS.iter().enumerate() {
        let version = place + 1;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/old_schemas/v{version}.sql"));
        let old = Connection::open_in_memory().unwrap();
        old.execute_batch(&std::fs::read_to_string(&path).unwrap())
            .unwrap();
        old.pragma_update(None, "user_version", i64::try_from(version).unwrap())
            .unwrap();
        migrate::apply(&old, SCHEMA, &migrate::STEPS).unwrap();
        assert_eq!(shape(&old), expected, "from version {version}");
    }
}

#[test]
fn only_the_missing_steps_are_taken_and_a_failing_one_changes_nothing() {
    let connection = Connection::open_in_memory().unwrap();
    let version = |connection: &Connection| -> i64 {
        connection
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap()
    };
    migrate::apply(&connection, "CREATE TABLE one (a)", &[]).unwrap();
    let second = "CREATE TABLE two (b)";
    migrate::apply(&connection, "unused", &[second]).unwrap();
    assert_eq!(version(&connection), 2);
    let before = shape(&connection);
    assert!(before.contains_key("one") && before.contains_key("two"));
    migrate::apply(
        &connection,
        "unused",
        &[second, "CREATE TABLE three (c); nonsense"],
    )
    .unwrap_err();
    assert_eq!((version(&connection), shape(&connection)), (2, before));
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

//! Upgrades from the frozen old databases of `fixtures/old_schemas`, which have rows.

use super::{change, dump, posting, table};
use crate::cms::Table;
use crate::domain::crosswalk::CrosswalkPair;
use crate::domain::source::Source;
use crate::store::migrate::{self, SCHEMA, SCHEMA_VERSION, STEPS};
use crate::store::releases::{Contents, OldBytes};
use crate::store::{Store, StoreError};
use rusqlite::Connection;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The frozen database of a version in a file of its own.
fn frozen(version: i64) -> (TempDir, PathBuf) {
    let words = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/old_schemas/v{version}.sql"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("watch.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(&std::fs::read_to_string(words).unwrap())
        .unwrap();
    (folder, path)
}

fn version(connection: &Connection) -> i64 {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

fn count(connection: &Connection, from: &str) -> i64 {
    connection
        .query_row(&format!("SELECT count(*) FROM {from}"), [], |row| row.get(0))
        .unwrap()
}

/// Name, type, null-ness, default and key of every column, and the words of every index, trigger and view.
fn shape(connection: &Connection) -> BTreeMap<String, Vec<String>> {
    let mut shape: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for query in [
        "SELECT t.name, c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || coalesce(c.dflt_value, '-') || ' ' || c.pk
         FROM pragma_table_list AS t JOIN pragma_table_xinfo(t.name) AS c WHERE t.schema = 'main' ORDER BY 1, 2",
        "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE type <> 'table' ORDER BY name",
    ] {
        let mut statement = connection.prepare(query).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let told = shape.entry(row.get(0).unwrap()).or_default();
            told.push(row.get(1).unwrap());
        }
    }
    shape
}

#[test]
fn each_frozen_database_upgraded_has_the_shape_of_a_fresh_one_and_references_that_hold() {
    let fresh = Connection::open_in_memory().unwrap();
    migrate::apply(&fresh, SCHEMA, &STEPS).unwrap();
    let expected = shape(&fresh);
    assert!(expected.contains_key("hcpcs_record") && expected.contains_key("event_no_update"));
    for old in 1..SCHEMA_VERSION {
        let (_folder, path) = frozen(old);
        let store = Store::open(&path).unwrap();
        assert_eq!(
            shape(&store.connection),
            expected,
            "version {old} and schema.sql differ: a change of the schema needs a step in src/store/migrate.rs"
        );
        assert_eq!(version(&store.connection), SCHEMA_VERSION);
        assert!(store.verify_events(None).is_ok());
        for table in ["alert", "event", "drug_match", "message", "payer_rule", "refusal"] {
            assert!(
                count(&store.connection, table) > 0,
                "{table} of version {old} has rows"
            );
        }
        assert_eq!(count(&store.connection, "pragma_foreign_key_check"), 0);
    }
}

/// Every row of a query, its columns joined.
fn lines(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn what_version_1_held_of_records_and_crosswalks_is_read_as_it_was() {
    const LINES: &str =
        "l.release_id || ' ' || l.line || coalesce(l.action, '-') || c.code || c.long_description
        || c.short_description || c.cross_references || c.coverage || coalesce(c.add_date, '-')
        || coalesce(c.termination_date, '-') || coalesce(c.first_action, '-') || hex(c.digest)";
    let (_folder, path) = frozen(1);
    let old = Connection::open(&path).unwrap();
    let of_join = |join: &str| {
        format!("SELECT {LINES} FROM release_record AS l JOIN hcpcs_record AS c {join} ORDER BY 1")
    };
    let records = lines(&old, &of_join("ON c.id = l.record_id"));
    let pairs = lines(
        &old,
        "SELECT w.ndc || ' ' || w.code || ' ' || w.drug_name || ', ' || w.dosage || ', ' || w.labeler || ' '
            || f.quarter || ' ' || n.quarter || ' ' || n.revision || ' ' || p.newest_line
         FROM crosswalk_pair AS p JOIN crosswalk_row AS w ON w.id = p.row_id
         JOIN release AS f ON f.id = p.first_release_id JOIN release AS n ON n.id = p.newest_release_id
         ORDER BY w.ndc, w.code",
    );
    assert!(
        records.len() > 30 && pairs.len() > 10,
        "{} {}",
        records.len(),
        pairs.len()
    );
    drop(old);
    let mut store = Store::open(&path).unwrap();
    assert_eq!(
        lines(&store.connection, &of_join("USING (code, number)")),
        records
    );
    let read = store.crosswalk_pairs().unwrap();
    let read = read.iter().map(|pair| {
        let (newest, ndc) = (&pair.newest, pair.ndc.to_string().replace('-', ""));
        let CrosswalkPair {
            code,
            drug_name,
            details,
            first,
            line,
            ..
        } = pair;
        let posting = format!("{} {}", newest.quarter, newest.revision);
        format!("{ndc} {code} {drug_name}, {details} {first} {posting} {line}")
    });
    let pairs: Vec<String> = pairs.iter().map(|pair| pair.replacen('-', "", 2)).collect();
    assert_eq!(read.collect::<Vec<_>>(), pairs);
    // A release that says the same brings no content that is new: the digests are those of this version.
    let newest = store.releases(Source::Hcpcs).unwrap().pop().unwrap();
    let rows = store.release_rows(&newest).unwrap();
    let held = count(&store.connection, "hcpcs_record");
    let table = Table {
        rows,
        ..table(Vec::new())
    };
    change(&mut store, |transaction| {
        let new = posting(Source::Hcpcs, "2099Q1", "the same again");
        transaction
            .load_release(&new, &[Contents::Hcpcs(&table)], OldBytes::Reinstate)
            .unwrap()
    });
    assert_eq!(count(&store.connection, "hcpcs_record"), held);
}

/// The steps there are, and more to come.
fn and_then(more: &[&'static str]) -> Vec<&'static str> {
    [&STEPS, more].concat()
}

/// A step that rebuilds a table to which others refer, as SQLite's manual says, and one that fills a new column.
const REBUILD: &str = "
    CREATE TABLE new_drug AS SELECT *, upper(brand) AS shouted FROM drug;
    DROP TABLE drug;
    CREATE TABLE drug (id INTEGER PRIMARY KEY AUTOINCREMENT, brand TEXT, shouted TEXT) STRICT;
    INSERT INTO drug SELECT id, brand, shouted FROM new_drug;
    DROP TABLE new_drug;";
const FILL: &str = "ALTER TABLE alert ADD COLUMN year TEXT; DROP TRIGGER alert_no_update;
    UPDATE alert SET year = substr(raised_on, 1, 4);";

#[test]
fn only_the_missing_steps_are_taken_and_every_row_comes_along() {
    let (_folder, path) = frozen(1);
    let store = Store::open(&path).unwrap();
    let connection = &store.connection;
    let held = ["drug", "drug_ndc", "alert", "event"].map(|table| count(connection, table));
    assert_eq!(version(connection), SCHEMA_VERSION);
    migrate::apply(connection, SCHEMA, &and_then(&[REBUILD])).unwrap();
    assert_eq!(version(connection), SCHEMA_VERSION + 1);
    migrate::apply(connection, SCHEMA, &and_then(&[REBUILD, FILL])).unwrap();
    assert_eq!(version(connection), SCHEMA_VERSION + 2);
    assert_eq!(
        ["drug", "drug_ndc", "alert", "event"].map(|table| count(connection, table)),
        held
    );
    assert_eq!(count(connection, "drug WHERE shouted = 'BRIUMVI'"), 1);
    assert_eq!(count(connection, "alert WHERE year = '2023'"), held[2]);
    // References are enforced again.
    connection
        .execute("INSERT INTO drug_ndc VALUES (999, '73150015006')", [])
        .unwrap_err();
}

#[test]
fn an_upgrade_that_fails_or_is_interrupted_leaves_the_old_version_whole() {
    let (_folder, path) = frozen(1);
    let store = Store::open(&path).unwrap();
    let before = (dump(&store), shape(&store.connection));
    let dangling = "DELETE FROM drug WHERE id = 1";
    for (last, why) in [
        ("nonsense", "syntax"),
        (dangling, "refers to one that is not there"),
    ] {
        let error = migrate::apply(&store.connection, SCHEMA, &and_then(&[REBUILD, FILL, last])).unwrap_err();
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!((dump(&store), shape(&store.connection)), before, "{last}");
    }
    // The process ends between two steps: the connection goes without a commit.
    let dying = Store::open(&path).unwrap();
    dying.connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    dying.connection.execute_batch(FILL).unwrap();
    drop(dying);
    assert_eq!((dump(&store), shape(&store.connection)), before);
    assert_eq!(version(&store.connection), SCHEMA_VERSION);
}

#[test]
fn an_older_database_is_not_upgraded_by_reading_it() {
    let (_folder, path) = frozen(1);
    let before = std::fs::read(&path).unwrap();
    let error = Store::open_read_only(&path).unwrap_err();
    assert!(
        matches!(error, StoreError::OlderSchema { found: 1, .. }),
        "{error}"
    );
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

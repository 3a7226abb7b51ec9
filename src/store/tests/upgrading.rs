//! Upgrades from the frozen old databases of `fixtures/old_schemas`, which have rows.

use super::{change, count, dump, posting, table};
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

/// Name, type, null-ness, default and key of every column, and the words of every table, index, trigger and view.
fn shape(connection: &Connection) -> BTreeMap<String, Vec<String>> {
    let mut shape: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for query in [
        "SELECT t.name, c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || coalesce(c.dflt_value, '-') || ' ' || c.pk
         FROM pragma_table_list AS t JOIN pragma_table_xinfo(t.name) AS c WHERE t.schema = 'main' ORDER BY 1, 2",
        "SELECT name, coalesce(sql, '') FROM sqlite_schema ORDER BY name",
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

/// Postings beside those of the frozen database: the newest quarter posted again with other words for every third row,
/// every fifth row doubled, and an older quarter that came last. The pairs are made of them as version 1 made them.
const MORE_POSTINGS: &str = "
    INSERT INTO release SELECT 20, source, quarter, 2, printf('%064d', 20), origin, file_name, member, etag, last_modified,
        link_text, size, fetched_at, loaded_at, loaded_on, rows FROM release WHERE id = 6;
    INSERT INTO release SELECT 21, source, '2023Q1', 1, printf('%064d', 21), origin, file_name, member, etag,
        last_modified, link_text, size, fetched_at, loaded_at, loaded_on, rows FROM release WHERE id = 3;
    INSERT INTO crosswalk_row SELECT id + 1000, randomblob(16), ndc, code, short_description, labeler,
        drug_name || ' two', dosage, bill_units, package_quantity FROM crosswalk_row WHERE id % 3 = 0;
    INSERT INTO release_crosswalk SELECT 20, line + 5, row_id FROM release_crosswalk
        WHERE release_id = 6 AND row_id % 3 <> 0 AND row_id % 7 <> 0;
    INSERT INTO release_crosswalk SELECT 20, id, id FROM crosswalk_row WHERE id > 1000;
    INSERT INTO release_crosswalk SELECT 20, line + 5000, row_id FROM release_crosswalk
        WHERE release_id = 20 AND row_id % 5 = 0;
    INSERT INTO release_crosswalk SELECT 21, line, row_id FROM release_crosswalk WHERE release_id = 3 AND row_id % 2 = 0;
    DELETE FROM crosswalk_pair;";

/// How version 1 took the pairs of a release over, the oldest quarter first.
const OLD_PAIRS: &str = "INSERT INTO crosswalk_pair
     SELECT w.ndc, w.code, w.id, w.id, l.release_id, l.line, l.release_id, l.line
     FROM release_crosswalk AS l JOIN crosswalk_row AS w ON w.id = l.row_id
     WHERE l.release_id = ?1 ORDER BY l.line
     ON CONFLICT DO UPDATE SET row_id = excluded.row_id, newest_release_id = excluded.newest_release_id,
                               newest_line = excluded.newest_line
     WHERE newest_release_id <> excluded.newest_release_id";

#[test]
fn what_version_1_held_of_records_periods_and_crosswalks_is_read_as_it_was() {
    const LINES: &str =
        "l.release_id || ' ' || l.line || coalesce(l.action, '-') || c.code || c.long_description
        || c.short_description || c.cross_references || c.coverage || coalesce(c.add_date, '-')
        || coalesce(c.action_effective_date, '-') || coalesce(c.termination_date, '-')
        || coalesce(c.first_action, '-') || hex(c.digest)";
    const PERIODS: &str = "SELECT code || position || valid_from || coalesce(valid_to, '-') || descriptor
        || cross_references || standing || first_release_id || ' ' || first_line || coalesce(first_text, '-')
        || changed_release_id || ' ' || changed_line || coalesce(changed_text, '-')
        FROM code_period ORDER BY code, position";
    let (_folder, path) = frozen(1);
    let old = Connection::open(&path).unwrap();
    old.execute_batch(MORE_POSTINGS).unwrap();
    for release in [21, 3, 20] {
        old.execute(OLD_PAIRS, [release]).unwrap();
    }
    let of_join = |join: &str| {
        format!("SELECT {LINES} FROM release_record AS l JOIN hcpcs_record AS c {join} ORDER BY 1")
    };
    let (records, periods) = (
        lines(&old, &of_join("ON c.id = l.record_id")),
        lines(&old, PERIODS),
    );
    let pairs = lines(
        &old,
        "SELECT w.ndc || ' ' || w.code || ' ' || w.drug_name || ', ' || w.dosage || ', ' || w.labeler || ' '
            || f.quarter || ' ' || n.quarter || ' ' || n.revision || ' ' || p.newest_line
         FROM crosswalk_pair AS p JOIN crosswalk_row AS w ON w.id = p.row_id
         JOIN release AS f ON f.id = p.first_release_id JOIN release AS n ON n.id = p.newest_release_id
         ORDER BY w.ndc, w.code",
    );
    assert!(
        records.len() > 30 && pairs.len() > 100,
        "{} {}",
        records.len(),
        pairs.len()
    );
    for kind in [
        " two, ",
        " 2023Q1 2023Q3 2 ",
        " 2023Q1 2023Q2 1 ",
        " 2023Q3 2023Q3 2 ",
    ] {
        assert!(pairs.iter().any(|pair| pair.contains(kind)), "no pair as {kind}");
    }
    drop(old);
    let store = Store::open(&path).unwrap();
    assert_eq!(
        lines(&store.connection, &of_join("USING (code, number)")),
        records
    );
    assert_eq!(lines(&store.connection, PERIODS), periods);
    let read = store.crosswalk_pairs().unwrap();
    let read = read.iter().map(|pair| {
        let CrosswalkPair {
            ndc,
            code,
            drug_name,
            details,
            first,
            newest,
            line,
        } = pair;
        let posting = format!("{} {}", newest.quarter, newest.revision);
        format!("{ndc} {code} {drug_name}, {details} {first} {posting} {line}")
    });
    assert_eq!(read.collect::<Vec<_>>(), pairs);
}

#[test]
fn what_version_1_held_is_known_again_when_it_comes_again() {
    let (_folder, path) = frozen(1);
    let mut store = Store::open(&path).unwrap();
    let held =
        |store: &Store| ["hcpcs_record", "crosswalk_row"].map(|contents| count(&store.connection, contents));
    let before = held(&store);
    let newest = |source| store.releases(source).unwrap().pop().unwrap();
    let rows = store.release_rows(&newest(Source::Hcpcs)).unwrap();
    let packages = store.packages_of(newest(Source::NdcCrosswalk).id).unwrap();
    let (records, packages) = (
        Table {
            rows,
            ..table(Vec::new())
        },
        table(packages.into_values().collect()),
    );
    for again in [Contents::Hcpcs(&records), Contents::Crosswalk(&packages)] {
        change(&mut store, |transaction| {
            let new = posting(again.source(), "2099Q1", "the same again");
            transaction
                .load_release(&new, &[again], OldBytes::Reinstate)
                .unwrap()
        });
    }
    assert_eq!(held(&store), before);
}

#[test]
fn a_damaged_old_database_is_not_upgraded() {
    for damage in [
        "INSERT INTO release_record VALUES (7, 99999, 5, 'N')",
        "UPDATE code_period SET first_release_id = 99999",
    ] {
        let (_folder, path) = frozen(1);
        let old = Connection::open(&path).unwrap();
        old.execute_batch(&format!("PRAGMA foreign_keys = OFF; {damage}"))
            .unwrap();
        drop(old);
        let error = Store::open(&path).unwrap_err();
        assert!(
            matches!(&error, StoreError::Damaged { found, .. } if found.contains("refers to one that is not there")),
            "{damage}: {error}"
        );
        assert_eq!(version(&Connection::open(&path).unwrap()), 1);
    }
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

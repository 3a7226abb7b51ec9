//! Tests of the store on real files in a temporary folder.

mod drugs;
mod listings;
mod opening;
mod payers;
mod publications;
mod releases;
mod telling;
mod upgrading;

use super::releases::{Contents, Loading, NewRelease, OldBytes};
use super::{Store, Transaction};
use crate::cms::hcpcs_file::{Action, HcpcsRecord};
use crate::cms::{Placed, RejectedRow, Table};
use crate::domain::code::HcpcsCode;
use crate::domain::drug::DrugEntry;
use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fmt::Write as _;

pub(super) fn now() -> DateTime<Utc> {
    "2023-06-20T06:00:00Z".parse().unwrap()
}

pub(super) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn quarter(text: &str) -> Quarter {
    text.parse().unwrap()
}

pub(super) fn code(text: &str) -> HcpcsCode {
    text.parse().unwrap()
}

pub(super) fn codes(names: &[&str]) -> BTreeSet<HcpcsCode> {
    names.iter().map(|name| code(name)).collect()
}

/// A fresh store with the folder that goes when it is dropped.
pub(super) fn fresh() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("watch.db")).unwrap();
    (folder, store)
}

/// The rows of `from`, a table with or without a condition.
pub(super) fn count(connection: &Connection, from: &str) -> i64 {
    connection
        .query_row(&format!("SELECT count(*) FROM {from}"), [], |row| row.get(0))
        .unwrap()
}

/// One change, committed.
pub(super) fn change<T>(store: &mut Store, act: impl FnOnce(&Transaction<'_>) -> T) -> T {
    let transaction = store.begin(now(), "run").unwrap();
    let result = act(&transaction);
    transaction.commit().unwrap();
    result
}

/// A posting whose bytes are `bytes`.
pub(super) fn posting(source: Source, quarter_name: &str, bytes: &str) -> NewRelease {
    NewRelease {
        source,
        quarter: quarter(quarter_name),
        sha256: Sha256::of(bytes.as_bytes()),
        origin: format!("https://www.cms.gov/files/zip/{quarter_name}.zip"),
        file_name: format!("{quarter_name}.zip"),
        member: "HCPC2023_JUL_ANWEB.txt".to_owned(),
        etag: Some("\"1\"".to_owned()),
        last_modified: None,
        link_text: Some("July 2023 Alpha-Numeric HCPCS File".to_owned()),
        size: 1_000,
        fetched_at: now(),
    }
}

pub(super) fn record(name: &str, description: &str, added: &str) -> HcpcsRecord {
    HcpcsRecord {
        code: code(name),
        long_description: description.to_owned(),
        short_description: "Short".to_owned(),
        cross_references: vec!["J0223".to_owned(), "C9056".to_owned()],
        coverage: "C".to_owned(),
        add_date: Some(date(added)),
        action_effective_date: None,
        termination_date: None,
        action: Some(Action::None),
    }
}

pub(super) fn table<R>(rows: Vec<R>) -> Table<R> {
    let placed = |(place, row): (usize, R)| Placed {
        line: u32::try_from(place).unwrap() + 11,
        row,
    };
    Table {
        member: "HCPC2023_JUL_ANWEB.txt".to_owned(),
        rows: rows.into_iter().enumerate().map(placed).collect(),
        rejected: vec![RejectedRow {
            member: "HCPC2023_JUL_ANWEB.txt".to_owned(),
            line: 3,
            reason: "column ADD DT: `2023x701` is not a date".to_owned(),
            text: "J9999".to_owned(),
        }],
        left_out: vec![("modifier", 2)],
    }
}

/// Loads a HCPCS posting of these records.
pub(super) fn load(store: &mut Store, quarter_name: &str, bytes: &str, records: &[HcpcsRecord]) -> Loading {
    let rows = table(records.to_vec());
    change(store, |transaction| {
        let new = posting(Source::Hcpcs, quarter_name, bytes);
        transaction
            .load_release(&new, &[Contents::Hcpcs(&rows)], OldBytes::Reinstate)
            .unwrap()
    })
}

pub(super) fn entry(brand: &str) -> DrugEntry {
    DrugEntry {
        brand: Some(brand.to_owned()),
        proper_name: Some(format!("{}-xiiy", brand.to_lowercase())),
        ndcs: vec!["73150-0150-06".parse().unwrap()],
        route: Some("intravenous".to_owned()),
        dose: Some("450 mg".parse().unwrap()),
        started_on: Some(date("2023-01-15")),
        ..DrugEntry::default()
    }
}

/// Every row of every table but `run`, as text: what must not change when a day is run twice.
pub(super) fn dump(store: &Store) -> String {
    let connection = &store.connection;
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'run' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let mut text = String::new();
    for name in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<_> = (0..columns).map(|column| row.get_ref(column).unwrap()).collect();
            writeln!(text, "{name} {cells:?}").unwrap();
        }
    }
    text
}

//! Schema versions. `schema.sql` is the newest; each step below leads from one version to the next and is frozen
//! once it was released. A database made by `schema.sql` and one upgraded step by step have the same schema.

use super::open::APPLICATION_ID;
use super::{Reader, StoreError};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, ffi};

/// The schema as it is now.
pub(super) const SCHEMA: &str = include_str!("../../schema.sql");

/// The steps, oldest first: the first leads from version 1 to version 2.
pub(super) const STEPS: [&str; 1] = [include_str!("migrate/from_1_to_2.sql")];

/// The version of `schema.sql`: one more than there are steps.
pub(super) const SCHEMA_VERSION: i64 = 1 + STEPS.len().cast_signed() as i64;

/// Why a database was left at its version.
#[derive(Debug, thiserror::Error)]
pub(super) enum UpgradeError {
    /// It was damaged before.
    #[error("{0}")]
    Damaged(String),
    /// A step failed.
    #[error(transparent)]
    Step(#[from] rusqlite::Error),
}

/// Brings an empty or older database to the newest version, all or nothing.
pub(super) fn upgrade(reader: &Reader) -> Result<(), StoreError> {
    apply(&reader.connection, SCHEMA, &STEPS).map_err(|error| match error {
        UpgradeError::Damaged(found) => StoreError::Damaged {
            path: reader.path.clone(),
            found,
        },
        UpgradeError::Step(source) => reader.failed("bring the tables up to date")(source),
    })
}

/// The upgrade with the schema and steps given. A step may rebuild a table that others refer to, which SQLite lets it
/// do only while it does not enforce references, and it heeds that only outside of a transaction; so they are checked
/// before and at the end. Its tables in between are kept in memory: not every machine has a folder to spare for them.
pub(super) fn apply(connection: &Connection, schema: &str, steps: &[&str]) -> Result<(), UpgradeError> {
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    let applied = apply_in_one_transaction(connection, schema, steps);
    connection.pragma_update(None, "temp_store", "default")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    applied
}

/// The version is read again under the write lock: another program may have done the work meanwhile.
fn apply_in_one_transaction(
    connection: &Connection,
    schema: &str,
    steps: &[&str],
) -> Result<(), UpgradeError> {
    let transaction = rusqlite::Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let newest = 1 + i64::try_from(steps.len()).unwrap_or(i64::MAX - 1);
    if found == 0 {
        transaction.execute_batch(schema)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    } else {
        if let Some(found) = dangling(&transaction)? {
            return Err(UpgradeError::Damaged(found));
        }
        let done = usize::try_from(found - 1).unwrap_or(0);
        for step in steps.iter().skip(done) {
            transaction.execute_batch(step)?;
        }
        if let Some(found) = dangling(&transaction)? {
            let code = ffi::Error::new(ffi::SQLITE_CONSTRAINT_FOREIGNKEY);
            return Err(rusqlite::Error::SqliteFailure(code, Some(found)).into());
        }
    }
    transaction.pragma_update(None, "user_version", newest)?;
    Ok(transaction.commit()?)
}

/// Where a row refers to one that is not there, in words; none where all references hold.
fn dangling(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let mut check = connection.prepare("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1")?;
    let table: Option<String> = check.query_row([], |row| row.get(0)).optional()?;
    Ok(table.map(|table| format!("a row of the table {table} refers to one that is not there")))
}

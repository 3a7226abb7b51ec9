//! The SQLite file: releases, periods, the drug list, matches, alerts, the outbox, the event log. The only SQL of the
//! project; domain values in, domain values out. The tables are in `schema.sql`.
//!
//! Reads are methods of [`Reader`]; [`Store`] and [`Transaction`] deref to it. All writing goes through a
//! [`Transaction`], which fixes the instant and the actor for what it writes: from staging to outbox is one. The
//! store never reads a clock.

pub mod alerts;
pub mod as_of;
pub mod backup;
pub mod blind_spots;
mod columns;
mod content;
pub mod crosswalk;
pub mod drugs;
mod error;
pub mod events;
mod evidence;
pub mod hcpcs;
pub mod matches;
mod migrate;
mod open;
pub mod outbox;
pub mod payers;
pub mod periods;
pub mod prices;
pub mod purple_book;
pub mod refusals;
pub mod releases;
pub mod runs;
pub mod status;
pub mod troubles;

pub use error::StoreError;

use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{CachedStatement, Connection, Params, Row, TransactionBehavior};
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// An open database that can be read. Given by [`Store::open_read_only`] for reports.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    path: PathBuf,
}

/// An open database that can be written through [`Store::begin`].
#[derive(Debug)]
pub struct Store {
    reader: Reader,
    day: Option<NaiveDate>,
}

/// A change under way. Dropped without [`Transaction::commit`], nothing of it stays.
#[derive(Debug)]
pub struct Transaction<'store> {
    reader: &'store Reader,
    inner: rusqlite::Transaction<'store>,
    now: DateTime<Utc>,
    today: NaiveDate,
    actor: String,
}

impl Store {
    /// Opens the database at `path`, made with its folder where missing (readable by its owner only) and upgraded
    /// where its schema is older. A file that is no database of this tool, is damaged or has a newer schema is
    /// named in the error and left as it is.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        open::read_write(path).map(|reader| Self { reader, day: None })
    }

    /// Opens an existing, current database for reading only.
    pub fn open_read_only(path: &Path) -> Result<Reader, StoreError> {
        open::read_only(path)
    }

    /// Fixes the day, in the practice's time zone or as given with `--today`, under which changes are recorded;
    /// without it the date of the instant of the change, in UTC. Reports "as of" a day go by it.
    #[must_use]
    pub fn on_day(self, today: NaiveDate) -> Self {
        Self {
            day: Some(today),
            ..self
        }
    }

    /// Begins a change at the instant `now` on behalf of `actor`: `run`, `command` or a person's name. Waits up to
    /// five seconds for another writer.
    pub fn begin(&mut self, now: DateTime<Utc>, actor: &str) -> Result<Transaction<'_>, StoreError> {
        let reader = &self.reader;
        // In KiB where negative: room for what a quarter writes, so that nothing is written out and read back within
        // it. Who only reads goes through each table once and does with SQLite's 2 MB.
        reader
            .connection
            .pragma_update(None, "cache_size", -16_384)
            .map_err(reader.failed("begin a change"))?;
        let inner = rusqlite::Transaction::new_unchecked(&reader.connection, TransactionBehavior::Immediate)
            .map_err(reader.failed("begin a change"))?;
        Ok(Transaction {
            reader,
            inner,
            now,
            today: self.day.unwrap_or_else(|| now.date_naive()),
            actor: actor.to_owned(),
        })
    }
}

impl Deref for Store {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Deref for Transaction<'_> {
    type Target = Reader;

    fn deref(&self) -> &Reader {
        self.reader
    }
}

impl Transaction<'_> {
    /// Makes the change permanent: on return it is on the disk.
    pub fn commit(self) -> Result<(), StoreError> {
        let failed = self.reader.failed("commit a change");
        self.inner.commit().map_err(failed)
    }

    /// Runs one writing statement; gives the number of rows it touched.
    fn execute(&self, doing: &'static str, sql: &str, params: impl Params) -> Result<usize, StoreError> {
        let failed = self.reader.failed(doing);
        self.reader.statement(doing, sql)?.execute(params).map_err(failed)
    }

    /// The number of the row last inserted.
    fn last_id(&self) -> i64 {
        self.reader.connection.last_insert_rowid()
    }
}

impl Reader {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What turns SQLite's error into one that says what was being done to which file.
    fn failed(&self, doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + '_ {
        move |source| StoreError::sql(doing, &self.path, source)
    }

    /// The prepared statement of `sql`.
    fn statement(&self, doing: &'static str, sql: &str) -> Result<CachedStatement<'_>, StoreError> {
        self.connection.prepare_cached(sql).map_err(self.failed(doing))
    }

    /// What `read` makes of one state of the database, whatever is written meanwhile; within a change that holds anyway.
    ///
    /// # Errors
    ///
    /// Where the state cannot be had, and the errors of `read`.
    pub fn at_once<T, E: From<StoreError>>(&self, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if !self.connection.is_autocommit() {
            return read();
        }
        let _state = rusqlite::Transaction::new_unchecked(&self.connection, TransactionBehavior::Deferred)
            .map_err(self.failed("begin to read"))?;
        read()
    }

    /// Every row of a query, read by `read`, gathered.
    fn gather<T, C: FromIterator<T>>(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<C, StoreError> {
        let mut statement = self.statement(doing, sql)?;
        let rows = statement.query_map(params, read).map_err(self.failed(doing))?;
        rows.collect::<rusqlite::Result<C>>().map_err(self.failed(doing))
    }

    /// The first row of a query, read by `read`; none where there is none.
    fn first<T>(
        &self,
        doing: &'static str,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        use rusqlite::OptionalExtension;
        let mut statement = self.statement(doing, sql)?;
        statement
            .query_row(params, read)
            .optional()
            .map_err(self.failed(doing))
    }
}

/// A count as SQLite keeps it.
fn stored_count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;

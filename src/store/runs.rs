//! Runs: when the job ran, for which day, and how it ended.

use super::columns::Instant;
use super::{Reader, Store, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::params;

/// The store's number of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub i64);

/// A run of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// The day it ran for, in the practice's time zone.
    pub today: NaiveDate,
    /// When it ended; none while it runs, or where it was cut off.
    pub finished_at: Option<DateTime<Utc>>,
    /// Its exit code.
    pub exit_code: Option<u8>,
    /// What it did, as JSON text.
    pub summary: Option<String>,
}

impl Store {
    /// Notes that a run begins; kept whatever becomes of it.
    pub fn start_run(&mut self, now: DateTime<Utc>, today: NaiveDate) -> Result<RunId, StoreError> {
        let transaction = self.begin(now, "run")?;
        transaction.execute(
            "note the beginning of a run",
            "INSERT INTO run (started_at, today) VALUES (?1, ?2)",
            params![Instant(now), today],
        )?;
        let id = RunId(transaction.last_id());
        transaction.commit()?;
        Ok(id)
    }

    /// Notes how a run ended.
    pub fn finish_run(
        &mut self,
        id: RunId,
        now: DateTime<Utc>,
        exit_code: u8,
        summary: &serde_json::Value,
    ) -> Result<(), StoreError> {
        let transaction = self.begin(now, "run")?;
        transaction.execute(
            "note the end of a run",
            "UPDATE run SET finished_at = ?2, exit_code = ?3, summary = ?4 WHERE id = ?1",
            params![id, Instant(now), exit_code, serde_json::to_string(summary)?],
        )?;
        transaction.commit()
    }
}

impl Reader {
    /// The run that began last.
    pub fn last_run(&self) -> Result<Option<Run>, StoreError> {
        self.first(
            "look up the last run",
            "SELECT id, started_at, today, finished_at, exit_code, summary FROM run ORDER BY id DESC LIMIT 1",
            [],
            |row| {
                Ok(Run {
                    id: row.get(0)?,
                    started_at: row.get::<_, Instant>(1)?.0,
                    today: row.get(2)?,
                    finished_at: row.get::<_, Option<Instant>>(3)?.map(|at| at.0),
                    exit_code: row.get(4)?,
                    summary: row.get(5)?,
                })
            },
        )
    }
}

//! Runs: when the job ran, for which day, and how it ended.

use super::columns::Instant;
use super::{Reader, Store, StoreError, Transaction};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::params;
use serde_json::{Value, json};

/// The kind of event a run leaves.
const RUN_FINISHED: &str = "run-finished";

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
        summary: &Value,
    ) -> Result<(), StoreError> {
        let transaction = self.begin(now, "run")?;
        transaction.execute(
            "note the end of a run",
            "UPDATE run SET finished_at = ?2, exit_code = ?3, summary = ?4 WHERE id = ?1",
            params![id, Instant(now), exit_code, serde_json::to_string(summary)?],
        )?;
        transaction.log_run(id, exit_code, summary)?;
        transaction.commit()
    }
}

impl Transaction<'_> {
    /// Puts a run into the event log, unless the log already ends with a run of the same day and the same outcome: the
    /// first run of a day and every run that did something or went otherwise are logged, a repetition is not. The
    /// table of runs has them all.
    fn log_run(&self, id: RunId, exit_code: u8, summary: &Value) -> Result<(), StoreError> {
        let today: Option<NaiveDate> = self.first(
            "look up the day of a run",
            "SELECT today FROM run WHERE id = ?1",
            [id],
            |row| row.get(0),
        )?;
        let outcome = json!({ "exit_code": exit_code, "problems": summary.get("problems") });
        let before: Option<(String, Option<NaiveDate>, String)> = self.first(
            "read the end of the event log",
            "SELECT kind, detail ->> 'today', detail FROM event ORDER BY id DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )?;
        if let Some((kind, day, detail)) = before {
            let detail: Value = serde_json::from_str(&detail)?;
            if kind == RUN_FINISHED && day == today && detail.get("outcome") == Some(&outcome) {
                return Ok(());
            }
        }
        let detail = json!({ "today": today, "outcome": outcome, "summary": summary });
        self.append_event(RUN_FINISHED, &format!("run {}", id.0), &detail)
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

//! The event log: what was told, sent, decided and changed. Append-only and hash-chained, so that a row that was
//! edited, taken out or put in between shows.

use super::columns::Instant;
use super::{Reader, StoreError, Transaction};
use crate::domain::source::Sha256;
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Row, params};
use serde_json::Value;
use sha2::Digest;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number, from 1 without gaps.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who: `run`, `command` or a person's name.
    pub actor: String,
    /// What happened: `alert-raised`, `drug-changed`, ...
    pub kind: String,
    /// To what: `drug 3`, `hcpcs 2023Q3 revision 1`, ...
    pub subject: String,
    /// The details as JSON text, as written and hashed.
    pub detail: String,
    /// The hash of the entry before; zeros for the first.
    pub previous_hash: Sha256,
    /// The hash of this entry.
    pub hash: Sha256,
}

/// The first place where the chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the event log does not hold at entry {id}: {reason}; it was changed outside hcpcs-watch: keep a copy of the database and compare it with a back-up"
)]
pub struct BrokenLink {
    /// The entry.
    pub id: i64,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// What became of checking the log.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The chain is broken.
    #[error(transparent)]
    Broken(#[from] BrokenLink),
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What stands before the first entry.
const NOTHING: [u8; 32] = [0; 32];

impl Transaction<'_> {
    /// Appends an entry at the transaction's instant in its actor's name.
    pub fn append_event(&self, kind: &str, subject: &str, detail: &Value) -> Result<(), StoreError> {
        let before: Option<(i64, Sha256)> = self.first(
            "read the end of the event log",
            "SELECT id, hash FROM event ORDER BY id DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let (last, previous_hash) = before.unwrap_or((0, Sha256::from_bytes(NOTHING)));
        let mut event = Event {
            id: last + 1,
            at: self.now,
            actor: self.actor.clone(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            detail: serde_json::to_string(detail)?,
            previous_hash,
            hash: previous_hash,
        };
        event.hash = hash(&event);
        self.execute(
            "append to the event log",
            "INSERT INTO event (id, at, actor, kind, subject, detail, previous_hash, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                event.id,
                Instant(event.at),
                event.actor,
                event.kind,
                event.subject,
                event.detail,
                event.previous_hash,
                event.hash
            ],
        )?;
        Ok(())
    }
}

/// SHA-256 over the hash before and every field, each with its length in front.
fn hash(event: &Event) -> Sha256 {
    let at = event.at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let id = event.id.to_string();
    let previous = event.previous_hash.to_string();
    let mut hasher = sha2::Sha256::new();
    for field in [
        &previous,
        &id,
        &at,
        &event.actor,
        &event.kind,
        &event.subject,
        &event.detail,
    ] {
        hasher.update((field.len() as u64).to_le_bytes());
        hasher.update(field.as_bytes());
    }
    Sha256::from_bytes(hasher.finalize().into())
}

fn read_event(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        id: row.get(0)?,
        at: row.get::<_, Instant>(1)?.0,
        actor: row.get(2)?,
        kind: row.get(3)?,
        subject: row.get(4)?,
        detail: row.get(5)?,
        previous_hash: row.get(6)?,
        hash: row.get(7)?,
    })
}

impl Reader {
    /// The log from its beginning.
    pub fn events(&self) -> Result<Vec<Event>, StoreError> {
        self.gather(
            "read the event log",
            "SELECT id, at, actor, kind, subject, detail, previous_hash, hash FROM event ORDER BY id",
            [],
            read_event,
        )
    }

    /// Checks that every entry is as it was written, that none is missing and none was put in. Someone who can
    /// write the file can forge a whole new chain; keep the last hash elsewhere to tell.
    pub fn verify_events(&self) -> Result<(), VerifyError> {
        let mut previous = (0, Sha256::from_bytes(NOTHING));
        for event in self.events()? {
            let broken = |reason| BrokenLink { id: event.id, reason };
            if event.id != previous.0 + 1 {
                return Err(broken("the entry before it is missing").into());
            }
            if event.previous_hash != previous.1 {
                return Err(broken("it does not follow the entry before it").into());
            }
            if hash(&event) != event.hash {
                return Err(broken("its words are not those that were written").into());
            }
            previous = (event.id, event.hash);
        }
        // SQLite remembers the highest number ever given, so entries cut off at the end show too.
        let given: Option<i64> = self.first(
            "read the end of the event log",
            "SELECT seq FROM sqlite_sequence WHERE name = 'event'",
            [],
            |row| row.get(0),
        )?;
        if given.unwrap_or(0) != previous.0 {
            let (id, reason) = (previous.0 + 1, "it and what came after it is missing");
            return Err(BrokenLink { id, reason }.into());
        }
        Ok(())
    }
}

//! The event log: what was told, sent, decided and changed. Append-only and hash-chained, so that a row that was
//! edited, taken out or put in between shows.

use super::columns::Instant;
use super::{Reader, StoreError, Transaction};
use crate::domain::source::Sha256;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use rusqlite::{Row, params};
use serde_json::Value;
use sha2::Digest;
use std::fmt;
use std::str::FromStr;

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its number, from 1 without gaps.
    pub id: i64,
    /// When, by the clock.
    pub at: DateTime<Utc>,
    /// The day it counts for: the practice's date, or the one given with `--today`.
    pub day: NaiveDate,
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

/// One place in the log, kept elsewhere to hold the log against later: `57:3f2a...`, or the hash alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The entry; none where only the hash was noted.
    pub id: Option<i64>,
    /// The entry's hash.
    pub hash: Sha256,
}

/// Why a text is no anchor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no anchor: expected what `audit --anchor` printed, a number, a colon and 64 hexadecimal digits, or the digits alone"
)]
pub struct ParseAnchorError(String);

impl FromStr for Anchor {
    type Err = ParseAnchorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseAnchorError(text.to_owned());
        let (id, hash) = match text.trim().split_once(':') {
            Some((id, hash)) => {
                let id = id.parse().ok().filter(|id| *id >= 0).ok_or_else(wrong)?;
                (Some(id), hash)
            }
            None => (None, text.trim()),
        };
        let hash = hash.parse().map_err(|_not_hexadecimal| wrong())?;
        Ok(Self { id, hash })
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.id.iter().try_for_each(|id| write!(f, "{id}:"))?;
        write!(f, "{}", self.hash)
    }
}

impl serde::Serialize for Anchor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A log that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many entries it has.
    pub entries: i64,
    /// Its last entry; entry 0 and zeros where it is empty.
    pub head: Anchor,
    /// The entry that the anchor given is, where one was given.
    pub anchored: Option<i64>,
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
    /// The chain holds in itself but is not the one the anchor was taken from.
    #[error(
        "the event log is not the one that the anchor {anchor} was taken from: {reason}; it was rewritten or cut short, or the anchor belongs to another database: keep a copy and compare it with a back-up"
    )]
    OtherLog {
        /// The anchor.
        anchor: Anchor,
        /// What does not fit.
        reason: String,
    },
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
        let mut entry = Written {
            id: last + 1,
            at: self.now.to_rfc3339_opts(SecondsFormat::Millis, true),
            day: self.today.to_string(),
            actor: self.actor.clone(),
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            detail: serde_json::to_string(detail)?,
            previous_hash: previous_hash.to_string(),
            hash: String::new(),
        };
        entry.hash = entry.computed_hash().to_string();
        self.execute(
            "append to the event log",
            "INSERT INTO event (id, at, day, actor, kind, subject, detail, previous_hash, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                entry.id,
                entry.at,
                entry.day,
                entry.actor,
                entry.kind,
                entry.subject,
                entry.detail,
                entry.previous_hash,
                entry.hash
            ],
        )?;
        Ok(())
    }
}

/// An entry word for word as it stands in the table, so that one that no longer reads as what it should be is named as
/// broken like any other.
struct Written {
    id: i64,
    at: String,
    day: String,
    actor: String,
    kind: String,
    subject: String,
    detail: String,
    previous_hash: String,
    hash: String,
}

impl Written {
    /// SHA-256 over the hash before and every field, each with its length in front.
    fn computed_hash(&self) -> Sha256 {
        let id = self.id.to_string();
        let mut hasher = sha2::Sha256::new();
        for field in [
            &self.previous_hash,
            &id,
            &self.at,
            &self.day,
            &self.actor,
            &self.kind,
            &self.subject,
            &self.detail,
        ] {
            hasher.update((field.len() as u64).to_le_bytes());
            hasher.update(field.as_bytes());
        }
        Sha256::from_bytes(hasher.finalize().into())
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            at: row.get(1)?,
            day: row.get(2)?,
            actor: row.get(3)?,
            kind: row.get(4)?,
            subject: row.get(5)?,
            detail: row.get(6)?,
            previous_hash: row.get(7)?,
            hash: row.get(8)?,
        })
    }

    /// What is wrong with this entry after the one with this number and hash.
    fn fault(&self, last: i64, previous: &str) -> Option<&'static str> {
        if self.id != last + 1 {
            return Some("the entry before it is missing, or it was put in");
        }
        if self.previous_hash != previous {
            return Some("it does not follow the entry before it");
        }
        (self.computed_hash().to_string() != self.hash).then_some("its words are not those that were written")
    }
}

/// Entries in the order [`read_event`] and [`Written::read`] take the columns.
const EVENTS: &str = "SELECT id, at, day, actor, kind, subject, detail, previous_hash, hash FROM event";

fn read_event(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        id: row.get(0)?,
        at: row.get::<_, Instant>(1)?.0,
        day: row.get(2)?,
        actor: row.get(3)?,
        kind: row.get(4)?,
        subject: row.get(5)?,
        detail: row.get(6)?,
        previous_hash: row.get(7)?,
        hash: row.get(8)?,
    })
}

impl Reader {
    /// The log from its beginning.
    pub fn events(&self) -> Result<Vec<Event>, StoreError> {
        self.gather(
            "read the event log",
            &format!("{EVENTS} ORDER BY id"),
            [],
            read_event,
        )
    }

    /// The entries after number `after` that count for `day` or a day before it, oldest first.
    pub fn events_after(&self, after: i64, day: NaiveDate) -> Result<Vec<Event>, StoreError> {
        self.gather(
            "read the event log",
            &format!("{EVENTS} WHERE id > ?1 AND day <= ?2 ORDER BY id"),
            params![after, day],
            read_event,
        )
    }

    /// The last entry of `kind` that counts for a day before `day`.
    pub fn last_event_before(&self, kind: &str, day: NaiveDate) -> Result<Option<Event>, StoreError> {
        self.first(
            "look up an entry of the event log",
            &format!("{EVENTS} WHERE kind = ?1 AND day < ?2 ORDER BY id DESC LIMIT 1"),
            params![kind, day],
            read_event,
        )
    }

    /// The last entry of the log: what to keep elsewhere. Entry 0 and zeros while the log is empty.
    pub fn event_head(&self) -> Result<Anchor, StoreError> {
        let head = self.first(
            "read the end of the event log",
            "SELECT id, hash FROM event ORDER BY id DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let (id, hash) = head.unwrap_or((0, Sha256::from_bytes(NOTHING)));
        Ok(Anchor { id: Some(id), hash })
    }

    /// Checks that every entry is as it was written, that none is missing and none was put in; names the first that is
    /// not. Someone who can write the file can forge a whole new chain: with `anchor`, noted elsewhere before, that
    /// shows too.
    pub fn verify_events(&self, anchor: Option<Anchor>) -> Result<Verified, VerifyError> {
        const DOING: &str = "read the event log";
        let failed = self.failed(DOING);
        let mut last = (0, Sha256::from_bytes(NOTHING).to_string());
        let mut anchored = anchor
            .filter(|anchor| anchor.hash.to_string() == last.1)
            .map(|_| 0);
        let mut statement = self.statement(DOING, &format!("{EVENTS} ORDER BY id"))?;
        let mut rows = statement.query([]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let entry = Written::read(row).map_err(&failed)?;
            if let Some(reason) = entry.fault(last.0, &last.1) {
                return Err(BrokenLink { id: entry.id, reason }.into());
            }
            if anchor.is_some_and(|anchor| anchor.hash.to_string() == entry.hash) {
                anchored = Some(entry.id);
            }
            last = (entry.id, entry.hash);
        }
        self.refuse_a_cut_end(last.0)?;
        let hash = last.1.parse().unwrap_or(Sha256::from_bytes(NOTHING));
        let verified = Verified {
            entries: last.0,
            head: Anchor {
                id: Some(last.0),
                hash,
            },
            anchored,
        };
        match anchor {
            Some(anchor) => hold_against(verified, anchor),
            None => Ok(verified),
        }
    }

    /// SQLite remembers the highest number ever given, so entries cut off at the end show too, unless that was
    /// changed as well.
    fn refuse_a_cut_end(&self, last: i64) -> Result<(), VerifyError> {
        let given: Option<i64> = self.first(
            "read the end of the event log",
            "SELECT seq FROM sqlite_sequence WHERE name = 'event'",
            [],
            |row| row.get(0),
        )?;
        if given.unwrap_or(0) == last {
            return Ok(());
        }
        let (id, reason) = (last + 1, "it and what came after it is missing");
        Err(BrokenLink { id, reason }.into())
    }
}

fn hold_against(verified: Verified, anchor: Anchor) -> Result<Verified, VerifyError> {
    let reason = match (verified.anchored, anchor.id) {
        (Some(found), Some(noted)) if found != noted => {
            format!("the hash noted for entry {noted} is that of entry {found}")
        }
        (Some(_), _) => return Ok(verified),
        (None, Some(noted)) if noted > verified.entries => {
            format!("it ends with entry {}, before entry {noted}", verified.entries)
        }
        (None, Some(noted)) => format!("entry {noted} has another hash"),
        (None, None) => "no entry has this hash".to_owned(),
    };
    Err(VerifyError::OtherLog { anchor, reason })
}

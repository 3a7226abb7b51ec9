//! Reading the outbox.

use super::{MessageNumber, NEWS, NewMessage, OutboxMessage, STILL_OPEN};
use crate::domain::alert::{AlertId, Attachment};
use crate::store::columns::{Instant, words};
use crate::store::{Reader, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Row, params};

/// Messages in the order [`read_message`] takes the columns.
const MESSAGES: &str =
    "SELECT id, message_id, recipient, kind, subject, text, html, created_at, status, attempts,
        last_attempt_at, next_attempt_at, last_error, sent_at, place, day, thread FROM message";

/// The numbers of the messages that wait, by their index: the words of all others stay unread.
pub(in crate::store) const WAITING: &str = "SELECT id FROM message WHERE status = 'queued'";

/// Whether an address was told news since an instant.
pub(in crate::store) const TOLD_NEWS: &str =
    "SELECT 1 FROM message WHERE recipient = ?1 AND kind = 'digest' AND created_at >= ?2";

/// A message without its alerts.
fn read_message(row: &Row<'_>) -> rusqlite::Result<OutboxMessage> {
    let instant = |column: usize| row.get::<_, Option<Instant>>(column).map(|at| at.map(|at| at.0));
    Ok(OutboxMessage {
        number: row.get(0)?,
        message: NewMessage {
            message_id: row.get(1)?,
            recipient: row.get(2)?,
            kind: row.get(3)?,
            subject: row.get(4)?,
            text: row.get(5)?,
            html: row.get(6)?,
            day: row.get(15)?,
            thread: words(&row.get::<_, String>(16)?),
            alerts: Vec::new(),
            still_open: Vec::new(),
            attachments: Vec::new(),
        },
        created_at: row.get::<_, Instant>(7)?.0,
        status: row.get(8)?,
        attempts: row.get(9)?,
        last_attempt_at: instant(10)?,
        next_attempt_at: instant(11)?,
        last_error: row.get(12)?,
        sent_at: instant(13)?,
        place: row.get(14)?,
    })
}

impl Reader {
    /// The messages that wait and may be tried at `now`, oldest first.
    pub fn due_messages(&self, now: DateTime<Utc>) -> Result<Vec<OutboxMessage>, StoreError> {
        let sql = format!(
            "{MESSAGES} WHERE id IN ({WAITING} AND (next_attempt_at IS NULL OR next_attempt_at <= ?1)) ORDER BY id"
        );
        let due: Vec<OutboxMessage> = self.gather("read the outbox", &sql, [Instant(now)], read_message)?;
        due.into_iter().map(|message| self.completed(message)).collect()
    }

    /// Every message, oldest first.
    pub fn messages(&self) -> Result<Vec<OutboxMessage>, StoreError> {
        let sql = format!("{MESSAGES} ORDER BY id");
        let all: Vec<OutboxMessage> = self.gather("read the outbox", &sql, [], read_message)?;
        all.into_iter().map(|message| self.completed(message)).collect()
    }

    /// The alerts that no digest to this address tells of, oldest first, whenever they were raised.
    pub fn alerts_without_message(&self, recipient: &str) -> Result<Vec<AlertId>, StoreError> {
        self.gather(
            "list alerts that were not told",
            "SELECT id FROM alert WHERE NOT EXISTS (
                 SELECT 1 FROM message_alert AS a JOIN message AS m ON m.id = a.message_id
                 WHERE a.alert_id = alert.id AND m.recipient = ?1 AND m.kind = 'digest')
             ORDER BY id",
            [recipient],
            |row| row.get(0),
        )
    }

    /// The messages that wait, whenever they may be tried, oldest first.
    pub fn waiting_messages(&self) -> Result<Vec<OutboxMessage>, StoreError> {
        let sql = format!("{MESSAGES} WHERE id IN ({WAITING}) ORDER BY id");
        let waiting: Vec<OutboxMessage> = self.gather("read the outbox", &sql, [], read_message)?;
        waiting
            .into_iter()
            .map(|message| self.completed(message))
            .collect()
    }

    /// The practice's date on which this address was last told of alerts that are still open.
    pub fn last_told_again(&self, recipient: &str) -> Result<Option<NaiveDate>, StoreError> {
        let day = self.first(
            "look up when an address was last reminded",
            "SELECT max(m.day) FROM message AS m JOIN message_alert AS a ON a.message_id = m.id
             WHERE m.recipient = ?1 AND a.telling = 'still-open'",
            [recipient],
            |row| row.get(0),
        )?;
        Ok(day.flatten())
    }

    /// Whether this address was sent news at `since` or later.
    pub fn told_news_since(&self, recipient: &str, since: DateTime<Utc>) -> Result<bool, StoreError> {
        let told = self.first(
            "look up whether an address was told news",
            TOLD_NEWS,
            params![recipient, Instant(since)],
            |_row| Ok(()),
        )?;
        Ok(told.is_some())
    }

    /// The addresses whose last message that came to an end was refused for good, each with the reason.
    pub fn refused_recipients(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.gather(
            "list the addresses that refuse mail",
            // Beside max(), SQLite gives the other columns of the row that has it.
            "SELECT m.recipient, coalesce(m.last_error, '')
             FROM (SELECT max(id) AS id, status FROM message WHERE status <> 'queued' GROUP BY recipient) AS last
             JOIN message AS m ON m.id = last.id
             WHERE last.status = 'failed' ORDER BY m.recipient",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
    }

    /// Whether a message with this Message-ID is in the outbox, in whatever state.
    pub fn is_queued(&self, message_id: &str) -> Result<bool, StoreError> {
        let found = self.first(
            "look up a message",
            "SELECT 1 FROM message WHERE message_id = ?1",
            [message_id],
            |_row| Ok(()),
        )?;
        Ok(found.is_some())
    }

    /// The name of this database, made once with it.
    pub fn installation(&self) -> Result<String, StoreError> {
        let name = self.first(
            "read the name of the database",
            "SELECT name FROM installation",
            [],
            |row| row.get(0),
        )?;
        Ok(name.unwrap_or_default())
    }

    /// A message with its alerts and attachments.
    fn completed(&self, mut message: OutboxMessage) -> Result<OutboxMessage, StoreError> {
        message.message.alerts = self.alerts_told_by(message.number, NEWS)?;
        message.message.still_open = self.alerts_told_by(message.number, STILL_OPEN)?;
        message.message.attachments = self.gather(
            "read the attachments of a message",
            "SELECT file_name, content_type, content FROM message_attachment WHERE message_id = ?1 ORDER BY position",
            [message.number],
            |row| {
                Ok(Attachment {
                    file_name: row.get(0)?,
                    content_type: row.get(1)?,
                    content: row.get(2)?,
                })
            },
        )?;
        Ok(message)
    }

    fn alerts_told_by(&self, number: MessageNumber, telling: &str) -> Result<Vec<AlertId>, StoreError> {
        self.gather(
            "read what a message tells of",
            "SELECT alert_id FROM message_alert WHERE message_id = ?1 AND telling = ?2 ORDER BY alert_id",
            params![number, telling],
            |row| row.get(0),
        )
    }
}

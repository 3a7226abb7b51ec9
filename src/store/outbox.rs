//! The outbox: messages fixed when they are queued, sent at least once, each state change a small transaction of its
//! own, so that a mail that went out is never forgotten because of the next one.

use super::columns::{Instant, words};
use super::{Reader, Store, StoreError, Transaction, stored_count};
use crate::domain::alert::{AlertId, Attachment, DeliveryStatus};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{Row, named_params, params};
use serde_json::{Value, json};

/// How a message tells of an alert: for the first time, or once more.
const NEWS: &str = "news";
const STILL_OPEN: &str = "still-open";

/// The store's number of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageNumber(pub i64);

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageKind {
    /// The news of a run, to the practice.
    Digest,
    /// News whose day is past and that nobody has acknowledged, once more.
    StillOpen,
    /// A quarter's file has come and nothing changes.
    Quiet,
    /// Something the operator has to look at.
    Operator,
}

impl MessageKind {
    /// The name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::StillOpen => "still-open",
            Self::Quiet => "quiet",
            Self::Operator => "operator",
        }
    }
}

/// A message ready to be sent; it is never rendered again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The RFC 5322 Message-ID, fixed now so that a second attempt is the same mail to the reader's mail program.
    pub message_id: String,
    /// The address.
    pub recipient: String,
    /// What it is for.
    pub kind: MessageKind,
    /// The practice's date it is queued for.
    pub day: NaiveDate,
    /// The subject.
    pub subject: String,
    /// The Message-IDs that thread it with what was told of the same drugs: the References header.
    pub thread: Vec<String>,
    /// The plain text.
    pub text: String,
    /// The HTML; none for a message in plain text only.
    pub html: Option<String>,
    /// The alerts it tells of as news; none for the operator.
    pub alerts: Vec<AlertId>,
    /// The alerts it tells of once more, because they are still open.
    pub still_open: Vec<AlertId>,
    /// The files that go with it.
    pub attachments: Vec<Attachment>,
}

/// A message of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its number.
    pub number: MessageNumber,
    /// What is sent.
    pub message: NewMessage,
    /// When it was queued: the Date of the mail.
    pub created_at: DateTime<Utc>,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often sending was tried.
    pub attempts: u32,
    /// When it was tried last.
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// From when on it may be tried again; none: at once.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was taken over.
    pub sent_at: Option<DateTime<Utc>>,
    /// Where it went: the server's answer, or the file.
    pub place: Option<String>,
}

impl Transaction<'_> {
    /// Queues a message; none where one with its Message-ID is in the outbox already.
    pub fn queue_message(&self, new: &NewMessage) -> Result<Option<MessageNumber>, StoreError> {
        // Asked beforehand: an insertion that a conflict undoes still uses up a number.
        if self.is_queued(&new.message_id)? {
            return Ok(None);
        }
        self.execute(
            "queue a message",
            "INSERT INTO message (message_id, recipient, kind, day, subject, thread, text, html, created_at)
             VALUES (:message_id, :recipient, :kind, :day, :subject, :thread, :text, :html, :now)",
            named_params! {
                ":message_id": new.message_id, ":recipient": new.recipient, ":kind": new.kind, ":day": new.day,
                ":subject": new.subject, ":thread": new.thread.join(" "), ":text": new.text, ":html": new.html,
                ":now": Instant(self.now),
            },
        )?;
        let number = MessageNumber(self.last_id());
        self.note_alerts(number, new)?;
        self.attach(number, &new.attachments)?;
        let files: Vec<_> = new.attachments.iter().map(|file| &file.file_name).collect();
        let detail = json!({
            "message_id": new.message_id, "recipient": new.recipient, "kind": new.kind.as_str(),
            "subject": new.subject, "alerts": new.alerts, "still_open": new.still_open, "attachments": files,
        });
        self.log_message("message-queued", number, &detail)?;
        Ok(Some(number))
    }

    fn note_alerts(&self, number: MessageNumber, new: &NewMessage) -> Result<(), StoreError> {
        let news = new.alerts.iter().map(|alert| (alert, NEWS));
        let told_again = new.still_open.iter().map(|alert| (alert, STILL_OPEN));
        for (alert, telling) in news.chain(told_again) {
            self.execute(
                "note what a message tells of",
                "INSERT OR IGNORE INTO message_alert (alert_id, message_id, telling) VALUES (?1, ?2, ?3)",
                params![alert, number, telling],
            )?;
        }
        Ok(())
    }

    fn attach(&self, number: MessageNumber, attachments: &[Attachment]) -> Result<(), StoreError> {
        for (position, file) in attachments.iter().enumerate() {
            self.execute(
                "store an attachment",
                "INSERT INTO message_attachment (message_id, position, file_name, content_type, content)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![
                    number,
                    stored_count(position),
                    file.file_name,
                    file.content_type,
                    file.content
                ],
            )?;
        }
        Ok(())
    }

    /// Writes the outcome of an attempt to send a message that waits.
    fn mark(&self, number: MessageNumber, outcome: &Outcome<'_>) -> Result<(), StoreError> {
        let (status, kind, reason, next, place) = match *outcome {
            Outcome::Sent { place } => (DeliveryStatus::Sent, "message-sent", None, None, place),
            Outcome::Later { reason, next } => (
                DeliveryStatus::Queued,
                "message-delayed",
                Some(reason),
                Some(next),
                None,
            ),
            Outcome::Never { reason } => (DeliveryStatus::Failed, "message-failed", Some(reason), None, None),
        };
        let marked = self.execute(
            "mark a message",
            "UPDATE message SET status = :status, attempts = attempts + 1, last_attempt_at = :now,
                 next_attempt_at = :next, last_error = :reason, place = :place,
                 sent_at = CASE WHEN :status = 'sent' THEN :now END
             WHERE id = :id AND status = 'queued'",
            named_params! {
                ":status": status, ":now": Instant(self.now), ":next": next.map(Instant), ":reason": reason,
                ":place": place, ":id": number,
            },
        )?;
        if marked == 0 {
            return Err(StoreError::NotQueued(number.0));
        }
        self.log_message(
            kind,
            number,
            &json!({ "reason": reason, "next_attempt_at": next, "place": place }),
        )
    }

    fn log_message(&self, kind: &str, number: MessageNumber, detail: &Value) -> Result<(), StoreError> {
        self.append_event(kind, &format!("message {}", number.0), detail)
    }
}

/// What became of an attempt.
#[derive(Debug)]
enum Outcome<'a> {
    Sent { place: Option<&'a str> },
    Later { reason: &'a str, next: DateTime<Utc> },
    Never { reason: &'a str },
}

impl Store {
    /// The message was taken over at `now`; `place` is the server's answer or the file it was written to.
    pub fn mark_sent(
        &mut self,
        number: MessageNumber,
        now: DateTime<Utc>,
        place: Option<&str>,
    ) -> Result<(), StoreError> {
        self.mark(number, now, &Outcome::Sent { place })
    }

    /// The message could not be sent at `now`, for a passing reason; it may be tried again from `next` on.
    pub fn mark_transient(
        &mut self,
        number: MessageNumber,
        now: DateTime<Utc>,
        reason: &str,
        next: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.mark(number, now, &Outcome::Later { reason, next })
    }

    /// The message was refused for good at `now`; a person has to act.
    pub fn mark_failed(
        &mut self,
        number: MessageNumber,
        now: DateTime<Utc>,
        reason: &str,
    ) -> Result<(), StoreError> {
        self.mark(number, now, &Outcome::Never { reason })
    }

    fn mark(
        &mut self,
        number: MessageNumber,
        now: DateTime<Utc>,
        outcome: &Outcome<'_>,
    ) -> Result<(), StoreError> {
        let transaction = self.begin(now, "deliver")?;
        transaction.mark(number, outcome)?;
        transaction.commit()
    }
}

/// Messages in the order [`read_message`] takes the columns.
const MESSAGES: &str =
    "SELECT id, message_id, recipient, kind, subject, text, html, created_at, status, attempts,
        last_attempt_at, next_attempt_at, last_error, sent_at, place, day, thread FROM message";

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
            "{MESSAGES} WHERE status = 'queued' AND (next_attempt_at IS NULL OR next_attempt_at <= ?1) ORDER BY id"
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
        let sql = format!("{MESSAGES} WHERE status = 'queued' ORDER BY id");
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
            "SELECT 1 FROM message WHERE recipient = ?1 AND kind = 'digest' AND created_at >= ?2",
            params![recipient, Instant(since)],
            |_row| Ok(()),
        )?;
        Ok(told.is_some())
    }

    /// The addresses whose last message that came to an end was refused for good, each with the reason.
    pub fn refused_recipients(&self) -> Result<Vec<(String, String)>, StoreError> {
        self.gather(
            "list the addresses that refuse mail",
            "SELECT recipient, coalesce(last_error, '') FROM message
             WHERE status = 'failed' AND id IN (
                 SELECT max(id) FROM message WHERE status <> 'queued' GROUP BY recipient)
             ORDER BY recipient",
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

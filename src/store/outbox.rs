//! The outbox: messages fixed when they are queued, sent at least once, each state change a small transaction of its
//! own, so that a mail that went out is never forgotten because of the next one.

pub(super) mod read;

use super::columns::Instant;
use super::{Store, StoreError, Transaction, stored_count};
use crate::domain::alert::{AlertId, Attachment, DeliveryStatus};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{named_params, params};
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

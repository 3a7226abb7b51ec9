//! Sends what the outbox holds: at least once, shown once.

use super::{Moment, PipelineError, Problem, Trouble};
use crate::alerts::digest::Rendered;
use crate::config::{Config, Transport};
use crate::domain::alert::DeliveryStatus;
use crate::mail::{MailTransport, Outgoing, SendOutcome, mask_addresses, transport};
use crate::store::Store;
use crate::store::outbox::{MessageNumber, OutboxMessage};
use chrono::{DateTime, TimeDelta, Utc};
use lettre::message::Mailbox;
use std::path::PathBuf;

/// What became of one message in this delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// The subject.
    pub subject: String,
    /// The recipient, masked.
    pub recipient: String,
    /// Where it stands now.
    pub status: DeliveryStatus,
    /// The file, where mail goes to a folder.
    pub file: Option<PathBuf>,
    /// Why it was not taken.
    pub reason: Option<String>,
}

/// What became of the outbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// One entry a message tried.
    pub messages: Vec<Delivered>,
    /// Why no message could be tried at all.
    pub blocked: Option<String>,
    /// How many messages wait that were not tried because of that.
    pub waiting: usize,
    /// How many messages wait for a later attempt and were not tried for that reason.
    pub later: usize,
}

impl Deliveries {
    /// How many messages were taken over.
    #[must_use]
    pub fn sent(&self) -> usize {
        self.messages
            .iter()
            .filter(|message| message.status == DeliveryStatus::Sent)
            .count()
    }

    /// What a person has to see to.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        let blocked = self.blocked.iter().cloned();
        let left = self.left().map(|message| {
            let reason = message.reason.as_deref().unwrap_or("no reason was given");
            format!(
                "\"{}\" to {} was not delivered: {reason}",
                message.subject, message.recipient
            )
        });
        let later = (self.later > 0).then(|| {
            let noun = if self.later == 1 {
                "message waits"
            } else {
                "messages wait"
            };
            format!(
                "{} {noun} for a later attempt: `hcpcs-watch deliver --dry-run` shows which and why",
                self.later
            )
        });
        blocked
            .chain(left)
            .chain(later)
            .map(|message| Problem::new(Trouble::MailLeft, message))
            .collect()
    }

    /// The messages that were not taken over.
    pub fn left(&self) -> impl Iterator<Item = &Delivered> {
        self.messages
            .iter()
            .filter(|message| message.status != DeliveryStatus::Sent)
    }
}

/// Sends every message that waits. Each result is kept before the next message is tried; a process that dies between
/// sending and marking sends the same message, under the same Message-ID, once more.
///
/// # Errors
///
/// Where the store cannot be read or written. What a mail server says is in the result.
pub fn deliver(config: &Config, store: &mut Store, moment: Moment) -> Result<Deliveries, PipelineError> {
    let due = store.due_messages(moment.now)?;
    let waiting = store.waiting_messages()?.len();
    let mut deliveries = send_all(config, store, moment, due)?;
    deliveries.later = waiting - deliveries.messages.len() - deliveries.waiting;
    Ok(deliveries)
}

/// Sends one message that waits, whenever it was due.
pub(super) fn deliver_one(
    config: &Config,
    store: &mut Store,
    moment: Moment,
    number: MessageNumber,
) -> Result<Deliveries, PipelineError> {
    let mut waiting = store.waiting_messages()?;
    waiting.retain(|message| message.number == number);
    send_all(config, store, moment, waiting)
}

fn send_all(
    config: &Config,
    store: &mut Store,
    moment: Moment,
    due: Vec<OutboxMessage>,
) -> Result<Deliveries, PipelineError> {
    let mut deliveries = Deliveries::default();
    if due.is_empty() {
        return Ok(deliveries);
    }
    if matches!(config.mail.transport, Transport::None) {
        deliveries.waiting = due.len();
        deliveries.blocked = Some(format!(
            "mail.transport is \"none\" and {} messages wait",
            due.len()
        ));
        return Ok(deliveries);
    }
    let transport = match transport(&config.mail) {
        Ok(transport) => transport,
        Err(error) => {
            deliveries.waiting = due.len();
            deliveries.blocked = Some(super::problem::with_causes(&error));
            return Ok(deliveries);
        }
    };
    for message in due {
        deliveries
            .messages
            .push(send(config, store, moment, transport.as_ref(), &message)?);
    }
    Ok(deliveries)
}

fn send(
    config: &Config,
    store: &mut Store,
    moment: Moment,
    transport: &dyn MailTransport,
    message: &OutboxMessage,
) -> Result<Delivered, PipelineError> {
    let outcome = match message.message.recipient.parse() {
        Ok(address) => transport.send(&outgoing(config, message, Mailbox::new(None, address))),
        Err(error) => SendOutcome::Permanent(format!("the recipient is no mail address: {error}")),
    };
    let mut delivered = Delivered {
        subject: message.message.subject.clone(),
        recipient: mask_addresses(&message.message.recipient),
        status: DeliveryStatus::Sent,
        file: None,
        reason: None,
    };
    match outcome {
        SendOutcome::Sent { file } => {
            let place = file.as_ref().map(|path| path.display().to_string());
            store.mark_sent(message.number, moment.now, place.as_deref())?;
            delivered.file = file;
        }
        SendOutcome::Deferred(reason) if is_given_up(config, message, moment.now) => {
            let days = config.mail.pace.give_up_after_days;
            let reason = format!("given up after {days} days (mail.give_up_after_days): {reason}");
            store.mark_failed(message.number, moment.now, &reason)?;
            delivered.status = DeliveryStatus::Failed;
            delivered.reason = Some(reason);
        }
        SendOutcome::Transient(reason) | SendOutcome::Deferred(reason) => {
            let next = moment.now + pause_after(message.attempts + 1);
            store.mark_transient(message.number, moment.now, &reason, next)?;
            delivered.status = DeliveryStatus::Queued;
            delivered.reason = Some(reason);
        }
        SendOutcome::Permanent(reason) => {
            store.mark_failed(message.number, moment.now, &reason)?;
            delivered.status = DeliveryStatus::Failed;
            delivered.reason = Some(reason);
        }
    }
    Ok(delivered)
}

/// A message is tried at least so often before it is given up.
const LEAST_ATTEMPTS: u32 = 5;

/// How long a message rests after its `attempts`-th failed attempt: not at all after the first, so that the next run
/// tries again whenever it is; then longer and longer, up to an hour less than a day, so that a daily run never comes
/// a minute too early.
fn pause_after(attempts: u32) -> TimeDelta {
    TimeDelta::hours(match attempts {
        0 | 1 => 0,
        2 => 1,
        3 => 4,
        4 => 11,
        _ => 23,
    })
}

/// Whether a message that its recipient's server puts off was tried for long enough. What is not the recipient's
/// fault, such as a mail server that is down, is tried for ever; and where runs are rare the days alone do not count.
fn is_given_up(config: &Config, message: &OutboxMessage, now: DateTime<Utc>) -> bool {
    let is_tried = message.attempts + 1 >= LEAST_ATTEMPTS;
    is_tried && now - message.created_at >= TimeDelta::days(config.mail.pace.give_up_after_days.into())
}

/// A message of the outbox as it goes out to `to`. The words and files are those that were queued; sender and reply
/// address those of the configuration, so that a sender the server refuses can be corrected.
#[must_use]
pub fn outgoing(config: &Config, message: &OutboxMessage, to: Mailbox) -> Outgoing {
    Outgoing {
        message_id: message.message.message_id.clone(),
        from: config.mail.from.clone(),
        reply_to: config.mail.reply_to.clone(),
        to,
        references: message.message.thread.clone(),
        attachments: message.message.attachments.clone(),
        date: message.created_at,
        rendered: Rendered {
            subject: message.message.subject.clone(),
            text: message.message.text.clone(),
            html: message.message.html.clone(),
        },
    }
}

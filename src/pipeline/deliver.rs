//! Sends what the outbox holds: at least once, shown once.

use super::{Moment, PipelineError, Problem, Trouble};
use crate::alerts::digest::Rendered;
use crate::config::{Config, Transport};
use crate::domain::alert::DeliveryStatus;
use crate::mail::{MailTransport, Outgoing, SendOutcome, mask_addresses, transport};
use crate::store::Store;
use crate::store::outbox::OutboxMessage;
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
        blocked
            .chain(left)
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
        SendOutcome::Transient(reason) => {
            store.mark_transient(message.number, moment.now, &reason, moment.now)?;
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

fn outgoing(config: &Config, message: &OutboxMessage, to: Mailbox) -> Outgoing {
    Outgoing {
        message_id: message.message.message_id.clone(),
        from: config.mail.from.clone(),
        to,
        date: message.created_at,
        rendered: Rendered {
            subject: message.message.subject.clone(),
            text: message.message.text.clone(),
            html: message.message.html.clone(),
        },
    }
}

//! The messages that wait, as they would go out.

use super::terminal;
use crate::config::{self, Transport};
use crate::store::outbox::OutboxMessage;
use std::fmt::Write;

/// Each waiting message with its headers, files and plain text; says so where none waits.
#[must_use]
pub fn render(waiting: &[OutboxMessage], mail: &config::Mail) -> String {
    if waiting.is_empty() {
        return "Mail: nothing waits. Nothing was sent.\n".to_owned();
    }
    let way = match &mail.transport {
        Transport::Smtp(smtp) => format!("to the mail server {}:{}", smtp.host, smtp.port),
        Transport::Folder(folder) => format!("into the folder {}", folder.display()),
        Transport::None => "nowhere: mail.transport is \"none\"".to_owned(),
    };
    let noun = if waiting.len() == 1 { "message" } else { "messages" };
    let mut text = String::new();
    line(
        &mut text,
        &format!("{} {noun} would go {way}. Nothing was sent.", waiting.len()),
    );
    for message in waiting {
        text.push('\n');
        one(&mut text, message, mail);
    }
    text
}

fn one(text: &mut String, waiting: &OutboxMessage, mail: &config::Mail) {
    let message = &waiting.message;
    let mut header = |name: &str, value: &str| line(text, &format!("{name}: {value}"));
    header("From", &mail.from.to_string());
    header("To", &message.recipient);
    if let Some(reply_to) = &mail.reply_to {
        header("Reply-To", &reply_to.to_string());
    }
    header("Subject", &message.subject);
    header("Message-ID", &message.message_id);
    for file in &message.attachments {
        header(
            "Attached",
            &format!("{} ({} bytes)", file.file_name, file.content.len()),
        );
    }
    if let Some(reason) = &waiting.last_error {
        header("Attempts", &format!("{}, the last: {reason}", waiting.attempts));
    }
    if let Some(next) = waiting.next_attempt_at {
        header(
            "Next attempt",
            &format!("from {} on", next.format("%Y-%m-%d %H:%M UTC")),
        );
    }
    text.push('\n');
    text.push_str(&terminal::visible_lines(&message.text));
    text.push('\n');
}

fn line(text: &mut String, words: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", terminal::visible(words));
}

//! The bytes of a message: headers and the text and HTML alternatives.

use super::Outgoing;
use crate::domain::alert::Attachment;
use crate::domain::source::Sha256;
use chrono::{DateTime, Utc};
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Mailbox, MultiPart, SinglePart};
use std::error::Error;
use std::time::{Duration, SystemTime};

/// The last second of the year 9998, which every mail program can print.
const LAST_SECOND: u64 = 253_370_764_799;

/// Why a message cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The Message-ID would break the header.
    #[error(
        "composing a message: its Message-ID `{0}` is not of the form <left@right> in printable ASCII; this is a defect of hcpcs-watch, please report it"
    )]
    MessageId(String),
    /// An attachment has no media type.
    #[error(
        "composing a message: the media type `{0}` of an attachment is not valid; this is a defect of hcpcs-watch, please report it"
    )]
    MediaType(String),
    /// lettre refused to build it.
    #[error("composing a message: {0}; this is a defect of hcpcs-watch, please report it")]
    Build(#[from] lettre::error::Error),
}

/// `Auto-Submitted: auto-generated` (RFC 3834): keeps vacation notices from answering.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_text: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The message ready to send. All of it is ASCII, so that every server takes it.
pub(super) fn compose(outgoing: &Outgoing) -> Result<Message, ComposeError> {
    let mut builder = Message::builder()
        .message_id(Some(message_id(&outgoing.message_id)?.to_owned()))
        .date(date(outgoing.date))
        .from(mailbox(&outgoing.from))
        .to(mailbox(&outgoing.to))
        .subject(one_line(&outgoing.rendered.subject))
        .header(AutoSubmitted);
    if let Some(reply_to) = &outgoing.reply_to {
        builder = builder.reply_to(mailbox(reply_to));
    }
    if !outgoing.references.is_empty() {
        let sound: Result<Vec<_>, _> = outgoing.references.iter().map(|id| message_id(id)).collect();
        builder = builder.references(sound?.join(" "));
    }
    let text = SinglePart::plain(with_crlf(&outgoing.rendered.text));
    let boundary = boundary(outgoing);
    let html = outgoing.rendered.html.as_ref();
    let words = html.map(|html| {
        MultiPart::alternative()
            .boundary(format!("hcpcs-watch-words-{boundary}"))
            .singlepart(text.clone())
            .singlepart(SinglePart::html(with_crlf(html)))
    });
    if outgoing.attachments.is_empty() {
        return Ok(match words {
            Some(words) => builder.multipart(words)?,
            None => builder.singlepart(text)?,
        });
    }
    let mixed = MultiPart::mixed().boundary(format!("hcpcs-watch-files-{boundary}"));
    let mut all = match words {
        Some(words) => mixed.multipart(words),
        None => mixed.singlepart(text),
    };
    for attachment in &outgoing.attachments {
        all = all.singlepart(part(attachment)?);
    }
    Ok(builder.multipart(all)?)
}

/// The line ends of mail. lettre would put each one in by itself, moving all that follows it: seconds for a digest of
/// a few megabytes.
fn with_crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn part(attachment: &Attachment) -> Result<SinglePart, ComposeError> {
    let media_type = ContentType::parse(&attachment.content_type)
        .map_err(|_says_no_more| ComposeError::MediaType(attachment.content_type.clone()))?;
    let file_name = one_line(&attachment.file_name);
    Ok(Part::new(file_name).body(attachment.content.clone(), media_type))
}

/// What the lines between the parts end in, taken from what is in them: the same message gives the same bytes each
/// time, and no part can hold it.
fn boundary(outgoing: &Outgoing) -> String {
    let rendered = &outgoing.rendered;
    let parts = [
        outgoing.message_id.as_str(),
        rendered.text.as_str(),
        rendered.html.as_deref().unwrap_or_default(),
    ];
    let hash = Sha256::of(parts.join("\0").as_bytes()).to_string();
    format!("{hash:.40}")
}

fn message_id(id: &str) -> Result<&str, ComposeError> {
    let inner = id.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    let sound = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"<>@\"\\,;:()[]".contains(&byte))
    };
    let valid = inner
        .and_then(|inner| inner.split_once('@'))
        .is_some_and(|(left, right)| sound(left) && sound(right) && id.len() <= 250);
    if valid {
        Ok(id)
    } else {
        Err(ComposeError::MessageId(super::mask_addresses(id)))
    }
}

fn mailbox(mailbox: &Mailbox) -> Mailbox {
    let name = mailbox
        .name
        .as_deref()
        .map(one_line)
        .filter(|name| !name.is_empty());
    Mailbox::new(name, mailbox.email.clone())
}

/// Control characters and line separators become blanks.
fn one_line(text: &str) -> String {
    let line = text.replace(
        |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'),
        " ",
    );
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn date(date: DateTime<Utc>) -> SystemTime {
    let seconds = u64::try_from(date.timestamp()).unwrap_or(0).min(LAST_SECOND);
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::digest::Rendered;
    use mail_parser::MessageParser;
    use proptest::prelude::*;

    fn outgoing(subject: &str, text: &str, name: &str) -> Outgoing {
        Outgoing {
            message_id: "<7.billing@example.org>".to_owned(),
            reply_to: None,
            references: Vec::new(),
            attachments: Vec::new(),
            from: "HCPCS Watch <alerts@example.org>".parse().unwrap(),
            to: Mailbox::new(Some(name.to_owned()), "billing@example.org".parse().unwrap()),
            date: "2023-06-20T12:00:00Z".parse().unwrap(),
            rendered: Rendered {
                subject: subject.to_owned(),
                text: text.to_owned(),
                html: Some(format!("<p>{subject}</p>")),
            },
        }
    }

    #[test]
    fn a_message_reads_back_as_it_was_meant() {
        let sent = outgoing(
            "Briumvi leaves J3590 for J2329 on July 1, 2023",
            "Text\n.\nFrom here\n",
            "Büro",
        );
        let bytes = compose(&sent).unwrap().formatted();
        assert!(bytes.is_ascii());
        assert_eq!(compose(&sent).unwrap().formatted(), bytes);
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(read.subject(), Some(sent.rendered.subject.as_str()));
        assert_eq!(read.message_id(), Some("7.billing@example.org"));
        assert_eq!(
            read.body_text(0).unwrap().replace("\r\n", "\n"),
            sent.rendered.text
        );
        assert!(read.body_html(0).unwrap().contains("<p>Briumvi"));
        assert_eq!(read.date().unwrap().to_rfc3339(), "2023-06-20T12:00:00Z");
        assert_eq!(
            read.header("Auto-Submitted").unwrap().as_text(),
            Some("auto-generated")
        );
        let to = read.to().unwrap().first().unwrap();
        assert_eq!(
            (to.name(), to.address()),
            (Some("Büro"), Some("billing@example.org"))
        );
    }

    #[test]
    fn files_answers_and_threads_read_back_as_they_were_meant() {
        let mut sent = outgoing("subject", "text", "");
        sent.reply_to = Some("Billing lead <lead@example.org>".parse().unwrap());
        sent.references = (0..20)
            .map(|drug| format!("<drug.{drug}.0123456789abcdef@example.org>"))
            .collect();
        sent.attachments = vec![
            Attachment {
                file_name: "crosswalk.csv".to_owned(),
                content_type: "text/csv; charset=utf-8".to_owned(),
                content: "a,é\r\n".as_bytes().to_vec(),
            },
            Attachment {
                file_name: "crosswalk.xlsx".to_owned(),
                content_type: "application/octet-stream".to_owned(),
                content: (0..=255).collect(),
            },
        ];
        let bytes = compose(&sent).unwrap().formatted();
        assert!(bytes.is_ascii());
        assert_eq!(compose(&sent).unwrap().formatted(), bytes);
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.lines().all(|line| line.len() <= 998), "{text}");
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(
            read.reply_to().unwrap().first().unwrap().address(),
            Some("lead@example.org")
        );
        let references = read.references().as_text_list().unwrap().len();
        assert_eq!(references, 20);
        assert_eq!(read.attachment_count(), 2);
        for (part, attachment) in read.attachments().zip(&sent.attachments) {
            use mail_parser::MimeHeaders;
            assert_eq!(part.attachment_name(), Some(attachment.file_name.as_str()));
            assert_eq!(part.contents(), attachment.content);
        }
        assert_eq!(read.body_text(0).unwrap(), "text");
        assert!(read.body_html(0).unwrap().contains("<p>"));
        sent.references = vec!["<a@b>\r\nBcc: <x@y>".to_owned()];
        assert!(matches!(compose(&sent), Err(ComposeError::MessageId(_))));
        sent.references.clear();
        sent.attachments[0].content_type = "no type\r\nBcc: x@example.net".to_owned();
        assert!(matches!(compose(&sent), Err(ComposeError::MediaType(_))));
    }

    #[test]
    fn a_message_without_html_is_plain_text() {
        let mut sent = outgoing("subject", "text", "");
        sent.rendered.html = None;
        let bytes = compose(&sent).unwrap().formatted();
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!((read.text_body_count(), read.attachment_count()), (1, 0));
        assert!(
            String::from_utf8(bytes)
                .unwrap()
                .contains("Content-Type: text/plain")
        );
    }

    #[test]
    fn a_message_id_that_breaks_the_header_is_refused() {
        for id in [
            "",
            "7@example.org",
            "<7@>",
            "<a@b>\r\nBcc: <x@y>",
            "<a b@c>",
            "<é@c>",
            "<a@b@c>",
        ] {
            let mut sent = outgoing("subject", "text", "");
            sent.message_id = id.to_owned();
            assert!(matches!(compose(&sent), Err(ComposeError::MessageId(_))), "{id}");
        }
    }

    #[test]
    fn dates_outside_what_mail_can_say_do_not_panic() {
        for extreme in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let mut sent = outgoing("subject", "text", "");
            sent.date = extreme;
            assert!(compose(&sent).is_ok());
        }
    }

    proptest! {
        #[test]
        fn no_subject_or_name_adds_a_header(
            subject in prop_oneof![any::<String>(), "[a-z\r\n:é\u{2028}]{0,200}", Just("x\r\nBcc: evil@example.net\r\n\r\nbody".to_owned())],
            name in prop_oneof![any::<String>(), "[a-z\r\n\"<>é]{0,80}"],
        ) {
            let bytes = compose(&outgoing(&subject, "text", &name)).unwrap().formatted();
            let read = MessageParser::default().parse(&bytes).unwrap();
            let mut names: Vec<_> = read.headers().iter().map(|header| header.name().to_owned()).collect();
            names.sort();
            prop_assert_eq!(names, ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"]);
            prop_assert_eq!(read.to().unwrap().first().unwrap().address(), Some("billing@example.org"));
            prop_assert_eq!(read.subject().unwrap_or_default(), one_line(&subject));
        }
    }
}

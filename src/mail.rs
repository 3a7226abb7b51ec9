//! From a rendered message to a mail server or a folder. One outside thing: the network or the file system.

mod compose;
mod folder;
mod mask;
mod password;
mod smtp;

pub use compose::ComposeError;
pub use folder::FolderTransport;
pub use mask::mask_addresses;
pub use password::read_password;
pub use smtp::SmtpTransport;

use crate::alerts::digest::Rendered;
use crate::config;
use crate::domain::alert::Attachment;
use chrono::{DateTime, Utc};
use lettre::message::Mailbox;
use std::path::PathBuf;

/// A message with everything that goes out, for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The Message-ID with its angle brackets, fixed when the message was queued: `<7.20230620@example.org>`.
    pub message_id: String,
    /// The sender.
    pub from: Mailbox,
    /// Where answers go; the sender where there is none.
    pub reply_to: Option<Mailbox>,
    /// The one recipient.
    pub to: Mailbox,
    /// The Date header; years outside 1970 to 9998 are brought inside.
    pub date: DateTime<Utc>,
    /// Subject and bodies.
    pub rendered: Rendered,
    /// The Message-IDs that thread it, each with its angle brackets: the References header.
    pub references: Vec<String>,
    /// The files that go with it.
    pub attachments: Vec<Attachment>,
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// The server or the folder has taken the message over.
    Sent {
        /// The file, where the message went into a folder.
        file: Option<PathBuf>,
    },
    /// Not taken now, and not the recipient's fault: stays queued. Holds what went wrong and what to do, addresses
    /// masked, without secrets.
    Transient(String),
    /// Put off by the server for this recipient or message (4xx after RCPT or DATA): stays queued, and is given up
    /// after some days. Holds what [`SendOutcome::Transient`] holds.
    Deferred(String),
    /// Refused for this recipient or message for good: a person has to act. Holds why, addresses masked.
    Permanent(String),
}

/// A way messages take.
pub trait MailTransport {
    /// Makes one attempt at one message; never panics, waits at most for its timeouts.
    fn send(&self, message: &Outgoing) -> SendOutcome;
}

/// Why mail cannot be sent as configured.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The password is not where the configuration says.
    #[error(
        "reading the mail password: the environment variable {variable} (mail.password_env) is not set; set it in the environment of the job, for example in the crontab"
    )]
    PasswordMissing {
        /// The name of the variable.
        variable: String,
    },
    /// The password is no text.
    #[error(
        "reading the mail password: the environment variable {variable} (mail.password_env) is empty or not UTF-8"
    )]
    PasswordUnusable {
        /// The name of the variable.
        variable: String,
    },
    /// The password file cannot be read.
    #[error(
        "reading the mail password from {} (mail.password_file); check that the file is there and that this job may read it",
        path.display()
    )]
    PasswordFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read the password file.
    #[error(
        "the mail password in {} (mail.password_file) may be read by others (mode {mode:03o}); run `chmod 600` on it",
        path.display()
    )]
    PasswordExposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The password file holds none.
    #[error(
        "the mail password file {} (mail.password_file) holds no password on its first line, or is no text",
        path.display()
    )]
    PasswordFileUnusable {
        /// The file.
        path: PathBuf,
    },
    /// Mail without protection over a network.
    #[error(
        "mail.tls = \"none\" is accepted only for a mail server on this machine, and mail.host is `{host}`; set mail.tls to \"starttls\" or \"implicit\""
    )]
    Unprotected {
        /// The server as configured.
        host: String,
    },
    /// The own certificate authorities cannot be read.
    #[error(
        "reading the certificate authorities in {path} (mail.ca_file); check that the file is there and readable"
    )]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The own certificate authorities are no PEM.
    #[error("{path} (mail.ca_file) holds no usable certificate; expected PEM with BEGIN CERTIFICATE lines")]
    CaPem {
        /// The file.
        path: PathBuf,
    },
    /// The certificate authorities of the system and the file cannot be put to use.
    #[error(
        "preparing TLS for the mail server {host}; check mail.ca_file and the system's certificate authorities"
    )]
    Tls {
        /// The server as configured.
        host: String,
        /// Why.
        source: lettre::transport::smtp::Error,
    },
    /// There is nowhere to send to.
    #[error("mail.transport is \"none\": no message can be sent; set it to \"smtp\" or \"file\"")]
    NoTransport,
}

/// The transport of a configuration. Reads the password from the environment and the own certificate authorities
/// from their file; makes no connection and no folder yet.
///
/// # Errors
///
/// What is missing or unusable in the configuration, by key; also for [`config::Transport::None`], which a caller
/// handles before.
pub fn transport(config: &config::Mail) -> Result<Box<dyn MailTransport>, MailError> {
    match &config.transport {
        config::Transport::Smtp(smtp) => Ok(Box::new(SmtpTransport::from_config(smtp)?)),
        config::Transport::Folder(folder) => Ok(Box::new(FolderTransport::new(folder.clone()))),
        config::Transport::None => Err(MailError::NoTransport),
    }
}

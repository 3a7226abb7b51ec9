//! Messages as `.eml` files in a folder, for trying things out and for practices that collect mail otherwise.

use super::{MailTransport, Outgoing, SendOutcome, compose, mask_addresses};
use crate::domain::source::Sha256;
use crate::private::private_folder;
use crate::staged;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

/// Writes each message into a folder, which is made where it is missing (readable by its owner only).
#[derive(Debug, Clone)]
pub struct FolderTransport {
    folder: PathBuf,
}

impl FolderTransport {
    /// A transport into `folder`.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The same Message-ID always lies in the same file, so that a second attempt replaces the first.
    fn file_name(&self, message: &Outgoing) -> io::Result<String> {
        let hash = Sha256::of(message.message_id.as_bytes()).to_string();
        let ending = format!("-{hash:.12}.eml");
        for entry in fs::read_dir(&self.folder)? {
            if let Ok(name) = entry?.file_name().into_string()
                && name.ends_with(&ending)
                && !name.starts_with('.')
            {
                return Ok(name);
            }
        }
        let address: &str = message.to.email.as_ref();
        let safe = |c: char| {
            if c.is_ascii_alphanumeric() || c == '.' {
                c
            } else {
                '-'
            }
        };
        let recipient: String = address.replace('@', "-at-").chars().take(60).map(safe).collect();
        Ok(format!("{}-{recipient}{ending}", message.date.format("%Y-%m-%d")))
    }

    fn write(&self, message: &Outgoing, bytes: &[u8]) -> io::Result<PathBuf> {
        private_folder(&self.folder)?;
        let target = self.folder.join(self.file_name(message)?);
        // The name never ends in `.eml` before the message is whole.
        let mut staged = staged::begin(&self.folder)?;
        staged.write_all(bytes)?;
        staged.as_file().sync_all()?;
        staged.persist(&target)?;
        staged::flush_folder(&self.folder)?;
        Ok(target)
    }
}

impl MailTransport for FolderTransport {
    fn send(&self, message: &Outgoing) -> SendOutcome {
        let bytes = match compose::compose(message) {
            Ok(composed) => composed.formatted(),
            Err(error) => return SendOutcome::Transient(error.to_string()),
        };
        match self.write(message, &bytes) {
            Ok(file) => {
                let to = mask_addresses(message.to.email.as_ref());
                tracing::info!(%to, folder = %self.folder.display(), "message written");
                SendOutcome::Sent { file: Some(file) }
            }
            Err(error) => SendOutcome::Transient(format!(
                "writing a message into the folder {} (mail.folder): {error}; check that it is a folder this job may write to and that the disk has room",
                self.folder.display()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alerts::digest::Rendered;
    use std::path::Path;

    fn outgoing(id: &str) -> Outgoing {
        Outgoing {
            message_id: id.to_owned(),
            reply_to: None,
            references: Vec::new(),
            attachments: Vec::new(),
            from: "alerts@example.org".parse().unwrap(),
            to: "Billing <billing+x/y@example.org>".parse().unwrap(),
            date: "2023-06-20T12:00:00Z".parse().unwrap(),
            rendered: Rendered {
                subject: "subject".to_owned(),
                text: "text".to_owned(),
                html: None,
            },
        }
    }

    fn file(outcome: SendOutcome) -> PathBuf {
        match outcome {
            SendOutcome::Sent { file: Some(file) } => file,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_second_attempt_replaces_the_first() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("new/outbox");
        let transport = FolderTransport::new(folder.clone());
        let first = file(transport.send(&outgoing("<1@example.org>")));
        let mut later = outgoing("<1@example.org>");
        later.date = "2023-06-21T12:00:00Z".parse().unwrap();
        later.rendered.subject = "changed".to_owned();
        assert_eq!(file(transport.send(&later)), first);
        assert!(fs::read_to_string(&first).unwrap().contains("Subject: changed"));
        let other = file(transport.send(&outgoing("<2@example.org>")));
        assert_ne!(other, first);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
        let name = first.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(
            name.starts_with("2023-06-20-billing-x-y-at-example.org-"),
            "{name}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_folder_and_files() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("outbox");
        let written = file(FolderTransport::new(folder.clone()).send(&outgoing("<1@example.org>")));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&written)), (0o700, 0o600));
    }

    #[test]
    fn a_folder_that_cannot_be_made_keeps_the_message_queued() {
        let place = tempfile::tempdir().unwrap();
        let blocked = place.path().join("file");
        fs::write(&blocked, "").unwrap();
        let SendOutcome::Transient(reason) = FolderTransport::new(blocked).send(&outgoing("<1@example.org>"))
        else {
            panic!("sent into a file");
        };
        assert!(reason.contains("mail.folder"), "{reason}");
    }
}

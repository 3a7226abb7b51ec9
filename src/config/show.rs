//! The configuration as used, defaults filled in, as TOML. It holds no secret: the password is not part of the
//! configuration, only the name of the variable that holds it.

use super::keys::SECTIONS;
use super::{Config, Location, Tls, Transport};
use lettre::message::Mailbox;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use toml::Value;

type Entries = Vec<(&'static str, Value)>;

impl Config {
    /// The configuration as used, in the layout of the file. Paths are shown as they are used, and of `[mail]` only
    /// what the transport needs.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let tables = [
            self.practice_entries(),
            self.storage_entries(),
            self.source_entries(),
            self.mail_entries(),
        ];
        let mut text = format!(
            "# {}, as used\n",
            crate::report::terminal::visible(&self.path.display().to_string())
        );
        for (section, entries) in SECTIONS.into_iter().zip(tables) {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "\n[{section}]");
            for (name, value) in entries {
                let _ = writeln!(text, "{name} = {value}");
            }
        }
        text
    }

    fn practice_entries(&self) -> Entries {
        vec![
            ("name", text(&self.practice.name)),
            (
                "time_zone",
                text(self.practice.time_zone.iana_name().unwrap_or_default()),
            ),
            ("setting", text(self.practice.setting.as_str())),
            ("drug_list", optional_path(self.practice.drug_list.as_ref())),
        ]
    }

    fn storage_entries(&self) -> Entries {
        vec![
            ("database", path(&self.storage.database)),
            ("archive", path(&self.storage.archive)),
        ]
    }

    fn source_entries(&self) -> Entries {
        let location = match &self.source.location {
            Location::Site(url) => text(url.as_str()),
            Location::Folder(folder) => path(folder),
        };
        vec![
            ("location", location),
            ("user_agent", text(&self.source.user_agent)),
            ("purple_book", optional_path(self.source.purple_book.as_ref())),
        ]
    }

    fn mail_entries(&self) -> Entries {
        let mail = &self.mail;
        let mut entries = match &mail.transport {
            Transport::None => vec![("transport", text("none"))],
            Transport::Folder(folder) => vec![("transport", text("file")), ("folder", path(folder))],
            Transport::Smtp(smtp) => vec![
                ("transport", text("smtp")),
                ("host", text(&smtp.host)),
                ("port", Value::Integer(smtp.port.into())),
                ("tls", text(smtp.tls.as_str())),
                (
                    "username",
                    text(smtp.credentials.as_ref().map_or("", |known| &known.username)),
                ),
                (
                    "password_env",
                    text(smtp.credentials.as_ref().map_or("", |known| &known.password_env)),
                ),
                (
                    "password_file",
                    optional_path(
                        smtp.credentials
                            .as_ref()
                            .and_then(|known| known.password_file.as_ref()),
                    ),
                ),
                ("ca_file", optional_path(smtp.ca_file.as_ref())),
            ],
        };
        entries.push(("from", text(&mail.from.to_string())));
        entries.push(("reply_to", optional_address(mail.reply_to.as_ref())));
        entries.push(("recipients", addresses(&mail.recipients)));
        entries.push(("operator", optional_address(mail.operator.as_ref())));
        entries.push(("escalate_to", addresses(&mail.escalate_to)));
        entries.push(("repeat_every_days", days(mail.pace.repeat_every_days)));
        entries.push(("escalate_after_days", days(mail.pace.escalate_after_days)));
        entries.push(("quiet_quarter_mail", Value::Boolean(mail.pace.quiet_quarter_mail)));
        entries.push(("give_up_after_days", days(mail.pace.give_up_after_days)));
        entries
    }
}

impl Tls {
    /// The name in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StartTls => "starttls",
            Self::Implicit => "implicit",
            Self::None => "none",
        }
    }
}

fn optional_address(address: Option<&Mailbox>) -> Value {
    text(&address.map(ToString::to_string).unwrap_or_default())
}

fn addresses(all: &[Mailbox]) -> Value {
    Value::Array(all.iter().map(|address| text(&address.to_string())).collect())
}

fn days(count: u32) -> Value {
    Value::Integer(count.into())
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn path(value: &Path) -> Value {
    Value::String(value.display().to_string())
}

fn optional_path(value: Option<&PathBuf>) -> Value {
    value.map_or_else(|| text(""), |value| path(value))
}

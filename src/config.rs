//! The configuration as the tool uses it: every value checked, every path absolute or relative to the working
//! directory. The file as people write it is in `raw`, the keys with their defaults are in [`keys`].

mod find;
pub mod keys;
mod mail;
mod problem;
mod raw;
mod show;
pub mod template;
mod valid;

pub use find::FILE_NAME;
pub use problem::{ConfigError, ConfigProblem};

use crate::domain::drug::Setting;
use jiff::tz::TimeZone;
use std::path::PathBuf;

/// Everything a run needs to know that is not in a CMS file.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// Whose list is watched.
    pub practice: Practice,
    /// Where things are kept.
    pub storage: Storage,
    /// Where the CMS files come from.
    pub source: SourceConfig,
    /// How alerts go out.
    pub mail: Mail,
}

/// Whose list is watched.
#[derive(Debug, Clone)]
pub struct Practice {
    /// The name in mail and reports.
    pub name: String,
    /// The zone whose date is "today".
    pub time_zone: TimeZone,
    /// Where the practice bills from.
    pub setting: Setting,
    /// The drug list to sync at the start of a run.
    pub drug_list: Option<PathBuf>,
}

/// Where things are kept.
#[derive(Debug, Clone)]
pub struct Storage {
    /// The SQLite file.
    pub database: PathBuf,
    /// The folder of raw files by SHA-256.
    pub archive: PathBuf,
}

/// Where the CMS files come from.
#[derive(Debug, Clone)]
pub struct SourceConfig {
    /// The CMS site or a folder.
    pub location: Location,
    /// What the tool calls itself to the site.
    pub user_agent: String,
    /// An FDA Purple Book CSV.
    pub purple_book: Option<PathBuf>,
}

/// The CMS site or a folder of files from it.
#[derive(Debug, Clone)]
pub enum Location {
    /// The site's root: `https`, or `http` on loopback.
    Site(url::Url),
    /// A folder of zips, CSVs and workbooks.
    Folder(PathBuf),
}

/// How alerts go out.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The way messages take.
    pub transport: Transport,
    /// The sender.
    pub from: lettre::message::Mailbox,
    /// Who gets the digest; at least one unless the transport is none.
    pub recipients: Vec<lettre::message::Mailbox>,
    /// Who is told when a run fails or a quarter is overdue.
    pub operator: Option<lettre::message::Mailbox>,
    /// Where answers go; the sender where there is none.
    pub reply_to: Option<lettre::message::Mailbox>,
    /// Who is told besides when a change stays open after its day.
    pub escalate_to: Vec<lettre::message::Mailbox>,
    /// When something is told again, and when nothing is told.
    pub pace: Pace,
}

/// When something is told again, and when nothing is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// After how many days what is still open is told again.
    pub repeat_every_days: u32,
    /// How many days after its day an open change is told to `escalate_to` as well.
    pub escalate_after_days: u32,
    /// Whether a quarter without news is told.
    pub quiet_quarter_mail: bool,
    /// For how many days a message is tried that its recipient's server puts off.
    pub give_up_after_days: u32,
}

/// The way messages take.
#[derive(Debug, Clone)]
pub enum Transport {
    /// To a mail server.
    Smtp(Smtp),
    /// As `.eml` files into a folder.
    Folder(PathBuf),
    /// Nowhere: alerts stay in the store.
    None,
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Its name; the certificate must carry it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Name and password, where the server asks for them.
    pub credentials: Option<Credentials>,
    /// A PEM file of certificate authorities to trust beside the system's.
    pub ca_file: Option<PathBuf>,
}

/// How a connection to a mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Plain first, upgraded before anything is said; refused where the server cannot.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// None; accepted only for loopback.
    None,
}

/// Name and password for a mail server.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The name.
    pub username: String,
    /// The environment variable that holds the password; read only when a message is sent.
    pub password_env: String,
    /// The file that holds it instead; read only when a message is sent.
    pub password_file: Option<PathBuf>,
}

#[cfg(test)]
mod tests;

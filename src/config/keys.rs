//! The keys of the configuration file: the one list that reading, the example, `config init` and `config show`
//! follow, so that none of them can drift from the others.

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// A list of texts.
    TextList,
}

impl Kind {
    /// The kind in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Integer => "a whole number",
            Self::Boolean => "true or false",
            Self::TextList => "a list of texts in quotes, such as [\"billing@example.org\"]",
        }
    }
}

/// One key of the file.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The table it stands in.
    pub section: &'static str,
    /// Its name in the table.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it is for, in one comment.
    pub comment: &'static str,
    /// The value used where the file does not name the key, as TOML; none where it has to be given (always, or
    /// when mail goes to a server).
    pub default: Option<&'static str>,
    /// The value of a practice that is live, as TOML: what `config init` writes.
    pub live: &'static str,
    /// The value of `config.example.toml`, as TOML, where it differs from `live`.
    pub example: Option<&'static str>,
}

impl Key {
    const fn new(section: &'static str, name: &'static str, kind: Kind, comment: &'static str) -> Self {
        Self {
            section,
            name,
            kind,
            comment,
            default: None,
            live: "\"\"",
            example: None,
        }
    }

    const fn default(self, default: &'static str) -> Self {
        Self {
            default: Some(default),
            live: default,
            ..self
        }
    }

    const fn live(self, live: &'static str) -> Self {
        Self { live, ..self }
    }

    const fn example(self, example: &'static str) -> Self {
        Self {
            example: Some(example),
            ..self
        }
    }

    /// What happens where the file does not name the key, in words: `Default: 587`.
    #[must_use]
    pub fn default_note(&self) -> String {
        match self.default {
            Some(default) => format!("Default: {default}"),
            None if self.section == "mail" => "Must be given with transport = \"smtp\".".to_owned(),
            None => "Must be given.".to_owned(),
        }
    }

    /// Section and name: `mail.port`.
    #[must_use]
    pub fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

/// The tables of the file, in order.
pub const SECTIONS: [&str; 4] = ["practice", "storage", "source", "mail"];

/// Every key, in the order of the file.
pub const KEYS: [Key; 27] = [
    Key::new("practice", "name", Kind::Text, "The name in mail and reports.")
        .live("\"Example Infusion Center\""),
    Key::new(
        "practice",
        "time_zone",
        Kind::Text,
        "The zone whose date is \"today\": an IANA name.",
    )
    .default("\"America/New_York\""),
    Key::new(
        "practice",
        "setting",
        Kind::Text,
        "Where you bill from: \"office\" or \"opps\" (hospital outpatient).",
    )
    .default("\"office\""),
    Key::new(
        "practice",
        "drug_list",
        Kind::Text,
        "The drug list, CSV or XLSX, read at the start of each run; \"\" keeps what was imported by hand.",
    )
    .default("\"\"")
    .live("\"drugs.csv\"")
    .example("\"fixtures/drug_lists/example.csv\""),
    Key::new(
        "storage",
        "database",
        Kind::Text,
        "The SQLite file; made where it is not there yet.",
    )
    .default("\"hcpcs-watch.db\""),
    Key::new(
        "storage",
        "archive",
        Kind::Text,
        "The folder in which every downloaded file is kept under its SHA-256.",
    )
    .default("\"archive\""),
    Key::new(
        "source",
        "location",
        Kind::Text,
        "Where the CMS files come from: the site, or a folder of downloaded files.",
    )
    .default("\"https://www.cms.gov\"")
    .example("\"fixtures/cms\""),
    Key::new(
        "source",
        "user_agent",
        Kind::Text,
        "What the tool calls itself to the site; put your address in, so that CMS can reach you.",
    )
    .default("\"hcpcs-watch/0.1\"")
    .live("\"hcpcs-watch/0.1 (+mailto:it@example.org)\""),
    Key::new(
        "source",
        "purple_book",
        Kind::Text,
        "An FDA Purple Book listing (CSV) that gives brands their proper names; \"\" for none.",
    )
    .default("\"\""),
    Key::new(
        "mail",
        "transport",
        Kind::Text,
        "How alerts go out: \"smtp\", \"file\" (.eml files into the folder below) or \"none\".",
    )
    .default("\"smtp\"")
    .example("\"file\""),
    Key::new(
        "mail",
        "folder",
        Kind::Text,
        "Where transport = \"file\" writes its .eml files.",
    )
    .default("\"outbox\""),
    Key::new(
        "mail",
        "host",
        Kind::Text,
        "The mail server; its certificate must carry this name.",
    )
    .live("\"smtp.example.org\""),
    Key::new(
        "mail",
        "port",
        Kind::Integer,
        "Its port; without this key 465 for tls = \"implicit\" and 25 for tls = \"none\".",
    )
    .default("587"),
    Key::new(
        "mail",
        "tls",
        Kind::Text,
        "How the connection is protected: \"starttls\", \"implicit\", or \"none\" (loopback only).",
    )
    .default("\"starttls\""),
    Key::new(
        "mail",
        "username",
        Kind::Text,
        "The name to log in with; \"\" where the server asks for none.",
    )
    .default("\"\"")
    .live("\"alerts@example.org\""),
    Key::new(
        "mail",
        "password_env",
        Kind::Text,
        "The environment variable that holds the password. The password itself never stands in this file.",
    )
    .default("\"HCPCS_WATCH_SMTP_PASSWORD\""),
    Key::new(
        "mail",
        "password_file",
        Kind::Text,
        "A file that holds the password on its first line, readable by its owner only (mode 0600); \"\" for the variable above.",
    )
    .default("\"\""),
    Key::new(
        "mail",
        "ca_file",
        Kind::Text,
        "A PEM file of certificate authorities to trust beside the system's; \"\" for none.",
    )
    .default("\"\""),
    Key::new("mail", "from", Kind::Text, "The sender.").live("\"HCPCS Watch <alerts@example.org>\""),
    Key::new(
        "mail",
        "reply_to",
        Kind::Text,
        "Where answers go; \"\" for the sender.",
    )
    .default("\"\""),
    Key::new(
        "mail",
        "recipients",
        Kind::TextList,
        "Who gets the digest; at least one unless transport = \"none\".",
    )
    .default("[]")
    .live("[\"billing@example.org\"]"),
    Key::new(
        "mail",
        "operator",
        Kind::Text,
        "Who is told when a run fails or a quarter is overdue; \"\" for nobody.",
    )
    .default("\"\"")
    .live("\"it@example.org\""),
    Key::new(
        "mail",
        "escalate_to",
        Kind::TextList,
        "Who is told besides when a change stays open after its day (nobody ran `alerts ack`); [] for nobody.",
    )
    .default("[]"),
    Key::new(
        "mail",
        "repeat_every_days",
        Kind::Integer,
        "After how many days what is still open is told again, 1 to 365.",
    )
    .default("7"),
    Key::new(
        "mail",
        "escalate_after_days",
        Kind::Integer,
        "How many days after its day an open change is told to escalate_to as well, 1 to 365.",
    )
    .default("14"),
    Key::new(
        "mail",
        "quiet_quarter_mail",
        Kind::Boolean,
        "Whether a quarter without news is told, so that silence never looks like a broken job.",
    )
    .default("true"),
    Key::new(
        "mail",
        "give_up_after_days",
        Kind::Integer,
        "For how many days a message is tried that its recipient's server puts off, 1 to 365.",
    )
    .default("5"),
];

/// The key of a section and name, if there is one.
#[must_use]
pub fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

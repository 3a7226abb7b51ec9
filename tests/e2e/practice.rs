//! A practice's machine in a temporary folder: its configuration, the folder its CMS files come to, its database and its
//! mail; and the binary run in it.

use assert_cmd::Command;
use mail_parser::MessageParser;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_hcpcs-watch");

/// The environment variable that the tests' configurations name for the password.
pub(crate) const PASSWORD: &str = "HCPCS_WATCH_SMTP_PASSWORD";

/// The folder of the fixtures.
pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// How a command ended and what it said.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// How a command ended and what it took.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) ended: Ended,
    pub(crate) took: Duration,
    /// The most memory it had at a time, in KiB, where the system tells.
    pub(crate) peak: u64,
}

/// The most memory a command may take, in KiB.
pub(crate) const MOST_MEMORY: u64 = 300 * 1024;

impl Ended {
    /// Itself, where it ended with `code`.
    #[track_caller]
    pub(crate) fn with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The lines on stderr that tell of an error, as one text.
    pub(crate) fn errors(&self) -> String {
        let is_told = |line: &&str| line.starts_with("error: ") || line.starts_with("  ");
        let told: Vec<&str> = self.stderr.lines().filter(is_told).collect();
        told.join("\n")
    }

    /// The result as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// A message as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    pub(crate) id: String,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Mail {
    /// Reads the bytes of a message back.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let message = MessageParser::default().parse(bytes).unwrap();
        let address = message.to().unwrap().first().unwrap().address().unwrap();
        Self {
            id: message.message_id().unwrap().to_owned(),
            to: address.to_owned(),
            subject: message.subject().unwrap().to_owned(),
            text: message.body_text(0).unwrap().replace("\r\n", "\n"),
            html: message.body_html(0).unwrap().replace("\r\n", "\n"),
        }
    }
}

/// A practice with the example list, whose CMS files come to the folder `cms` and whose mail goes to the folder `outbox`.
pub(crate) struct Practice {
    folder: TempDir,
}

impl Practice {
    pub(crate) fn new() -> Self {
        let practice = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::create_dir(practice.path("cms")).unwrap();
        std::fs::copy(
            fixtures().join("drug_lists/example.csv"),
            practice.path("drugs.csv"),
        )
        .unwrap();
        practice.configure("cms", FILES);
        practice
    }

    /// The same with its CMS files from `location`.
    pub(crate) fn at(location: &str) -> Self {
        let practice = Self::new();
        practice.configure(location, FILES);
        practice
    }

    /// Writes the configuration anew; `mail` is the table of that name.
    pub(crate) fn configure(&self, location: &str, mail: &str) {
        self.write(
            "hcpcs-watch.toml",
            &format!(
                "[practice]\nname = \"Example Infusion Center\"\ndrug_list = \"drugs.csv\"\n\
                 [source]\nlocation = \"{location}\"\n[mail]\nfrom = \"HCPCS Watch <alerts@example.org>\"\n{mail}"
            ),
        );
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Puts files of `fixtures/` into the folder of CMS files, over those of the same name.
    pub(crate) fn post(&self, paths: &[&str]) {
        for path in paths {
            let from = fixtures().join(path);
            let name = from.file_name().unwrap().to_owned();
            std::fs::copy(&from, self.path("cms").join(name)).unwrap();
        }
    }

    /// Puts the HCPCS, pricing and crosswalk files of quarters, such as `july-2023`, into the folder of CMS files.
    pub(crate) fn post_quarters(&self, quarters: &[&str]) {
        for name in quarters.iter().flat_map(|quarter| files_of(quarter)) {
            self.post(&[&format!("cms/{name}")]);
        }
    }

    /// The binary, ready to run here, whatever the environment of the test says.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("TZ", "Pacific/Kiritimati")
            .args(words);
        command
    }

    pub(crate) fn call(&self, words: &[&str]) -> Ended {
        Self::ended(&mut self.command(words))
    }

    /// The binary with at most [`MOST_MEMORY`] for its data: more is refused by the system, and the program breaks off.
    pub(crate) fn measured(&self, words: &[&str]) -> Measured {
        let [stdout, stderr] = ["stdout.txt", "stderr.txt"].map(|name| self.path(name));
        let limit = format!("ulimit -d {MOST_MEMORY} && exec \"$0\" \"$@\"");
        let begun = Instant::now();
        let mut child = std::process::Command::new("sh")
            .args(["-c", &limit, BINARY])
            .args(words)
            .current_dir(self.folder.path())
            .env_clear()
            .stdout(std::fs::File::create(&stdout).unwrap())
            .stderr(std::fs::File::create(&stderr).unwrap())
            .spawn()
            .unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut peak = 0;
        let code = loop {
            // Gone with the process; on other systems never there.
            if let Ok(text) = std::fs::read_to_string(&status) {
                let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
                let kib = line.and_then(|line| line.split_whitespace().next());
                peak = kib.map_or(peak, |kib| kib.parse().unwrap());
            }
            if let Some(status) = child.try_wait().unwrap() {
                break status.code();
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let read = |path| std::fs::read_to_string(path).unwrap();
        let (stdout, stderr) = (read(stdout), read(stderr));
        Measured {
            took: begun.elapsed(),
            peak,
            ended: Ended {
                code: code.unwrap_or_else(|| panic!("broke off, {peak} KiB: {stderr}")),
                stdout,
                stderr,
            },
        }
    }

    pub(crate) fn ended(command: &mut Command) -> Ended {
        let output = command.output().unwrap();
        Ended {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// `run` on a day.
    pub(crate) fn run(&self, today: &str) -> Ended {
        self.call(&["run", "--today", today])
    }

    /// Everything told so far, oldest first.
    pub(crate) fn alerts(&self) -> Vec<Value> {
        let listed = self.call(&["alerts", "list", "--format", "json"]).with(0);
        let mut alerts = listed.json().as_array().unwrap().clone();
        alerts.reverse();
        alerts
    }

    /// What `status` tells on a day, whatever its exit code.
    pub(crate) fn status(&self, today: &str) -> Value {
        self.call(&["status", "--format", "json", "--today", today])
            .json()
    }

    /// The HCPCS releases in force, such as `2023Q3 1`.
    pub(crate) fn releases(&self, source: &str) -> Vec<String> {
        let listed = self.call(&["releases", "list", "--source", source, "--format", "json"]);
        let name = |release: &Value| format!("{} {}", text(release, "quarter"), release["revision"]);
        listed
            .with(0)
            .json()
            .as_array()
            .unwrap()
            .iter()
            .map(name)
            .collect()
    }

    /// The messages in the folder, by the time they were written.
    pub(crate) fn mails(&self) -> Vec<Mail> {
        let Ok(entries) = std::fs::read_dir(self.path("outbox")) else {
            return Vec::new();
        };
        let mut files: Vec<_> = entries
            .map(|entry| entry.unwrap())
            // What a killed run left half written never ends in `.eml`.
            .filter(|entry| entry.path().extension().is_some_and(|ending| ending == "eml"))
            .map(|entry| (entry.metadata().unwrap().modified().unwrap(), entry.path()))
            .collect();
        files.sort();
        let read = |(_, path): &(_, PathBuf)| Mail::read(&std::fs::read(path).unwrap());
        files.iter().map(read).collect()
    }

    /// Every row of every table but that of the runs, as text.
    pub(crate) fn dump(&self) -> String {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let database = Connection::open_with_flags(self.path("hcpcs-watch.db"), flags).unwrap();
        let mut statement = database
            .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'run' ORDER BY name")
            .unwrap();
        let tables = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let mut dump = String::new();
        for table in tables.map(Result::unwrap) {
            writeln!(dump, "-- {table}\n{}", rows(&database, &table)).unwrap();
        }
        dump
    }

    /// `text` without what differs from test to test: folder, address of the site, times, hashes in file names.
    pub(crate) fn steady(&self, text: &str) -> String {
        let text = text.replace(&self.folder.path().display().to_string(), "[FOLDER]");
        let text = blotted(&text, "127.0.0.1:", "[HOST]", |c| c.is_ascii_digit());
        let text = blotted(&text, "localhost:", "[HOST]", |c| c.is_ascii_digit());
        blotted(&text, "outbox/", "outbox/[MAIL].eml", |c| {
            !c.is_whitespace() && c != ':'
        })
    }
}

/// `text` with `instead` for each `head` and the run of letters after it that are `part`.
fn blotted(text: &str, head: &str, instead: &str, part: fn(char) -> bool) -> String {
    let mut pieces = text.split(head);
    let mut steady = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        steady.push_str(instead);
        steady.push_str(piece.trim_start_matches(part));
    }
    steady
}

fn rows(database: &Connection, table: &str) -> String {
    let mut statement = database.prepare(&format!("SELECT * FROM {table}")).unwrap();
    let columns = statement.column_count();
    let mut lines = Vec::new();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let cells: Vec<String> = (0..columns)
            .map(|column| cell(row.get_ref(column).unwrap()))
            .collect();
        lines.push(cells.join("|"));
    }
    lines.sort();
    lines.join("\n")
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => format!("REAL {number}"),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => format!("{bytes:02x?}"),
    }
}

/// The files of `fixtures/cms` for a quarter such as `july-2023`: HCPCS, pricing, crosswalk, and NOC where there is one.
pub(crate) fn files_of(quarter: &str) -> Vec<String> {
    let words: Vec<&str> = quarter.split('-').collect();
    let mut names: Vec<String> = std::fs::read_dir(fixtures().join("cms"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            let name = name.to_lowercase();
            name.starts_with(quarter) || name.contains(&words.join(" "))
        })
        .collect();
    names.sort();
    assert!(names.len() >= 3, "{quarter}: {names:?}");
    names
}

/// A text field of a JSON object; empty for null.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// Mail as files, to one biller and one operator.
pub(crate) const FILES: &str =
    "transport = \"file\"\nrecipients = [\"billing@example.org\"]\noperator = \"it@example.org\"\n";

//! From the configuration as written to the configuration as used. Every value is looked at, so that all problems
//! are shown at once.

use super::mail;
use super::problem::ConfigProblem;
use super::raw::{RawConfig, Value, Written};
use super::{Config, Location, Practice, SourceConfig, Storage};
use crate::report::terminal;
use jiff::tz::TimeZone;
use std::path::{Path, PathBuf};

/// The most characters of a value that a problem shows.
const SHOWN: usize = 80;

/// A configuration being checked: gives values by key and gathers what is wrong.
pub(super) struct Check {
    raw: RawConfig,
    base: PathBuf,
}

/// Turns what is written into what is used. Relative paths are taken from the folder of `path`.
pub(super) fn convert(raw: RawConfig, path: &Path) -> Result<Config, Vec<ConfigProblem>> {
    let base = path.parent().unwrap_or_else(|| Path::new("")).to_owned();
    let mut check = Check { raw, base };
    let practice = practice(&mut check);
    let storage = storage(&mut check);
    let source = source(&mut check);
    let mail = mail::convert(&mut check);
    let mut problems = check.raw.problems;
    match (practice, storage, source, mail) {
        (Some(practice), Some(storage), Some(source), Some(mail)) if problems.is_empty() => Ok(Config {
            path: path.to_owned(),
            practice,
            storage,
            source,
            mail,
        }),
        _ => {
            problems.sort_by_key(|problem| problem.line.unwrap_or(u32::MAX));
            Err(problems)
        }
    }
}

fn practice(check: &mut Check) -> Option<Practice> {
    let name = check.required("practice", "name", "the name in mail and reports");
    let time_zone = check.parsed("practice", "time_zone", |text| {
        // The list has two names that stand for no zone.
        let is_a_zone = |zone: &TimeZone| !matches!(zone.iana_name(), None | Some("Etc/Unknown" | "Factory"));
        let zone = TimeZone::get(text).ok().filter(is_a_zone);
        zone.ok_or_else(|| {
            "this is no time zone; expected an IANA name such as America/New_York or America/Chicago"
                .to_owned()
        })
    });
    let setting = check.parsed("practice", "setting", |text| {
        text.parse()
            .map_err(|error: crate::domain::drug::ParseSettingError| error.to_string())
    });
    let drug_list = check.optional_path("practice", "drug_list");
    Some(Practice {
        name: name?.value,
        time_zone: time_zone?,
        setting: setting?,
        drug_list,
    })
}

fn storage(check: &mut Check) -> Option<Storage> {
    let database = check.path_that("storage", "database", |path| {
        (!path.is_dir())
            .then_some(())
            .ok_or("this is a folder; expected the path of a file")
    });
    let archive = check.path_that("storage", "archive", |path| {
        (!path.is_file())
            .then_some(())
            .ok_or("this is a file; expected the path of a folder")
    });
    Some(Storage {
        database: database?,
        archive: archive?,
    })
}

fn source(check: &mut Check) -> Option<SourceConfig> {
    let base = check.base.clone();
    let location = check.parsed("source", "location", |text| location(text, &base));
    let user_agent = check.parsed("source", "user_agent", |text| match text {
        "" => Err(
            "expected a name to give to the site, such as hcpcs-watch/0.1 (+mailto:you@example.org)"
                .to_owned(),
        ),
        _ if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => {
            Err("expected plain ASCII: it goes into an HTTP header".to_owned())
        }
        _ => Ok(text.to_owned()),
    });
    let purple_book = check.existing_file("source", "purple_book", "a Purple Book CSV");
    Some(SourceConfig {
        location: location?,
        user_agent: user_agent?,
        purple_book,
    })
}

/// The site (`https`, or `http` on loopback, without user name, query or fragment) or a folder that exists.
fn location(text: &str, base: &Path) -> Result<Location, String> {
    const EXPECTED: &str = "expected https://www.cms.gov or a folder of downloaded CMS files";
    if text.is_empty() {
        return Err(EXPECTED.to_owned());
    }
    if !text.contains("://") {
        let folder = base.join(text);
        let missing = || format!("there is no folder {}; {EXPECTED}", folder.display());
        return folder
            .is_dir()
            .then(|| Location::Folder(folder.clone()))
            .ok_or_else(missing);
    }
    let url = url::Url::parse(text).map_err(|error| format!("this is no address ({error}); {EXPECTED}"))?;
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err(format!(
            "an address here has no user name, password, `?` or `#`; {EXPECTED}"
        ));
    }
    match url.scheme() {
        "https" => Ok(Location::Site(url)),
        "http" if url.host_str().is_some_and(is_loopback) => Ok(Location::Site(url)),
        "http" => Err("plain http:// is accepted to this machine (loopback) only; use https://".to_owned()),
        other => Err(format!("{other}:// is not supported; {EXPECTED}")),
    }
}

/// Whether a host name or address, as it stands in a URL or a mail setting, is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

impl Check {
    /// A text; none where it is absent without default or no text.
    pub(super) fn text(&mut self, section: &str, name: &str) -> Option<Written<String>> {
        match self.raw.get(section, name)? {
            Written {
                line,
                value: Value::Text(value),
            } => Some(Written { line, value }),
            Written { .. } => None,
        }
    }

    /// A whole number; none where the file does not give one.
    pub(super) fn written_integer(&mut self, section: &str, name: &str) -> Option<Written<i64>> {
        match self.raw.get(section, name)? {
            Written {
                line: Some(line),
                value: Value::Integer(value),
            } => Some(Written {
                line: Some(line),
                value,
            }),
            Written { .. } => None,
        }
    }

    /// The texts of a list, each with its line.
    pub(super) fn list(&mut self, section: &str, name: &str) -> Option<Vec<(u32, String)>> {
        match self.raw.get(section, name)?.value {
            Value::List(items) => Some(items),
            Value::Text(_) | Value::Integer(_) | Value::Boolean(_) => None,
        }
    }

    /// `true` or `false`, from the file or the key's default.
    pub(super) fn boolean(&mut self, section: &str, name: &str) -> Option<bool> {
        match self.raw.get(section, name)?.value {
            Value::Boolean(value) => Some(value),
            Value::Text(_) | Value::Integer(_) | Value::List(_) => None,
        }
    }

    /// A number of days from 1 to 365, from the file or the key's default.
    pub(super) fn days(&mut self, section: &str, name: &str) -> Option<u32> {
        let Written {
            line,
            value: Value::Integer(value),
        } = self.raw.get(section, name)?
        else {
            return None;
        };
        match u32::try_from(value) {
            Ok(days) if (1..=365).contains(&days) => Some(days),
            _ => {
                let reason = "expected a number of days from 1 to 365";
                self.problem(section, name, line, Some(&value.to_string()), reason);
                None
            }
        }
    }

    /// A text that must be there and not empty; `what` says what it is.
    pub(super) fn required(&mut self, section: &str, name: &str, what: &str) -> Option<Written<String>> {
        let path = format!("{section}.{name}");
        match self.text(section, name) {
            Some(text) if !text.value.is_empty() => Some(text),
            Some(text) => {
                self.problem(
                    section,
                    name,
                    text.line,
                    Some("\"\""),
                    &format!("must be given: {what}"),
                );
                None
            }
            None => {
                if !self.raw.is_written(&path) {
                    self.problem(section, name, None, None, &format!("must be given: {what}"));
                }
                None
            }
        }
    }

    /// A text read by `parse`, whose error says what is allowed.
    pub(super) fn parsed<T>(
        &mut self,
        section: &str,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(section, name)?;
        match parse(&text.value) {
            Ok(value) => Some(value),
            Err(reason) => {
                let shown = format!("{:?}", text.value);
                self.problem(section, name, text.line, Some(&shown), &reason);
                None
            }
        }
    }

    /// A path, relative to the file; none for the empty text.
    pub(super) fn optional_path(&mut self, section: &str, name: &str) -> Option<PathBuf> {
        let text = self.text(section, name)?;
        (!text.value.is_empty()).then(|| self.base.join(text.value))
    }

    /// A path, relative to the file, to a file that exists; none for the empty text. `what` says what it holds.
    pub(super) fn existing_file(&mut self, section: &str, name: &str, what: &str) -> Option<PathBuf> {
        let path = self.optional_path(section, name)?;
        self.parsed(section, name, |_written| {
            let missing = || format!("there is no file {}; expected {what}, or \"\"", path.display());
            path.is_file().then(|| path.clone()).ok_or_else(missing)
        })
    }

    /// A path, relative to the file, that must be given and that `accepts`.
    pub(super) fn path_that(
        &mut self,
        section: &str,
        name: &str,
        accepts: impl FnOnce(&Path) -> Result<(), &'static str>,
    ) -> Option<PathBuf> {
        let base = self.base.clone();
        self.parsed(section, name, |text| {
            if text.is_empty() {
                return Err("expected a path".to_owned());
            }
            let path = base.join(text);
            accepts(&path)?;
            Ok(path)
        })
    }

    /// Notes something wrong with a key; `shown` is its value as TOML.
    pub(super) fn problem(
        &mut self,
        section: &str,
        name: &str,
        line: Option<u32>,
        shown: Option<&str>,
        reason: &str,
    ) {
        self.raw.problems.push(ConfigProblem {
            key: format!("{section}.{name}"),
            line,
            value: shown.map(|value| terminal::excerpt(value, SHOWN)),
            reason: terminal::visible(reason).into_owned(),
        });
    }
}

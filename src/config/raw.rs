//! The configuration as written: the keys of the file with their line and value, unknown keys and wrong types
//! already told apart, nothing else checked.

use super::keys::{self, KEYS, Key, Kind, SECTIONS};
use super::problem::ConfigProblem;
use crate::report::terminal;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// The most characters of a value that a problem shows.
const SHOWN: usize = 80;

/// A value of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// Texts, each with its line.
    List(Vec<(u32, String)>),
}

/// A value with its place, or the default of its key, which has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written<V> {
    /// The line, counted from 1; none for a default.
    pub(super) line: Option<u32>,
    /// What stands there.
    pub(super) value: V,
}

/// The file as written. A key that is there with a wrong type is `None`: its problem is already told.
#[derive(Debug, Default)]
pub(super) struct RawConfig {
    entries: BTreeMap<String, Option<Written<Value>>>,
    /// What is wrong so far.
    pub(super) problems: Vec<ConfigProblem>,
}

/// A document and where its lines end, so that a document of nothing but mistakes is searched once.
struct Lines<'a> {
    text: &'a str,
    ends: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(place, _)| place).collect();
        Self { text, ends }
    }

    /// The line, counted from 1, on which a span begins.
    fn at(&self, span: &Range<usize>) -> u32 {
        let before = self.ends.partition_point(|end| *end < span.start);
        u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1)
    }
}

impl RawConfig {
    /// Reads a TOML document. Nothing is lost: what is not an entry is a problem.
    pub(super) fn parse(text: &str) -> Self {
        let mut raw = Self::default();
        let lines = Lines::of(text);
        let (document, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            raw.problems.push(ConfigProblem {
                key: String::new(),
                line: error.span().map(|span| lines.at(&span)),
                value: None,
                reason: format!("this is not TOML: {}", terminal::visible(error.message())),
            });
        }
        for (name, value) in document.get_ref() {
            let section = SECTIONS
                .into_iter()
                .find(|section| *section == name.get_ref().as_ref());
            match (section, value.get_ref()) {
                (Some(section), DeValue::Table(table)) => raw.read_section(&lines, section, table),
                (Some(section), _) => {
                    raw.report(
                        &lines,
                        section,
                        &value.span(),
                        format!("write it as a table: [{section}]"),
                    );
                }
                (None, _) => raw.report(
                    &lines,
                    name.get_ref(),
                    &name.span(),
                    unknown(name.get_ref(), &SECTIONS),
                ),
            }
        }
        raw
    }

    /// What the file says of a key, else its default; none where it has neither or the value is of a wrong type.
    pub(super) fn get(&self, section: &str, name: &str) -> Option<Written<Value>> {
        let key = keys::find(section, name)?;
        match self.entries.get(&key.path()) {
            Some(written) => written.clone(),
            None => default_of(key).map(|value| Written { line: None, value }),
        }
    }

    /// Whether the file names the key, however badly.
    pub(super) fn is_written(&self, path: &str) -> bool {
        self.entries.contains_key(path)
    }

    fn read_section(&mut self, lines: &Lines<'_>, section: &'static str, table: &DeTable<'_>) {
        for (name, value) in table {
            let path = format!("{section}.{}", name.get_ref());
            let Some(key) = keys::find(section, name.get_ref()) else {
                self.report(lines, &path, &name.span(), unknown_key(section, name.get_ref()));
                continue;
            };
            let read = typed(lines, key.kind, value.get_ref());
            if read.is_none() {
                self.problems.push(ConfigProblem {
                    key: path.clone(),
                    line: Some(lines.at(&name.span())),
                    value: lines
                        .text
                        .get(value.span())
                        .map(|written| terminal::excerpt(written, SHOWN)),
                    reason: format!("expected {} without control characters", key.kind.describe()),
                });
            }
            let line = Some(lines.at(&name.span()));
            self.entries
                .insert(path, read.map(|value| Written { line, value }));
        }
    }

    fn report(&mut self, lines: &Lines<'_>, key: &str, span: &Range<usize>, reason: String) {
        let key = terminal::excerpt(key, SHOWN);
        self.problems.push(ConfigProblem {
            key,
            line: Some(lines.at(span)),
            value: None,
            reason,
        });
    }
}

fn typed(lines: &Lines<'_>, kind: Kind, value: &DeValue<'_>) -> Option<Value> {
    match (kind, value) {
        (Kind::Text, DeValue::String(written)) => plain(written).map(Value::Text),
        (Kind::Integer, DeValue::Integer(written)) => i64::from_str_radix(written.as_str(), written.radix())
            .ok()
            .map(Value::Integer),
        (Kind::Boolean, DeValue::Boolean(written)) => Some(Value::Boolean(*written)),
        (Kind::TextList, DeValue::Array(items)) => {
            let texts = items.iter().map(|item| match item.get_ref() {
                DeValue::String(written) => Some((lines.at(&item.span()), plain(written)?)),
                _ => None,
            });
            texts.collect::<Option<_>>().map(Value::List)
        }
        _ => None,
    }
}

/// The text, trimmed, unless something unprintable stands in it.
fn plain(written: &str) -> Option<String> {
    (!written.chars().any(terminal::is_unprintable)).then(|| written.trim().to_owned())
}

fn default_of(key: &Key) -> Option<Value> {
    let document = format!("value = {}", key.default?);
    let table = DeTable::parse(&document).ok()?;
    typed(
        &Lines::of(&document),
        key.kind,
        table.get_ref().get("value")?.get_ref(),
    )
}

fn unknown_key(section: &str, name: &str) -> String {
    if name.to_ascii_lowercase().contains("password") || name.eq_ignore_ascii_case("passwd") {
        return "a password never stands in this file; take the line out, put the password into an environment variable and name that variable with mail.password_env, or into a file of mode 0600 and name that file with mail.password_file".to_owned();
    }
    let names: Vec<_> = KEYS
        .iter()
        .filter(|key| key.section == section)
        .map(|key| key.name)
        .collect();
    unknown(name, &names)
}

fn unknown(name: &str, known: &[&str]) -> String {
    // Two names differ by no less than their lengths do: a name as long as the file is not compared.
    let is_near = |candidate: &&&str| candidate.len().abs_diff(name.len()) <= 2;
    let nearest = known
        .iter()
        .filter(is_near)
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .min();
    let hint = match nearest {
        Some((distance, candidate)) if distance <= 2 => format!(", did you mean `{candidate}`?"),
        _ => String::new(),
    };
    format!("there is no such key{hint} (known: {})", known.join(", "))
}

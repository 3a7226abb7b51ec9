//! What is wrong with a configuration, all of it at once.

use std::fmt;
use std::path::PathBuf;

/// One thing that is wrong in a configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// The key path, such as `mail.port`; empty where the file is no TOML.
    pub key: String,
    /// The line, counted from 1; none where the key is not in the file.
    pub line: Option<u32>,
    /// The value as written, made visible and cut; none where there is none or it must not be shown.
    pub value: Option<String>,
    /// What is wrong and what is allowed.
    pub reason: String,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// No file was named and none lies where one is looked for.
    #[error(
        "looking for the configuration: there is none at {}; write one with `hcpcs-watch config init`, or name one with --config FILE",
        looked_at.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" nor at ")
    )]
    NotFound {
        /// Where it was looked for.
        looked_at: Vec<PathBuf>,
    },
    /// The file cannot be read.
    #[error(
        "reading the configuration {}: check the path given with --config and that you may read the file",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is far larger than a configuration can be.
    #[error(
        "reading the configuration {}: it is larger than {limit} bytes, so it is no configuration; check the path given with --config",
        path.display()
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The size that is accepted.
        limit: u64,
    },
    /// The file can be read but not used.
    #[error("{}", list(path, problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong, in the order of the file; never empty.
        problems: Vec<ConfigProblem>,
    },
}

fn list(path: &std::path::Path, problems: &[ConfigProblem]) -> String {
    let noun = if problems.len() == 1 {
        "problem"
    } else {
        "problems"
    };
    let head = format!(
        "checking the configuration {}: {} {noun}; correct and try again",
        path.display(),
        problems.len()
    );
    problems
        .iter()
        .fold(head, |text, problem| format!("{text}\n  {problem}"))
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.key)?;
        if let Some(value) = &self.value {
            write!(f, " = {value}")?;
        }
        if !self.key.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.reason)
    }
}

//! The configuration file as it is written for people: `config.example.toml` and what `config init` makes.

use super::keys::{KEYS, Key, SECTIONS};
use std::fmt::Write;

/// For whom a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// A practice that goes live: the CMS site and a mail server.
    Live,
    /// The example that ships with the source: it runs offline on the fixtures and writes mail as files.
    Example,
}

const LIVE_HEAD: &str = "\
# hcpcs-watch: the configuration. Paths are relative to this file.
# Change the values below to your own, then try it with `hcpcs-watch config check`.
";

const EXAMPLE_HEAD: &str = "\
# hcpcs-watch: every key with its default. Paths are relative to this file.
# As it stands it runs offline on the fixtures and writes mail as files; the comments show the live values.
# `hcpcs-watch config init` writes one with the live values to start from.
";

/// The text of a configuration file with every key, its default and one comment.
#[must_use]
pub fn render(template: Template) -> String {
    let mut text = match template {
        Template::Live => LIVE_HEAD,
        Template::Example => EXAMPLE_HEAD,
    }
    .to_owned();
    for section in SECTIONS {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n[{section}]");
        for key in KEYS.iter().filter(|key| key.section == section) {
            text.push_str(&entry(key, template));
        }
    }
    text
}

/// A key with its comment, default and, where the example differs, live value.
fn entry(key: &Key, template: Template) -> String {
    let mut text = format!("# {} {}\n", key.comment, key.default_note());
    match (template, key.example) {
        (Template::Example, Some(example)) => {
            let _ = writeln!(
                text,
                "# Live: {} = {}\n{} = {example}",
                key.name, key.live, key.name
            );
        }
        _ => {
            let _ = writeln!(text, "{} = {}", key.name, key.live);
        }
    }
    text
}

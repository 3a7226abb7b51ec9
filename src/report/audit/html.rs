//! One self-contained page: read without script, printed on Letter, safe to mail. Its own style and script, allowed by
//! their hashes, and nothing else may be loaded or run.

use super::chart::{Chart, chart};
use super::csv::place_in_words;
use super::document::{Audit, CodeSpan, DrugAudit, State};
use super::table::{next, now};
use crate::report::format::FormatError;
use crate::report::terminal;
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

const STYLE: &str = include_str!("../templates/audit.css");
const SCRIPT: &str = include_str!("../templates/audit.js");

#[derive(Template)]
#[template(path = "audit.html")]
struct Page<'a> {
    audit: &'a Audit,
    policy: String,
    style: &'static str,
    script: &'static str,
    chart: Option<Chart>,
    states: Vec<(&'static str, &'static str)>,
}

pub(super) fn render(audit: &Audit) -> Result<String, FormatError> {
    let held: Vec<State> = State::ALL
        .into_iter()
        .filter(|state| audit.drugs.iter().any(|drug| drug.state == *state))
        .collect();
    let page = Page {
        audit,
        policy: format!(
            "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
            hash(STYLE),
            hash(SCRIPT)
        ),
        style: STYLE,
        script: SCRIPT,
        chart: chart(audit),
        states: held
            .into_iter()
            .map(|state| (state.as_str(), state.words()))
            .collect(),
    };
    // Marks of reading direction and the like, in names from outside, are spelled out.
    Ok(terminal::visible_lines(&page.render()?))
}

/// The hash by which a content security policy knows an inline element.
fn hash(content: &str) -> String {
    STANDARD.encode(Sha256::digest(content))
}

/// `12 drugs watched: 5 with their own code in force, ...`.
pub(super) fn counts_in_words(audit: &Audit) -> String {
    let counts = audit.counts;
    let parts = [
        (counts.permanent, "with their own code in force"),
        (counts.announced, "with their own code announced"),
        (counts.interim, "with an interim code only"),
        (counts.review, "waiting for a person"),
        (counts.out_of_sight, "that cannot be looked up"),
        (counts.unclassified, "without a code of their own"),
    ];
    let held: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    let retired = if counts.retired > 0 {
        format!("; {} retired", counts.retired)
    } else {
        String::new()
    };
    let colon = if held.is_empty() { "" } else { ": " };
    format!(
        "{} drugs watched{colon}{}{retired}.",
        counts.watched,
        held.join(", ")
    )
}

/// Since when, and how much.
pub(super) fn changes_in_words(audit: &Audit) -> String {
    let counts: Vec<String> = audit
        .changes
        .counts
        .iter()
        .map(|(kind, count)| format!("{count} {}", kind.replace('-', " ")))
        .collect();
    let what = if counts.is_empty() {
        "nothing was logged".to_owned()
    } else {
        counts.join(", ")
    };
    match audit.changes.since {
        Some(day) => format!("Since the report of {day}: {what}."),
        None => format!("No report of a day before was kept; from the beginning: {what}."),
    }
}

impl Page<'_> {
    fn counts(&self) -> String {
        counts_in_words(self.audit)
    }

    fn changes(&self) -> String {
        changes_in_words(self.audit)
    }

    fn now<'d>(&self, drug: &'d DrugAudit) -> Option<&'d CodeSpan> {
        now(drug, self.audit)
    }

    fn next<'d>(&self, drug: &'d DrugAudit) -> Option<&'d CodeSpan> {
        next(drug, self.audit)
    }
}

/// The value, or a dash with a name where there is none.
fn shown<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

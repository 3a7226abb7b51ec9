//! From the news of one run to the words a biller reads: subject, text and HTML of one message a recipient.
//!
//! The words are made here; the templates in `src/alerts/templates/` only lay them out. Everything that comes from
//! outside (drug list, CMS files) passes `words::plain` before it is used, and askama escapes it in HTML.

mod attachments;
mod change;
mod checklist;
mod closing;
mod facts;
mod headline;
mod layout;
mod operator_notice;
mod quiet;
mod subject;
mod test_message;
mod units;
mod words;

#[cfg(test)]
mod tests;

pub use attachments::{AttachmentError, Origin, attachments};
pub use operator_notice::{OperatorNotice, OperatorProblem, render_operator_notice};
pub use test_message::render_test_message;

use crate::domain::alert::Digest;
use askama::Template;
use change::{Change, News};

/// A message in the forms that go out, without addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line, free of control characters.
    pub subject: String,
    /// The plain text, lines ended by `\n`, at most 76 columns but for words that are longer.
    pub text: String,
    /// The same as HTML; none for messages to the operator.
    pub html: Option<String>,
}

/// A template could not be filled.
#[derive(Debug, thiserror::Error)]
#[error("writing the {template} template of a message; this is a defect of hcpcs-watch, please report it")]
pub struct RenderError {
    template: &'static str,
    source: askama::Error,
}

/// What the templates see of a digest.
struct View {
    title: String,
    practice: String,
    day: String,
    lead: Vec<String>,
    items: Vec<ItemView>,
    open: Vec<ItemView>,
    closing: Vec<String>,
}

/// What the templates see of one drug's news.
struct ItemView {
    name: String,
    also_called: Option<String>,
    headline: String,
    codes: String,
    badge: Badge,
    facts: Vec<Row>,
    candidates: Vec<CandidateView>,
    steps: Vec<String>,
    evidence: Vec<String>,
}

impl ItemView {
    /// `Briumvi (ublituximab-xiiy)`.
    fn title(&self) -> String {
        match &self.also_called {
            Some(other) => format!("{} ({other})", self.name),
            None => self.name.clone(),
        }
    }
}

/// A labelled fact.
struct Row {
    label: &'static str,
    value: String,
}

/// A code a person has to decide on.
struct CandidateView {
    code: String,
    facts: Vec<Row>,
}

/// A word on how pressing the news is, with its colours for light backgrounds.
struct Badge {
    word: String,
    ink: &'static str,
    ground: &'static str,
}

#[derive(Template)]
#[template(path = "digest.txt")]
struct TextTemplate<'a> {
    view: &'a View,
}

#[derive(Template)]
#[template(path = "digest.html")]
struct HtmlTemplate<'a> {
    view: &'a View,
}

/// The message of one run to one recipient. Alerts of one drug about the same change are shown as one item; the
/// order of the digest is kept.
///
/// # Errors
///
/// Only where a template cannot be filled, which is a defect.
pub fn render_digest(digest: &Digest) -> Result<Rendered, RenderError> {
    let changes = change::of(&digest.items, digest.today);
    let open = change::of(&digest.still_open, digest.today);
    let subject = subject::of(digest, &changes, &open);
    let view = View {
        title: subject.clone(),
        practice: words::plain(&digest.practice),
        day: words::long_date(digest.today),
        lead: quiet::lead(digest),
        items: changes.iter().map(item).collect(),
        open: open.iter().map(open_item).collect(),
        closing: vec![closing::of(digest)],
    };
    let failed = |template| move |source| RenderError { template, source };
    let text = TextTemplate { view: &view }
        .render()
        .map_err(failed("digest.txt"))?;
    let html = HtmlTemplate { view: &view }
        .render()
        .map_err(failed("digest.html"))?;
    Ok(Rendered {
        subject,
        text: layout::tidy(&text),
        html: Some(html),
    })
}

fn item(change: &Change<'_>) -> ItemView {
    let entry = &change.lead().drug.entry;
    let name = change.name();
    let proper_name = entry.proper_name.as_deref().map(words::plain);
    ItemView {
        also_called: proper_name.filter(|proper_name| *proper_name != name && !proper_name.is_empty()),
        name,
        headline: headline::of(change),
        codes: codes(change),
        badge: badge(change),
        facts: facts::of(change),
        candidates: facts::candidates(change),
        steps: checklist::of(change),
        evidence: facts::evidence(change),
    }
}

/// The same, told once more because nobody has taken note of it.
fn open_item(change: &Change<'_>) -> ItemView {
    let fresh = item(change);
    ItemView {
        headline: format!(
            "Told on {}, and nobody has said yet that it is done. {}",
            words::date(change.raised_on()),
            fresh.headline
        ),
        badge: Badge {
            word: "still open".to_owned(),
            ink: "#8a1c1c",
            ground: "#fbe9e7",
        },
        ..fresh
    }
}

/// `J3590 -> J2329`, or the one code the news is about.
fn codes(change: &Change<'_>) -> String {
    let from = change.old_code();
    match (change.news(), change.to_code()) {
        (News::Review, _) | (_, None) => from.to_string(),
        (News::Withdrawn | News::Interim, Some(to)) => to.to_string(),
        (_, Some(to)) if to == from => to.to_string(),
        (_, Some(to)) => format!("{from} -> {to}"),
    }
}

/// The colours hold a contrast above 4.5:1 as they stand and when a mail program inverts them.
fn badge(change: &Change<'_>) -> Badge {
    let (ink, ground) = match change.news() {
        News::Late | News::Withdrawn | News::Retracted => ("#8a1c1c", "#fbe9e7"),
        News::Interim | News::Review => ("#5c4a00", "#fff4cc"),
        _ if change.in_effect() => ("#8a1c1c", "#fbe9e7"),
        _ => ("#0b4a6f", "#e3f2fb"),
    };
    Badge {
        word: headline::badge(change),
        ink,
        ground,
    }
}

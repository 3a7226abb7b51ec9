//! The words of a quarter without news: silence must not look like a broken job.

use super::words;
use crate::domain::alert::Digest;
use crate::domain::quarter::Quarter;

/// `Nothing changes on October 1, 2023 for your 12 drugs`.
pub(super) fn subject(digest: &Digest, quarter: Quarter) -> String {
    let day = words::date(quarter.first_day());
    if looked_up(digest) == 0 {
        return format!("None of your drugs could be looked up for {day}");
    }
    let drugs = words::count(looked_up(digest), "drug", "drugs");
    let unseen = match digest.not_looked_up.len() {
        0 => String::new(),
        count => format!(", {count} not looked up"),
    };
    format!(
        "Nothing {} on {day} for your {drugs}{unseen}",
        verb(digest, quarter)
    )
}

/// The paragraphs that say it; none where there is news.
pub(super) fn lead(digest: &Digest) -> Vec<String> {
    let Some(quarter) = digest.quiet else {
        return Vec::new();
    };
    let mut paragraphs = Vec::new();
    if looked_up(digest) > 0 {
        paragraphs.push(nothing_new(digest, quarter));
    }
    if !digest.not_looked_up.is_empty() {
        paragraphs.push(out_of_sight(digest));
    }
    paragraphs
}

fn nothing_new(digest: &Digest, quarter: Quarter) -> String {
    let day = words::long_date(quarter.first_day());
    let all_seen = digest.not_looked_up.is_empty();
    let seen = if all_seen { "" } else { " that could be looked up" };
    let (drugs, verb) = match looked_up(digest) {
        1 => {
            let one = if all_seen { "drug" } else { "one drug" };
            (
                format!("the {one} on your list{seen}"),
                "keeps its code and its unit",
            )
        }
        several => (
            format!("all {several} drugs on your list{seen}"),
            "keep their codes and units",
        ),
    };
    let to_do = if all_seen {
        "There is nothing to do; this message only says that the file has come and was read."
    } else {
        "For these there is nothing to do."
    };
    format!(
        "Nothing {} on {day}: in the CMS file of {} {}, {drugs} {verb}. {to_do}",
        self::verb(digest, quarter),
        quarter.month_name(),
        quarter.year()
    )
}

/// Silence about a drug that could not be looked up would read as "nothing changes".
fn out_of_sight(digest: &Digest) -> String {
    let told = digest.not_looked_up.iter().take(MOST_NAMED).map(|unseen| {
        format!(
            "{} ({})",
            words::drug_name(&unseen.name),
            words::plain(&unseen.reason)
        )
    });
    let mut told: Vec<String> = told.collect();
    let more = digest.not_looked_up.len().saturating_sub(MOST_NAMED);
    if more > 0 {
        told.push(format!("{more} more, which `hcpcs-watch run` names"));
    }
    format!(
        "Whether a code of its own was published cannot be said of {}: {}.",
        words::count(digest.not_looked_up.len(), "drug", "drugs"),
        told.join("; ")
    )
}

/// How many drugs are named that could not be looked up.
const MOST_NAMED: usize = 20;

fn looked_up(digest: &Digest) -> usize {
    digest.drugs_watched.saturating_sub(digest.not_looked_up.len())
}

fn verb(digest: &Digest, quarter: Quarter) -> &'static str {
    if digest.today < quarter.first_day() {
        "changes"
    } else {
        "changed"
    }
}

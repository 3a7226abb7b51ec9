//! The words of a quarter without news: silence must not look like a broken job.

use super::words;
use crate::domain::alert::Digest;
use crate::domain::quarter::Quarter;

/// `Nothing changes on October 1, 2023 for your 12 drugs`.
pub(super) fn subject(digest: &Digest, quarter: Quarter) -> String {
    let day = words::date(quarter.first_day());
    let drugs = words::count(digest.drugs_watched, "drug", "drugs");
    format!("Nothing {} on {day} for your {drugs}", verb(digest, quarter))
}

/// The paragraph that says it; none where there is news.
pub(super) fn lead(digest: &Digest) -> Option<String> {
    let quarter = digest.quiet?;
    let day = words::long_date(quarter.first_day());
    let (drugs, verb) = match digest.drugs_watched {
        1 => ("the drug on your list".to_owned(), "keeps its code and its unit"),
        several => (
            format!("all {several} drugs on your list"),
            "keep their codes and units",
        ),
    };
    Some(format!(
        "Nothing {} on {day}: in the CMS file of {} {}, {drugs} {verb}. There is nothing to do; this message only says \
         that the file has come and was read.",
        self::verb(digest, quarter),
        quarter.month_name(),
        quarter.year()
    ))
}

fn verb(digest: &Digest, quarter: Quarter) -> &'static str {
    if digest.today < quarter.first_day() {
        "changes"
    } else {
        "changed"
    }
}

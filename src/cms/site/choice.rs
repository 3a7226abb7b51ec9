//! Which of several postings of one file is used.

use super::{Link, Posting, Verdict};
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use chrono::NaiveDate;
use std::cmp::Reverse;

/// The link chosen for a file, and those that lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<'a> {
    /// The one to use, or none where no link names the file.
    pub chosen: Option<&'a Link>,
    /// Others that name the same file at another address, best first.
    pub passed_over: Vec<&'a Link>,
}

/// The rank of a posting on `today`, as [`choose`] tells it; the greatest wins. Postings dated after `today` rank last
/// so that a look back in time sees what was there.
pub(crate) fn rank(posting: &Posting, today: NaiveDate) -> impl Ord + use<> {
    let up_already = posting.posted.is_none_or(|posted| posted <= today);
    let latest_unless_ahead = if up_already { posting.posted } else { None };
    (up_already, latest_unless_ahead, posting.stage, posting.version)
}

/// The link to use for `source` and `quarter` on `today` among `links`. Repeats of one address count once.
///
/// A posting dated after `today` counts only where there is no other. Then the latest day of posting wins, a dated
/// posting before an undated one; then restated over final over plain over preliminary; then the higher `v` number; of
/// equals the one that stands first on the page, where CMS puts the newest.
#[must_use]
pub fn choose(links: &[Link], source: Source, quarter: Quarter, today: NaiveDate) -> Choice<'_> {
    let mut candidates: Vec<(&Link, &Posting)> = Vec::new();
    for link in links {
        let Verdict::File(posting) = &link.verdict else {
            continue;
        };
        if posting.source != source || posting.quarter != quarter {
            continue;
        }
        match candidates.iter_mut().find(|(seen, _)| seen.url == link.url) {
            Some(seen) if rank(seen.1, today) < rank(posting, today) => *seen = (link, posting),
            Some(_) => {}
            None => candidates.push((link, posting)),
        }
    }
    // The sort is stable: equals stay in page order.
    candidates.sort_by_key(|(_, posting)| Reverse(rank(posting, today)));
    let mut ranked = candidates.into_iter().map(|(link, _)| link);
    Choice {
        chosen: ranked.next(),
        passed_over: ranked.collect(),
    }
}

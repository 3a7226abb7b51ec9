//! Rules that look at all candidates of a drug together: successors of a recognised code, and rivals for the same days.

use crate::domain::product_name::Likeness;
use crate::matching::index::Index;
use crate::matching::rules::Weighing;
use crate::matching::{MatchKind, Verdict};
use chrono::Days;
use std::cmp::Ordering;

/// How long after the end of a code its successor may begin: CMS ends codes on the last day of a quarter.
const GAP: Days = Days::new(31);

/// A code with the same parsed identity that begins right after a recognised one ended is its successor
/// (domain rule 4: Soliris J1300 to J1299), even where its bare name alone would not be enough.
pub(super) fn follow_successors(index: &Index<'_>, weighed: &mut [Weighing]) {
    while let Some(place) = next_successor(index, weighed) {
        weighed[place].verdict = Verdict::Same(MatchKind::Successor);
    }
}

fn next_successor(index: &Index<'_>, weighed: &[Weighing]) -> Option<usize> {
    weighed.iter().position(|open| {
        let follows =
            |earlier: &Weighing| earlier.is_same() && succeeds(index, open.candidate, earlier.candidate);
        matches!(open.verdict, Verdict::Unsure(_)) && weighed.iter().any(follows)
    })
}

fn succeeds(index: &Index<'_>, later: usize, earlier: usize) -> bool {
    let (later, earlier) = (index.candidate(later), index.candidate(earlier));
    let Some(last) = earlier.published.period.valid_to else {
        return false;
    };
    let begins = later.published.period.valid_from;
    later.descriptor.name.likeness(&earlier.descriptor.name) == Likeness::Same
        && later.descriptor.brands == earlier.descriptor.brands
        && later.descriptor.routes == earlier.descriptor.routes
        && later.descriptor.for_other_versions == earlier.descriptor.for_other_versions
        && later.is_interim() == earlier.is_interim()
        && begins > last
        && begins <= last + GAP
}

/// Two permanent codes for one day cannot both be right: the one with the stronger support stays; a draw is a
/// question for a person, with both named.
pub(super) fn settle_rivals(index: &Index<'_>, weighed: &mut [Weighing]) {
    let verdicts: Vec<Option<Verdict>> = weighed
        .iter()
        .map(|one| against_rivals(index, one, weighed))
        .collect();
    for (weighing, verdict) in weighed.iter_mut().zip(verdicts) {
        if let Some(verdict) = verdict {
            weighing.verdict = verdict;
        }
    }
}

/// What the strongest rival of a recognised code makes of it; none where the code stands.
fn against_rivals(index: &Index<'_>, one: &Weighing, weighed: &[Weighing]) -> Option<Verdict> {
    let mut rivals = weighed
        .iter()
        .filter(|other| one.is_same() && other.is_same() && are_rivals(index, one, other));
    let first = rivals.next()?;
    let strongest = rivals.fold(
        first,
        |best, other| if other.support > best.support { other } else { best },
    );
    let code = index.candidate(one.candidate).published.period.code;
    let rival = index.candidate(strongest.candidate).published.period.code;
    match strongest.support.cmp(&one.support) {
        Ordering::Less => None,
        Ordering::Equal => Some(Verdict::Unsure(format!(
            "{code} and {rival} both fit: give the brand, the route or the NDC"
        ))),
        Ordering::Greater => Some(Verdict::Different(format!("{rival} fits better"))),
    }
}

/// Two codes of one kind that are valid on a common day.
fn are_rivals(index: &Index<'_>, left: &Weighing, right: &Weighing) -> bool {
    let (left, right) = (index.candidate(left.candidate), index.candidate(right.candidate));
    let (a, b) = (&left.published.period, &right.published.period);
    left.is_interim() == right.is_interim() && a.code != b.code && a.overlaps(b)
}

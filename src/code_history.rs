//! From what successive releases say of a code to the periods in which it is valid.
//!
//! One release shows only how things stand: ADD DT and TERM DT. A reactivation, a reuse, a rewritten date and an
//! addition taken back show only against the releases before it.

use crate::cms::hcpcs_file::{Action, HcpcsRecord};
use crate::domain::period::{CodePeriod, PublishedPeriod, Standing};
use crate::domain::quarter::Quarter;
use crate::domain::release::{Release, ReleaseId};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// What one release says of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The release.
    pub release: Release,
    /// The line of the code's first record in the release's main member.
    pub line: u32,
    /// What the release did to the code.
    pub action: Option<Action>,
    /// The record; its own `action` is that of the release which first held this content.
    pub record: HcpcsRecord,
}

/// Every HCPCS release held, as far as histories need it.
#[derive(Debug, Clone, Default)]
pub struct ReleaseLine {
    /// The newest revision of every quarter.
    newest: BTreeMap<Quarter, ReleaseId>,
    /// The first quarter held.
    first: Option<Quarter>,
}

impl ReleaseLine {
    /// The line of `releases` in any order, all revisions.
    #[must_use]
    pub fn new<'a>(releases: impl IntoIterator<Item = &'a Release>) -> Self {
        let mut line = Self::default();
        for release in releases {
            let newest = line.newest.entry(release.quarter).or_insert(release.id);
            *newest = release.id.max(*newest);
        }
        line.first = line.newest.keys().next().copied();
        line
    }

    fn shows(&self, release: &Release) -> bool {
        self.newest.get(&release.quarter) == Some(&release.id)
    }

    /// The first release that could show what `release` showed and came after it.
    fn following(&self, release: &Release) -> Option<(Quarter, ReleaseId)> {
        let from = if self.shows(release) {
            release.quarter.next()
        } else {
            release.quarter
        };
        self.newest
            .range(from..)
            .next()
            .map(|(quarter, id)| (*quarter, *id))
    }
}

/// The periods of one code, oldest first.
///
/// `publications` are all that any held release, every revision included, says of the code, ordered by quarter and
/// revision. Rows without ADD DT give no period: when they may be billed is unknown.
#[must_use]
pub fn periods(publications: &[Publication], line: &ReleaseLine) -> Vec<PublishedPeriod> {
    let Some(last) = publications.last() else {
        return Vec::new();
    };
    let mut periods: Vec<Dated> = Vec::new();
    for publication in publications
        .iter()
        .filter(|one| line.shows(&one.release) || std::ptr::eq(*one, last))
    {
        apply(publication, &mut periods);
    }
    if let Some(newest) = periods.last_mut() {
        newest.published.standing = standing(publications, last, line);
    }
    periods.into_iter().map(|dated| dated.published).collect()
}

/// A period with the ADD DT under which releases know it: after a reactivation that stays the old one.
struct Dated {
    published: PublishedPeriod,
    add_date: NaiveDate,
}

fn apply(publication: &Publication, periods: &mut Vec<Dated>) {
    let record = &publication.record;
    let Some(add_date) = record.add_date else { return };
    let reactivated = record
        .action_effective_date
        .filter(|_| publication.action == Some(Action::Reactivate));
    match periods.last_mut() {
        Some(known) if reactivated.is_some_and(|start| known.published.period.ended_before(start)) => {
            periods.push(begin(publication, reactivated.unwrap_or(add_date), add_date));
        }
        Some(known) if known.add_date == add_date => update(known, publication),
        Some(known) if known.published.period.ended_before(add_date) => {
            periods.push(begin(publication, add_date, add_date));
        }
        Some(known) => *known = begin(publication, add_date, add_date),
        None => periods.push(begin(publication, reactivated.unwrap_or(add_date), add_date)),
    }
}

fn begin(publication: &Publication, valid_from: NaiveDate, add_date: NaiveDate) -> Dated {
    let record = &publication.record;
    let evidence = publication
        .release
        .evidence(publication.line, record.long_description.clone());
    let published = PublishedPeriod {
        period: CodePeriod {
            code: record.code,
            valid_from,
            valid_to: record.termination_date,
        },
        descriptor: record.long_description.clone(),
        cross_references: record.cross_references.clone(),
        standing: Standing::Published,
        first_published: evidence.clone(),
        last_changed: evidence,
    };
    Dated { published, add_date }
}

fn update(known: &mut Dated, publication: &Publication) {
    let record = &publication.record;
    let published = &mut known.published;
    if published.period.valid_to != record.termination_date || published.descriptor != record.long_description
    {
        published.last_changed = publication
            .release
            .evidence(publication.line, record.long_description.clone());
    }
    published.period.valid_to = record.termination_date;
    published.descriptor.clone_from(&record.long_description);
    published.cross_references.clone_from(&record.cross_references);
}

/// No code ever disappeared between full releases from 2019 to 2025: one that is missing was either added by mistake and
/// taken back, or its file is damaged. A re-posted file of the quarter before may know a code that the next quarter's
/// first posting does not have yet.
fn standing(publications: &[Publication], last: &Publication, line: &ReleaseLine) -> Standing {
    let Some((quarter, later)) = line.following(&last.release) else {
        return Standing::Published;
    };
    let reposted_since =
        last.release.revision > 1 && last.release.id > later && last.release.quarter.next() == quarter;
    if reposted_since && line.shows(&last.release) {
        return Standing::Published;
    }
    let seen_since = publications
        .iter()
        .map(|publication| publication.release.quarter)
        .min();
    let only_there = seen_since == Some(last.release.quarter) && line.first < Some(last.release.quarter);
    if last.action == Some(Action::Add) || only_there {
        Standing::Withdrawn
    } else {
        Standing::Missing
    }
}

#[cfg(test)]
mod tests;

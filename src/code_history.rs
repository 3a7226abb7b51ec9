//! From what successive releases say of a code to the periods in which it is valid.
//!
//! One release shows only how things stand: ADD DT and TERM DT. A reactivation, a reuse, a rewritten date and an
//! addition taken back show only against the releases before it.

use crate::cms::Placed;
use crate::cms::hcpcs_file::{Action, HcpcsRecord};
use crate::domain::period::{CodePeriod, PublishedPeriod, Standing};
use crate::domain::quarter::Quarter;
use crate::domain::release::{Release, ReleaseId};
use chrono::{Days, NaiveDate};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What one release says of one code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The release.
    pub release: Release,
    /// The line of the code's first record in the release's main member.
    pub line: u32,
    /// What the release did to the code.
    pub action: Option<Action>,
    /// The record, shared where releases that say the same are read together; its own `action` is that of the release
    /// which first held this content.
    pub record: Arc<HcpcsRecord>,
}

impl Publication {
    /// A row of `release` as its file has it, which no release before held with the same content.
    #[must_use]
    pub fn of(release: &Release, placed: Placed<HcpcsRecord>) -> Self {
        Self {
            release: release.clone(),
            line: placed.line,
            action: placed.row.action,
            record: Arc::new(placed.row),
        }
    }
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

    /// Whether some release that came after `release` could show what it showed and is therefore missing it. A re-posted
    /// file of one quarter may know a code that the first posting of the next quarter, older than it, does not have yet.
    fn has_moved_on_from(&self, release: &Release) -> bool {
        if !self.shows(release) {
            return true;
        }
        let reposted_since = |quarter: Quarter, id: ReleaseId| {
            release.revision > 1 && release.id > id && quarter == release.quarter.next()
        };
        let later = self.newest.range(release.quarter.next()..);
        later
            .into_iter()
            .any(|(quarter, id)| !reposted_since(*quarter, *id))
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
    let standing = standing(publications, last, line);
    if let Some(current) = current(&mut periods) {
        current.published.standing = standing;
    }
    periods.into_iter().map(|dated| dated.published).collect()
}

/// The last period that was not taken back.
fn current(periods: &mut [Dated]) -> Option<&mut Dated> {
    periods
        .iter_mut()
        .rev()
        .find(|dated| dated.published.standing != Standing::Withdrawn)
}

/// A period with the ADD DT under which releases know it: after a reactivation that stays the old one.
struct Dated {
    published: PublishedPeriod,
    add_date: NaiveDate,
}

fn apply(publication: &Publication, periods: &mut Vec<Dated>) {
    let Some(add_date) = publication.record.add_date else {
        return;
    };
    let known_end = current(periods).and_then(|dated| dated.published.period.valid_to);
    if let Some(start) = reactivation(publication, known_end) {
        periods.push(begin(publication, start, add_date));
        return;
    }
    let last = publication.record.termination_date;
    let is_known = |dated: &Dated| {
        let begins_in_time = last.is_none_or(|last| dated.published.period.valid_from <= last);
        dated.add_date == add_date && begins_in_time
    };
    if let Some(known) = periods.iter().rposition(is_known) {
        // A code that was added anew, or reactivated, and is back under its old dates: that was taken back.
        for undone in periods.iter_mut().skip(known + 1) {
            undone.published.standing = Standing::Withdrawn;
        }
        if let Some(dated) = periods.get_mut(known) {
            dated.published.standing = Standing::Published;
            update(dated, publication);
        }
        return;
    }
    match current(periods) {
        Some(dated) if !dated.published.period.ended_before(add_date) => {
            *dated = begin(publication, add_date, add_date);
        }
        _ => periods.push(begin(publication, add_date, add_date)),
    }
}

/// The first day of a new span of a code that had ended: ACT EFF DT of action R, or of a later release in which the end
/// is gone and the last change took effect after a gap. Releases keep the old ADD DT.
fn reactivation(publication: &Publication, known_end: Option<NaiveDate>) -> Option<NaiveDate> {
    let last = publication.record.termination_date;
    let start = publication
        .record
        .action_effective_date
        .filter(|start| last.is_none_or(|last| *start <= last))?;
    let is_marked = publication.action == Some(Action::Reactivate);
    let Some(end) = known_end else {
        return is_marked.then_some(start);
    };
    let reopens = publication.record.termination_date.is_none_or(|last| last > end);
    let after_a_gap = end
        .checked_add_days(Days::new(1))
        .is_some_and(|next| start > next);
    (reopens && (after_a_gap || is_marked && start > end)).then_some(start)
}

fn begin(publication: &Publication, valid_from: NaiveDate, add_date: NaiveDate) -> Dated {
    let record = &publication.record;
    let descriptor: Arc<str> = record.long_description.as_str().into();
    let evidence = publication
        .release
        .evidence(publication.line, Arc::clone(&descriptor));
    let published = PublishedPeriod {
        period: CodePeriod {
            code: record.code,
            valid_from,
            valid_to: record.termination_date,
        },
        descriptor,
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
    if published.period.valid_to != record.termination_date
        || *published.descriptor != *record.long_description
    {
        published.descriptor = record.long_description.as_str().into();
        published.last_changed = publication
            .release
            .evidence(publication.line, Arc::clone(&published.descriptor));
    }
    published.period.valid_to = record.termination_date;
    published.cross_references.clone_from(&record.cross_references);
}

/// No code ever disappeared between full releases from 2019 to 2025: one that is missing was either added by mistake and
/// taken back, or its file is damaged.
fn standing(publications: &[Publication], last: &Publication, line: &ReleaseLine) -> Standing {
    if !line.has_moved_on_from(&last.release) {
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

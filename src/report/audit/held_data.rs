//! The files held, and what is missing among them.

use super::document::{Period, RefusedFile, ReleaseLine, SourceHeld};
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use crate::store::refusals::KnownRefusal;
use crate::store::releases::HeldRelease;
use chrono::{DateTime, NaiveDate};
use std::collections::BTreeSet;

/// What is held of every source, in the order of `Source::ALL`.
pub(super) fn sources(releases: &[HeldRelease], as_of: NaiveDate) -> Vec<SourceHeld> {
    let source_held = |source| {
        let held: Vec<&HeldRelease> = releases
            .iter()
            .filter(|held| held.release.source == source)
            .collect();
        let quarters: BTreeSet<Quarter> = held.iter().map(|held| held.release.quarter).collect();
        let is_quarterly = source != Source::PurpleBook;
        let gaps = if is_quarterly && source != Source::Noc {
            gaps(&quarters)
        } else {
            Vec::new()
        };
        SourceHeld {
            source,
            title: source.title(),
            releases: lines(&held, is_quarterly),
            missing: missing(source, &quarters, &gaps, as_of),
            gaps,
        }
    };
    Source::ALL.into_iter().map(source_held).collect()
}

/// The quarters between the first and the last that are not among them.
fn gaps(quarters: &BTreeSet<Quarter>) -> Vec<Quarter> {
    let (Some(first), Some(last)) = (quarters.first(), quarters.last()) else {
        return Vec::new();
    };
    std::iter::successors(Some(*first), |quarter| Some(quarter.next()))
        .take_while(|quarter| quarter <= last)
        .filter(|quarter| !quarters.contains(quarter))
        .collect()
}

/// What is missing, in a sentence. The NOC files and the Purple Book are optional.
fn missing(source: Source, held: &BTreeSet<Quarter>, gaps: &[Quarter], as_of: NaiveDate) -> Option<String> {
    let title = source.title();
    let effect = match source {
        Source::Hcpcs => {
            "codes that were added and taken back in between, or reused, may not be seen, and the day a code became known is later than it was"
        }
        Source::AspPricing => "the payment limits of those quarters are not known",
        Source::NdcCrosswalk => "NDCs are not confirmed by those quarters",
        Source::Noc | Source::PurpleBook => {
            return held
                .is_empty()
                .then(|| format!("{title}: none is held; it is optional"));
        }
    };
    if held.is_empty() {
        return Some(format!("{title}: none is held"));
    }
    let mut parts = Vec::new();
    if !gaps.is_empty() {
        let names: Vec<String> = gaps.iter().map(ToString::to_string).collect();
        parts.push(format!("{} not held: {effect}", names.join(", ")));
    }
    let in_force = Quarter::containing(as_of);
    if let Some(quarter) = in_force.filter(|quarter| held.last() < Some(quarter)) {
        parts.push(format!(
            "{quarter}, in force on {as_of}, not held: the report rests on older files"
        ));
    }
    (!parts.is_empty()).then(|| format!("{title}: {}", parts.join("; ")))
}

fn lines(held: &[&HeldRelease], is_quarterly: bool) -> Vec<ReleaseLine> {
    let line = |(place, one): (usize, &&HeldRelease)| {
        let next = held.get(place + 1).map(|next| next.release.quarter);
        ReleaseLine {
            quarter: is_quarterly.then_some(one.release.quarter),
            revision: one.release.revision,
            is_current: if is_quarterly {
                next != Some(one.release.quarter)
            } else {
                next.is_none()
            },
            posted_on: one.last_modified.as_deref().and_then(http_day),
            held_since: one.loaded_on,
            fetched_at: one.fetched_at,
            rows: one.rows,
            rejected: one.rejected,
            file_name: one.file_name.clone(),
            origin: one.origin.clone(),
            sha256: one.release.sha256,
        }
    };
    held.iter().enumerate().map(line).collect()
}

/// The day of an HTTP date: `Fri, 16 Jun 2023 14:02:11 GMT`.
fn http_day(text: &str) -> Option<NaiveDate> {
    DateTime::parse_from_rfc2822(text)
        .ok()
        .map(|at| at.to_utc().date_naive())
}

/// The dates of service that the HCPCS files held speak of.
pub(super) fn period(data: &[SourceHeld]) -> Option<Period> {
    let quarters = || {
        data.iter()
            .filter(|source| source.source == Source::Hcpcs)
            .flat_map(|source| &source.releases)
            .filter_map(|release| release.quarter)
    };
    let (first, last) = (quarters().min()?, quarters().max()?);
    Some(Period {
        from: first.first_day(),
        to: last.last_day(),
    })
}

/// `the HCPCS files of 2019Q1 to 2023Q3`.
pub(super) fn in_words(data: &[SourceHeld]) -> String {
    let Some(period) = period(data) else {
        return "any file: no HCPCS file is held".to_owned();
    };
    let quarter = |day| Quarter::containing(day).map_or_else(String::new, |quarter| quarter.to_string());
    let (first, last) = (quarter(period.from), quarter(period.to));
    if first == last {
        format!("the HCPCS file of {first}")
    } else {
        format!("the HCPCS files of {first} to {last}")
    }
}

/// The refused files that are still open.
pub(super) fn refused(known: &[KnownRefusal]) -> Vec<RefusedFile> {
    known
        .iter()
        .filter(|known| known.resolved_on.is_none())
        .map(|known| RefusedFile {
            source: known.refusal.source,
            quarter: known.refusal.quarter,
            code: known.refusal.code.clone(),
            message: known.refusal.message.clone(),
            first_seen: known.first_seen,
            sha256: known.refusal.sha256,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quarters(text: &str) -> BTreeSet<Quarter> {
        text.split_whitespace()
            .map(|quarter| quarter.parse().unwrap())
            .collect()
    }

    #[test]
    fn missing_quarters_are_named() {
        let held = quarters("2023Q1 2023Q4 2024Q1");
        assert_eq!(
            gaps(&held),
            quarters("2023Q2 2023Q3").into_iter().collect::<Vec<_>>()
        );
        assert_eq!(gaps(&quarters("2023Q1")), []);
        assert_eq!(gaps(&BTreeSet::new()), []);
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let said = missing(Source::Hcpcs, &held, &gaps(&held), day("2024-05-01")).unwrap();
        assert!(
            said.contains("2023Q2, 2023Q3 not held") && said.contains("2024Q2, in force on 2024-05-01"),
            "{said}"
        );
        assert_eq!(
            missing(Source::Hcpcs, &quarters("2024Q1"), &[], day("2024-03-31")),
            None
        );
        assert!(missing(Source::PurpleBook, &BTreeSet::new(), &[], day("2024-03-31")).is_some());
    }

    #[test]
    fn a_posting_day_is_read_from_what_the_site_said() {
        assert_eq!(
            http_day("Fri, 16 Jun 2023 14:02:11 GMT"),
            "2023-06-16".parse().ok()
        );
        assert_eq!(http_day("yesterday"), None);
    }
}

//! Payment limits by quarter for the codes that drugs moved to.

use super::Held;
use super::document::{CodeSpan, LimitLine, Role, SourceHeld};
use crate::domain::code::HcpcsCode;
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use crate::store::prices::PublishedLimit;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The limits of every code, and the quarters of which a pricing file is held.
pub(super) struct ByCode<'a> {
    limits: HashMap<HcpcsCode, BTreeMap<Quarter, &'a PublishedLimit>>,
    quarters: BTreeSet<Quarter>,
}

pub(super) fn by_code<'a>(held: &'a Held, data: &[SourceHeld]) -> ByCode<'a> {
    let mut limits: HashMap<HcpcsCode, BTreeMap<Quarter, &PublishedLimit>> = HashMap::new();
    for (code, limit) in &held.limits {
        let quarters = limits.entry(*code).or_default();
        // A code stands on one line of a file; where it stood on more, the first is taken, as everywhere.
        quarters.entry(limit.limit.quarter).or_insert(limit);
    }
    let quarters = data
        .iter()
        .filter(|source| source.source == Source::AspPricing)
        .flat_map(|source| &source.releases)
        .filter_map(|release| release.quarter)
        .collect();
    ByCode { limits, quarters }
}

impl ByCode<'_> {
    /// A line for each own code and each quarter in which it is valid and of which a pricing file is held: with the limit,
    /// or without where the file gives none.
    pub(super) fn of(&self, codes: &[CodeSpan]) -> Vec<LimitLine> {
        let own = codes.iter().filter(|span| span.role != Role::CatchAll);
        own.flat_map(|span| self.of_span(span)).collect()
    }

    fn of_span(&self, span: &CodeSpan) -> impl Iterator<Item = LimitLine> {
        let (code, from, to) = (span.code, span.valid_from, span.valid_to);
        let limits = self.limits.get(&code);
        let valid = self.quarters.iter().filter(move |quarter| {
            from <= quarter.last_day() && to.is_none_or(|last| quarter.first_day() <= last)
        });
        valid.map(move |quarter| {
            let published = limits.and_then(|limits| limits.get(quarter));
            LimitLine {
                code,
                quarter: *quarter,
                limit: published.and_then(|published| published.limit.limit),
                dosage: published.map(|published| published.dosage.clone()),
                evidence: published.map(|published| published.evidence.clone()),
            }
        })
    }
}

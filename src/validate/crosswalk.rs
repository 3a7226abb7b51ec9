//! The gates of an NDC crosswalk.

use super::share::FEW;
use super::{FailedGate, Share, rejected_rows};
use crate::cms::Table;
use crate::cms::ndc_crosswalk::CrosswalkRow;
use crate::domain::code::HcpcsCode;
use crate::domain::ndc::Ndc;
use crate::domain::quarter::Quarter;
use std::collections::{BTreeMap, BTreeSet};

/// The rows of a quarter's crosswalk by NDC and code.
pub type Packages = BTreeMap<(Ndc, HcpcsCode), CrosswalkRow>;

/// Every gate that `table`, taken for `quarter`, fails beside the crosswalks held, newest quarter first.
pub(super) fn gates(
    table: &Table<CrosswalkRow>,
    quarter: Quarter,
    held: &[(Quarter, Packages)],
) -> Vec<FailedGate> {
    let mut others = held.iter().filter(|(other, _)| *other != quarter);
    let repeated = others.find(|(_, packages)| repeats(table, packages));
    let repeated = repeated.map(|(found, _)| FailedGate::AnotherQuarter {
        member: table.member.clone(),
        rows: table.rows.len(),
        found: *found,
    });
    let before = held.first().map(|(_, packages)| packages);
    [
        rejected_rows(table),
        before.and_then(|before| keeps_packages(table, before)),
        before.and_then(|before| keeps_quantities(table, before)),
        before.and_then(|before| keeps_codes(table, before)),
        repeated,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Whether every row is one of `packages` and none of those is missing. Between real quarters at least 3 % differ; small
/// files are made by hand.
fn repeats(table: &Table<CrosswalkRow>, packages: &Packages) -> bool {
    let is_held = |row: &CrosswalkRow| packages.get(&(row.ndc, row.code)) == Some(row);
    table.rows.len() > FEW
        && table.rows.len() == packages.len()
        && table.rows.iter().all(|placed| is_held(&placed.row))
}

fn keeps_packages(table: &Table<CrosswalkRow>, before: &Packages) -> Option<FailedGate> {
    let now: BTreeSet<(Ndc, HcpcsCode)> = table
        .rows
        .iter()
        .map(|placed| (placed.row.ndc, placed.row.code))
        .collect();
    let missing = || before.keys().filter(|package| !now.contains(package));
    let (ndc, code) = missing().next()?;
    Share::MissingPackages.bound(&table.member, missing().count(), before.len(), || {
        format!("{ndc} under {code}")
    })
}

fn keeps_quantities(table: &Table<CrosswalkRow>, before: &Packages) -> Option<FailedGate> {
    let both = || {
        table.rows.iter().filter_map(|placed| {
            let before = before.get(&(placed.row.ndc, placed.row.code))?;
            Some((placed, before))
        })
    };
    let quantities = |row: &CrosswalkRow| (row.bill_units, row.package_quantity);
    let differing = || both().filter(|(now, before)| quantities(&now.row) != quantities(before));
    let (now, _) = differing().next()?;
    let example = || format!("{} under {} on line {}", now.row.ndc, now.row.code, now.line);
    Share::RewrittenQuantities.bound(&table.member, differing().count(), both().count(), example)
}

fn keeps_codes(table: &Table<CrosswalkRow>, before: &Packages) -> Option<FailedGate> {
    let mut now: BTreeMap<Ndc, BTreeSet<HcpcsCode>> = BTreeMap::new();
    for placed in &table.rows {
        now.entry(placed.row.ndc).or_default().insert(placed.row.code);
    }
    let mut then: BTreeMap<Ndc, BTreeSet<HcpcsCode>> = BTreeMap::new();
    for (ndc, code) in before.keys().filter(|(ndc, _)| now.contains_key(ndc)) {
        then.entry(*ndc).or_default().insert(*code);
    }
    let has_moved =
        |(ndc, codes): &(&Ndc, &BTreeSet<HcpcsCode>)| now.get(ndc).is_some_and(|now| now.is_disjoint(codes));
    let moved = || then.iter().filter(has_moved);
    let (ndc, _) = moved().next()?;
    Share::MovedNdcs.bound(&table.member, moved().count(), then.len(), || ndc.to_string())
}

//! The gates of a pricing file.

use super::{FailedGate, Share, rejected_rows};
use crate::cms::asp_pricing::PricingRow;
use crate::cms::{Placed, Table};
use crate::domain::code::HcpcsCode;
use crate::domain::payment_limit::PaymentLimit;
use crate::domain::quarter::Quarter;
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};

/// The payment limits of a quarter; none for a code without a limit.
pub type Limits = BTreeMap<HcpcsCode, Option<PaymentLimit>>;

/// A limit of more than so many times, or less than so many times less, is not a change of price.
const FACTOR: Decimal = Decimal::from_parts(5, 0, 0, false, 0);

/// Every gate that `table`, taken for `quarter`, fails beside the limits held, newest quarter first.
pub(super) fn gates(
    table: &Table<PricingRow>,
    quarter: Quarter,
    held: &[(Quarter, Limits)],
) -> Vec<FailedGate> {
    let mut others = held.iter().filter(|(other, _)| *other != quarter);
    let before = held.first().map(|(_, limits)| limits);
    [
        one_limit_a_code(table),
        rejected_rows(table),
        has_limits(table),
        has_several_limits(table),
        before.and_then(|before| keeps_codes(table, before)),
        before.and_then(|before| keeps_prices(table, before)),
        others.find_map(|(other, limits)| repeats(table, *other, limits)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn one_limit_a_code(table: &Table<PricingRow>) -> Option<FailedGate> {
    let mut seen: HashMap<HcpcsCode, &Placed<PricingRow>> = HashMap::with_capacity(table.rows.len());
    let mut twice = table.rows.iter().filter_map(|now| {
        let first = *seen.entry(now.row.code).or_insert(now);
        (first.row.payment_limit != now.row.payment_limit).then_some((first, now))
    });
    let (first, second) = twice.next()?;
    Some(FailedGate::TwoLimits {
        member: table.member.clone(),
        count: twice.count() + 1,
        code: first.row.code,
        first: first.line,
        second: second.line,
    })
}

fn has_limits(table: &Table<PricingRow>) -> Option<FailedGate> {
    let without = || {
        table
            .rows
            .iter()
            .filter(|placed| placed.row.payment_limit.is_none())
    };
    let first = without().next()?;
    let example = || format!("{} on line {}", first.row.code, first.line);
    Share::UnknownLimits.bound(&table.member, without().count(), table.rows.len(), example)
}

fn has_several_limits(table: &Table<PricingRow>) -> Option<FailedGate> {
    let mut counts: HashMap<PaymentLimit, usize> = HashMap::new();
    for limit in table.rows.iter().filter_map(|placed| placed.row.payment_limit) {
        *counts.entry(limit).or_default() += 1;
    }
    let (limit, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    Share::OneLimit.bound(&table.member, count, table.rows.len(), || format!("${limit}"))
}

fn keeps_codes(table: &Table<PricingRow>, before: &Limits) -> Option<FailedGate> {
    let mut missing = before.clone();
    for placed in &table.rows {
        missing.remove(&placed.row.code);
    }
    let example = || missing.keys().next().map(ToString::to_string).unwrap_or_default();
    Share::MissingPrices.bound(&table.member, missing.len(), before.len(), example)
}

/// The rows whose code has a limit now and in `before`, with both.
fn compared<'a>(
    table: &'a Table<PricingRow>,
    before: &'a Limits,
) -> impl Iterator<Item = (&'a Placed<PricingRow>, PaymentLimit, PaymentLimit)> {
    table.rows.iter().filter_map(|placed| {
        let before = (*before.get(&placed.row.code)?)?;
        Some((placed, before, placed.row.payment_limit?))
    })
}

fn keeps_prices(table: &Table<PricingRow>, before: &Limits) -> Option<FailedGate> {
    let is_implausible = |before: PaymentLimit, now: PaymentLimit| {
        let times = |limit: PaymentLimit| limit.dollars().saturating_mul(FACTOR);
        times(before) < now.dollars() || times(now) < before.dollars()
    };
    let implausible = || compared(table, before).filter(|(_, before, now)| is_implausible(*before, *now));
    let (placed, then, now) = implausible().next()?;
    let of = compared(table, before).count();
    Share::ImplausibleLimits.bound(&table.member, implausible().count(), of, || {
        let (code, line) = (placed.row.code, placed.line);
        format!("{code} on line {line}: ${now}, before ${then}")
    })
}

/// Nine of ten limits change each quarter: a file that repeats those of `other` is that quarter's.
fn repeats(table: &Table<PricingRow>, other: Quarter, limits: &Limits) -> Option<FailedGate> {
    let same = compared(table, limits)
        .filter(|(_, then, now)| then == now)
        .count();
    let of = compared(table, limits).count();
    Share::LimitsOfAnotherQuarter.bound(&table.member, same, of, || format!("those of {other}"))
}

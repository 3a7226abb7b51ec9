//! From a code and a dose to units and money, with the arithmetic shown (domain rules 10 and 11).

use crate::code_history::Publication;
use crate::domain::billing_unit::{BillingUnit, Dose};
use crate::domain::descriptor::Descriptor;
use crate::domain::payment_limit::PaymentLimit;
use crate::domain::period::CodePeriod;
use crate::domain::quarter::Quarter;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// Units and money for one dose.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Billing {
    /// What one unit stands for; none for a catch-all code or where the descriptor names none.
    pub unit: Option<BillingUnit>,
    /// Whole units, rounded up; none where there is no dose, no unit, or they cannot be compared.
    pub units: Option<u64>,
    /// How the units come about, or why there are none.
    pub arithmetic: Option<String>,
    /// The payment limit for one unit in the quarter of the date of service; none this quarter is not zero.
    pub limit: Option<PaymentLimit>,
    /// Limit times units, in cents.
    pub allowed: Option<Decimal>,
    /// How the amount comes about, or why there is none.
    pub price: Option<String>,
}

/// What the pricing file of a quarter says of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuarterPrice {
    /// No pricing file of the quarter is held.
    NotHeld,
    /// The file gives no limit for the code, which is not zero.
    NoLimit,
    /// Dollars for one unit.
    Limit(PaymentLimit),
}

/// The record that describes a code on a date: that of the newest release of the date's quarter or before, else of the
/// first one after it that has the period. `publications` are those of the postings in force, oldest quarter first.
#[must_use]
pub fn described_on<'a>(
    publications: &'a [Publication],
    period: &CodePeriod,
    dos: NaiveDate,
) -> Option<&'a Publication> {
    let of_period = publications.iter().filter(|said| {
        let begins = said.record.add_date.is_some_and(|added| added <= dos);
        begins
            && said
                .record
                .termination_date
                .is_none_or(|last| period.valid_from <= last)
    });
    let quarter = Quarter::containing(dos)?;
    let by_then = of_period
        .clone()
        .take_while(|said| said.release.quarter <= quarter)
        .last();
    by_then.or_else(|| of_period.clone().next())
}

/// Units of `dose` under a code described by `descriptor` (none for a catch-all code), and what the `price` of a unit in
/// its quarter comes to.
#[must_use]
pub fn bill(
    descriptor: Option<&str>,
    dose: Option<&Dose>,
    price: Option<(Quarter, QuarterPrice)>,
) -> Billing {
    let Some(descriptor) = descriptor else {
        return Billing {
            arithmetic: dose.map(|dose| {
                format!(
                    "{dose} is not converted: a catch-all code has no billing unit; most contractors take 1 unit with the dose in the narrative, some the dose in units"
                )
            }),
            ..Billing::default()
        };
    };
    let unit = Descriptor::parse(descriptor).unit;
    let (units, arithmetic) = units(unit.as_ref(), dose);
    let limit = match price {
        Some((_, QuarterPrice::Limit(limit))) => Some(limit),
        Some((_, QuarterPrice::NotHeld | QuarterPrice::NoLimit)) | None => None,
    };
    let allowed = limit.zip(units).and_then(|(limit, units)| limit.times(units));
    Billing {
        unit,
        units,
        arithmetic,
        limit,
        allowed,
        price: price.map(|(quarter, price)| price_in_words(quarter, price, units, allowed)),
    }
}

fn units(unit: Option<&BillingUnit>, dose: Option<&Dose>) -> (Option<u64>, Option<String>) {
    let Some(dose) = dose else { return (None, None) };
    let Some(unit) = unit else {
        let why =
            format!("{dose} is not converted: the descriptor names no billing unit that was understood");
        return (None, Some(why));
    };
    if let Some(count) = unit.units_for(dose) {
        return (Some(count.units), Some(count.arithmetic));
    }
    let why = format!("{dose} cannot be compared with a unit of {unit}: give the dose in that measure");
    (None, Some(why))
}

fn price_in_words(
    quarter: Quarter,
    price: QuarterPrice,
    units: Option<u64>,
    allowed: Option<Decimal>,
) -> String {
    match (price, units.zip(allowed)) {
        (QuarterPrice::NotHeld, _) => format!("the payment limits of {quarter} are not held"),
        (QuarterPrice::NoLimit, _) => format!("none this quarter ({quarter}): the contractor prices it"),
        (QuarterPrice::Limit(limit), Some((units, allowed))) => {
            format!("{units} x ${limit} = ${allowed} ({quarter})")
        }
        (QuarterPrice::Limit(limit), None) => format!("${limit} for one unit ({quarter})"),
    }
}

//! Units on the claim and dollars, with the arithmetic shown (domain rules 10 and 11).

use super::change::{Change, News};
use super::words;
use crate::domain::billing_unit::BillingUnit;
use crate::domain::code::CodeClass;

/// The unit of the new code, and that of the old one where it differs.
pub(super) fn unit(change: &Change<'_>) -> String {
    let Some(unit) = change.unit() else {
        return "not readable from the descriptor: read it there".to_owned();
    };
    let unit = words::plain(unit);
    match change.previous_unit().map(words::plain) {
        Some(before) if before != unit => format!("{unit} (was {before})"),
        _ => unit,
    }
}

/// The units of the usual dose: `450 mg / 1 mg = 450 units; was usually 1 unit under J3590 (check your contractor)`.
pub(super) fn units(change: &Change<'_>) -> String {
    let now = match change.units(change.unit()) {
        Some(count) => words::plain(&count.arithmetic),
        None => why_none(change),
    };
    format!("{now}{}", before(change))
}

fn why_none(change: &Change<'_>) -> String {
    let dose = change
        .lead()
        .drug
        .entry
        .dose
        .as_ref()
        .map(|dose| words::plain(&dose.to_string()));
    let parsed: Option<BillingUnit> = change.unit().and_then(|unit| unit.parse().ok());
    match (dose, change.unit().map(words::plain), parsed) {
        (_, None, _) => "cannot be worked out without the billing unit".to_owned(),
        (_, Some(_), Some(BillingUnit::Whole(thing))) => format!("1 unit for each {}", words::plain(&thing)),
        (None, Some(unit), _) => {
            format!("dose / {unit}, rounded up to whole units (the drug list has no usual dose)")
        }
        (Some(dose), Some(unit), _) => {
            format!("the usual dose of {dose} cannot be converted to {unit}: work it out by hand")
        }
    }
}

fn before(change: &Change<'_>) -> String {
    let from = change.old_code();
    if change.news() != News::Unit && from.class() == CodeClass::NotOtherwiseClassified {
        return format!("; was usually 1 unit under {from} (check your contractor)");
    }
    change
        .units(change.previous_unit())
        .map(|count| format!("; before: {}", words::plain(&count.arithmetic)))
        .unwrap_or_default()
}

/// The payment limit of the new code and what it makes of the usual dose.
pub(super) fn payment(change: &Change<'_>) -> String {
    let Some(quarter_limit) = change.limit() else {
        return "not known: no Medicare ASP pricing file is loaded".to_owned();
    };
    let quarter = quarter_limit.quarter;
    let Some(limit) = quarter_limit.limit else {
        return format!(
            "no limit published for {quarter}; until there is one your contractor sets the price (usually WAC + 3 %, or the invoice)"
        );
    };
    let each = words::dollars(limit.dollars());
    let per_unit = format!("Medicare {quarter}: {each} per unit");
    let allowed = change
        .units(change.unit())
        .and_then(|count| Some((count.units, limit.times(count.units)?)));
    match allowed {
        Some((units, allowed)) => {
            let noun = if units == 1 { "unit" } else { "units" };
            format!(
                "{per_unit}; {units} {noun} x {each} = {} allowed per dose",
                words::dollars(allowed)
            )
        }
        None => per_unit,
    }
}

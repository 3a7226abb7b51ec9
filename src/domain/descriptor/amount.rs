//! Finds the billing unit in a segment of a descriptor.

use crate::domain::billing_unit::{BillingUnit, canonical_measure};
use rust_decimal::Decimal;

/// A segment cut at its amount.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    /// What stands before: a part of the name.
    pub before: String,
    /// The unit, where there is one.
    pub unit: Option<BillingUnit>,
    /// What stands behind.
    pub after: String,
}

/// Measures a billing unit may be in.
pub(super) const MEASURES: [&str; 40] = [
    "mg",
    "mg.",
    "mgs",
    "mcg",
    "mcg.",
    "ug",
    "µg",
    "g",
    "gm",
    "gram",
    "grams",
    "gms",
    "milligram",
    "milligrams",
    "microgram",
    "micrograms",
    "ml",
    "ml.",
    "cc",
    "milliliter",
    "milliliters",
    "iu",
    "i.u.",
    "i.u",
    "unit",
    "units",
    "usp",
    "mci",
    "uci",
    "millicurie",
    "millicuries",
    "microcurie",
    "microcuries",
    "meq",
    "mmol",
    "international",
    "lf",
    "minutes",
    "%",
    "mu",
];

/// Words before a number that belong to the amount.
pub(super) const LEADS: [&str; 6] = ["per", "up", "to", "each", "every", "approximately"];

/// Cuts `text` at its first amount: `burosumab-twza 1 mg`, `per 10 mg`, `1mg/0.03 mg`, `per i.u. of factor ix activity`,
/// `1 billion vector genomes`, `each`.
pub(super) fn find(text: &str) -> Amount {
    let tokens: Vec<&str> = text.split(' ').filter(|token| !token.is_empty()).collect();
    for (place, token) in tokens.iter().enumerate() {
        if *token == "per" && place + 1 < tokens.len() && number(tokens[place + 1]).is_none() {
            return per(&tokens, place);
        }
        if let Some(amount) = amount_at(&tokens, place) {
            return amount;
        }
    }
    match tokens[..] {
        ["each"] | ["each", ..] => Amount {
            unit: Some(BillingUnit::Whole("each".to_owned())),
            after: tokens[1..].join(" "),
            ..Amount::default()
        },
        _ => Amount {
            before: tokens.join(" "),
            ..Amount::default()
        },
    }
}

/// An amount that begins with the number at `place`.
fn amount_at(tokens: &[&str], place: usize) -> Option<Amount> {
    let token = tokens[place];
    let next = tokens.get(place + 1).copied().unwrap_or_default();
    let (unit, used) = if let Some((quantity, measure)) = glued(token) {
        (BillingUnit::amount(quantity, measure)?, 1)
    } else if token.contains('/') && token.split('/').all(|part| glued(part).is_some()) {
        (BillingUnit::Whole(token.to_owned()), 1)
    } else {
        let quantity = number(token)?;
        if let Some((measure, partner)) = next.split_once('/') {
            paired(tokens, place, measure, partner)?
        } else if next == "million" || next == "billion" {
            (
                BillingUnit::Whole(tokens[place..].join(" ")),
                tokens.len() - place,
            )
        } else if next == "international" {
            (BillingUnit::amount(quantity, "i.u.")?, 3)
        } else if next == "square" || next == "sq" {
            (
                BillingUnit::Whole(format!("{quantity} square {}", tokens.get(place + 2)?)),
                3,
            )
        } else {
            let measure = MEASURES.contains(&next).then_some(next)?;
            (BillingUnit::amount(quantity, measure)?, 2)
        }
    };
    let lead = tokens[..place]
        .iter()
        .rposition(|token| !LEADS.contains(token))
        .map_or(0, |last| last + 1);
    Some(Amount {
        before: tokens[..lead].join(" "),
        unit: Some(unit),
        after: tokens.get(place + used..).unwrap_or_default().join(" "),
    })
}

/// `3 mg/1 mg`: tokens `3`, `mg/1`, `mg`.
fn paired(tokens: &[&str], place: usize, measure: &str, partner: &str) -> Option<(BillingUnit, usize)> {
    if !MEASURES.contains(&measure) {
        return None;
    }
    let used = if number(partner).is_some() { 3 } else { 2 };
    let end = (place + used).min(tokens.len());
    Some((BillingUnit::Whole(tokens[place..end].join(" ")), used))
}

/// `per i.u. of factor ix activity`, `per therapeutic dose`, `per factor viii i.u.`, `per ml`.
fn per(tokens: &[&str], place: usize) -> Amount {
    let thing = &tokens[place + 1..];
    let unit = match thing {
        [measure, ..] if MEASURES.contains(measure) => BillingUnit::amount(Decimal::ONE, measure),
        [.., measure] if matches!(*measure, "i.u." | "i.u" | "iu") => {
            BillingUnit::amount(Decimal::ONE, "i.u.")
        }
        _ => Some(BillingUnit::Whole(thing.join(" "))),
    };
    let after = match thing {
        [measure, after @ ..] if MEASURES.contains(measure) => after.join(" "),
        _ => String::new(),
    };
    Amount {
        before: tokens[..place].join(" "),
        unit,
        after,
    }
}

/// `1mg`: number and measure without a blank.
fn glued(token: &str) -> Option<(Decimal, &str)> {
    let split = token.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))?;
    let (digits, measure) = token.split_at(split);
    let quantity = number(digits)?;
    (MEASURES.contains(&measure) && canonical_measure(measure) != "g" || measure == "gm")
        .then_some((quantity, measure))
}

fn number(token: &str) -> Option<Decimal> {
    if !token.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    token.replace(',', "").parse().ok()
}

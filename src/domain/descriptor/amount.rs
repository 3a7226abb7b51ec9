//! Finds the billing unit in a segment of a descriptor.

use crate::domain::billing_unit::{BillingUnit, canonical_measure};
use rust_decimal::Decimal;

/// A segment cut at its amount.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Amount<'t> {
    /// What stands before: a part of the name.
    pub before: &'t str,
    /// The unit, where there is one.
    pub unit: Option<BillingUnit>,
    /// What stands behind.
    pub after: &'t str,
}

/// A text with single blanks, and its parts between them.
struct Tokens<'t> {
    text: &'t str,
    all: Vec<&'t str>,
}

impl<'t> Tokens<'t> {
    fn of(text: &'t str) -> Self {
        let all = text.split(' ').filter(|token| !token.is_empty()).collect();
        Self { text, all }
    }

    /// The text before the token at `place`, with the blank between them; the whole of it where there is no such token.
    fn split_at(&self, place: usize) -> (&'t str, &'t str) {
        let tokens = self.all.iter().take(place);
        let bytes: usize = tokens.map(|token| token.len() + 1).sum();
        let (before, after) = self.text.split_at(bytes.min(self.text.len()));
        (before.trim_end(), after)
    }
}

/// Whether a word is a measure that a billing unit may be in.
pub(super) fn is_measure(word: &str) -> bool {
    matches!(
        word,
        "mg" | "mg."
            | "mgs"
            | "mcg"
            | "mcg."
            | "ug"
            | "µg"
            | "g"
            | "gm"
            | "gram"
            | "grams"
            | "gms"
            | "milligram"
            | "milligrams"
            | "microgram"
            | "micrograms"
            | "ml"
            | "ml."
            | "cc"
            | "milliliter"
            | "milliliters"
            | "iu"
            | "i.u."
            | "i.u"
            | "unit"
            | "units"
            | "usp"
            | "mci"
            | "uci"
            | "millicurie"
            | "millicuries"
            | "microcurie"
            | "microcuries"
            | "meq"
            | "mmol"
            | "international"
            | "lf"
            | "minutes"
            | "%"
            | "mu"
    )
}

/// Whether a word before a number belongs to the amount.
pub(super) fn is_lead(word: &str) -> bool {
    matches!(word, "per" | "up" | "to" | "each" | "every" | "approximately")
}

/// Cuts `text` at its first amount: `burosumab-twza 1 mg`, `per 10 mg`, `1mg/0.03 mg`, `per i.u. of factor ix activity`,
/// `1 billion vector genomes`, `each`.
pub(super) fn find(text: &str) -> Amount<'_> {
    if !may_hold_amount(text) {
        return Amount {
            before: text,
            ..Amount::default()
        };
    }
    let tokens = Tokens::of(text);
    for (place, token) in tokens.all.iter().enumerate() {
        let next = tokens.all.get(place + 1);
        if *token == "per" && next.is_some_and(|next| number(next).is_none()) {
            return per(&tokens, place);
        }
        if let Some(amount) = amount_at(&tokens, place) {
            return amount;
        }
    }
    match tokens.all.first() {
        Some(&"each") => Amount {
            unit: Some(BillingUnit::Whole("each".to_owned())),
            after: tokens.split_at(1).1,
            ..Amount::default()
        },
        _ => Amount {
            before: text,
            ..Amount::default()
        },
    }
}

/// Whether a text has what every amount has: a digit, or a word that stands for one.
fn may_hold_amount(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        || text.split(' ').any(|token| matches!(token, "per" | "each"))
}

/// An amount that begins with the number at `place`.
fn amount_at<'t>(tokens: &Tokens<'t>, place: usize) -> Option<Amount<'t>> {
    let token = tokens.all[place];
    let next = tokens.all.get(place + 1).copied().unwrap_or_default();
    let (unit, used) = if let Some((quantity, measure)) = glued(token) {
        (BillingUnit::amount(quantity, measure)?, 1)
    } else if token.contains('/') && token.split('/').all(|part| glued(part).is_some()) {
        (BillingUnit::Whole(token.to_owned()), 1)
    } else {
        let quantity = number(token)?;
        if let Some((measure, partner)) = next.split_once('/') {
            paired(tokens, place, measure, partner)?
        } else if next == "million" || next == "billion" {
            let whole = tokens.split_at(place).1.to_owned();
            (BillingUnit::Whole(whole), tokens.all.len() - place)
        } else if next == "international" {
            (BillingUnit::amount(quantity, "i.u.")?, 3)
        } else if next == "square" || next == "sq" {
            (
                BillingUnit::Whole(format!("{quantity} square {}", tokens.all.get(place + 2)?)),
                3,
            )
        } else {
            let measure = is_measure(next).then_some(next)?;
            (BillingUnit::amount(quantity, measure)?, 2)
        }
    };
    let lead = tokens.all[..place]
        .iter()
        .rposition(|token| !is_lead(token))
        .map_or(0, |last| last + 1);
    Some(Amount {
        before: tokens.split_at(lead).0,
        unit: Some(unit),
        after: tokens.split_at(place + used).1,
    })
}

/// `3 mg/1 mg`: tokens `3`, `mg/1`, `mg`.
fn paired(tokens: &Tokens<'_>, place: usize, measure: &str, partner: &str) -> Option<(BillingUnit, usize)> {
    if !is_measure(measure) {
        return None;
    }
    let used = if number(partner).is_some() { 3 } else { 2 };
    let end = (place + used).min(tokens.all.len());
    Some((BillingUnit::Whole(tokens.all[place..end].join(" ")), used))
}

/// `per i.u. of factor ix activity`, `per therapeutic dose`, `per factor viii i.u.`, `per ml`.
fn per<'t>(tokens: &Tokens<'t>, place: usize) -> Amount<'t> {
    let thing = &tokens.all[place + 1..];
    let unit = match thing {
        [measure, ..] if is_measure(measure) => BillingUnit::amount(Decimal::ONE, measure),
        [.., measure] if matches!(*measure, "i.u." | "i.u" | "iu") => {
            BillingUnit::amount(Decimal::ONE, "i.u.")
        }
        _ => Some(BillingUnit::Whole(thing.join(" "))),
    };
    let after = match thing {
        [measure, ..] if is_measure(measure) => tokens.split_at(place + 2).1,
        _ => "",
    };
    Amount {
        before: tokens.split_at(place).0,
        unit,
        after,
    }
}

/// `1mg`: number and measure without a blank.
fn glued(token: &str) -> Option<(Decimal, &str)> {
    let split = token.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))?;
    let (digits, measure) = token.split_at(split);
    let quantity = number(digits)?;
    (is_measure(measure) && canonical_measure(measure) != "g" || measure == "gm")
        .then_some((quantity, measure))
}

fn number(token: &str) -> Option<Decimal> {
    if !token.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    token.replace(',', "").parse().ok()
}

//! Billing units and the arithmetic from a dose to units on a claim.

use rust_decimal::Decimal;
use std::fmt;
use std::str::FromStr;

/// The amount of drug that one unit on the claim stands for: `1 mg`, `0.1 ml`, `per therapeutic dose`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum BillingUnit {
    /// An amount with its measure, such as 10 mg.
    Amount {
        /// How much; above zero.
        quantity: Decimal,
        /// Of what, lower case and in one spelling: `mg`, `mcg`, `g`, `ml`, `i.u.`, `units`, ...
        measure: String,
    },
    /// A whole thing, such as `therapeutic dose` or `treatment`.
    Whole(String),
}

/// An amount of drug given to a patient, such as `450 mg`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dose {
    quantity: Decimal,
    measure: String,
}

/// Why a text is not a dose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a dose: expected an amount above zero and its measure, such as 450 mg, 0.45 g or 1,000 units"
)]
pub struct ParseDoseError(String);

/// Why a text is not a billing unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a billing unit: expected an amount above zero and its measure, such as 10 mg, or `per` and a thing"
)]
pub struct ParseBillingUnitError(String);

/// Units of a dose with the arithmetic that leads there, so that nothing is converted silently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitCount {
    /// Whole billing units, rounded up (domain rule 10).
    pub units: u64,
    /// The arithmetic in words: `450 mg / 1 mg = 450 units`.
    pub arithmetic: String,
}

/// One spelling for a measure: `milligrams` and `mg` are `mg`; what is not known stays as written, lower case.
#[must_use]
pub fn canonical_measure(written: &str) -> String {
    let lower = written.trim().to_lowercase();
    let known = match lower.trim_end_matches('.') {
        "mg" | "milligram" | "milligrams" => "mg",
        "mcg" | "ug" | "µg" | "microgram" | "micrograms" => "mcg",
        "g" | "gm" | "gram" | "grams" => "g",
        "ml" | "cc" | "milliliter" | "milliliters" => "ml",
        "iu" | "i.u" | "international unit" | "international units" => "i.u.",
        "unit" | "units" => "units",
        "mci" | "millicurie" | "millicuries" => "mci",
        "meq" => "meq",
        _ => return lower,
    };
    known.to_owned()
}

/// How many micrograms one of a mass measure holds; none for a measure that is no mass.
fn micrograms(measure: &str) -> Option<Decimal> {
    match measure {
        "mcg" => Some(Decimal::ONE),
        "mg" => Some(Decimal::from(1_000)),
        "g" => Some(Decimal::from(1_000_000)),
        _ => None,
    }
}

impl BillingUnit {
    /// A unit of `quantity` (above zero, else none) of `measure` in any of its spellings.
    #[must_use]
    pub fn amount(quantity: Decimal, measure: &str) -> Option<Self> {
        (quantity > Decimal::ZERO).then(|| Self::Amount {
            quantity: quantity.normalize(),
            measure: canonical_measure(measure),
        })
    }

    /// How many whole units bill `dose`, rounded up, or none where dose and unit cannot be compared (a dose in
    /// milligrams against a unit in millilitres).
    #[must_use]
    pub fn units_for(&self, dose: &Dose) -> Option<UnitCount> {
        let Self::Amount { quantity, measure } = self else {
            return None;
        };
        let (given, converted) = if dose.measure == *measure {
            (dose.quantity, String::new())
        } else {
            let given = dose.quantity.checked_mul(micrograms(&dose.measure)?)? / micrograms(measure)?;
            (given, format!(" = {} {measure}", given.normalize()))
        };
        let exact = given.checked_div(*quantity)?;
        let units = u64::try_from(exact.ceil()).ok()?;
        let rounding = if exact == exact.ceil() {
            String::new()
        } else {
            format!("{}, rounded up to ", exact.round_dp(3).normalize())
        };
        let noun = if units == 1 { "unit" } else { "units" };
        Some(UnitCount {
            units,
            arithmetic: format!("{dose}{converted} / {self} = {rounding}{units} {noun}"),
        })
    }
}

impl FromStr for Dose {
    type Err = ParseDoseError;

    /// Takes `450 mg`, `450mg`, `1,000 units`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseDoseError(text.to_owned());
        let trimmed = text.trim();
        let split = trimmed
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
            .ok_or_else(invalid)?;
        let (number, measure) = trimmed.split_at(split);
        if !has_whole_groups(number) {
            return Err(invalid());
        }
        let quantity: Decimal = number.replace(',', "").parse().map_err(|_error| invalid())?;
        let measure = canonical_measure(measure);
        if quantity <= Decimal::ZERO
            || measure.is_empty()
            || measure.starts_with(|c: char| c.is_ascii_digit())
        {
            return Err(invalid());
        }
        Ok(Self {
            quantity: quantity.normalize(),
            measure,
        })
    }
}

/// Whether each comma of a number stands before three digits, so that `0,45` is not taken for 45.
fn has_whole_groups(number: &str) -> bool {
    let whole = number.split('.').next().unwrap_or_default();
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let is_grouped = whole.contains(',');
    number.matches(',').count() == whole.matches(',').count()
        && (!is_grouped || (1..=3).contains(&first.len()) && first != "0")
        && groups.all(|group| group.len() == 3)
}

impl FromStr for BillingUnit {
    type Err = ParseBillingUnitError;

    /// Takes what `Display` prints: `10 mg`, `0.1 ml`, `per therapeutic dose`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseBillingUnitError(text.to_owned());
        let trimmed = text.trim();
        if let Some(thing) = trimmed.strip_prefix("per ") {
            let thing = thing.trim();
            return (!thing.is_empty())
                .then(|| Self::Whole(thing.to_owned()))
                .ok_or_else(invalid);
        }
        let Dose { quantity, measure } = trimmed.parse().map_err(|_error: ParseDoseError| invalid())?;
        Self::amount(quantity, &measure).ok_or_else(invalid)
    }
}

impl fmt::Display for Dose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.quantity, self.measure)
    }
}

impl fmt::Display for BillingUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount { quantity, measure } if measure == "units" && *quantity == Decimal::ONE => {
                f.write_str("1 unit")
            }
            Self::Amount { quantity, measure } => write!(f, "{quantity} {measure}"),
            Self::Whole(thing) => write!(f, "per {thing}"),
        }
    }
}

impl serde::Serialize for BillingUnit {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(quantity: &str, measure: &str) -> BillingUnit {
        BillingUnit::amount(quantity.parse().unwrap(), measure).unwrap()
    }

    #[test]
    fn units_are_whole_rounded_up_and_shown_with_their_arithmetic() {
        for (dose, unit, units, arithmetic) in [
            ("450 mg", unit("1", "mg"), 450, "450 mg / 1 mg = 450 units"),
            ("900 mg", unit("10", "mg"), 90, "900 mg / 10 mg = 90 units"),
            (
                "155 mg",
                unit("10", "mg"),
                16,
                "155 mg / 10 mg = 15.5, rounded up to 16 units",
            ),
            ("0.5 g", unit("1", "mg"), 500, "0.5 g = 500 mg / 1 mg = 500 units"),
            ("1mg", unit("1", "mg"), 1, "1 mg / 1 mg = 1 unit"),
            (
                "1,500 units",
                unit("1", "unit"),
                1500,
                "1500 units / 1 unit = 1500 units",
            ),
        ] {
            let count = unit.units_for(&dose.parse().unwrap()).unwrap();
            assert_eq!((count.units, count.arithmetic.as_str()), (units, arithmetic));
        }
    }

    #[test]
    fn a_printed_unit_parses_back_to_itself() {
        for unit in [
            unit("1", "mg"),
            unit("0.1", "milliliter"),
            unit("1000", "international units"),
            unit("1", "vaccine (bcg)"),
            BillingUnit::Whole("therapeutic dose".to_owned()),
        ] {
            assert_eq!(unit.to_string().parse::<BillingUnit>().unwrap(), unit);
        }
        for text in ["", "mg", "10", "0 mg", "per ", "per"] {
            assert!(text.parse::<BillingUnit>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_dose_in_another_kind_of_measure_gives_no_units() {
        let dose: Dose = "2 ml".parse().unwrap();
        assert_eq!(unit("1", "mg").units_for(&dose), None);
        assert_eq!(
            BillingUnit::Whole("therapeutic dose".to_owned()).units_for(&dose),
            None
        );
    }

    #[test]
    fn what_is_no_dose_is_refused() {
        for text in ["", "mg", "450", "0 mg", "-1 mg", "1.2.3 mg"] {
            assert!(text.parse::<Dose>().is_err(), "{text}");
        }
    }
}

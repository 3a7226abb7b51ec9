//! Money as CMS publishes it.

use rust_decimal::Decimal;
use std::fmt;
use std::str::FromStr;

/// A Medicare Part B payment limit in US dollars for one billing unit (ASP + 6 %, three decimals).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentLimit(Decimal);

/// Why a text is not a payment limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a payment limit: expected dollars of zero or more, such as 57.904")]
pub struct ParsePaymentLimitError(String);

impl PaymentLimit {
    /// Dollars for one billing unit.
    #[must_use]
    pub fn dollars(self) -> Decimal {
        self.0
    }

    /// Dollars for `units` billing units, rounded to cents with halves away from zero.
    #[must_use]
    pub fn times(self, units: u64) -> Option<Decimal> {
        let cents = rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        Some(
            self.0
                .checked_mul(Decimal::from(units))?
                .round_dp_with_strategy(2, cents),
        )
    }
}

impl FromStr for PaymentLimit {
    type Err = ParsePaymentLimitError;

    /// Takes `57.904`, with or without `$` and thousands separators.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = text.trim().trim_start_matches('$').replace(',', "");
        let dollars: Decimal = plain
            .parse()
            .map_err(|_error| ParsePaymentLimitError(text.to_owned()))?;
        if dollars.is_sign_negative() {
            return Err(ParsePaymentLimitError(text.to_owned()));
        }
        Ok(Self(dollars))
    }
}

impl fmt::Display for PaymentLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl serde::Serialize for PaymentLimit {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_exact_and_multiply_to_cents() {
        let limit: PaymentLimit = "57.904".parse().unwrap();
        assert_eq!(limit.to_string(), "57.904");
        assert_eq!(limit.times(450).unwrap().to_string(), "26056.80");
        assert_eq!(
            "$1,002.462".parse::<PaymentLimit>().unwrap().to_string(),
            "1002.462"
        );
    }

    #[test]
    fn a_missing_limit_is_not_zero() {
        for text in ["", "N/A", "-1.000", "abc"] {
            assert!(text.parse::<PaymentLimit>().is_err(), "{text}");
        }
    }
}

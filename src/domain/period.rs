//! When a code is valid.

use crate::domain::code::HcpcsCode;
use chrono::NaiveDate;

/// A span of dates of service on which one code stands for one product.
///
/// Codes are reused (domain rule 5): identity is code and period together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodePeriod {
    /// The code.
    pub code: HcpcsCode,
    /// The first date of service, inclusive: ADD DT of the HCPCS file, or ACT EFF DT after a reactivation.
    pub valid_from: NaiveDate,
    /// The last date of service, inclusive: TERM DT; none while no end is published.
    pub valid_to: Option<NaiveDate>,
}

impl CodePeriod {
    /// Whether a service on `date` may be billed with the code.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.valid_from <= date && self.valid_to.is_none_or(|last| date <= last)
    }

    /// Whether the period is over before `date`.
    #[must_use]
    pub fn ended_before(&self, date: NaiveDate) -> bool {
        self.valid_to.is_some_and(|last| last < date)
    }
}

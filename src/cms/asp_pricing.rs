//! The ASP pricing file (from 2026 "Medicare Part B Payment Limit File").

use crate::domain::code::HcpcsCode;
use crate::domain::payment_limit::PaymentLimit;

/// The payment limit of one code in one quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricingRow {
    /// The code.
    pub code: HcpcsCode,
    /// Short description as printed, trimmed.
    pub short_description: String,
    /// The billing unit as printed: `1 MG`.
    pub dosage: String,
    /// Dollars for one billing unit; none where the file says `N/A` or nothing.
    pub payment_limit: Option<PaymentLimit>,
    /// The notes column, line breaks turned into blanks.
    pub notes: String,
}

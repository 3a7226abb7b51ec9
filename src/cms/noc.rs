//! The NOC pricing file and NOC crosswalk: drugs Medicare prices that have no code of their own.
//! Neither names a HCPCS code. Optional; in October 2025 one drug was left in them.

use crate::domain::ndc::Ndc;
use crate::domain::payment_limit::PaymentLimit;

/// A row of the NOC pricing file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NocPricingRow {
    /// "Drug Generic Name (Trade Name)" as printed, trimmed.
    pub drug_name: String,
    /// The dosage as printed.
    pub dosage: String,
    /// Dollars for that dosage.
    pub payment_limit: Option<PaymentLimit>,
    /// The notes column.
    pub notes: String,
}

/// A row of the NOC crosswalk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NocCrosswalkRow {
    /// "Drug Generic Name" as printed, trimmed.
    pub generic_name: String,
    /// Labeler as printed.
    pub labeler: String,
    /// The NDC.
    pub ndc: Ndc,
    /// Drug name as printed.
    pub drug_name: String,
    /// The dosage as printed.
    pub dosage: String,
}

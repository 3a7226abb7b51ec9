//! The ASP NDC-HCPCS crosswalk.

use crate::domain::code::HcpcsCode;
use crate::domain::ndc::Ndc;
use rust_decimal::Decimal;

/// One package of a product under one code. An NDC may stand under several codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrosswalkRow {
    /// The code.
    pub code: HcpcsCode,
    /// Short description as printed, trimmed.
    pub short_description: String,
    /// The labeler's name as printed, trimmed.
    pub labeler: String,
    /// The NDC.
    pub ndc: Ndc,
    /// Drug name as printed, blanks folded.
    pub drug_name: String,
    /// The billing unit as printed: `1 MG`.
    pub dosage: String,
    /// BILLUNITS: billing units in one item of the package.
    pub bill_units: Option<Decimal>,
    /// PKG QTY: items in the package.
    pub package_quantity: Option<Decimal>,
}

impl CrosswalkRow {
    /// Billing units in the package: BILLUNITS x PKG QTY. The file's own BILLUNITSPKG is rounded since July 2025.
    #[must_use]
    pub fn bill_units_per_package(&self) -> Option<Decimal> {
        self.bill_units?.checked_mul(self.package_quantity?)
    }
}

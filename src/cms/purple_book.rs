//! An FDA Purple Book listing: brand to proper name, route and licensing date, which the HCPCS file lacks.

use chrono::NaiveDate;

/// A licensed product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurpleBookProduct {
    /// Proprietary names as printed, split where one cell lists several; empty where the product has none.
    pub brands: Vec<String>,
    /// Proper name as printed, trimmed.
    pub proper_name: String,
    /// Route of administration as printed, lower case.
    pub route: String,
    /// Applicant as printed.
    pub applicant: String,
    /// BLA number.
    pub bla_number: String,
    /// BLA type as printed: `351(a)`, `351(k) Biosimilar`, `351(k) Interchangeable`.
    pub bla_type: String,
    /// Approval date of this row.
    pub approved_on: Option<NaiveDate>,
    /// Date of first licensure, where the listing has it.
    pub first_licensed_on: Option<NaiveDate>,
    /// The proper name of the reference product, for a biosimilar.
    pub reference_proper_name: Option<String>,
    /// Marketing status as printed: `Rx`, `Disc`, ...
    pub marketing_status: String,
}

//! What the NDC-HCPCS crosswalks of all quarters say of one package under one code.

use crate::domain::code::HcpcsCode;
use crate::domain::evidence::Evidence;
use crate::domain::ndc::Ndc;
use crate::domain::quarter::Quarter;

/// An NDC under a code, as the postings in force list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrosswalkPair {
    /// The NDC.
    pub ndc: Ndc,
    /// The code.
    pub code: HcpcsCode,
    /// What the newest quarter that lists the pair calls the drug.
    pub drug_name: String,
    /// The oldest quarter that lists it.
    pub first: Quarter,
    /// The newest quarter that lists it.
    pub last: Quarter,
    /// The line of the newest quarter.
    pub newest: Evidence,
}

//! What the NDC-HCPCS crosswalks of all quarters say of one package under one code.

use crate::domain::code::HcpcsCode;
use crate::domain::evidence::Evidence;
use crate::domain::ndc::Ndc;
use crate::domain::quarter::Quarter;
use crate::domain::release::Release;
use std::sync::Arc;

/// An NDC under a code, as the postings in force list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrosswalkPair {
    /// The NDC.
    pub ndc: Ndc,
    /// The code.
    pub code: HcpcsCode,
    /// What the newest quarter that lists the pair calls the drug.
    pub drug_name: Arc<str>,
    /// What else the row says: dosage and labeler.
    pub details: String,
    /// The oldest quarter that lists it.
    pub first: Quarter,
    /// The posting of the newest quarter that lists it.
    pub newest: Arc<Release>,
    /// The line of that posting.
    pub line: u32,
}

impl CrosswalkPair {
    /// The row of the newest quarter.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let text = format!("{} {} {}, {}", self.ndc, self.code, self.drug_name, self.details);
        self.newest.evidence(self.line, text)
    }
}

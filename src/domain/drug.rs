//! A drug on the practice's list.

use crate::domain::billing_unit::Dose;
use crate::domain::code::HcpcsCode;
use crate::domain::ndc::Ndc;
use chrono::NaiveDate;
use std::fmt;
use std::str::FromStr;

/// The store's number of a drug; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct DrugId(pub i64);

/// Where a practice bills from; it decides whether interim C codes may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Setting {
    /// Physician office or infusion suite.
    Office,
    /// Hospital outpatient department under OPPS.
    Opps,
}

/// Why a text is not a setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a setting: expected office or opps")]
pub struct ParseSettingError(String);

/// A drug as the practice wrote it down, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrugEntry {
    /// Brand as written, trimmed; none where not given.
    pub brand: Option<String>,
    /// Proper (nonproprietary) name as written, trimmed.
    pub proper_name: Option<String>,
    /// NDCs, sorted, without repeats.
    pub ndcs: Vec<Ndc>,
    /// The catch-all code the drug is billed under; J3590 where not given.
    pub noc_code: HcpcsCode,
    /// Route as written, lower case: `intravenous`, `subcutaneous`, ...
    pub route: Option<String>,
    /// Where this drug is billed from, where it differs from the practice.
    pub setting: Option<Setting>,
    /// Manufacturer as written.
    pub manufacturer: Option<String>,
    /// The usual dose.
    pub dose: Option<Dose>,
    /// The first date of service at this practice.
    pub started_on: Option<NaiveDate>,
    /// Free words.
    pub notes: Option<String>,
}

/// A drug of the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drug {
    /// Its number.
    pub id: DrugId,
    /// What the practice wrote.
    pub entry: DrugEntry,
    /// The day it was taken off the list; none while it is watched.
    pub retired_on: Option<NaiveDate>,
}

impl DrugEntry {
    /// What people call the drug: the brand, else the proper name, else the first NDC.
    #[must_use]
    pub fn display_name(&self) -> String {
        let name = self.brand.as_ref().or(self.proper_name.as_ref()).cloned();
        name.or_else(|| self.ndcs.first().map(|ndc| format!("NDC {ndc}")))
            .unwrap_or_default()
    }
}

impl Setting {
    /// The name in the drug list, the configuration and the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::Opps => "opps",
        }
    }
}

impl FromStr for Setting {
    type Err = ParseSettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim().to_ascii_lowercase().as_str() {
            "office" => Ok(Self::Office),
            "opps" => Ok(Self::Opps),
            _ => Err(ParseSettingError(text.to_owned())),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for DrugId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

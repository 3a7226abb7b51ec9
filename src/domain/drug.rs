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

impl Default for DrugEntry {
    /// A drug of which nothing is known but that it is billed under J3590.
    fn default() -> Self {
        Self {
            brand: None,
            proper_name: None,
            ndcs: Vec::new(),
            noc_code: HcpcsCode::UNCLASSIFIED_BIOLOGICS,
            route: None,
            setting: None,
            manufacturer: None,
            dose: None,
            started_on: None,
            notes: None,
        }
    }
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

    /// What makes two wordings the same drug when a list is read again: brand, proper name, route and setting,
    /// compared without case, blanks and punctuation; where neither name is given, labeler and product of the first
    /// NDC in place of the names.
    ///
    /// NDCs, dose, manufacturer, catch-all code, first day and notes may be edited without making another drug, so
    /// that its history goes on. Route and setting may not: the intravenous and the subcutaneous product have
    /// codes of their own (domain rule 6), and an office and a hospital outpatient department bill the same product
    /// under different codes (rule 7). The key alone need not be unique in a list: two vial sizes may stand on two
    /// lines with NDCs of their own; the store numbers them in the order of the list.
    #[must_use]
    pub fn identity_key(&self) -> String {
        let names = match (&self.brand, &self.proper_name, self.ndcs.first()) {
            (None, None, Some(ndc)) => {
                format!(
                    "ndc {}",
                    ndc.labeler_product().map(char::from).iter().collect::<String>()
                )
            }
            (brand, proper_name, _) => format!(
                "{}|{}",
                letters_and_digits(brand.as_deref()),
                letters_and_digits(proper_name.as_deref())
            ),
        };
        let setting = self.setting.map_or("", Setting::as_str);
        format!("{names}|{}|{setting}", letters_and_digits(self.route.as_deref()))
    }
}

/// The letters and digits of a text, lower case; nothing of none.
pub(crate) fn letters_and_digits(text: Option<&str>) -> String {
    let text = text.unwrap_or_default();
    let mut kept = String::with_capacity(text.len());
    for character in text.chars().filter(|character| character.is_alphanumeric()) {
        if character.is_ascii() {
            kept.push(character.to_ascii_lowercase());
        } else {
            kept.extend(character.to_lowercase());
        }
    }
    kept
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

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(brand: &str, proper_name: &str, ndcs: &[&str]) -> DrugEntry {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        DrugEntry {
            brand: given(brand),
            proper_name: given(proper_name),
            ndcs: ndcs.iter().map(|ndc| ndc.parse().unwrap()).collect(),
            ..DrugEntry::default()
        }
    }

    #[test]
    fn edits_of_spelling_and_particulars_keep_the_drug() {
        let briumvi = entry("Briumvi", "ublituximab-xiiy", &[]);
        let mut edited = entry("BRIUMVI\u{ae}", "Ublituximab xiiy", &["73150-150-06"]);
        edited.dose = "450 mg".parse().ok();
        edited.noc_code = "C9399".parse().unwrap();
        assert_eq!(edited.identity_key(), briumvi.identity_key());
    }

    #[test]
    fn another_suffix_route_setting_or_product_is_another_drug() {
        let base = entry("", "aflibercept", &[]);
        let mut by_route = base.clone();
        by_route.route = Some("subcutaneous".to_owned());
        let mut by_setting = base.clone();
        by_setting.setting = Some(Setting::Opps);
        let suffixed = entry("", "aflibercept-ayyh", &[]);
        let as_brand = entry("aflibercept", "", &[]);
        let unnamed = entry("", "", &["73150-0150-06"]);
        let other_unnamed = entry("", "", &["73150-0151-06"]);
        let keys: std::collections::HashSet<_> = [
            &base,
            &by_route,
            &by_setting,
            &suffixed,
            &as_brand,
            &unnamed,
            &other_unnamed,
        ]
        .map(DrugEntry::identity_key)
        .into();
        assert_eq!(keys.len(), 7, "{keys:?}");
        let other_package = entry("", "", &["73150-0150-99"]);
        assert_eq!(other_package.identity_key(), unnamed.identity_key());
    }
}

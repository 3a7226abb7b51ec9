//! Where a payer does otherwise than CMS (domain rule 9): it takes a code later, or stays on another one.

use crate::domain::code::HcpcsCode;
use crate::domain::drug::DrugId;
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::fmt;
use std::str::FromStr;

/// The name of a payer as the practice writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayerName(String);

/// Why a text is not the name of a payer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no payer: expected at least one letter or digit and at most 200 characters")]
pub struct ParsePayerNameError(String);

impl PayerName {
    /// The name as written, blanks folded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// By which two spellings are the same payer: letters and digits, lower case.
    #[must_use]
    pub fn key(&self) -> String {
        let kept = self.0.chars().filter(|character| character.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect()
    }
}

impl FromStr for PayerName {
    type Err = ParsePayerNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = Self(text.split_whitespace().collect::<Vec<_>>().join(" "));
        if name.key().is_empty() || name.0.chars().nth(200).is_some() {
            return Err(ParsePayerNameError(text.to_owned()));
        }
        Ok(name)
    }
}

impl fmt::Display for PayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The store's number of a payer rule; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct PayerRuleId(pub i64);

impl fmt::Display for PayerRuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// What a payer does otherwise than CMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayerTerms {
    /// It takes the permanent code from this date of service on, inclusive, and not before.
    CodeFrom(NaiveDate),
    /// It stays on this code until the rule is reviewed.
    Pin(HcpcsCode),
}

impl PayerTerms {
    /// The name of the kind in JSON and in the store.
    #[must_use]
    pub fn kind(self) -> &'static str {
        match self {
            Self::CodeFrom(_) => "code-from",
            Self::Pin(_) => "pin",
        }
    }
}

/// A payer rule with who keeps it and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayerRule {
    /// Its number.
    pub id: PayerRuleId,
    /// What was written down.
    pub written: NewPayerRule,
    /// When.
    pub at: DateTime<Utc>,
    /// When, by whom and why it was ended; none while it is in force.
    pub ended: Option<Ended>,
}

/// A payer rule before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayerRule {
    /// The payer.
    pub payer: PayerName,
    /// The drug; none for every drug.
    pub drug: Option<DrugId>,
    /// What the payer does.
    pub terms: PayerTerms,
    /// The day by which somebody looks whether it still holds.
    pub review_on: Option<NaiveDate>,
    /// Why the payer does so.
    pub reason: String,
    /// Where that is written: a bulletin, a letter, a call.
    pub source: String,
    /// Who wrote it down.
    pub by: String,
}

/// A payer's own date for every drug concerns the codes that CMS began within so many days before it; the older ones the
/// payer has long taken.
const LONGEST_LAG: Days = Days::new(366);

/// The end of a payer rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl PayerRule {
    /// The first date of service on which the payer takes a code that CMS began on `begins`, where that is later.
    #[must_use]
    pub fn takes_later(&self, begins: NaiveDate) -> Option<NaiveDate> {
        match self.written.terms {
            PayerTerms::CodeFrom(date) => {
                let is_about_it = self.written.drug.is_some() || date <= begins + LONGEST_LAG;
                (begins < date && is_about_it).then_some(date)
            }
            PayerTerms::Pin(_) => None,
        }
    }

    /// Whether the review date has passed and nobody ended or renewed the rule. It stays in force all the same: a claim
    /// must not change its code because nobody looked.
    #[must_use]
    pub fn is_review_overdue(&self, today: NaiveDate) -> bool {
        self.ended.is_none() && self.written.review_on.is_some_and(|day| day < today)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payer_is_found_however_it_is_spelt() {
        let name = |text: &str| text.parse::<PayerName>().unwrap();
        assert_eq!(name(" BCBS  of Michigan ").as_str(), "BCBS of Michigan");
        assert_eq!(name("BCBS of Michigan").key(), name("bcbs-of-michigan").key());
        assert_ne!(name("Medi-Cal").key(), name("Medicaid TX").key());
        for text in ["", "  ", "--", &"x".repeat(201)] {
            assert!(text.parse::<PayerName>().is_err(), "{text}");
        }
    }
}

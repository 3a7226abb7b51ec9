//! Decides which published code is a drug's own: the right one for this product and not its look-alike.
//!
//! Pure: periods, crosswalk rows and Purple Book rows in, decisions with evidence out. There is no score; a decision
//! is [`Verdict::Same`] only where the rules leave no doubt, and everything short of that goes to a person.

pub mod decisions;
pub mod drug_identity;
pub mod index;
pub mod rules;
mod slips;

use crate::domain::descriptor::Descriptor;
use crate::domain::drug::{DrugEntry, Setting};
use crate::domain::evidence::Evidence;
use crate::domain::period::PublishedPeriod;
use chrono::NaiveDate;
use decisions::PersonDecision;
use drug_identity::DrugIdentity;
use index::Index;
use std::fmt;
use std::str::FromStr;

/// How a product was recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// An NDC of the drug stands under the code in the crosswalk.
    Ndc,
    /// Brand and proper name both agree.
    BrandAndName,
    /// The full proper name, suffix and co-formulation included.
    ProperName,
    /// The brand alone.
    Brand,
    /// The code follows, without a gap, a code recognised before and carries the same identity.
    Successor,
    /// A person said so.
    Person,
}

impl MatchKind {
    const ALL: [Self; 6] = [
        Self::Ndc,
        Self::BrandAndName,
        Self::ProperName,
        Self::Brand,
        Self::Successor,
        Self::Person,
    ];

    /// The kind in words, as in "recognised by ...".
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Ndc => "an NDC that the crosswalk lists under the code",
            Self::BrandAndName => "brand and proper name",
            Self::ProperName => "the full proper name",
            Self::Brand => "the brand in the descriptor",
            Self::Successor => "following the product's earlier code without a gap, with the same name",
            Self::Person => "a person's word",
        }
    }

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ndc => "ndc",
            Self::BrandAndName => "brand-and-name",
            Self::ProperName => "proper-name",
            Self::Brand => "brand",
            Self::Successor => "successor",
            Self::Person => "person",
        }
    }
}

impl fmt::Display for MatchKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a text is not a kind of match.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of match")]
pub struct ParseMatchKindError(String);

impl FromStr for MatchKind {
    type Err = ParseMatchKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        named.ok_or_else(|| ParseMatchKindError(text.to_owned()))
    }
}

/// What the rules say of one drug and one code period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The code is this product's.
    Same(MatchKind),
    /// It may be; what is open and what would settle it, in plain words.
    Unsure(String),
    /// It is another product's; why, in plain words.
    Different(String),
}

/// One code period that was weighed for a drug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// The period.
    pub published: PublishedPeriod,
    /// Its descriptor taken apart.
    pub descriptor: Descriptor,
    /// What the rules say.
    pub verdict: Verdict,
    /// The lines that speak for the match: the HCPCS line first, then crosswalk and Purple Book.
    pub evidence: Vec<Evidence>,
}

/// Everything weighed for one drug, sorted by first date of service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Codes of the product that its setting may bill, permanent or (for hospital outpatient) interim.
    pub same: Vec<Weighed>,
    /// Interim C codes of the product.
    pub interim: Vec<Weighed>,
    /// Codes a person has to decide on; empty where `same` settles the matter.
    pub unsure: Vec<Weighed>,
    /// Look-alikes with the reason against each, nearest first.
    pub near_misses: Vec<Weighed>,
    /// What persons decided on the drug's codes; put over the rules by [`Outcome::with_decisions`].
    pub decisions: Vec<PersonDecision>,
}

/// What the practice knows about a drug beside its names.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances {
    /// The day the practice first had the drug: the earlier of its first date of service and its listing here.
    pub first_seen: NaiveDate,
    /// Where it is billed from.
    pub setting: Setting,
}

/// Weighs every code that could be the drug's.
#[must_use]
pub fn match_drug(index: &Index<'_>, entry: &DrugEntry, circumstances: Circumstances) -> Outcome {
    let identity = DrugIdentity::new(entry, index);
    let mut weighed: Vec<rules::Weighing> = index
        .candidates(&identity)
        .into_iter()
        .map(|candidate| rules::weigh(index, candidate, &identity, circumstances))
        .collect();
    rules::follow_successors(index, &mut weighed);
    rules::settle_rivals(index, &mut weighed);
    let mut outcome = Outcome::default();
    for weighing in weighed {
        let interim = index.candidate(weighing.candidate).is_interim();
        let weighed = weighing.into_weighed(index);
        match weighed.verdict {
            Verdict::Same(_) if interim => outcome.interim.push(weighed),
            Verdict::Same(_) => outcome.same.push(weighed),
            Verdict::Unsure(_) if !interim => outcome.unsure.push(weighed),
            _ => outcome.near_misses.push(weighed),
        }
    }
    if !outcome.same.is_empty() {
        outcome.near_misses.append(&mut outcome.unsure);
    }
    outcome
        .same
        .sort_by_key(|weighed| weighed.published.period.valid_from);
    outcome
        .interim
        .sort_by_key(|weighed| weighed.published.period.valid_from);
    outcome
}

#[cfg(test)]
mod tests;

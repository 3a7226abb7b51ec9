//! Decides which published code is a drug's own: the right one for this product and not its look-alike.
//!
//! Pure: periods, crosswalk rows and Purple Book rows in, decisions with evidence out. There is no score; a decision
//! is [`Verdict::Same`] only where the rules leave no doubt, and everything short of that goes to a person.

mod blind_spot;
mod crosswalk_rows;
pub mod decisions;
pub mod drug_identity;
pub mod index;
mod rivals;
mod rules;
#[cfg(test)]
pub(crate) mod samples;
mod slips;

use crate::domain::descriptor::Descriptor;
use crate::domain::drug::{DrugEntry, Setting};
use crate::domain::evidence::Evidence;
use crate::domain::period::{CodePeriod, PublishedPeriod};
use chrono::NaiveDate;
use crosswalk_rows::CrosswalkRows;
use decisions::PersonDecision;
use drug_identity::DrugIdentity;
use index::Index;
use rules::Weighing;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

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
    pub descriptor: Arc<Descriptor>,
    /// What the rules say.
    pub verdict: Verdict,
    /// The lines that speak for the match: the HCPCS line first, then crosswalk and Purple Book.
    pub evidence: Vec<Evidence>,
}

/// Everything weighed for one drug, sorted by first date of service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Permanent codes of the product.
    pub same: Vec<Weighed>,
    /// Interim C codes of the product: news for an office, to be billed by a hospital outpatient department.
    pub interim: Vec<Weighed>,
    /// Codes a person has to decide on; none that began while one of `same` was in force.
    pub unsure: Vec<Weighed>,
    /// The nearest look-alikes with the reason against each, nearest first.
    pub near_misses: Vec<Weighed>,
    /// Why the drug could not be looked up at all, in plain words: nothing the list says of it stands in any file held.
    /// None where it could be, found or not.
    pub blind_spot: Option<String>,
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

/// How many look-alikes are kept: enough to explain by.
const NEAR_MISSES: usize = 12;

/// Weighs every code that could be the drug's.
#[must_use]
pub fn match_drug(index: &Index<'_>, entry: &DrugEntry, circumstances: Circumstances) -> Outcome {
    let identity = DrugIdentity::new(entry, index);
    let rows = CrosswalkRows::of(index, &identity);
    let mut weighed: Vec<Weighing> = index
        .candidates(&identity)
        .into_iter()
        .map(|candidate| rules::weigh(index, candidate, &identity, &rows, circumstances))
        .collect();
    rivals::follow_successors(index, &mut weighed);
    rivals::settle_rivals(index, &mut weighed);
    let mut outcome = sorted_out(index, weighed, circumstances.setting);
    if outcome.same.is_empty() && outcome.interim.is_empty() && outcome.unsure.is_empty() {
        outcome.blind_spot = blind_spot::find(index, &identity);
    }
    outcome
}

/// Puts every weighed code where its verdict belongs.
fn sorted_out(index: &Index<'_>, weighed: Vec<Weighing>, setting: Setting) -> Outcome {
    let mut outcome = Outcome::default();
    let mut misses = Vec::new();
    let mut open = Vec::new();
    for weighing in weighed {
        let interim = index.candidate(weighing.candidate).is_interim();
        match weighing.verdict {
            Verdict::Same(_) if interim => outcome.interim.push(weighing.into_weighed(index)),
            Verdict::Same(_) => outcome.same.push(weighing.into_weighed(index)),
            // An office never bills a C code, so it is not asked about one (domain rule 7).
            Verdict::Unsure(_) if !interim || setting == Setting::Opps => open.push(weighing),
            Verdict::Unsure(_) | Verdict::Different(_) => misses.push(weighing),
        }
    }
    let period = |weighing: &Weighing| &index.candidate(weighing.candidate).published.period;
    let settled =
        |open: &Weighing| !open.has_ndc() && outcome.same.iter().any(|one| one.settles(period(open)));
    let (answered, open): (Vec<_>, Vec<_>) = open.into_iter().partition(settled);
    misses.extend(answered);
    misses.sort_by_key(|weighing| std::cmp::Reverse(weighing.nearness));
    let weighed = |weighing: Weighing| weighing.into_weighed(index);
    outcome.near_misses = misses.into_iter().take(NEAR_MISSES).map(weighed).collect();
    outcome.unsure = open.into_iter().map(weighed).collect();
    for list in [&mut outcome.same, &mut outcome.interim, &mut outcome.unsure] {
        list.sort_by_key(|weighed| weighed.published.period.valid_from);
    }
    outcome
}

impl Weighed {
    /// Whether a recognised code leaves no question about `open`: it had not ended when that one began.
    fn settles(&self, open: &CodePeriod) -> bool {
        !self.published.period.ended_before(open.valid_from)
    }
}

#[cfg(test)]
mod tests;

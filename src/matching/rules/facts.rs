//! The facts the rules look at, gathered once for a drug and a candidate.

use super::Support;
use crate::domain::crosswalk::CrosswalkPair;
use crate::domain::evidence::Evidence;
use crate::domain::product_name::{Likeness, ProductName};
use crate::matching::crosswalk_rows::CrosswalkRows;
use crate::matching::drug_identity::DrugIdentity;
use crate::matching::index::Candidate;
use crate::matching::{MatchKind, Verdict};
use chrono::{Days, NaiveDate};

/// A product is put on a list under a catch-all code because it has none of its own; a code for a bare name that was
/// in force longer than this before the product came to the practice is another product's until shown otherwise.
pub(super) const NEWS: Days = Days::new(200);

pub(super) struct Facts<'a> {
    pub(super) identity: &'a DrugIdentity,
    pub(super) candidate: &'a Candidate<'a>,
    pub(super) likeness: Likeness,
    pub(super) shares_word: bool,
    pub(super) ndc_row: Option<&'a CrosswalkPair>,
    pub(super) product_row: Option<&'a CrosswalkPair>,
    pub(super) brand_row: Option<&'a CrosswalkPair>,
    pub(super) brand_in_descriptor: bool,
    pub(super) first_seen: NaiveDate,
}

impl<'a> Facts<'a> {
    pub(super) fn gather(
        candidate: &'a Candidate<'a>,
        identity: &'a DrugIdentity,
        rows: &CrosswalkRows<'a>,
        first_seen: NaiveDate,
    ) -> Self {
        let shared = |name: &ProductName| {
            let theirs = candidate.descriptor.name.words();
            name.words().iter().any(|word| theirs.contains(word))
        };
        Self {
            identity,
            candidate,
            likeness: likeness(identity, candidate),
            shares_word: shared(&identity.name) || shared(&identity.written),
            ndc_row: rows.of_ndc(candidate.published),
            product_row: rows.of_product(candidate.published),
            brand_row: rows.of_brand(candidate.published),
            brand_in_descriptor: names_brand(identity, candidate),
            first_seen,
        }
    }

    pub(super) fn support(&self) -> Support {
        let routes = &self.candidate.descriptor.routes;
        [
            self.ndc_row.is_some(),
            self.brand_in_descriptor,
            routes.iter().any(|route| self.identity.routes.contains(route)),
            self.likeness == Likeness::Same,
        ]
    }

    /// How near the names are, apart from what the rules make of it.
    pub(super) fn name_nearness(&self) -> u8 {
        match self.likeness {
            Likeness::Same => 4,
            Likeness::SuffixMissing => 3,
            Likeness::OtherSuffix => 2,
            Likeness::OtherWords => u8::from(self.shares_word),
        }
    }

    /// The lines of crosswalk and Purple Book that speak for the match.
    pub(super) fn lines_beside(&self) -> Vec<Evidence> {
        let row = self.ndc_row.or(self.product_row).or(self.brand_row);
        let row = row.map(CrosswalkPair::evidence);
        row.into_iter().chain(self.identity.evidence.clone()).collect()
    }

    /// Whether a code for the same name was in force long before the drug came to the practice.
    pub(super) fn is_older_than_the_drug(&self) -> bool {
        self.candidate.name_coded_since + NEWS < self.first_seen
    }

    pub(super) fn same(&self, otherwise: MatchKind) -> Verdict {
        let named = matches!(self.likeness, Likeness::Same | Likeness::SuffixMissing);
        Verdict::Same(if self.ndc_row.is_some() {
            MatchKind::Ndc
        } else if self.brand_in_descriptor && named {
            MatchKind::BrandAndName
        } else {
            otherwise
        })
    }

    /// The code and the name in its descriptor, to speak of it.
    pub(super) fn code_and_name(&self) -> String {
        let code = self.candidate.published.period.code;
        format!("{code} is for {}", self.candidate.descriptor.name)
    }

    /// The brands of the descriptor, to speak of them.
    pub(super) fn brands(&self) -> String {
        self.candidate.descriptor.brands.join("/")
    }
}

/// How the names stand to each other, words aside that are a brand on the other side: `aflibercept hd` for Eylea HD,
/// `coagulation factor xa, inactivated-zhzo (andexxa)` written as a proper name.
fn likeness(identity: &DrugIdentity, candidate: &Candidate<'_>) -> Likeness {
    let theirs = &candidate.descriptor.name;
    let plain = identity.name.likeness(theirs);
    if plain != Likeness::OtherWords {
        return plain;
    }
    let own_brand_words: Vec<&str> = identity
        .brand_words()
        .filter(|word| !identity.name.has_word(word))
        .collect();
    let brands = candidate.descriptor.brands.iter();
    let their_brand_words: Vec<&str> = brands
        .flat_map(|brand| brand.split(' '))
        .filter(|word| !theirs.has_word(word))
        .collect();
    if own_brand_words.is_empty() && their_brand_words.is_empty() {
        return plain;
    }
    identity
        .name
        .likeness_beside(&their_brand_words, theirs, &own_brand_words)
}

/// Whether the descriptor names the drug's brand, in parentheses or, the rest of the name agreeing, among its words. A maker
/// in parentheses counts only where the names agree: it makes many products, and names no one of them.
fn names_brand(identity: &DrugIdentity, candidate: &Candidate<'_>) -> bool {
    let descriptor = &candidate.descriptor;
    let in_parentheses = descriptor.brands.iter().any(|brand| {
        identity.has_brand(brand)
            || is_in_name(identity, brand, candidate)
            || (identity.is_made_by(brand) && identity.name.likeness(&descriptor.name) == Likeness::Same)
    });
    in_parentheses || is_among_words(identity, &descriptor.name)
}

/// Whether the list has the brand within the proper name, the rest of which agrees.
fn is_in_name(identity: &DrugIdentity, brand: &str, candidate: &Candidate<'_>) -> bool {
    let brand_words: Vec<&str> = brand.split(' ').collect();
    let name = &identity.name;
    brand_words.iter().all(|word| name.has_word(word))
        && name.likeness(&candidate.descriptor.name) == Likeness::OtherWords
        && name.likeness_beside(&brand_words, &candidate.descriptor.name, &[]) != Likeness::OtherWords
}

fn is_among_words(identity: &DrugIdentity, theirs: &ProductName) -> bool {
    let is_theirs_alone = |word| theirs.has_word(word) && !identity.name.has_word(word);
    if identity.name.is_empty() || !identity.brand_words().all(is_theirs_alone) {
        return false;
    }
    let words: Vec<&str> = identity.brand_words().collect();
    !words.is_empty() && identity.name.likeness_beside(&[], theirs, &words) != Likeness::OtherWords
}

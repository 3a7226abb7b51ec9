//! What brand, NDC and likely slips say where the proper name does not decide.

use super::facts::Facts;
use crate::domain::product_name::{Likeness, ProductName};
use crate::matching::slips::is_slip_of;
use crate::matching::{MatchKind, Verdict};

impl Facts<'_> {
    /// The names do not agree or none is given: brand and NDC are what is left.
    pub(super) fn without_name(&self) -> Verdict {
        self.by_brand()
            .or_else(|| self.by_ndc())
            .or_else(|| self.brand_as_name())
            .or_else(|| self.known_to_the_crosswalk())
            .or_else(|| self.brand_among_words())
            .or_else(|| self.likely_slip())
            .or_else(|| self.brand_with_other_name())
            .or_else(|| self.name_by_brand().map(Verdict::Unsure))
            .or_else(|| self.cut_short())
            .unwrap_or_else(|| Verdict::Different(self.other_words()))
    }

    /// The descriptor names the brand, and the list no name that disagrees in every word.
    fn by_brand(&self) -> Option<Verdict> {
        let agrees = self.identity.name.is_empty() || (self.shares_word && !self.is_slip());
        (self.brand_in_descriptor && agrees).then(|| self.same(MatchKind::Brand))
    }

    /// The crosswalk lists the drug's NDC under the code; a name that says otherwise has to be looked at.
    fn by_ndc(&self) -> Option<Verdict> {
        let row = self.ndc_row?;
        let is_listed_so =
            || ProductName::new(&row.drug_name).likeness(&self.identity.written) == Likeness::Same;
        let agrees =
            self.identity.name.is_empty() || (self.shares_word && self.brand_row.is_some()) || is_listed_so();
        Some(if agrees {
            self.same(MatchKind::Ndc)
        } else {
            Verdict::Unsure(format!(
                "the crosswalk lists NDC {} under {}, but the names differ: check name and NDC on the list",
                row.ndc, self.candidate.published.period.code
            ))
        })
    }

    /// Some write the proper name in the column of the brand, and skin substitutes have no other name.
    fn brand_as_name(&self) -> Option<Verdict> {
        let theirs = &self.candidate.descriptor.name;
        let mut brands = self.identity.brands.iter();
        let named = self.identity.name.is_empty()
            && brands.any(|brand| ProductName::new(&brand.key).words() == theirs.words());
        named.then(|| {
            Verdict::Unsure(format!(
                "{}, which the list gives as a brand: give the proper name or the NDC",
                self.code_and_name()
            ))
        })
    }

    /// Another package of the same product, or the brand, stands in the crosswalk: near, but not the drug's own line.
    fn known_to_the_crosswalk(&self) -> Option<Verdict> {
        let row = self.brand_row.or(self.product_row)?;
        let code = self.candidate.published.period.code;
        Some(Verdict::Unsure(if self.identity.name.is_empty() {
            format!(
                "the crosswalk lists {} under {code}: give the proper name with its suffix or the full NDC",
                row.drug_name
            )
        } else {
            format!(
                "the crosswalk lists {} under {code}, {}: check the name on the list or give the full NDC",
                row.drug_name,
                self.other_words()
            )
        }))
    }

    /// Some descriptors have the brand among the words of the name: `c1 esterase inhibitor (human), cinryze`.
    fn brand_among_words(&self) -> Option<Verdict> {
        let theirs = &self.candidate.descriptor.name;
        let mut words = self.identity.brand_words().peekable();
        let named = words.peek().is_some()
            && words
                .all(|word| word.len() > 3 && theirs.has_word(word) && !self.identity.name.has_word(word));
        named.then(|| {
            Verdict::Unsure(format!(
                "{}, which names the brand: check the name on the list or give the NDC",
                self.code_and_name()
            ))
        })
    }

    fn is_slip(&self) -> bool {
        is_slip_of(&self.identity.name, &self.candidate.descriptor.name)
    }

    /// One letter off is a question for a person.
    fn likely_slip(&self) -> Option<Verdict> {
        self.is_slip().then(|| {
            Verdict::Unsure(format!(
                "the name is one letter off, {}: correct the name on the list",
                self.code_and_name()
            ))
        })
    }

    /// The brand is the descriptor's, or one letter off it, but the name is another or none.
    fn brand_with_other_name(&self) -> Option<Verdict> {
        let slip = self.identity.name.is_empty() && self.slip_of_brand();
        (self.brand_in_descriptor || slip).then(|| {
            Verdict::Unsure(format!(
                "{} is for the brand {}: give the proper name or the NDC",
                self.candidate.published.period.code,
                self.brands()
            ))
        })
    }

    /// The list may name a part of a co-formulation only; asked where the code is news.
    fn cut_short(&self) -> Option<Verdict> {
        let asked =
            self.is_part() && !self.is_older_than_the_drug() && self.identity.name.suffixes().is_empty();
        let official = self.identity.name_is_official;
        (asked && !official).then(|| {
            Verdict::Unsure(format!(
                "{}, of which the list names a part: give the full proper name or the NDC",
                self.code_and_name()
            ))
        })
    }

    /// Whether the list's name is a part of the descriptor's.
    fn is_part(&self) -> bool {
        let theirs = self.candidate.descriptor.name.words();
        let own = self.identity.name.words();
        !own.is_empty() && own.iter().all(|word| theirs.contains(word))
    }

    fn other_words(&self) -> String {
        let own = self.identity.name.words();
        let theirs = self.candidate.descriptor.name.words().iter();
        let beside: Vec<&str> = theirs
            .filter(|word| !own.contains(word))
            .map(String::as_str)
            .collect();
        if self.is_part() {
            format!("it is for a product with {} beside it", beside.join(" "))
        } else {
            format!("it is for {}", self.candidate.descriptor.name)
        }
    }
}

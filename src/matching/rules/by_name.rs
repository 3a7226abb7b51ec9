//! What the proper name says, where its words agree with the descriptor's.

use super::contradiction::in_words;
use super::facts::{Facts, NEWS};
use crate::domain::product_name::Likeness;
use crate::matching::{MatchKind, Verdict};

impl Facts<'_> {
    /// Decides by the proper name where the words agree; none where they do not.
    pub(super) fn by_name(&self) -> Option<Verdict> {
        let has_suffix = !self.identity.name.suffixes().is_empty();
        match self.likeness {
            Likeness::Same if has_suffix => Some(self.full_name()),
            Likeness::Same => Some(self.bare_name()),
            Likeness::SuffixMissing if has_suffix => Some(self.suffix_only_on_the_list()),
            Likeness::SuffixMissing => Some(self.suffix_only_in_descriptor()),
            Likeness::OtherSuffix | Likeness::OtherWords => None,
        }
    }

    /// Words and suffix agree. Only a brand that the descriptor names and the list does not can still be another one.
    fn full_name(&self) -> Verdict {
        if self.names_unknown_brand() && self.ndc_row.is_none() && self.is_older_than_the_drug() {
            return Verdict::Unsure(format!(
                "{} is for the brand {}, since {}: give the brand or the NDC",
                self.candidate.published.period.code,
                self.brands(),
                self.candidate.published.period.valid_from
            ));
        }
        self.same(MatchKind::ProperName)
    }

    /// Words agree and neither has a suffix. The bare ingredient alone is no identity (domain rule 6): it needs a
    /// brand, an NDC, the Purple Book's word, or a code that is news.
    fn bare_name(&self) -> Verdict {
        if self.ndc_row.is_some() || self.brand_in_descriptor || self.brand_row.is_some() {
            return self.same(MatchKind::ProperName);
        }
        let code = self.candidate.published.period.code;
        if self.names_unknown_brand() && !self.both_name_an_implant() {
            return Verdict::Unsure(format!(
                "{code} is for the brand {}: give the brand or the NDC",
                self.brands()
            ));
        }
        if let Some(kind) = self.is_one_version() {
            return Verdict::Unsure(format!(
                "{} {kind}: give the brand, the maker or the NDC",
                self.code_and_name()
            ));
        }
        if let Some(other) = self.stated_difference() {
            return Verdict::Unsure(format!("{code} is {other}: give the brand, the maker or the NDC"));
        }
        if let Some(routes) = self.open_route() {
            return Verdict::Unsure(format!(
                "{code} is for {routes} use only: give the route or the NDC"
            ));
        }
        let news = !self.is_older_than_the_drug() || self.is_new_code_of_a_sole_product();
        if self.identity.name_is_official || news || self.both_name_an_implant() {
            return self.same(MatchKind::ProperName);
        }
        Verdict::Unsure(format!(
            "{} by its bare name, coded since {}, before the drug was listed: give the suffix or the NDC",
            self.code_and_name(),
            self.candidate.name_coded_since
        ))
    }

    /// A brand that the descriptor names and the list does not can be another product's.
    fn names_unknown_brand(&self) -> bool {
        !self.candidate.descriptor.brands.is_empty() && !self.brand_in_descriptor
    }

    /// What the descriptor says of the version it is for and the bare name does not.
    fn is_one_version(&self) -> Option<&'static str> {
        let descriptor = &self.candidate.descriptor;
        let is_of_other_origin =
            self.candidate.origin_matters && descriptor.name.origin() != self.identity.name.origin();
        if descriptor.for_other_versions {
            Some("of makers whose version has no code of its own")
        } else if descriptor.biosimilar && self.identity.name.suffixes().is_empty() {
            Some("as a biosimilar")
        } else if is_of_other_origin {
            Some("of one origin, and there are codes for others")
        } else {
            None
        }
    }

    /// A code made for one maker's version says so; the bare name cannot tell versions apart.
    pub(super) fn stated_difference(&self) -> Option<&str> {
        let exclusions = &self.candidate.descriptor.exclusions;
        let not_equivalent = |words: &&String| words.starts_with("not therapeutically");
        exclusions.iter().find(not_equivalent).map(String::as_str)
    }

    /// A code for one route, while the list says none: pegcetacoplan goes under the skin (Empaveli) and into the eye
    /// (Syfovre). Where the Purple Book knows one product of that name only, the code can be for no other.
    fn open_route(&self) -> Option<String> {
        let routes = &self.candidate.descriptor.routes;
        let open = !routes.is_empty()
            && self.identity.routes.is_empty()
            && !self.identity.is_sole_product
            && !self.both_name_an_implant();
        open.then(|| in_words(routes))
    }

    /// The name has had codes before, but this one is news, the Purple Book knows one product of the name, and the
    /// list names no other brand: pegfilgrastim, J2505 until 2021, J2506 from 2022.
    fn is_new_code_of_a_sole_product(&self) -> bool {
        let is_news = self.candidate.published.period.valid_from + NEWS >= self.first_seen;
        is_news && self.identity.is_sole_product && self.identity.brands.is_empty()
    }

    /// `ranibizumab (ocular implant)` says what the bare name does not.
    fn both_name_an_implant(&self) -> bool {
        self.identity.name.is_implant() && self.candidate.descriptor.name.is_implant()
    }

    /// The list has a suffix, the descriptor has none: most often the reference product's code, seldom an old row.
    fn suffix_only_on_the_list(&self) -> Verdict {
        let meant_for_others = !self.candidate.descriptor.exclusions.is_empty();
        if self.brand_in_descriptor || (self.ndc_row.is_some() && !meant_for_others) {
            return self.same(MatchKind::ProperName);
        }
        if self.ndc_row.is_some() || !self.is_older_than_the_drug() {
            return Verdict::Unsure(format!(
                "{} without the suffix: compare the NDC with the crosswalk",
                self.code_and_name()
            ));
        }
        Verdict::Different(format!(
            "it is for {} without a suffix",
            self.candidate.descriptor.name
        ))
    }

    /// The list leaves the suffix out: brand Ruxience with "rituximab" must not become a rituximab code by itself.
    fn suffix_only_in_descriptor(&self) -> Verdict {
        if self.brand_in_descriptor || self.ndc_row.is_some() {
            return self.same(MatchKind::ProperName);
        }
        if self.identity.name_is_official {
            return Verdict::Different(format!(
                "it is for {}, the Purple Book gives no suffix",
                self.candidate.descriptor.name
            ));
        }
        Verdict::Unsure(format!(
            "the list has no suffix, {}: give the suffix or the NDC",
            self.code_and_name()
        ))
    }
}

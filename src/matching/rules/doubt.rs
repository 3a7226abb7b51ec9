//! What makes a question of a match: something else that the list says speaks against it.

use super::contradiction::in_words;
use super::facts::Facts;
use crate::domain::crosswalk::CrosswalkPair;
use crate::domain::product_name::Likeness;
use crate::matching::{MatchKind, Verdict};

impl<'a> Facts<'a> {
    /// `verdict`, or a question in its place where it is a match that does not rest on an NDC and something speaks against
    /// it. `elsewhere` gives the crosswalk's row for an NDC of the drug under another code.
    pub(super) fn doubted(
        &self,
        verdict: Verdict,
        elsewhere: impl FnOnce() -> Option<&'a CrosswalkPair>,
    ) -> Verdict {
        match verdict {
            Verdict::Same(kind) if kind != MatchKind::Ndc => self
                .misspelt()
                .or_else(|| self.brand_of_another(kind))
                .or_else(|| self.other_licensed_route())
                .or_else(|| self.version_of_a_maker())
                .or_else(|| elsewhere().map(|row| self.listed_elsewhere(row)))
                .map_or(verdict, Verdict::Unsure),
            verdict => verdict,
        }
    }

    /// A name that the list and the Purple Book spell alike but for one letter.
    fn misspelt(&self) -> Option<String> {
        let written = self.identity.corrected.as_ref()?;
        let as_written = self.identity.written.likeness(&self.candidate.descriptor.name);
        (as_written != Likeness::Same).then(|| {
            format!(
                "{}; the list says {written}: correct the name on the list",
                self.code_and_name()
            )
        })
    }

    /// The brand is one product's and the name another's.
    fn brand_of_another(&self, kind: MatchKind) -> Option<String> {
        let official = self.identity.brand_says.as_ref()?;
        let names_agree = kind != MatchKind::Brand;
        let by_brand = kind == MatchKind::BrandAndName || (names_agree && self.brand_row.is_some());
        (!by_brand).then(|| {
            format!(
                "{}, but the Purple Book gives {official} for the brand: check brand and name on the list",
                self.code_and_name()
            )
        })
    }

    /// The brand is not licensed for the route of the list; a code that names the route is for it all the same.
    fn other_licensed_route(&self) -> Option<String> {
        let licensed = &self.identity.licensed_otherwise;
        let own = &self.identity.routes;
        let names_route = self
            .candidate
            .descriptor
            .routes
            .iter()
            .any(|route| own.contains(route));
        (!licensed.is_empty() && !names_route).then(|| {
            format!(
                "{}; the list says {}, but the Purple Book gives the brand for {} use: check brand and route on the list",
                self.code_and_name(),
                in_words(own),
                in_words(licensed)
            )
        })
    }

    /// A code for one version of a maker that may have several: Xellia's daptomycin has three codes.
    fn version_of_a_maker(&self) -> Option<String> {
        let brands = &self.candidate.descriptor.brands;
        let by_maker = brands.iter().any(|brand| self.identity.is_made_by(brand))
            && !brands.iter().any(|brand| self.identity.has_brand(brand));
        (by_maker && self.stated_difference().is_some()).then(|| {
            format!(
                "{} of {}, which may make other versions: give the NDC",
                self.code_and_name(),
                self.brands()
            )
        })
    }

    /// The crosswalk knows the package, under another code that is in force at the same time.
    fn listed_elsewhere(&self, row: &CrosswalkPair) -> String {
        format!(
            "{}, but the crosswalk lists NDC {} under {}: check name and NDC on the list",
            self.code_and_name(),
            row.ndc,
            row.code
        )
    }
}

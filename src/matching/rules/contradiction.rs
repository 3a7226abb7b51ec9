//! What rules a candidate out, however alike it looks.

use super::facts::{Facts, NEWS};
use crate::domain::product_name::Likeness;
use crate::domain::route::Route;
use crate::matching::Verdict;
use crate::matching::slips::{are_alike, is_one_letter_off};

/// Forms of descriptors that say how a product is given.
const NEEDLE_FORMS: [&str; 4] = ["injection", "inj", "inj.", "infusion"];

impl Facts<'_> {
    /// A code that ended before the product came to the practice says nothing of today's claims; reused codes are told
    /// apart by their period (domain rule 5).
    pub(super) fn ended_before_listing(&self) -> Option<Verdict> {
        let period = &self.candidate.published.period;
        let last = period.valid_to.filter(|last| *last < self.first_seen)?;
        Some(Verdict::Different(format!(
            "{} ended on {last}, before the drug was listed",
            period.code
        )))
    }

    /// What rules a candidate out, unless an NDC of the drug stands under it or it looks like a slip of the pen: then
    /// a person has to say which is wrong.
    pub(super) fn contradiction(&self) -> Option<Verdict> {
        let reason = self
            .other_suffix()
            .or_else(|| self.other_brand())
            .or_else(|| self.other_route())
            .or_else(|| self.special_use())
            .or_else(|| self.coded_before_licensed())?;
        Some(match self.ndc_row {
            Some(row) => Verdict::Unsure(format!(
                "the crosswalk lists NDC {} under {}, but {reason}: check brand, name and NDC on the list",
                row.ndc, self.candidate.published.period.code
            )),
            None => self
                .slip_behind_contradiction()
                .map_or(Verdict::Different(reason), Verdict::Unsure),
        })
    }

    /// FDA's suffix tells biologics of one ingredient apart (domain rule 6).
    fn other_suffix(&self) -> Option<String> {
        (self.likeness == Likeness::OtherSuffix).then(|| {
            let suffixes = self.candidate.descriptor.name.suffixes();
            format!("it has the other suffix -{}", suffixes.join(", -"))
        })
    }

    /// A brand in the descriptor that is not the drug's: Inflectra and Zymfentra are both infliximab-dyyb.
    fn other_brand(&self) -> Option<String> {
        let brands = &self.candidate.descriptor.brands;
        let conflict = !brands.is_empty() && !self.identity.brands.is_empty() && !self.brand_in_descriptor;
        conflict.then(|| format!("it is for the brand {}", self.brands()))
    }

    /// The route is a part of the name: Wezlana has one code under the skin and one into the vein.
    fn other_route(&self) -> Option<String> {
        let routes = &self.candidate.descriptor.routes;
        let conflict = !routes.is_empty()
            && !self.identity.routes.is_empty()
            && !routes.iter().any(|route| self.identity.routes.contains(route));
        if conflict {
            return Some(format!("it is for {} use", in_words(routes)));
        }
        let form = self.candidate.descriptor.form?;
        let taken_otherwise =
            !self.identity.routes.is_empty() && !self.identity.routes.iter().any(Route::is_by_needle);
        (NEEDLE_FORMS.contains(&form) && taken_otherwise && routes.is_empty()).then(|| {
            format!(
                "it is for {form}, the list says {}",
                in_words(&self.identity.routes)
            )
        })
    }

    /// A code for inpatients is no product's code in a practice: Q0249 is tocilizumab for hospitalized adults with
    /// covid-19.
    fn special_use(&self) -> Option<String> {
        self.candidate
            .is_for_inpatients
            .then(|| "it is for hospitalized patients only".to_owned())
    }

    /// A code that existed long before the drug was licensed is not that drug's code, however alike the name
    /// (domain rule 6): J9302 is Arzerra's, not Kesimpta's. A full name with its suffix cannot be older.
    fn coded_before_licensed(&self) -> Option<String> {
        let period = &self.candidate.published.period;
        let licensed = self.identity.licensed_on?;
        let bare = self.likeness == Likeness::Same && self.identity.name.suffixes().is_empty();
        // Botox was billed before it was licensed as such; the crosswalk lists it under its code.
        let is_listed = self.brand_in_descriptor || self.brand_row.is_some();
        let too_old = bare && !is_listed && period.valid_from + NEWS < licensed;
        too_old.then(|| {
            format!(
                "the code is in force since {}, the drug was licensed on {licensed}",
                period.valid_from
            )
        })
    }

    /// One letter in the suffix or the brand is enough to make another product of it, and enough for a slip.
    fn slip_behind_contradiction(&self) -> Option<String> {
        if self.slip_of_brand() && self.shares_word && self.likeness != Likeness::OtherSuffix {
            return Some(format!(
                "the brand is one letter off ({}): correct the brand on the list",
                self.brands()
            ));
        }
        if self.likeness == Likeness::Same && self.other_route().is_none() && self.is_known_as_brand() {
            return Some(format!(
                "the Purple Book lists {} as {}: check the brand on the list",
                self.identity.name,
                self.brands()
            ));
        }
        if let Some(other) = self.name_by_brand() {
            return Some(other);
        }
        let theirs = &self.candidate.descriptor.name;
        let slip_in_suffix = self.likeness == Likeness::OtherSuffix
            && self.other_brand().is_none()
            && self.other_route().is_none()
            && are_alike(self.identity.written.suffixes(), theirs.suffixes());
        slip_in_suffix.then(|| format!("the suffix is one letter off {theirs}: correct the name on the list"))
    }

    /// Whether the Purple Book lists the name under the descriptor's brand, and does not know the list's brand.
    fn is_known_as_brand(&self) -> bool {
        let mut brands = self.candidate.descriptor.brands.iter();
        brands.any(|brand| {
            self.identity
                .known_as
                .as_ref()
                .is_some_and(|known| known.is(brand))
        })
    }

    /// The brand is one product's and the name another's: the code of the brand is put before a person.
    pub(super) fn name_by_brand(&self) -> Option<String> {
        let official = self.identity.brand_says.as_ref()?;
        let theirs = &self.candidate.descriptor.name;
        let asked = official.likeness(theirs) == Likeness::Same
            && self.other_brand().is_none()
            && self.other_route().is_none();
        asked.then(|| {
            format!(
                "{}, which the Purple Book gives for the brand; the list says {}: check brand and name on the list",
                self.code_and_name(),
                self.identity.written
            )
        })
    }

    /// Whether a brand of the list is one letter off a brand of the descriptor.
    pub(super) fn slip_of_brand(&self) -> bool {
        let near = |brand: &String| {
            let mut own = self
                .identity
                .brands
                .iter()
                .flat_map(|own| [Some(&own.key), own.base.as_ref()])
                .flatten();
            own.any(|own| is_one_letter_off(own, brand))
        };
        self.candidate.descriptor.brands.iter().any(near)
    }
}

pub(super) fn in_words(routes: &[Route]) -> String {
    let words: Vec<&str> = routes.iter().map(|route| route.as_str()).collect();
    words.join(" or ")
}

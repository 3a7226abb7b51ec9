//! Drugs that cannot be looked up: silence about them would read as "nothing changes".

use crate::domain::drug::Setting;
use crate::matching::Outcome;
use crate::matching::drug_identity::DrugIdentity;
use crate::matching::index::Index;
use chrono::NaiveDate;

/// Why nothing the list says of a drug can be looked up in the files held, with what to do; none where something can.
pub(super) fn find(index: &Index<'_>, identity: &DrugIdentity) -> Option<String> {
    let known = !identity.name.is_empty()
        || identity.brands.iter().any(|brand| index.knows_brand(brand))
        || index.lists_product(identity);
    if known {
        return None;
    }
    let given: Vec<&str> = [
        (!identity.brands.is_empty()).then_some("the brand"),
        (!identity.ndcs.is_empty()).then_some("the NDC"),
    ]
    .into_iter()
    .flatten()
    .collect();
    Some(format!(
        "{} stands in no file held: give the proper name with its suffix, or name a Purple Book as purple_book in the configuration",
        given.join(" or ")
    ))
}

impl Outcome {
    /// Why nothing can be said of the drug's code on `today`; none where it was looked up, or where a code that a person
    /// confirmed is followed: one that is not over and that `setting` bills. To an office a hospital outpatient code says
    /// nothing of the drug's own (domain rule 7).
    #[must_use]
    pub fn out_of_sight(&self, setting: Setting, today: NaiveDate) -> Option<&str> {
        let interim = match setting {
            Setting::Opps => self.interim.as_slice(),
            Setting::Office => &[],
        };
        let is_followed = self
            .same
            .iter()
            .chain(interim)
            .any(|one| !one.published.period.ended_before(today));
        self.blind_spot.as_deref().filter(|_reason| !is_followed)
    }
}

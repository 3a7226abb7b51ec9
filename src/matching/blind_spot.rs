//! Drugs that cannot be looked up: silence about them would read as "nothing changes".

use crate::matching::drug_identity::DrugIdentity;
use crate::matching::index::Index;

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

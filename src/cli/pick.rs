//! From what a person types to the one drug that is meant.

use super::failure::UsageError;
use crate::domain::drug::Drug;
use crate::store::Reader;

/// The drug that `text` names: an id, brand, proper name or NDC. None, or more than one, is an error that says what there
/// is to choose from.
pub(super) fn drug(store: &Reader, text: &str) -> anyhow::Result<Drug> {
    let mut found = store.find_drugs(text)?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(UsageError(format!(
            "no drug on the list is `{text}`: `hcpcs-watch drugs list --all` shows what there is"
        ))
        .into()),
        count => {
            let choices = found
                .iter()
                .fold(String::new(), |text, drug| format!("{text}\n  {}", choice(drug)));
            Err(UsageError(format!(
                "`{text}` may be {count} drugs: give the id\n  id  drug{choices}"
            ))
            .into())
        }
    }
}

fn choice(drug: &Drug) -> String {
    let entry = &drug.entry;
    let mut parts = vec![entry.display_name()];
    parts.extend(entry.brand.as_ref().and(entry.proper_name.clone()));
    parts.extend(entry.route.clone());
    parts.extend(drug.retired_on.map(|day| format!("retired on {day}")));
    format!("{:>2}  {}", drug.id, parts.join(", "))
}

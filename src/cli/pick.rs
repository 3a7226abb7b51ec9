//! From what a person types to the one drug that is meant.

use super::failure::UsageError;
use crate::domain::drug::Drug;
use crate::store::Reader;
use crate::store::drugs::Found;

/// The drug that `text` names: an id, brand, proper name or NDC. None, or more than one, is an error that says what there
/// is to choose from; so is a part of a name, which may be that of a look-alike.
pub(super) fn drug(store: &Reader, text: &str) -> anyhow::Result<Drug> {
    let problem = match store.find_drugs(text)? {
        Found::Named(mut drugs) => match drugs.len() {
            1 => return Ok(drugs.remove(0)),
            count => format!("`{text}` may be {count} drugs: give the id{}", choices(&drugs)),
        },
        Found::Like(drugs) if drugs.is_empty() => {
            format!("no drug on the list is `{text}`: `hcpcs-watch drugs list --all` shows what there is")
        }
        Found::Like(drugs) => format!(
            "no drug on the list is `{text}`; it is a part of these names, so give the whole name or the id{}",
            choices(&drugs)
        ),
    };
    Err(UsageError(problem).into())
}

fn choices(drugs: &[Drug]) -> String {
    let lines: Vec<String> = drugs.iter().map(|drug| format!("\n  {}", choice(drug))).collect();
    format!("\n  id  drug{}", lines.concat())
}

fn choice(drug: &Drug) -> String {
    let entry = &drug.entry;
    let mut parts = vec![entry.display_name()];
    parts.extend(entry.brand.as_ref().and(entry.proper_name.clone()));
    parts.extend(entry.route.clone());
    parts.extend(drug.retired_on.map(|day| format!("retired on {day}")));
    format!("{:>2}  {}", drug.id, parts.join(", "))
}

//! Finding a drug by what people call it.

use super::Reader;
use crate::domain::drug::Drug;
use crate::domain::ndc::Ndc;
use crate::store::StoreError;

/// How well a text names a drug, best last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Part,
    Retired,
    Exact,
}

impl Reader {
    /// The drugs that `text` may mean, by number: an id, a brand, a proper name (any case) or an NDC. What is named
    /// exactly comes alone, watched before retired; else every drug whose brand or proper name holds the text. More
    /// than one is for the caller to ask about.
    pub fn find_drugs(&self, text: &str) -> Result<Vec<Drug>, StoreError> {
        let wanted = text.trim().to_lowercase();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let ndc: Option<Ndc> = wanted.parse().ok();
        let drugs = self.drugs(false)?.into_iter();
        let fitting: Vec<(Fit, Drug)> = drugs
            .filter_map(|drug| fit(&drug, &wanted, ndc).map(|fit| (fit, drug)))
            .collect();
        let best = fitting.iter().map(|(fit, _)| *fit).max();
        let chosen = fitting.into_iter().filter(|(fit, _)| Some(*fit) == best);
        Ok(chosen.map(|(_, drug)| drug).collect())
    }
}

fn fit(drug: &Drug, wanted: &str, ndc: Option<Ndc>) -> Option<Fit> {
    let entry = &drug.entry;
    let names = [&entry.brand, &entry.proper_name];
    let names: Vec<String> = names
        .into_iter()
        .flatten()
        .map(|name| name.to_lowercase())
        .collect();
    let exact = drug.id.to_string() == wanted
        || ndc.is_some_and(|ndc| entry.ndcs.contains(&ndc))
        || names.iter().any(|name| name == wanted);
    if exact {
        Some(if drug.retired_on.is_none() {
            Fit::Exact
        } else {
            Fit::Retired
        })
    } else {
        names
            .iter()
            .any(|name| name.contains(wanted))
            .then_some(Fit::Part)
    }
}

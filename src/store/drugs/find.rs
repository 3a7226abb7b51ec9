//! Finding a drug by what people call it.

use super::Reader;
use crate::domain::drug::{Drug, DrugId};
use crate::domain::ndc::Ndc;
use crate::domain::product_name::comparable;
use crate::store::StoreError;
use rusqlite::Row;

/// How well a text names a drug, best last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Part,
    Retired,
    Exact,
}

/// What is asked for.
struct Wanted<'a> {
    text: &'a str,
    /// As names are compared.
    name: String,
}

/// What people call a drug of the list.
struct Named {
    id: DrugId,
    names: [Option<String>; 2],
    is_retired: bool,
}

/// The drugs that a text may mean, by number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Drugs of this id, brand, proper name or NDC, watched ones before retired ones. More than one is for the caller to
    /// ask about.
    Named(Vec<Drug>),
    /// Drugs whose brand or proper name holds the text, perhaps none. Never an answer: Herceptin is a part of Herceptin
    /// Hylecta, and another product.
    Like(Vec<Drug>),
}

impl Reader {
    /// The drugs that `text` may mean: an id, a brand, a proper name or an NDC, with `NDC` before it or without, else a part
    /// of a name.
    pub fn find_drugs(&self, text: &str) -> Result<Found, StoreError> {
        let wanted = Wanted {
            text: text.trim(),
            name: comparable(text),
        };
        if wanted.name.is_empty() {
            return Ok(Found::Like(Vec::new()));
        }
        self.at_once(|| {
            let (fit, ids) = self.best_fitting(&wanted)?;
            let drugs = match ids[..] {
                [] => Vec::new(),
                [id] => {
                    let listed = self.listed_drug(id)?.into_iter();
                    listed.map(|listed| listed.drug).collect()
                }
                ref several => {
                    let mut drugs = self.drugs(false)?;
                    drugs.retain(|drug| several.binary_search(&drug.id).is_ok());
                    drugs
                }
            };
            Ok(match fit {
                Fit::Exact | Fit::Retired => Found::Named(drugs),
                Fit::Part => Found::Like(drugs),
            })
        })
    }

    /// The numbers of the drugs that `wanted` fits best, sorted, and how well it fits them.
    fn best_fitting(&self, wanted: &Wanted<'_>) -> Result<(Fit, Vec<DrugId>), StoreError> {
        let number = wanted.text.to_lowercase();
        let of_ndc: Vec<DrugId> = match number.trim_start_matches("ndc ").parse::<Ndc>() {
            Ok(ndc) => self.gather(
                "look up an NDC of the drug list",
                "SELECT drug_id FROM drug_ndc WHERE ndc = ?1",
                [ndc],
                |row| row.get(0),
            )?,
            Err(_not_an_ndc) => Vec::new(),
        };
        let list: Vec<Named> = self.gather(
            "read the names of the drug list",
            "SELECT id, brand, proper_name, retired_on IS NOT NULL FROM drug ORDER BY id",
            [],
            read_named,
        )?;
        let fits: Vec<(Fit, DrugId)> = list
            .into_iter()
            .filter_map(|drug| Some((fit(&drug, wanted, &of_ndc)?, drug.id)))
            .collect();
        let best = fits.iter().map(|(fit, _)| *fit).max().unwrap_or(Fit::Part);
        let chosen = fits.into_iter().filter(|(fit, _)| *fit == best);
        Ok((best, chosen.map(|(_, id)| id).collect()))
    }
}

fn read_named(row: &Row<'_>) -> rusqlite::Result<Named> {
    Ok(Named {
        id: row.get(0)?,
        names: [row.get(1)?, row.get(2)?],
        is_retired: row.get(3)?,
    })
}

/// Names are compared as the matcher compares them: case, blanks and trade-mark signs do not matter, and
/// `Jubbonti / Wyost` is called by either.
fn fit(drug: &Named, wanted: &Wanted<'_>, of_ndc: &[DrugId]) -> Option<Fit> {
    let is_one_of_several =
        |name: &String| name.contains('/') && name.split('/').any(|one| comparable(one) == wanted.name);
    let written = drug.names.iter().flatten();
    let names: Vec<String> = written.clone().map(|name| comparable(name)).collect();
    let is_exact = drug.id.to_string() == wanted.text
        || of_ndc.contains(&drug.id)
        || names.contains(&wanted.name)
        || written.clone().any(is_one_of_several);
    match (is_exact, drug.is_retired) {
        (true, false) => Some(Fit::Exact),
        (true, true) => Some(Fit::Retired),
        (false, _) => names
            .iter()
            .any(|name| name.contains(&wanted.name))
            .then_some(Fit::Part),
    }
}

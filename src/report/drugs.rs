//! The drugs of the practice: `drugs list`.

use super::format::{Format, FormatError, Look, json};
use super::table::{Head, Sheet, Tone, or_dash};
use crate::domain::billing_unit::Dose;
use crate::domain::code::HcpcsCode;
use crate::domain::drug::{Drug, DrugId, Setting};
use crate::domain::ndc::Ndc;
use crate::drug_list;
use chrono::NaiveDate;
use serde::Serialize;

/// A drug as every JSON result names it.
#[derive(Debug, Serialize)]
pub(crate) struct DrugName<'a> {
    id: DrugId,
    brand: Option<&'a str>,
    proper_name: Option<&'a str>,
    route: Option<&'a str>,
    ndcs: &'a [Ndc],
}

impl<'a> From<&'a Drug> for DrugName<'a> {
    fn from(drug: &'a Drug) -> Self {
        Self {
            id: drug.id,
            brand: drug.entry.brand.as_deref(),
            proper_name: drug.entry.proper_name.as_deref(),
            route: drug.entry.route.as_deref(),
            ndcs: &drug.entry.ndcs,
        }
    }
}

#[derive(Debug, Serialize)]
struct DrugLine<'a> {
    #[serde(flatten)]
    name: DrugName<'a>,
    noc_code: HcpcsCode,
    setting: Option<&'static str>,
    manufacturer: Option<&'a str>,
    dose: Option<String>,
    started_on: Option<NaiveDate>,
    notes: Option<&'a str>,
    retired_on: Option<NaiveDate>,
}

/// The drugs in the order given, in the format asked for. CSV is a drug list that can be imported again.
pub fn render(drugs: &[Drug], format: Format, look: Look) -> Result<String, FormatError> {
    match format {
        Format::Table => Ok(table(drugs, look)),
        Format::Json => json(&drugs.iter().map(line).collect::<Vec<_>>()),
        Format::Csv => Ok(drug_list::write_csv(drugs)?),
    }
}

fn line(drug: &Drug) -> DrugLine<'_> {
    let entry = &drug.entry;
    DrugLine {
        name: drug.into(),
        noc_code: entry.noc_code,
        setting: entry.setting.map(Setting::as_str),
        manufacturer: entry.manufacturer.as_deref(),
        dose: entry.dose.as_ref().map(Dose::to_string),
        started_on: entry.started_on,
        notes: entry.notes.as_deref(),
        retired_on: drug.retired_on,
    }
}

fn table(drugs: &[Drug], look: Look) -> String {
    if drugs.is_empty() {
        return "No drugs are on the list. Import some with `hcpcs-watch drugs import FILE`.\n".to_owned();
    }
    // Room is short, and a name that is broken in its suffix is hard to compare with the box: no column for the state.
    let mut sheet = Sheet::new(
        look,
        [
            Head::Kept("id"),
            Head::Folded("brand"),
            Head::Folded("proper name"),
            Head::Folded("route"),
            Head::Kept("NDC"),
            Head::Kept("NOC"),
        ],
    );
    for drug in drugs {
        let entry = &drug.entry;
        let ndcs: Vec<_> = entry.ndcs.iter().map(Ndc::to_string).collect();
        let brand = or_dash(entry.brand.as_ref());
        let (brand, tone) = match drug.retired_on {
            Some(day) => (format!("{brand}\nretired\n{day}"), Tone::Attention),
            None => (brand, Tone::Plain),
        };
        sheet.row([
            (drug.id.to_string(), Tone::Plain),
            (brand, tone),
            (or_dash(entry.proper_name.as_ref()), Tone::Plain),
            (or_dash(entry.route.as_ref()), Tone::Plain),
            (or_dash((!ndcs.is_empty()).then(|| ndcs.join("\n"))), Tone::Plain),
            (entry.noc_code.to_string(), Tone::Plain),
        ]);
    }
    sheet.finish()
}

#[cfg(test)]
mod tests;

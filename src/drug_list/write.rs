//! A list as CSV, so that reading it again gives the same drugs.

use super::cell::guarded;
use super::columns::COLUMNS;
use crate::domain::drug::{Drug, DrugEntry};
use crate::domain::ndc::Ndc;

/// The drugs as CSV with the columns of [`COLUMNS`], comma-separated, UTF-8, in the order given.
///
/// A cell that a spreadsheet would run as a formula (it begins with `=`, `+`, `-` or `@`) gets an apostrophe before
/// it; reading takes it off again. Number, state and retirement of a drug are not part of a list.
pub fn write_csv(drugs: &[Drug]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for drug in drugs {
        writer.write_record(cells(&drug.entry).iter().map(|cell| guarded(cell)))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    // Only texts were written.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cells(entry: &DrugEntry) -> [String; COLUMNS.len()] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    [
        text(&entry.brand),
        text(&entry.proper_name),
        entry
            .ndcs
            .iter()
            .map(Ndc::to_string)
            .collect::<Vec<_>>()
            .join(";"),
        entry.noc_code.to_string(),
        text(&entry.route),
        entry
            .setting
            .map(|setting| setting.to_string())
            .unwrap_or_default(),
        text(&entry.manufacturer),
        entry.dose.as_ref().map(ToString::to_string).unwrap_or_default(),
        entry.started_on.map(|day| day.to_string()).unwrap_or_default(),
        text(&entry.notes),
    ]
}

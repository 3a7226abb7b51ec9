//! A day sheet: a CSV of drug, date of service, payer and dose, one service a line, to be answered with codes.
//!
//! A bad line is told with its reason and does not keep the others from being answered.

use crate::code_on_date::Ask;
use crate::drug_list;
use crate::lines::LineCount;
use encoding_rs::{UTF_8, WINDOWS_1252};
use std::borrow::Cow;

/// No sheet is larger than this: 16 MiB.
pub const SIZE_LIMIT: u64 = 16 * 1024 * 1024;

/// The columns a sheet may have, in any order and case; the first two must be there. Others are kept and passed on.
pub const COLUMNS: [&str; 5] = ["drug", "dos", "payer", "dose", "setting"];

/// A sheet as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySheet {
    /// The column heads as written.
    pub header: Vec<String>,
    /// The lines that are not blank, in order.
    pub lines: Vec<SheetLine>,
}

/// One line of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetLine {
    /// The line of the file, counted from 1.
    pub line: u32,
    /// The cells as written, as many as the header has.
    pub cells: Vec<String>,
    /// The drug and the question, or what is wrong with the line.
    pub asked: Result<(String, Ask), String>,
}

/// Why a sheet cannot be used at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DaySheetError {
    /// It is too large.
    #[error("the sheet is larger than {SIZE_LIMIT} bytes; is it the right file?")]
    TooLarge,
    /// A column is missing.
    #[error("the sheet has no column `{missing}` (found: {found}); its first line must name the columns {}", COLUMNS.join(", "))]
    NoColumn {
        /// The column.
        missing: &'static str,
        /// What the first line names.
        found: String,
    },
    /// A column is there twice.
    #[error("the sheet has two columns `{0}`: take one out")]
    Twice(&'static str),
}

/// Where the columns stand.
struct Places([Option<usize>; 5]);

/// Reads a sheet: comma, semicolon or tab; UTF-8 or Windows-1252.
pub fn parse(bytes: &[u8]) -> Result<DaySheet, DaySheetError> {
    if bytes.len() as u64 > SIZE_LIMIT {
        return Err(DaySheetError::TooLarge);
    }
    let text = decode(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(&text))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let header: Vec<String> = match records.next() {
        Some(Ok(record)) => record.iter().map(|cell| cell.trim().to_owned()).collect(),
        Some(Err(_)) | None => Vec::new(),
    };
    let places = Places::find(&header)?;
    let mut lines = Vec::new();
    let mut count = LineCount::from(1);
    for record in records {
        // The text is UTF-8 and rows may be of any length, so nothing is left that could be wrong with a record.
        let Ok(record) = record else { continue };
        let start = record.position().map_or(0, csv::Position::byte);
        let line = count.of_record_at(text.as_bytes(), start);
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let mut cells: Vec<String> = record.iter().map(str::to_owned).collect();
        let asked = if cells.len() > header.len() {
            Err(format!(
                "the line has {} cells, the header {}: put cells with a comma in quotation marks",
                cells.len(),
                header.len()
            ))
        } else {
            places.ask(&cells)
        };
        cells.resize(header.len(), String::new());
        lines.push(SheetLine { line, cells, asked });
    }
    Ok(DaySheet { header, lines })
}

fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let (text, malformed) = UTF_8.decode_with_bom_removal(bytes);
    if malformed {
        return WINDOWS_1252.decode_without_bom_handling(bytes).0;
    }
    text
}

/// The delimiter under which the first line names the most columns.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let known = |delimiter: &u8| {
        let names = first
            .split(char::from(*delimiter))
            .map(|name| name.trim().trim_matches('"').to_lowercase());
        names.filter(|name| COLUMNS.contains(&name.as_str())).count()
    };
    // Of several with as many the last is taken.
    [b'\t', b';', b','].into_iter().max_by_key(known).unwrap_or(b',')
}

impl Places {
    fn find(header: &[String]) -> Result<Self, DaySheetError> {
        let mut places = [None; 5];
        for (column, place) in COLUMNS.iter().zip(&mut places) {
            let mut named = header
                .iter()
                .enumerate()
                .filter(|(_, name)| name.eq_ignore_ascii_case(column));
            *place = named.next().map(|(place, _)| place);
            if named.next().is_some() {
                return Err(DaySheetError::Twice(column));
            }
        }
        for (column, place) in COLUMNS.iter().zip(&places).take(2) {
            if place.is_none() {
                return Err(DaySheetError::NoColumn {
                    missing: column,
                    found: header.join(", "),
                });
            }
        }
        Ok(Self(places))
    }

    fn ask(&self, cells: &[String]) -> Result<(String, Ask), String> {
        let [drug, dos, payer, dose, setting] = self.0.map(|place| {
            let cell = place.and_then(|place| cells.get(place));
            cell.map_or("", |cell| cell.trim())
        });
        if drug.is_empty() {
            return Err("drug: the cell is empty; give an id, brand, proper name or NDC".to_owned());
        }
        Ok((
            drug.to_owned(),
            Ask {
                dos: drug_list::date(dos).map_err(|reason| format!("dos: `{dos}`: {reason}"))?,
                payer: optional("payer", payer)?,
                setting: optional("setting", setting)?,
                dose: optional("dose", dose)?,
            },
        ))
    }
}

/// The value of a cell; none where it is blank.
fn optional<T: std::str::FromStr<Err: std::fmt::Display>>(
    column: &str,
    cell: &str,
) -> Result<Option<T>, String> {
    if cell.is_empty() {
        return Ok(None);
    }
    cell.parse()
        .map(Some)
        .map_err(|error| format!("{column}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_is_read_with_its_bad_lines() {
        let text = "\u{feff}Drug;DOS;Payer;Dose;chart\nBriumvi;2023-07-01;;450 mg;7\n\n;2023-07-01;;;\nLeqembi;7/6/2023;Medi-Cal;;\nLeqembi;06.07.2023;;;\nLeqembi;2023-07-06;;much;\nLeqembi;2023-07-06\na;b;c;d;e;f\n";
        let sheet = parse(text.as_bytes()).unwrap();
        assert_eq!(sheet.header, ["Drug", "DOS", "Payer", "Dose", "chart"]);
        let asked: Vec<(u32, String)> = sheet
            .lines
            .iter()
            .map(|line| {
                let words = match &line.asked {
                    Ok((drug, ask)) => format!("{drug} {}", ask.dos),
                    Err(reason) => reason.clone(),
                };
                (line.line, words)
            })
            .collect();
        let starts = [
            (2, "Briumvi 2023-07-01"),
            (4, "drug: the cell is empty"),
            (5, "Leqembi 2023-07-06"),
            (6, "dos: `06.07.2023`"),
            (7, "dose: `much` is not a dose"),
            (8, "Leqembi 2023-07-06"),
            (9, "the line has 6 cells"),
        ];
        assert_eq!(asked.len(), starts.len(), "{asked:?}");
        for ((line, words), (expected, start)) in asked.iter().zip(starts) {
            assert!(*line == expected && words.starts_with(start), "{line} {words}");
        }
        assert!(sheet.lines.iter().all(|line| line.cells.len() == 5));
    }

    #[test]
    fn a_sheet_without_its_columns_is_refused() {
        assert!(matches!(
            parse(b"drug,date\nx,y\n"),
            Err(DaySheetError::NoColumn { missing: "dos", .. })
        ));
        assert!(matches!(
            parse(b""),
            Err(DaySheetError::NoColumn { missing: "drug", .. })
        ));
        assert_eq!(parse(b"drug,dos,DOS\n"), Err(DaySheetError::Twice("dos")));
    }
}

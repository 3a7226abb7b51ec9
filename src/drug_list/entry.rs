//! One line of a list: every cell checked, every problem told.

use super::cell::Cell;
use super::columns::{COLUMNS, Header};
use super::grid::Row;
use super::problem::DrugListProblem;
use crate::domain::billing_unit::Dose;
use crate::domain::code::{CodeClass, HcpcsCode};
use crate::domain::drug::{DrugEntry, Setting};
use crate::domain::ndc::Ndc;
use chrono::NaiveDate;
use std::fmt::Display;
use std::str::FromStr;

/// The values of one drug as a person gives them on the command line; each may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryFields {
    /// Brand.
    pub brand: Option<String>,
    /// Proper name.
    pub proper_name: Option<String>,
    /// NDCs, several separated by `;`.
    pub ndc: Option<String>,
    /// Catch-all code.
    pub noc_code: Option<String>,
    /// Route.
    pub route: Option<String>,
    /// `office` or `opps`.
    pub setting: Option<String>,
    /// Manufacturer.
    pub manufacturer: Option<String>,
    /// Dose.
    pub dose: Option<String>,
    /// First date of service, `YYYY-MM-DD` or `M/D/YYYY`.
    pub started_on: Option<String>,
    /// Free words.
    pub notes: Option<String>,
}

/// One drug from values given by hand, by the rules of a line of a list. Problems carry no line.
pub fn parse_entry(fields: &EntryFields) -> Result<DrugEntry, Vec<DrugListProblem>> {
    let EntryFields {
        brand,
        proper_name,
        ndc,
        noc_code,
        route,
        setting,
        manufacturer,
        dose,
        started_on,
        notes,
    } = fields;
    let given = [
        brand,
        proper_name,
        ndc,
        noc_code,
        route,
        setting,
        manufacturer,
        dose,
        started_on,
        notes,
    ];
    let cells = given.map(|value| {
        value
            .as_ref()
            .map_or(Cell::Blank, |text| Cell::Text(text.clone()))
    });
    let names = COLUMNS
        .iter()
        .map(|name| Cell::Text((*name).to_owned()))
        .collect();
    let header = Header::read(&Row {
        line: 0,
        cells: names,
    })?;
    from_row(
        &header,
        &Row {
            line: 0,
            cells: cells.to_vec(),
        },
    )
    .map_err(|mut problems| {
        for problem in &mut problems {
            problem.line = None;
        }
        problems
    })
}

/// The drug of a row.
pub(super) fn from_row(header: &Header, row: &Row) -> Result<DrugEntry, Vec<DrugListProblem>> {
    let mut line = Line {
        header,
        row,
        problems: Vec::new(),
    };
    line.refuse_surplus();
    let brand = line.text("brand");
    let proper_name = line.text("proper_name");
    let ndcs = line.ndcs();
    let noc_code = line
        .parsed("noc_code", catch_all_code)
        .unwrap_or(HcpcsCode::UNCLASSIFIED_BIOLOGICS);
    let route = line.text("route").map(|route| route.to_lowercase());
    let setting = line.parsed("setting", by_name::<Setting>);
    let manufacturer = line.text("manufacturer");
    let dose = line.parsed("dose", by_name::<Dose>);
    let started_on = line.parsed("started_on", date);
    let notes = line.text("notes");
    if line.is_blank("brand") && line.is_blank("proper_name") && line.is_blank("ndc") {
        let reason = "the line names no drug; give at least one of brand, proper_name, ndc";
        line.problems
            .push(DrugListProblem::of_line(row.line, reason.to_owned()));
    }
    if line.problems.is_empty() {
        Ok(DrugEntry {
            brand,
            proper_name,
            ndcs,
            noc_code,
            route,
            setting,
            manufacturer,
            dose,
            started_on,
            notes,
        })
    } else {
        Err(line.problems)
    }
}

struct Line<'a> {
    header: &'a Header,
    row: &'a Row,
    problems: Vec<DrugListProblem>,
}

impl Line<'_> {
    fn cell(&self, column: &str) -> &Cell {
        self.header
            .place(column)
            .and_then(|place| self.row.cells.get(place))
            .unwrap_or(&Cell::Blank)
    }

    fn is_blank(&self, column: &str) -> bool {
        self.cell(column).is_blank()
    }

    /// A cell beyond the header is most often a comma that should stand in quotes: what follows it is shifted.
    fn refuse_surplus(&mut self) {
        let (cells, width) = (self.row.cells.len(), self.header.width);
        if cells > width {
            let reason = format!(
                "the line has {cells} cells and the header {width}; put a cell that holds the separator into quotation marks"
            );
            self.problems
                .push(DrugListProblem::of_line(self.row.line, reason));
        }
    }

    fn refuse(&mut self, column: &str, value: &str, reason: &str) {
        self.problems
            .push(DrugListProblem::of_cell(self.row.line, column, value, reason));
    }

    /// The text of a cell; none where it is blank or refused.
    fn text(&mut self, column: &str) -> Option<String> {
        match self.cell(column).text() {
            Ok(text) => text,
            Err(reason) => {
                let shown = self.cell(column).shown().into_owned();
                self.refuse(column, &shown, &reason);
                None
            }
        }
    }

    /// The value of a cell; none where it is blank or refused.
    fn parsed<T>(&mut self, column: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let text = self.text(column)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.refuse(column, &text, &reason);
                None
            }
        }
    }

    /// The NDCs of a line, sorted, without repeats.
    fn ndcs(&mut self) -> Vec<Ndc> {
        if let Cell::Number(number) = self.cell("ndc").clone()
            && number.len() != 11
        {
            let reason = "the cell is a number and numbers lose their leading zeros; format the column as text and write the NDC with dashes or with 11 digits";
            self.refuse("ndc", &number, reason);
            return Vec::new();
        }
        let Some(text) = self.text("ndc") else {
            return Vec::new();
        };
        let mut ndcs = Vec::new();
        for written in text
            .split(';')
            .map(str::trim)
            .filter(|written| !written.is_empty())
        {
            match written.parse::<Ndc>() {
                Ok(ndc) => ndcs.push(ndc),
                Err(error) => self.refuse("ndc", written, &error.to_string()),
            }
        }
        if ndcs.is_empty() && !text.chars().any(char::is_alphanumeric) {
            self.refuse("ndc", &text, "there is no NDC in the cell");
        }
        ndcs.sort_unstable();
        ndcs.dedup();
        ndcs
    }
}

fn by_name<T: FromStr<Err: Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A code a product without a code of its own is billed under.
fn catch_all_code(text: &str) -> Result<HcpcsCode, String> {
    let code: HcpcsCode = by_name(text)?;
    if code.class() == CodeClass::NotOtherwiseClassified {
        return Ok(code);
    }
    Err(format!(
        "{code} is not a catch-all code; noc_code says what the drug is billed under while it has no code of its own: J3590, J3490, J9999, C9399, ... (leave it blank for J3590)"
    ))
}

/// A day as `YYYY-MM-DD` or `M/D/YYYY`.
pub(crate) fn date(text: &str) -> Result<NaiveDate, String> {
    let expected = || "expected a day as YYYY-MM-DD or M/D/YYYY".to_owned();
    let numbers = |separator: char| -> Option<Vec<u32>> {
        text.split(separator)
            .map(|part| {
                if part.len() <= 4 && part.bytes().all(|b| b.is_ascii_digit()) {
                    part.parse().ok()
                } else {
                    None
                }
            })
            .collect()
    };
    let (by_dash, by_slash) = (numbers('-'), numbers('/'));
    let ((Some(&[year, month, day]), _) | (_, Some(&[month, day, year]))) =
        (by_dash.as_deref(), by_slash.as_deref())
    else {
        return Err(expected());
    };
    let is_plausible = (1900..=2199).contains(&year);
    let date = i32::try_from(year)
        .ok()
        .and_then(|year| NaiveDate::from_ymd_opt(year, month, day));
    date.filter(|_date| is_plausible).ok_or_else(expected)
}

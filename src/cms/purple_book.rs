//! An FDA Purple Book listing: brand to proper name, route and licensing date, which the HCPCS file lacks.

use super::Table;
use super::refusal::Refusal;
use super::sheet::{Column, Header, Sheet};
use crate::blanks::fold_blanks;
use chrono::NaiveDate;
use std::collections::HashSet;

/// A licensed product.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PurpleBookProduct {
    /// Proprietary names as printed, split where one cell lists several; empty where the product has none.
    pub brands: Vec<String>,
    /// Proper name as printed, trimmed.
    pub proper_name: String,
    /// Route of administration as printed, lower case.
    pub route: String,
    /// Applicant as printed.
    pub applicant: String,
    /// BLA number.
    pub bla_number: String,
    /// BLA type as printed: `351(a)`, `351(k) Biosimilar`, `351(k) Interchangeable`.
    pub bla_type: String,
    /// Approval date of this row.
    pub approved_on: Option<NaiveDate>,
    /// Date of first licensure, where the listing has it.
    pub first_licensed_on: Option<NaiveDate>,
    /// The proper name of the reference product, for a biosimilar.
    pub reference_proper_name: Option<String>,
    /// Marketing status as printed: `Rx`, `Disc`, ...
    pub marketing_status: String,
}

const APPLICANT: usize = 0;
const BLA_NUMBER: usize = 1;
const BRAND: usize = 2;
const PROPER_NAME: usize = 3;
const BLA_TYPE: usize = 4;
const ROUTE: usize = 5;
const MARKETING_STATUS: usize = 6;
const APPROVAL_DATE: usize = 7;
const REFERENCE: usize = 8;
const FIRST_LICENSURE: usize = 9;

const COLUMNS: [Column; 10] = [
    Column::required("Applicant", |name| name == "applicant"),
    Column::required("BLA Number", |name| name == "bla number"),
    Column::required("Proprietary Name", |name| name == "proprietary name"),
    Column::required("Proper Name", |name| name == "proper name"),
    Column::required("BLA Type", |name| name == "bla type"),
    Column::required("Route of Administration", |name| {
        name == "route of administration"
    }),
    Column::required("Marketing Status", |name| name == "marketing status"),
    Column::required("Approval Date", |name| name == "approval date"),
    Column::required("Ref. Product Proper Name", |name| {
        matches!(name, "ref. product proper name" | "reference product proper name")
    }),
    Column::optional("Date of First Licensure", |name| {
        name == "date of first licensure"
    }),
];

/// Reads a listing: rows of the full list and of the section of changes before it alike. Rows that say the same of a
/// product (other strengths, the listing's repetitions) are folded into the first of them.
pub fn parse(member: &str, bytes: &[u8]) -> Result<Table<PurpleBookProduct>, Refusal> {
    let mut sheet = Sheet::open(member, bytes)?;
    let mut header = sheet.find_header(&COLUMNS)?;
    let mut table = Table::of(member);
    let mut seen = HashSet::new();
    while sheet.advance()? {
        if sheet.is_blank() {
            continue;
        }
        if let Some(again) = sheet.header_here(&COLUMNS) {
            header = again;
            continue;
        }
        if is_heading(&sheet) {
            table.leave_out("heading or remark between the sections");
            continue;
        }
        match product(&sheet, &header) {
            Ok(product) if !seen.insert(product.clone()) => table.leave_out("repeated row"),
            row => sheet.push(&mut table, row),
        }
    }
    if table.rows.is_empty() {
        return Err(Refusal::NoRows {
            member: member.to_owned(),
            rejected: table.rejected.len(),
        });
    }
    Ok(table)
}

/// Whether the table has the columns of a Purple Book listing.
pub(super) fn has_header(member: &str, bytes: &[u8]) -> bool {
    Sheet::open(member, bytes).is_ok_and(|mut sheet| sheet.find_header(&COLUMNS).is_ok())
}

/// A heading fills one cell, a product many.
fn is_heading(sheet: &Sheet<'_>) -> bool {
    let filled = (0..sheet.width()).filter(|place| !sheet.cell(*place).is_empty());
    filled.take(2).count() < 2
}

fn product(sheet: &Sheet<'_>, header: &Header<10>) -> Result<PurpleBookProduct, String> {
    let at = |column| sheet.at(header, column);
    if at(PROPER_NAME).is_empty() {
        return Err("Proper Name is empty".to_owned());
    }
    let reference = fold_blanks(at(REFERENCE));
    Ok(PurpleBookProduct {
        brands: brands(at(BRAND)),
        proper_name: fold_blanks(at(PROPER_NAME)),
        route: fold_blanks(at(ROUTE)).to_lowercase(),
        applicant: fold_blanks(at(APPLICANT)),
        bla_number: at(BLA_NUMBER).to_owned(),
        bla_type: at(BLA_TYPE).to_owned(),
        approved_on: date("Approval Date", at(APPROVAL_DATE), at(BLA_NUMBER))?,
        first_licensed_on: date("Date of First Licensure", at(FIRST_LICENSURE), at(BLA_NUMBER))?,
        reference_proper_name: (!is_none(&reference)).then_some(reference),
        marketing_status: at(MARKETING_STATUS).to_owned(),
    })
}

fn is_none(cell: &str) -> bool {
    cell.is_empty() || cell.eq_ignore_ascii_case("N/A")
}

/// The brands in one cell. Commas and semicolons part them, but not inside a number or parentheses; a slash parts two
/// words (`Epogen/Procrit`), but neither `Humulin 70/30` nor `Gammagard S/D`.
fn brands(cell: &str) -> Vec<String> {
    if is_none(cell) {
        return Vec::new();
    }
    let (mut brands, mut start, mut depth) = (Vec::new(), 0, 0_u32);
    for (at, letter) in cell.char_indices() {
        let (before, after) = (
            cell.get(start..at).unwrap_or_default(),
            cell.get(at + 1..).unwrap_or_default(),
        );
        match letter {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 && !parts_a_number(before, after) => {
                brands.push(before);
                start = at + 1;
            }
            ';' if depth == 0 => {
                brands.push(before);
                start = at + 1;
            }
            '/' if depth == 0 && parts_two_words(before, after) => {
                brands.push(before);
                start = at + 1;
            }
            _ => {}
        }
    }
    brands.push(cell.get(start..).unwrap_or_default());
    brands
        .into_iter()
        .map(fold_blanks)
        .filter(|brand| !is_none(brand))
        .collect()
}

fn parts_a_number(before: &str, after: &str) -> bool {
    before.ends_with(|c: char| c.is_ascii_digit()) && after.starts_with(|c: char| c.is_ascii_digit())
}

/// Whether at least four letters stand on either side of a slash.
fn parts_two_words(before: &str, after: &str) -> bool {
    let letters = |count: usize| count >= 4;
    letters(
        before
            .trim_end()
            .chars()
            .rev()
            .take_while(|c| c.is_alphabetic())
            .count(),
    ) && letters(
        after
            .trim_start()
            .chars()
            .take_while(|c| c.is_alphabetic())
            .count(),
    )
}

/// A date as the listing prints it, `2-Dec-87`, or with four digits of the year, or in US or ISO order; none for an
/// empty cell.
fn date(column: &str, printed: &str, bla_number: &str) -> Result<Option<NaiveDate>, String> {
    if is_none(printed) {
        return Ok(None);
    }
    let complaint = || format!("{column} `{printed}` is not a date such as 2-Dec-87");
    if let Some((day_month, year)) = printed.rsplit_once('-')
        && year.len() == 2
        && let Ok(short) = year.parse::<u16>()
    {
        let full = format!("{day_month}-{}", full_year(short, bla_number));
        return NaiveDate::parse_from_str(&full, "%d-%b-%Y")
            .map(Some)
            .map_err(|error| format!("{}: {error}", complaint()));
    }
    [
        "%d-%b-%Y",
        "%Y-%m-%d",
        "%m/%d/%Y",
        "%B %d, %Y",
        "%b %d, %Y",
        "%Y%m%d",
    ]
    .iter()
    .find_map(|format| NaiveDate::parse_from_str(printed, format).ok())
    .map(Some)
    .ok_or_else(complaint)
}

/// The year that two digits stand for. The oldest licences of the listing are of 1930, and those from before 1950 are
/// under numbers given to old licences: 10xxxx, or 0xxxxx for former drug applications.
fn full_year(short: u16, bla_number: &str) -> u16 {
    let is_old_number = bla_number.starts_with('0') || bla_number.starts_with("10");
    if short < 30 || (short < 50 && !is_old_number) {
        2000 + short
    } else {
        1900 + short
    }
}

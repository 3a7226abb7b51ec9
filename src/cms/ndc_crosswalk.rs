//! The ASP NDC-HCPCS crosswalk.

use super::asp_pricing::{CPT, is_cpt};
use super::refusal::Refusal;
use super::sheet::{Column, Header, Sheet};
use super::{Dated, Table};
use crate::blanks::fold_blanks;
use crate::domain::code::HcpcsCode;
use crate::domain::ndc::Ndc;
use rust_decimal::Decimal;

/// One package of a product under one code. An NDC may stand under several codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrosswalkRow {
    /// The code.
    pub code: HcpcsCode,
    /// Short description as printed, trimmed.
    pub short_description: String,
    /// The labeler's name as printed, trimmed.
    pub labeler: String,
    /// The NDC.
    pub ndc: Ndc,
    /// Drug name as printed, blanks folded.
    pub drug_name: String,
    /// The billing unit as printed: `1 MG`.
    pub dosage: String,
    /// BILLUNITS: billing units in one item of the package.
    pub bill_units: Option<Decimal>,
    /// PKG QTY: items in the package.
    pub package_quantity: Option<Decimal>,
}

impl CrosswalkRow {
    /// Billing units in the package: BILLUNITS x PKG QTY. The file's own BILLUNITSPKG is rounded since July 2025.
    #[must_use]
    pub fn bill_units_per_package(&self) -> Option<Decimal> {
        self.bill_units?.checked_mul(self.package_quantity?)
    }
}

const CODE: usize = 0;
const SHORT: usize = 1;
const LABELER: usize = 2;
const NDC: usize = 3;
const DRUG_NAME: usize = 4;
const DOSAGE: usize = 5;
const PACKAGE_QUANTITY: usize = 6;
const BILL_UNITS: usize = 7;

/// The first column is called after a year that may lag: `_2023_CODE` in January 2024.
const COLUMNS: [Column; 8] = [
    Column::required("_YYYY_CODE", |name| {
        name.ends_with("_code") || name == "hcpcs code"
    }),
    Column::required("Short Description", |name| name == "short description"),
    Column::required("LABELER NAME", |name| name == "labeler name"),
    Column::required("NDC2", |name| {
        matches!(name, "ndc2" | "ndc" | "ndc or alternate id")
    }),
    Column::required("Drug Name", |name| name == "drug name"),
    Column::required("HCPCS dosage", |name| name == "hcpcs dosage"),
    Column::required("PKG QTY", |name| name == "pkg qty"),
    Column::required("BILLUNITS", |name| name == "billunits"),
];

/// What rows with another identifier are counted as: device and tissue numbers such as `GG100` or `888867413689`.
pub(super) const OTHER_ID: &str = "identifier that is not an NDC";

/// Reads the crosswalk with the period it says it is in effect.
pub(super) fn parse(member: &str, bytes: &[u8]) -> Result<Dated<CrosswalkRow>, Refusal> {
    let mut sheet = Sheet::open(member, bytes)?;
    let header = sheet.find_header(&COLUMNS)?;
    let mut table = Table::of(member);
    while sheet.advance()? {
        if sheet.is_blank() {
            continue;
        }
        if is_cpt(sheet.at(&header, CODE)) {
            table.leave_out(CPT);
        } else if !is_ndc_shaped(sheet.at(&header, NDC)) {
            table.leave_out(OTHER_ID);
        } else {
            sheet.push(&mut table, row(&sheet, &header));
        }
    }
    Dated::of(header, table)
}

/// Whether the table has the columns of the crosswalk.
pub(super) fn has_header(member: &str, bytes: &[u8]) -> bool {
    Sheet::open(member, bytes).is_ok_and(|mut sheet| sheet.find_header(&COLUMNS).is_ok())
}

/// Whether an identifier is written as an NDC, three groups of digits. Eleven digits in a row are not: the column holds
/// product numbers of other systems too, and it is not for us to guess.
pub(super) fn is_ndc_shaped(identifier: &str) -> bool {
    let is_digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    identifier.split('-').count() == 3 && identifier.split('-').all(is_digits)
}

fn row(sheet: &Sheet<'_>, header: &Header<8>) -> Result<CrosswalkRow, String> {
    let at = |column| sheet.at(header, column);
    Ok(CrosswalkRow {
        code: at(CODE).parse().map_err(|error| format!("code: {error}"))?,
        short_description: at(SHORT).to_owned(),
        labeler: at(LABELER).to_owned(),
        ndc: at(NDC).parse().map_err(|error| format!("NDC2: {error}"))?,
        drug_name: fold_blanks(at(DRUG_NAME)),
        dosage: fold_blanks(at(DOSAGE)),
        bill_units: quantity("BILLUNITS", at(BILL_UNITS))?,
        package_quantity: quantity("PKG QTY", at(PACKAGE_QUANTITY))?,
    })
}

/// A number as printed, none for an empty cell.
fn quantity(column: &str, printed: &str) -> Result<Option<Decimal>, String> {
    if printed.is_empty() {
        return Ok(None);
    }
    let number = printed.replace(',', "").parse();
    let number = number.map_err(|error| format!("{column} `{printed}` is not a number: {error}"))?;
    Ok(Some(number))
}

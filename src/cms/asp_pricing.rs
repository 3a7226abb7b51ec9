//! The ASP pricing file (from 2026 "Medicare Part B Payment Limit File").

use super::refusal::Refusal;
use super::sheet::{Column, Header, Sheet};
use super::{Dated, Table};
use crate::blanks::fold_blanks;
use crate::domain::code::HcpcsCode;
use crate::domain::payment_limit::PaymentLimit;
use rust_decimal::RoundingStrategy;

/// The payment limit of one code in one quarter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricingRow {
    /// The code.
    pub code: HcpcsCode,
    /// Short description as printed, trimmed.
    pub short_description: String,
    /// The billing unit as printed: `1 MG`.
    pub dosage: String,
    /// Dollars for one billing unit; none where the file says `N/A` or nothing.
    pub payment_limit: Option<PaymentLimit>,
    /// The notes column, line breaks turned into blanks.
    pub notes: String,
}

const CODE: usize = 0;
const SHORT: usize = 1;
const DOSAGE: usize = 2;
const LIMIT: usize = 3;
const NOTES: usize = 4;

const COLUMNS: [Column; 5] = [
    Column::required("HCPCS Code", |name| name == "hcpcs code"),
    Column::required("Short Description", |name| name == "short description"),
    Column::required("HCPCS Code Dosage", |name| name == "hcpcs code dosage"),
    Column::required("Payment Limit", |name| name == "payment limit"),
    Column::optional("Notes", |name| name == "notes"),
];

/// Reads the pricing table, CSV or workbook, with the period it says it is in effect.
pub(super) fn parse(member: &str, bytes: &[u8]) -> Result<Dated<PricingRow>, Refusal> {
    let mut sheet = Sheet::open(member, bytes)?;
    let header = sheet.find_header(&COLUMNS)?;
    let mut table = Table::of(member);
    while sheet.advance()? {
        if sheet.is_blank() {
            continue;
        }
        if is_cpt(sheet.at(&header, CODE)) {
            table.leave_out(CPT);
            continue;
        }
        sheet.push(&mut table, row(&sheet, &header));
    }
    Dated::of(header, table)
}

/// Whether the table has the columns of the pricing file.
pub(super) fn has_header(member: &str, bytes: &[u8]) -> bool {
    Sheet::open(member, bytes).is_ok_and(|mut sheet| sheet.find_header(&COLUMNS).is_ok())
}

fn row(sheet: &Sheet<'_>, header: &Header<5>) -> Result<PricingRow, String> {
    let code = sheet.at(header, CODE);
    Ok(PricingRow {
        code: code.parse().map_err(|error| format!("HCPCS Code: {error}"))?,
        short_description: sheet.at(header, SHORT).to_owned(),
        dosage: fold_blanks(sheet.at(header, DOSAGE)),
        payment_limit: payment_limit(sheet.at(header, LIMIT))?,
        notes: fold_blanks(sheet.at(header, NOTES)),
    })
}

/// Decimals of a published limit; the cells of a workbook hold more than they show.
const DECIMALS: u32 = 3;

/// A limit as printed, to three decimals; none for `N/A` and nothing, which is not the same as zero.
pub(super) fn payment_limit(printed: &str) -> Result<Option<PaymentLimit>, String> {
    if printed.is_empty() || printed.eq_ignore_ascii_case("N/A") {
        return Ok(None);
    }
    let parse = |text: &str| {
        text.parse::<PaymentLimit>()
            .map_err(|error| format!("Payment Limit: {error}"))
    };
    let limit = parse(printed)?;
    if limit.dollars().scale() <= DECIMALS {
        return Ok(Some(limit));
    }
    let half_up = RoundingStrategy::MidpointAwayFromZero;
    let shown = limit.dollars().round_dp_with_strategy(DECIMALS, half_up);
    parse(&shown.to_string()).map(Some)
}

/// What rows of CPT codes are counted as.
pub(super) const CPT: &str = "CPT code";

/// Whether a text is a CPT code: five digits, or four and a letter.
pub(super) fn is_cpt(code: &str) -> bool {
    let bytes = code.as_bytes();
    bytes.len() == 5
        && bytes.iter().take(4).all(u8::is_ascii_digit)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}

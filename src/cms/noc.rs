//! The NOC pricing file and NOC crosswalk: drugs Medicare prices that have no code of their own.
//! Neither names a HCPCS code. Optional; in October 2025 one drug was left in them.

use super::asp_pricing::payment_limit;
use super::ndc_crosswalk::{OTHER_ID, is_ndc_shaped};
use super::refusal::Refusal;
use super::sheet::{Column, Header, Sheet};
use super::{Dated, Table};
use crate::blanks::fold_blanks;
use crate::domain::ndc::Ndc;
use crate::domain::payment_limit::PaymentLimit;

/// A row of the NOC pricing file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NocPricingRow {
    /// "Drug Generic Name (Trade Name)" as printed, trimmed.
    pub drug_name: String,
    /// The dosage as printed.
    pub dosage: String,
    /// Dollars for that dosage.
    pub payment_limit: Option<PaymentLimit>,
    /// The notes column.
    pub notes: String,
}

/// A row of the NOC crosswalk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NocCrosswalkRow {
    /// "Drug Generic Name" as printed, trimmed.
    pub generic_name: String,
    /// Labeler as printed.
    pub labeler: String,
    /// The NDC.
    pub ndc: Ndc,
    /// Drug name as printed.
    pub drug_name: String,
    /// The dosage as printed.
    pub dosage: String,
}

/// What a NOC zip holds; at least one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NocTables {
    /// The pricing file.
    pub pricing: Option<Table<NocPricingRow>>,
    /// The crosswalk.
    pub crosswalk: Option<Table<NocCrosswalkRow>>,
}

const PRICED_NAME: usize = 0;
const PRICED_DOSAGE: usize = 1;
const LIMIT: usize = 2;
const NOTES: usize = 3;

const PRICING: [Column; 4] = [
    Column::required("Drug Generic Name (Trade Name)", |name| {
        name.starts_with("drug generic name") && name.contains("trade name")
    }),
    Column::required("Dosage", |name| name == "dosage"),
    Column::required("Payment Limit", |name| name == "payment limit"),
    Column::optional("Notes", |name| name == "notes"),
];

const GENERIC_NAME: usize = 0;
const LABELER: usize = 1;
const NDC: usize = 2;
const DRUG_NAME: usize = 3;
const DOSAGE: usize = 4;

const CROSSWALK: [Column; 5] = [
    Column::required("Drug Generic Name", |name| name == "drug generic name"),
    Column::required("LABELER NAME", |name| name == "labeler name"),
    Column::required("NDC or ALTERNATE ID", |name| {
        matches!(name, "ndc or alternate id" | "ndc2" | "ndc")
    }),
    Column::required("Drug Name", |name| name == "drug name"),
    Column::required("Dosage", |name| matches!(name, "dosage" | "hcpcs dosage")),
];

/// Reads the NOC pricing file.
pub(super) fn parse_pricing(member: &str, bytes: &[u8]) -> Result<Dated<NocPricingRow>, Refusal> {
    let mut sheet = Sheet::open(member, bytes)?;
    let header = sheet.find_header(&PRICING)?;
    let mut table = Table::of(member);
    while sheet.advance()? {
        if !sheet.is_blank() {
            sheet.push(&mut table, pricing_row(&sheet, &header));
        }
    }
    Ok(Dated::with_any_rows(header, table))
}

/// Reads the NOC crosswalk.
pub(super) fn parse_crosswalk(member: &str, bytes: &[u8]) -> Result<Dated<NocCrosswalkRow>, Refusal> {
    let mut sheet = Sheet::open(member, bytes)?;
    let header = sheet.find_header(&CROSSWALK)?;
    let mut table = Table::of(member);
    while sheet.advance()? {
        if sheet.is_blank() {
            continue;
        }
        if is_ndc_shaped(sheet.at(&header, NDC)) {
            sheet.push(&mut table, crosswalk_row(&sheet, &header));
        } else {
            table.leave_out(OTHER_ID);
        }
    }
    Ok(Dated::with_any_rows(header, table))
}

/// Whether the table has the columns of the NOC pricing file.
pub(super) fn has_pricing_header(member: &str, bytes: &[u8]) -> bool {
    Sheet::open(member, bytes).is_ok_and(|mut sheet| sheet.find_header(&PRICING).is_ok())
}

/// Whether the table has the columns of the NOC crosswalk.
pub(super) fn has_crosswalk_header(member: &str, bytes: &[u8]) -> bool {
    Sheet::open(member, bytes).is_ok_and(|mut sheet| sheet.find_header(&CROSSWALK).is_ok())
}

fn pricing_row(sheet: &Sheet<'_>, header: &Header<4>) -> Result<NocPricingRow, String> {
    let drug_name = sheet.at(header, PRICED_NAME);
    if drug_name.is_empty() {
        return Err("Drug Generic Name (Trade Name) is empty".to_owned());
    }
    Ok(NocPricingRow {
        drug_name: drug_name.to_owned(),
        dosage: sheet.at(header, PRICED_DOSAGE).to_owned(),
        payment_limit: payment_limit(sheet.at(header, LIMIT))?,
        notes: fold_blanks(sheet.at(header, NOTES)),
    })
}

fn crosswalk_row(sheet: &Sheet<'_>, header: &Header<5>) -> Result<NocCrosswalkRow, String> {
    let at = |column| sheet.at(header, column);
    Ok(NocCrosswalkRow {
        generic_name: at(GENERIC_NAME).to_owned(),
        labeler: at(LABELER).to_owned(),
        ndc: at(NDC)
            .parse()
            .map_err(|error| format!("NDC or ALTERNATE ID: {error}"))?,
        drug_name: fold_blanks(at(DRUG_NAME)),
        dosage: at(DOSAGE).to_owned(),
    })
}

//! The workbook of the HCPCS release: the same records as the text, with one row for each and the whole long
//! description in one cell.

use super::fields::{self, MODIFIER, MODIFIER_CONTINUATION, UNKNOWN_ACTION};
use super::{HcpcsRecord, Table};
use crate::blanks::fold_blanks;
use crate::cms::refusal::Refusal;
use crate::cms::sheet::{Column, Header, Sheet};

const CODE: usize = 0;
const RECORD_ID: usize = 1;
const LONG: usize = 2;
const SHORT: usize = 3;
const FIRST_XREF: usize = 4;
const COVERAGE: usize = 9;
const ADD_DATE: usize = 10;
const ACTION_EFFECTIVE_DATE: usize = 11;
const TERMINATION_DATE: usize = 12;
const ACTION: usize = 13;

const COLUMNS: [Column; 14] = [
    Column::required("HCPC", |name| matches!(name, "hcpc" | "hcpcs")),
    Column::required("RECID", |name| name == "recid"),
    Column::required("LONG DESCRIPTION", |name| name == "long description"),
    Column::required("SHORT DESCRIPTION", |name| name == "short description"),
    Column::optional("XREF1", |name| name == "xref1"),
    Column::optional("XREF2", |name| name == "xref2"),
    Column::optional("XREF3", |name| name == "xref3"),
    Column::optional("XREF4", |name| name == "xref4"),
    Column::optional("XREF5", |name| name == "xref5"),
    Column::optional("COV", |name| name == "cov"),
    Column::required("ADD DT", |name| name == "add dt"),
    Column::required("ACT EFF DT", |name| name == "act eff dt"),
    Column::required("TERM DT", |name| name == "term dt"),
    Column::required("ACTION CD", |name| name == "action cd"),
];

/// Reads every record of the workbook's first sheet.
pub(super) fn parse(member: &str, bytes: &[u8]) -> Result<Table<HcpcsRecord>, Refusal> {
    let mut sheet = Sheet::open(member, bytes)?;
    let header = sheet.find_header(&COLUMNS)?;
    let mut table = Table::of(member);
    while sheet.advance()? {
        if sheet.is_blank() {
            continue;
        }
        match sheet.at(&header, RECORD_ID) {
            "7" => table.leave_out(MODIFIER),
            "8" => table.leave_out(MODIFIER_CONTINUATION),
            "4" => continuation(&mut table, &sheet, &header),
            "3" => {
                let (action, is_unknown) = fields::action(sheet.at(&header, ACTION));
                let record = record(&sheet, &header).map(|record| HcpcsRecord { action, ..record });
                if is_unknown && record.is_ok() {
                    table.leave_out(UNKNOWN_ACTION);
                }
                sheet.push(&mut table, record);
            }
            other => {
                let reason = format!("RECID `{other}` is none of 3, 4, 7 and 8");
                sheet.push(&mut table, Err(reason));
            }
        }
    }
    Ok(table)
}

/// Whether the table has the columns of this workbook.
pub(super) fn has_header(member: &str, bytes: &[u8]) -> bool {
    Sheet::open(member, bytes).is_ok_and(|mut sheet| sheet.find_header(&COLUMNS).is_ok())
}

/// One cell takes the whole description, yet a continuation line of the text leaks into some workbooks as a row of its
/// own (the last one of G0503, 2019 to 2025): it is joined to its code as in the text.
fn continuation(table: &mut Table<HcpcsRecord>, sheet: &Sheet<'_>, header: &Header<14>) {
    let code = sheet.at(header, CODE);
    let row = table
        .rows
        .last_mut()
        .filter(|placed| placed.row.code.as_str() == code);
    let Some(placed) = row else {
        let reason = format!("continuation row (RECID 4) of `{code}` without the row of that code before it");
        sheet.push(table, Err(reason));
        return;
    };
    let description = &mut placed.row.long_description;
    let part = fold_blanks(sheet.at(header, LONG));
    if !description.is_empty() && !part.is_empty() {
        description.push(' ');
    }
    description.push_str(&part);
}

fn record(sheet: &Sheet<'_>, header: &Header<14>) -> Result<HcpcsRecord, String> {
    let date = |name, column| fields::date(name, sheet.at(header, column));
    let code = sheet.at(header, CODE);
    Ok(HcpcsRecord {
        code: code.parse().map_err(|error| format!("HCPC: {error}"))?,
        long_description: fold_blanks(sheet.at(header, LONG)),
        short_description: sheet.at(header, SHORT).to_owned(),
        cross_references: (FIRST_XREF..FIRST_XREF + 5)
            .map(|column| sheet.at(header, column))
            .filter(|code| !code.is_empty())
            .map(str::to_owned)
            .collect(),
        coverage: sheet.at(header, COVERAGE).to_owned(),
        add_date: date("ADD DT", ADD_DATE)?,
        action_effective_date: date("ACT EFF DT", ACTION_EFFECTIVE_DATE)?,
        termination_date: date("TERM DT", TERMINATION_DATE)?,
        action: None,
    })
}

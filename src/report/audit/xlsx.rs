//! A workbook with a sheet a section: dates and numbers are typed, heads stay in sight, every column can be filtered.
//! Texts are written as texts, so that none is run as a formula.

mod people;
mod sheets;

use super::document::Audit;
use crate::report::format::FormatError;
use crate::report::terminal;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// The most characters a cell holds. Source: Excel specifications and limits.
const LONGEST: usize = 32_767;

/// A typed cell.
pub(super) enum Cell {
    Text(String),
    Day(Option<NaiveDate>),
    Number(u32),
    Money(Option<Decimal>),
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::Text(text.into())
    }
}

/// A sheet: its name, the heads of its columns, its rows.
pub(super) struct Sheet {
    name: &'static str,
    heads: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

pub(super) fn render(audit: &Audit) -> Result<Vec<u8>, FormatError> {
    let mut workbook = Workbook::new();
    let made = ExcelDateTime::from_timestamp(audit.made_at.timestamp())?;
    workbook.set_properties(
        &DocProperties::new()
            .set_title(format!("HCPCS audit of {}", terminal::visible(&audit.practice)))
            .set_creation_datetime(&made),
    );
    for sheet in sheets::all(audit) {
        write(workbook.add_worksheet(), &sheet)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn write(worksheet: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let (bold, day, money) = (
        Format::new().set_bold(),
        Format::new().set_num_format("yyyy-mm-dd"),
        Format::new().set_num_format("#,##0.000"),
    );
    worksheet.set_name(sheet.name)?;
    for (column, head) in (0u16..).zip(&sheet.heads) {
        worksheet.write_string_with_format(0, column, *head, &bold)?;
    }
    let mut last = 0;
    for (row, cells) in (1u32..).zip(&sheet.rows) {
        last = row;
        for (column, cell) in (0u16..).zip(cells) {
            match cell {
                Cell::Text(text) if text.is_empty() => {}
                Cell::Text(text) => {
                    worksheet.write_string(row, column, clean(text))?;
                }
                Cell::Day(date) => {
                    if let Some(date) = date {
                        write_day(worksheet, row, column, *date, &day)?;
                    }
                }
                Cell::Number(number) => {
                    worksheet.write_number(row, column, *number)?;
                }
                Cell::Money(amount) => {
                    if let Some(amount) = amount.and_then(|amount| amount.to_f64()) {
                        worksheet.write_number_with_format(row, column, amount, &money)?;
                    }
                }
            }
        }
    }
    let width = u16::try_from(sheet.heads.len()).unwrap_or(1).saturating_sub(1);
    worksheet.set_freeze_panes(1, 0)?;
    worksheet.autofilter(0, 0, last.max(1), width)?;
    worksheet.set_autofit_max_width(420);
    worksheet.autofit();
    Ok(())
}

/// A day; Excel counts from 1900 on, an older one stays a text.
fn write_day(
    worksheet: &mut Worksheet,
    row: u32,
    column: u16,
    date: NaiveDate,
    format: &Format,
) -> Result<(), XlsxError> {
    if date < NaiveDate::from_ymd_opt(1900, 3, 1).unwrap_or_default() {
        worksheet.write_string(row, column, date.to_string())?;
    } else {
        worksheet.write_datetime_with_format(row, column, date, format)?;
    }
    Ok(())
}

fn clean(text: &str) -> String {
    terminal::visible(text).chars().take(LONGEST).collect()
}

//! Old code to new code as files a billing system loads: CSV, and a workbook with typed dates.

use crate::domain::code::HcpcsCode;
use crate::domain::ndc::Ndc;
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};

/// The header of both files.
const COLUMNS: [&str; 7] = [
    "old_code",
    "new_code",
    "effective_date",
    "billing_unit",
    "drug",
    "proper_name",
    "ndc",
];

/// Widths of the workbook's columns, in characters.
const WIDTHS: [u16; 7] = [10, 10, 15, 22, 26, 34, 16];

/// One line: a product that is billed under another code, or by another unit, from a date of service on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrosswalkRow {
    /// The code until the day before.
    pub old_code: HcpcsCode,
    /// The code from `effective_date` on.
    pub new_code: HcpcsCode,
    /// The first date of service of the new code.
    pub effective_date: NaiveDate,
    /// The unit of the new code as printed; empty where it is not readable.
    pub billing_unit: String,
    /// The drug as the practice calls it.
    pub drug: String,
    /// Its proper name; empty where the list has none.
    pub proper_name: String,
    /// One of its NDCs; none where the list has none.
    pub ndc: Option<Ndc>,
}

/// Why the workbook could not be written.
#[derive(Debug, thiserror::Error)]
#[error("writing the crosswalk as a workbook")]
pub struct WorkbookError(#[from] XlsxError);

impl CrosswalkRow {
    /// The fields as text, in the order of the header.
    fn fields(&self) -> [String; 7] {
        [
            self.old_code.to_string(),
            self.new_code.to_string(),
            self.effective_date.to_string(),
            self.billing_unit.clone(),
            self.drug.clone(),
            self.proper_name.clone(),
            self.ndc.map(|ndc| ndc.to_string()).unwrap_or_default(),
        ]
    }
}

/// The rows as CSV (RFC 4180, UTF-8). A cell that a spreadsheet would take for a formula gets an apostrophe in front.
#[must_use]
pub fn csv(rows: &[CrosswalkRow]) -> Vec<u8> {
    let mut text = COLUMNS.join(",") + "\r\n";
    for row in rows {
        text.push_str(&row.fields().map(|field| cell(&field)).join(","));
        text.push_str("\r\n");
    }
    text.into_bytes()
}

fn cell(field: &str) -> String {
    let harmless = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{field}")
    } else {
        field.to_owned()
    };
    if harmless.contains([',', '"', '\r', '\n']) {
        format!("\"{}\"", harmless.replace('"', "\"\""))
    } else {
        harmless
    }
}

/// The rows as a workbook: dates are dates, the header stays in sight and filters. The same rows and instant give the
/// same bytes.
///
/// # Errors
///
/// Where a value does not fit into a workbook, which none of ours does.
pub fn workbook(rows: &[CrosswalkRow], now: DateTime<Utc>) -> Result<Vec<u8>, WorkbookError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_timestamp(now.timestamp())?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&created));
    let (bold, day) = (
        Format::new().set_bold(),
        Format::new().set_num_format("yyyy-mm-dd"),
    );
    let sheet = workbook.add_worksheet();
    sheet.set_name("Crosswalk")?.set_freeze_panes(1, 0)?;
    for (column, (name, width)) in (0u16..).zip(COLUMNS.iter().zip(WIDTHS)) {
        sheet.write_string_with_format(0, column, *name, &bold)?;
        sheet.set_column_width(column, width)?;
    }
    for (line, row) in (1u32..).zip(rows) {
        for (column, (name, field)) in (0u16..).zip(COLUMNS.iter().zip(row.fields())) {
            if *name == "effective_date" {
                let date = row.effective_date;
                let year = u16::try_from(date.year()).unwrap_or(u16::MAX);
                let typed = ExcelDateTime::from_ymd(year, to_u8(date.month()), to_u8(date.day()))?;
                sheet.write_datetime_with_format(line, column, &typed, &day)?;
            } else {
                sheet.write_string(line, column, field)?;
            }
        }
    }
    let last = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    sheet.autofilter(0, 0, last, 6)?;
    Ok(workbook.save_to_buffer()?)
}

/// A month or a day of a month.
fn to_u8(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader, Xlsx};
    use std::io::Cursor;

    fn row(drug: &str) -> CrosswalkRow {
        CrosswalkRow {
            old_code: "J3590".parse().unwrap(),
            new_code: "J2329".parse().unwrap(),
            effective_date: "2023-07-01".parse().unwrap(),
            billing_unit: "1 mg".to_owned(),
            drug: drug.to_owned(),
            proper_name: "ublituximab-xiiy".to_owned(),
            ndc: Some("73150-0150-06".parse().unwrap()),
        }
    }

    #[test]
    fn the_csv_reads_back_and_holds_no_formula() {
        let names = [
            "Briumvi",
            "a \"b\", c",
            "=cmd|' /C calc'!A0",
            "@x",
            "-1",
            "two\nlines",
        ];
        let rows = names.map(row);
        let text = csv(&rows);
        let mut reader = csv::Reader::from_reader(&text[..]);
        assert_eq!(reader.headers().unwrap(), &COLUMNS[..]);
        let read: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        for (name, record) in names.iter().zip(&read) {
            assert_eq!(record.get(4).unwrap().trim_start_matches('\''), *name);
            assert!(!record.get(4).unwrap().starts_with(['=', '@', '-']));
            assert_eq!(record.get(2), Some("2023-07-01"));
            assert_eq!(record.get(6), Some("73150-0150-06"));
        }
    }

    #[test]
    fn the_workbook_holds_typed_dates_and_is_the_same_each_time() {
        let now = "2023-06-20T06:00:00Z".parse().unwrap();
        let bytes = workbook(&[row("=1+1")], now).unwrap();
        assert_eq!(workbook(&[row("=1+1")], now).unwrap(), bytes);
        let mut book = Xlsx::new(Cursor::new(bytes)).unwrap();
        let sheet = book.worksheet_range("Crosswalk").unwrap();
        let header: Vec<_> = sheet
            .rows()
            .next()
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(header, COLUMNS);
        let Some(Data::DateTime(day)) = sheet.get_value((1, 2)) else {
            panic!("{:?}", sheet.get_value((1, 2)))
        };
        assert_eq!(day.to_ymd_hms_milli().0, 2023);
        assert_eq!(sheet.get_value((1, 4)), Some(&Data::String("=1+1".to_owned())));
    }
}

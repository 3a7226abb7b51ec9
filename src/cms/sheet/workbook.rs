//! Reads the first sheet of an xlsx or xls workbook as rows of text.

use super::{LONGEST_CELL, Refusal};
use crate::archive;
use calamine::{Data, DataRef, ExcelDateTime, Reader, Xls, Xlsx};
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Cells right of this column are not read; the widest CMS table that is read has 253.
const WIDEST: usize = 512;
/// The most bytes of text, with the cells that hold it, that are taken from a sheet: a short file may repeat one long text.
/// The largest real sheet takes 20 MB.
const MOST_BYTES: usize = 64 << 20;

/// A row with content.
pub(super) struct SheetRow {
    /// The row's number as the workbook shows it.
    pub(super) line: u32,
    /// Its cells as text.
    pub(super) cells: Vec<String>,
}

/// The rows of the first sheet that have content. The sheet's name varies from release to release and is not looked at.
pub(super) fn first_sheet(member: &str, bytes: &[u8]) -> Result<Vec<SheetRow>, Refusal> {
    let unreadable = |cause: String| Refusal::Workbook {
        member: member.to_owned(),
        cause,
    };
    // The workbook reader is not ours: whatever a broken file makes it do ends here, as a refusal.
    let read = catch_unwind(AssertUnwindSafe(|| {
        if bytes.starts_with(b"PK") {
            xlsx_rows(bytes)
        } else {
            xls_rows(bytes)
        }
    }));
    let rows = read.map_err(|_panic| unreadable("the workbook reader gave up on it".to_owned()))?;
    rows.map_err(unreadable)
}

fn xlsx_rows(bytes: &[u8]) -> Result<Vec<SheetRow>, String> {
    archive::check_workbook(bytes).map_err(|error| error.to_string())?;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let sheet = workbook.sheet_names().first().cloned().ok_or("it has no sheet")?;
    let mut cells = workbook
        .worksheet_cells_reader(&sheet)
        .map_err(|error| error.to_string())?;
    let mut rows = Rows::default();
    while let Some(cell) = cells.next_cell().map_err(|error| error.to_string())? {
        let (row, column) = cell.get_position();
        let text = match cell.get_value() {
            DataRef::SharedString(text) => (*text).to_owned(),
            DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
            DataRef::Int(number) => number.to_string(),
            DataRef::Float(number) => number.to_string(),
            DataRef::Bool(truth) => truth.to_string(),
            DataRef::DateTime(date) => date_text(*date),
            DataRef::Error(error) => error.to_string(),
            DataRef::Empty => continue,
        };
        rows.put(row, column, text)?;
    }
    Ok(rows.rows)
}

fn xls_rows(bytes: &[u8]) -> Result<Vec<SheetRow>, String> {
    let mut workbook = Xls::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let range = workbook.worksheet_range_at(0).ok_or("it has no sheet")?;
    let range = range.map_err(|error| error.to_string())?;
    let (top, left) = range.start().unwrap_or_default();
    let mut rows = Rows::default();
    for (row, column, cell) in range.used_cells() {
        let text = match cell {
            Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
            Data::Int(number) => number.to_string(),
            Data::Float(number) => number.to_string(),
            Data::Bool(truth) => truth.to_string(),
            Data::DateTime(date) => date_text(*date),
            Data::Error(error) => error.to_string(),
            Data::Empty => continue,
        };
        let row = u32::try_from(row).unwrap_or(u32::MAX).saturating_add(top);
        let column = u32::try_from(column).unwrap_or(u32::MAX).saturating_add(left);
        rows.put(row, column, text)?;
    }
    Ok(rows.rows)
}

/// The rows read so far and the bytes they take.
#[derive(Default)]
struct Rows {
    rows: Vec<SheetRow>,
    bytes: usize,
}

impl Rows {
    /// Puts `text` at a place, counted from 0. Cells come row by row.
    fn put(&mut self, row: u32, column: u32, text: String) -> Result<(), String> {
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= WIDEST || text.trim().is_empty() {
            return Ok(());
        }
        let line = row.saturating_add(1);
        if text.len() > LONGEST_CELL {
            return Err(format!("a cell of row {line} has more than {LONGEST_CELL} bytes"));
        }
        if self.rows.last().is_none_or(|last| last.line != line) {
            self.rows.push(SheetRow {
                line,
                cells: Vec::new(),
            });
        }
        let Some(last) = self.rows.last_mut() else {
            return Ok(());
        };
        let width = last.cells.len().max(column + 1);
        self.bytes += text.len() + (width - last.cells.len()) * size_of::<String>();
        if self.bytes > MOST_BYTES {
            return Err(format!(
                "its first sheet holds more than {MOST_BYTES} bytes of text"
            ));
        }
        last.cells.resize(width, String::new());
        if let Some(cell) = last.cells.get_mut(column) {
            *cell = text;
        }
        Ok(())
    }
}

/// A date as the HCPCS file writes it, `20251001`; the bare number where it is no date.
fn date_text(date: ExcelDateTime) -> String {
    date.as_datetime().map_or_else(
        || date.as_f64().to_string(),
        |day| day.format("%Y%m%d").to_string(),
    )
}

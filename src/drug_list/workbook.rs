//! Lists as workbooks: the first sheet of an XLSX or XLS file.

use super::cell::Cell;
use super::grid::{COLUMN_LIMIT, Grid};
use super::problem::{DrugListProblem, WorkbookError};
use calamine::{Data, ExcelDateTime, Reader, Xls, Xlsx};
use chrono::NaiveDate;
use std::io::{Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A workbook of 16 MiB may unpack to this at most.
const UNPACKED_LIMIT: u64 = 256 * 1024 * 1024;

/// The last day a spreadsheet knows, as its serial number: 9999-12-31.
const LAST_SERIAL_DAY: f64 = 2_958_465.0;

const ZIP_MAGIC: &[u8] = b"PK\x03\x04";
const OLE_MAGIC: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];

/// Whether the bytes are those of an XLSX or XLS file (or of a password-protected one).
pub(super) fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(ZIP_MAGIC) || bytes.starts_with(OLE_MAGIC)
}

/// Reads the first sheet.
pub(super) fn read(bytes: &[u8]) -> Result<Grid, WorkbookError> {
    // The readers index into what the file claims; a file made to break them must not end the run.
    let guarded = catch_unwind(AssertUnwindSafe(|| {
        if bytes.starts_with(ZIP_MAGIC) {
            read_xlsx(bytes)
        } else {
            read_xls(bytes)
        }
    }));
    guarded.unwrap_or(Err(WorkbookError::Broken))
}

fn read_xlsx(bytes: &[u8]) -> Result<Grid, WorkbookError> {
    refuse_bomb(bytes)?;
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(calamine::Error::from)?;
    let sheet = workbook
        .sheet_names()
        .first()
        .cloned()
        .ok_or(WorkbookError::NoSheet)?;
    let mut cells = workbook
        .worksheet_cells_reader(&sheet)
        .map_err(calamine::Error::from)?;
    let mut rows = Rows::default();
    // Cell by cell: a sheet with one cell at its far end must not become seventeen thousand million of them.
    while let Some(cell) = cells.next_cell().map_err(calamine::Error::from)? {
        let (row, column) = cell.get_position();
        if !rows.set(row, column, convert(&Data::from(cell.get_value().clone()))) {
            break;
        }
    }
    Ok(rows.finish())
}

fn read_xls(bytes: &[u8]) -> Result<Grid, WorkbookError> {
    let mut workbook: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(calamine::Error::from)?;
    let sheet = workbook
        .sheet_names()
        .first()
        .cloned()
        .ok_or(WorkbookError::NoSheet)?;
    let range = workbook.worksheet_range(&sheet).map_err(calamine::Error::from)?;
    let (first_row, first_column) = range.start().unwrap_or_default();
    let mut rows = Rows::default();
    for (row, column, value) in range.used_cells() {
        let row = u32::try_from(row).unwrap_or(u32::MAX).saturating_add(first_row);
        let column = u32::try_from(column)
            .unwrap_or(u32::MAX)
            .saturating_add(first_column);
        if !rows.set(row, column, convert(value)) {
            break;
        }
    }
    Ok(rows.finish())
}

/// Unpacks every part once, counting: what the zip says of its own sizes is not to be trusted.
fn refuse_bomb(bytes: &[u8]) -> Result<(), WorkbookError> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut left = UNPACKED_LIMIT;
    for part in 0..archive.len() {
        let reader = archive.by_index(part)?;
        let unpacked = std::io::copy(&mut reader.take(left + 1), &mut std::io::sink())?;
        left = left
            .checked_sub(unpacked)
            .ok_or(WorkbookError::Bomb(UNPACKED_LIMIT))?;
    }
    Ok(())
}

fn convert(value: &Data) -> Cell {
    match value {
        Data::Empty => Cell::Blank,
        Data::String(text) => Cell::Text(text.clone()),
        Data::Int(number) => Cell::Number(number.to_string()),
        Data::Float(number) => Cell::Number(number.to_string()),
        Data::Bool(truth) => Cell::Text(truth.to_string()),
        Data::DateTime(moment) => {
            date(moment).map_or_else(|| Cell::Number(moment.as_f64().to_string()), Cell::Date)
        }
        Data::DateTimeIso(text) | Data::DurationIso(text) => {
            let day = text.split('T').next().unwrap_or_default().parse();
            day.map_or_else(|_no_date| Cell::Text(text.clone()), Cell::Date)
        }
        Data::Error(error) => Cell::Error(error.to_string()),
    }
}

/// The day of a spreadsheet moment; none for a duration or a number outside the calendar of spreadsheets.
fn date(moment: &ExcelDateTime) -> Option<NaiveDate> {
    let is_day = moment.is_datetime() && (1.0..=LAST_SERIAL_DAY).contains(&moment.as_f64());
    is_day
        .then(|| moment.as_datetime())
        .flatten()
        .map(|moment| moment.date())
}

/// Rows gathered from cells that come row by row.
#[derive(Default)]
struct Rows {
    grid: Grid,
    row: u32,
    cells: Vec<Cell>,
    is_too_wide: bool,
}

impl Rows {
    /// Sets a cell, places counted from 0; gives whether there is room for another row.
    fn set(&mut self, row: u32, column: u32, cell: Cell) -> bool {
        if row != self.row && !self.end_row(row) {
            return false;
        }
        if cell.is_blank() {
            return true;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= COLUMN_LIMIT {
            self.is_too_wide = true;
            return true;
        }
        if self.cells.len() <= column {
            self.cells.resize(column + 1, Cell::Blank);
        }
        if let Some(place) = self.cells.get_mut(column) {
            *place = cell;
        }
        true
    }

    fn end_row(&mut self, next: u32) -> bool {
        let line = self.row.saturating_add(1);
        if std::mem::take(&mut self.is_too_wide) {
            let reason = format!(
                "the row has a cell beyond column {COLUMN_LIMIT}; at most {COLUMN_LIMIT} columns are taken"
            );
            self.grid.problems.push(DrugListProblem::of_line(line, reason));
        }
        self.row = next;
        self.grid.push(line, std::mem::take(&mut self.cells))
    }

    fn finish(mut self) -> Grid {
        self.end_row(u32::MAX);
        self.grid
    }
}

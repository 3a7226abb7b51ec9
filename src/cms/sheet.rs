//! A table as CMS publishes it: a CSV or the first sheet of a workbook, read row by row, with its header row found by
//! the names in it and not by its place.

mod encoding;
mod header;
mod workbook;

pub(super) use header::{Column, Header};

use super::refusal::Refusal;
use super::{LONGEST_CELL, MOST_ROWS, Table};
use crate::archive::has_extension;
use crate::lines::LineCount;
use encoding::EncodedText;
use std::io::Cursor;

/// A CSV row that runs over more lines than this has a quote that is never closed. Notes of real files run over two.
const LONGEST_ROW: u32 = 20;

/// A table that is read row by row; one row is current.
pub(super) struct Sheet<'a> {
    member: String,
    rows: Rows<'a>,
    /// How many rows were made current.
    read: usize,
    line: u32,
}

enum Rows<'a> {
    Csv {
        reader: Box<csv::Reader<Cursor<EncodedText<'a>>>>,
        record: csv::StringRecord,
        lines: LineCount,
    },
    Workbook {
        rows: std::vec::IntoIter<workbook::SheetRow>,
        cells: Vec<String>,
    },
}

impl<'a> Sheet<'a> {
    /// Opens `bytes` as what they are: a workbook by its first bytes, else a CSV.
    pub(super) fn open(member: &str, bytes: &'a [u8]) -> Result<Self, Refusal> {
        let is_workbook = bytes.starts_with(b"PK\x03\x04")
            || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0])
            || has_extension(member, "xlsx")
            || has_extension(member, "xls");
        let rows = if is_workbook {
            Rows::Workbook {
                rows: workbook::first_sheet(member, bytes)?.into_iter(),
                cells: Vec::new(),
            }
        } else {
            let reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(Cursor::new(EncodedText::of(bytes)));
            Rows::Csv {
                reader: Box::new(reader),
                record: csv::StringRecord::new(),
                lines: LineCount::from(1),
            }
        };
        Ok(Self {
            member: member.to_owned(),
            rows,
            read: 0,
            line: 0,
        })
    }

    /// Makes the next row current; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, Refusal> {
        if self.read >= MOST_ROWS {
            return Err(Refusal::TooManyRows {
                member: self.member.clone(),
                limit: MOST_ROWS,
            });
        }
        self.read += 1;
        match &mut self.rows {
            Rows::Workbook { rows, cells } => {
                let Some(row) = rows.next() else {
                    return Ok(false);
                };
                (self.line, *cells) = (row.line, row.cells);
                Ok(true)
            }
            Rows::Csv {
                reader,
                record,
                lines,
            } => {
                let mut cells = std::mem::take(record).into_byte_record();
                let more = reader
                    .read_byte_record(&mut cells)
                    .map_err(|error| Refusal::BrokenCsv {
                        member: self.member.clone(),
                        line: self.line + 1,
                        cause: error.to_string(),
                    })?;
                let start = cells.position().map_or(0, csv::Position::byte);
                let text = reader.get_ref().get_ref();
                *record = text.decoded(cells);
                self.line = lines.of_record_at(text.as_ref(), start);
                if more && lines.pass_record(text.as_ref(), reader.position().byte()) > LONGEST_ROW {
                    return Err(Refusal::BrokenCsv {
                        member: self.member.clone(),
                        line: self.line,
                        cause: format!(
                            "one row runs over more than {LONGEST_ROW} lines: a quote is not closed"
                        ),
                    });
                }
                let is_long = |cell: &str| cell.len() > LONGEST_CELL;
                if more && record.as_slice().len() > LONGEST_CELL && record.iter().any(is_long) {
                    return Err(Refusal::BrokenCsv {
                        member: self.member.clone(),
                        line: self.line,
                        cause: format!("one cell has more than {LONGEST_CELL} bytes"),
                    });
                }
                Ok(more)
            }
        }
    }

    /// The name of the member.
    pub(super) fn member(&self) -> &str {
        &self.member
    }

    /// The line of the current row, counted from 1.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    /// The cell at `place`, counted from 0, without the blanks around it; empty where the row is shorter.
    pub(super) fn cell(&self, place: usize) -> &str {
        let cell = match &self.rows {
            Rows::Csv { record, .. } => record.get(place),
            Rows::Workbook { cells, .. } => cells.get(place).map(String::as_str),
        };
        cell.unwrap_or_default().trim()
    }

    /// The cell of a column of `header`; empty where the table has no such column.
    pub(super) fn at<const N: usize>(&self, header: &Header<N>, column: usize) -> &str {
        match header.places.get(column) {
            Some(Some(place)) => self.cell(*place),
            _ => "",
        }
    }

    /// How many cells the current row has.
    pub(super) fn width(&self) -> usize {
        match &self.rows {
            Rows::Csv { record, .. } => record.len(),
            Rows::Workbook { cells, .. } => cells.len(),
        }
    }

    /// Whether no cell of the current row says anything.
    pub(super) fn is_blank(&self) -> bool {
        (0..self.width()).all(|place| self.cell(place).is_empty())
    }

    /// The cells of the current row that say something, with commas between them, for a person to read.
    pub(super) fn text(&self) -> String {
        let cells = (0..self.width()).map(|place| self.cell(place));
        cells
            .filter(|cell| !cell.is_empty())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// Adds what `row` makes of the current row to `table`.
    pub(super) fn push<R>(&self, table: &mut Table<R>, row: Result<R, String>) {
        table.push(self.line, row, || self.text());
    }
}

//! Lists as text: comma, semicolon or tab between the cells.

use super::cell::Cell;
use super::columns;
use super::grid::Grid;
use super::problem::DrugListProblem;
use crate::lines::LineCount;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use std::borrow::Cow;

/// Reads the rows. What is no CSV at all gives rows that no header fits.
pub(super) fn read(bytes: &[u8]) -> Grid {
    let text = decode(bytes);
    let (delimiter, body, skipped) = delimiter(&text);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(body.as_bytes());
    let mut grid = Grid::default();
    if let Some(line) = unclosed_quote(body) {
        let reason = "a quotation mark is opened and not closed: close it, or take it out".to_owned();
        grid.problems
            .push(DrugListProblem::of_line(skipped.saturating_add(line), reason));
        return grid;
    }
    let mut lines = LineCount::from(skipped.saturating_add(1));
    let mut record = csv::StringRecord::new();
    loop {
        let line = lines.of_record_at(body.as_bytes(), reader.position().byte());
        match reader.read_record(&mut record) {
            Ok(true) => {
                let cells = record.iter().map(|cell| Cell::Text(cell.to_owned())).collect();
                if !grid.push(line, cells) {
                    break;
                }
            }
            Ok(false) => break,
            Err(error) => {
                grid.problems.push(DrugListProblem::of_line(
                    line,
                    format!("the line is no CSV: {error}"),
                ));
                break;
            }
        }
    }
    grid
}

/// The line, counted from 1, of the quotation mark that opens a cell and is never closed; what follows it would all be one
/// cell, and the drugs there would be taken for gone.
fn unclosed_quote(text: &str) -> Option<u32> {
    let mut line = 1_u32;
    let mut opened = None;
    for byte in text.bytes() {
        match byte {
            b'"' => opened = if opened.is_some() { None } else { Some(line) },
            b'\n' => line = line.saturating_add(1),
            _ => {}
        }
    }
    opened
}

/// The text of a file: by its byte order mark, else UTF-8, else Windows-1252 as spreadsheets on Windows write it.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return encoding
            .decode_without_bom_handling(bytes.get(mark..).unwrap_or_default())
            .0;
    }
    match UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => text,
        None => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// The delimiter, the text to read and how many lines were taken off before it. A first line `sep=;`, as spreadsheets
/// write it, decides; else the delimiter under which the first line that is not blank names the most columns.
fn delimiter(text: &str) -> (u8, &str, u32) {
    if let Some((first, rest)) = text.split_once('\n')
        && let Some(&[delimiter]) = first
            .trim_end_matches('\r')
            .strip_prefix("sep=")
            .map(str::as_bytes)
        && matches!(delimiter, b',' | b';' | b'\t')
    {
        return (delimiter, rest, 1);
    }
    let header = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let mut best = (b',', 0);
    for delimiter in [b',', b';', b'\t'] {
        let names = header
            .split(char::from(delimiter))
            .map(|name| name.trim().trim_matches('"'));
        let count = columns::count_known(names);
        if count > best.1 {
            best = (delimiter, count);
        }
    }
    (best.0, text, 0)
}

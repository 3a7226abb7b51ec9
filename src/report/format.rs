//! The formats a result can be asked for.

use super::terminal;
use std::fmt::Write;

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people: a table, or plain lines.
    #[default]
    Table,
    /// For programs: the contract of the manual; fields are added, never renamed.
    Json,
    /// For spreadsheets: a header line and one record a line.
    Csv,
}

/// How wide a table may be and whether it may carry colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal; 80 where it is none.
    pub width: u16,
    /// Whether colour is wanted and understood.
    pub is_coloured: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            width: 80,
            is_coloured: false,
        }
    }
}

/// Why a result cannot be written in a format.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// The JSON writer gave up.
    #[error("writing the result as JSON")]
    Json(#[from] serde_json::Error),
    /// The CSV writer gave up.
    #[error("writing the result as CSV")]
    Csv(#[from] csv::Error),
    /// The workbook writer gave up.
    #[error("writing the result as a workbook")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The page's template could not be filled.
    #[error("writing the result as a page; this is a defect of hcpcs-watch, please report it")]
    Html(#[from] askama::Error),
    /// The result has no such form.
    #[error("{what} cannot be written as {format}; choose one of {offered}")]
    NotOffered {
        /// The result.
        what: &'static str,
        /// The format asked for.
        format: &'static str,
        /// The formats it has.
        offered: &'static str,
    },
}

/// `value` as indented JSON with a line break at the end.
pub(crate) fn json<T: serde::Serialize>(value: &T) -> Result<String, FormatError> {
    let text = serde_json::to_string_pretty(value)? + "\n";
    // Beyond ASCII the JSON writer leaves characters that steer a terminal as they are; inside a string, where alone
    // they can stand, an escape means the same.
    let mut units = [0; 2];
    Ok(text
        .chars()
        .fold(String::with_capacity(text.len()), |mut safe, character| {
            if character != '\n' && terminal::is_unprintable(character) {
                for unit in character.encode_utf16(&mut units) {
                    // Writing to a String cannot fail.
                    let _ = write!(safe, "\\u{unit:04x}");
                }
            } else {
                safe.push(character);
            }
            safe
        }))
}

/// A header and records as CSV; cells a spreadsheet would run as a formula are guarded with an apostrophe,
/// unprintable characters are spelled out.
pub(crate) fn csv_text<const WIDTH: usize>(
    header: [&str; WIDTH],
    records: impl Iterator<Item = [String; WIDTH]>,
) -> Result<String, FormatError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header)?;
    for record in records {
        writer.write_record(
            record
                .iter()
                .map(|cell| crate::drug_list::guarded(&terminal::visible(cell))),
        )?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    // Only texts were written.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn json_says_the_same_with_nothing_unprintable_in_it(value in any::<String>()) {
            let text = json(&value).unwrap();
            prop_assert!(!text.trim_end_matches('\n').chars().any(terminal::is_unprintable));
            prop_assert_eq!(serde_json::from_str::<String>(&text).unwrap(), value);
        }
    }
}

//! Lines of plain text: wrapped, indented, without trailing blanks.

use std::borrow::Cow;

/// Columns of a line; 72 to 78 is what mail programs quote without breaking.
const COLUMNS: usize = 76;
/// A longer command is wrapped like other text.
const LONGEST_COMMAND: usize = 64;
/// Columns of the label of a fact.
const LABEL: usize = 16;

/// `text` wrapped, its first line behind `first` and the others behind as many blanks.
pub(super) fn hanging(first: &str, text: &str) -> String {
    let indent = first.chars().count();
    let (mut lines, mut width, mut empty) = (first.to_owned(), indent, true);
    for word in words(text) {
        let columns = word.chars().count();
        if !empty && width + 1 + columns > COLUMNS {
            lines.push('\n');
            lines.extend(std::iter::repeat_n(' ', indent));
            width = indent;
        } else if !empty {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(&word);
        width += columns;
        empty = false;
    }
    lines
}

/// The words of a text; a command between backticks is one, so that it can be copied from one line.
fn words(text: &str) -> Vec<Cow<'_, str>> {
    let mut words = Vec::new();
    let mut rest = text.split_whitespace();
    while let Some(word) = rest.next() {
        let mut word = Cow::from(word);
        if word.matches('`').count() % 2 == 1 {
            let mut ahead = rest.clone();
            let mut joined = word.clone().into_owned();
            for next in ahead.by_ref().take(12) {
                joined = format!("{joined} {next}");
                if next.contains('`') {
                    break;
                }
            }
            if joined.matches('`').count() == 2 && joined.chars().count() <= LONGEST_COMMAND {
                word = joined.into();
                rest = ahead;
            }
        }
        words.push(word);
    }
    words
}

/// A labelled fact behind `indent` blanks, its value in a column of its own.
pub(super) fn fact(indent: usize, label: &str, value: &str) -> String {
    hanging(&format!("{}{label:<LABEL$}", " ".repeat(indent)), value)
}

/// The text without trailing blanks, never more than one empty line in a row, one line end at the end.
pub(super) fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut empty_before = true;
    for line in text.lines().map(str::trim_end) {
        if !(line.is_empty() && empty_before) {
            tidy.push_str(line);
            tidy.push('\n');
        }
        empty_before = line.is_empty();
    }
    let end = tidy.trim_end().len();
    tidy.truncate(end);
    tidy.push('\n');
    tidy
}

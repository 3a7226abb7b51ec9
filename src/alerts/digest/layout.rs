//! Lines of plain text: wrapped, indented, without trailing blanks.

use std::borrow::Cow;
use std::str::SplitWhitespace;

/// Columns of a line; 72 to 78 is what mail programs quote without breaking.
const COLUMNS: usize = 76;
/// A longer command is wrapped like other text.
const LONGEST_COMMAND: usize = 64;
/// Columns of the label of a fact.
const LABEL: usize = 16;

/// `text` wrapped, its first line behind `first` and the others behind as many blanks.
pub(super) fn hanging(first: &str, text: &str) -> String {
    let indent = columns(first);
    let next_line = format!("\n{:indent$}", "");
    let (mut lines, mut width, mut empty) = (first.to_owned(), indent, true);
    let mut rest = text.split_whitespace();
    while let Some(word) = rest.next() {
        let word = command(word, &mut rest).map_or(Cow::Borrowed(word), Cow::Owned);
        let columns = columns(&word);
        if !empty && width + 1 + columns > COLUMNS {
            lines.push_str(&next_line);
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

fn columns(text: &str) -> usize {
    text.chars().count()
}

/// A command between backticks that begins with `word` and goes on in `rest`, which is moved behind it: one word, so
/// that it can be copied from one line. None where `word` begins none or the command is long.
fn command(word: &str, rest: &mut SplitWhitespace<'_>) -> Option<String> {
    if word.matches('`').count().is_multiple_of(2) {
        return None;
    }
    let mut ahead = rest.clone();
    let mut joined = word.to_owned();
    for next in ahead.by_ref().take(12) {
        joined.push(' ');
        joined.push_str(next);
        if next.contains('`') {
            break;
        }
    }
    let is_whole = joined.matches('`').count() == 2 && columns(&joined) <= LONGEST_COMMAND;
    is_whole.then(|| {
        *rest = ahead;
        joined
    })
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

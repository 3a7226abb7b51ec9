//! Lines of plain text: wrapped, indented, without trailing blanks.

/// Columns of a line; 72 to 78 is what mail programs quote without breaking.
const COLUMNS: usize = 76;
/// Columns of the label of a fact.
const LABEL: usize = 16;

/// `text` wrapped, its first line behind `first` and the others behind as many blanks.
pub(super) fn hanging(first: &str, text: &str) -> String {
    let indent = first.chars().count();
    let mut lines = vec![first.to_owned()];
    let mut empty = true;
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { continue };
        let width = line.chars().count() + usize::from(!empty) + word.chars().count();
        if !empty && width > COLUMNS {
            lines.push(format!("{}{word}", " ".repeat(indent)));
        } else {
            if !empty {
                line.push(' ');
            }
            line.push_str(word);
        }
        empty = false;
    }
    lines.join("\n")
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

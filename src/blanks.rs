//! Texts with single blanks.

/// Words with one blank between each two; `length` is about how long they are together, in bytes.
pub(crate) fn joined<'w>(words: impl Iterator<Item = &'w str>, length: usize) -> String {
    let mut text = String::with_capacity(length);
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// A text without blanks around it and with every run of blanks and line breaks inside it made one blank.
pub(crate) fn fold_blanks(text: &str) -> String {
    joined(text.split_whitespace(), text.len())
}

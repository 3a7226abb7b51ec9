//! Texts with single blanks.

/// Words with one blank between each two.
pub(crate) fn joined<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let mut text = String::new();
    words.for_each(|word| push_word(&mut text, word));
    text
}

/// A text without blanks around it and with every run of blanks and line breaks inside it made one blank.
pub(crate) fn fold_blanks(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    text.split_whitespace()
        .for_each(|word| push_word(&mut folded, word));
    folded
}

fn push_word(text: &mut String, word: &str) {
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(word);
}

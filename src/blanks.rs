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
    if is_folded(text) {
        text.to_owned()
    } else {
        joined(text.split_whitespace(), text.len())
    }
}

/// Whether a text is known to have single blanks only; of one with other letters than ASCII's that is not looked into.
fn is_folded(text: &str) -> bool {
    let mut before = b' ';
    text.bytes().all(|byte| {
        let is_single = byte.is_ascii_graphic() || byte == b' ' && before != b' ';
        before = byte;
        is_single
    }) && (before != b' ' || text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_are_folded_wherever_they_stand() {
        for (text, folded) in [
            ("", ""),
            (" ", ""),
            ("a", "a"),
            (" a", "a"),
            ("a ", "a"),
            ("a b", "a b"),
            ("a  b", "a b"),
            ("a\tb\r\nc", "a b c"),
            ("a\u{a0}\u{2003}\u{e9} b", "a \u{e9} b"),
            ("a\u{0}b", "a\u{0}b"),
        ] {
            assert_eq!(fold_blanks(text), folded, "{text:?}");
        }
    }
}

//! Text from outside made safe to show: a file or a site must not be able to move the cursor, change colours or
//! turn the reading direction of a terminal.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character is invisible or steers the terminal: control characters, zero-width characters, marks of
/// reading direction.
#[must_use]
pub fn is_unprintable(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` with every unprintable character written as `\u{1b}`; line breaks count as unprintable.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_unprintable) {
        Cow::Owned(escape(text, |character| !is_unprintable(character)))
    } else {
        Cow::Borrowed(text)
    }
}

/// Like [`visible`] for text of several lines: line breaks stay.
#[must_use]
pub fn visible_lines(text: &str) -> String {
    escape(text, |character| character == '\n' || !is_unprintable(character))
}

/// At most `limit` characters of `text`, made [`visible`], with `…` where something was cut.
#[must_use]
pub fn excerpt(text: &str, limit: usize) -> String {
    let mut kept: String = text.chars().take(limit).collect();
    if kept.len() < text.len() {
        kept.push('…');
    }
    visible(&kept).into_owned()
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> String {
    text.chars()
        .fold(String::with_capacity(text.len()), |mut shown, character| {
            if keep(character) {
                shown.push(character);
            } else {
                // Writing to a String cannot fail.
                let _ = write!(shown, "{}", character.escape_unicode());
            }
            shown
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_steers_a_terminal_is_spelled_out() {
        assert_eq!(visible("a\u{1b}[31mb\r\n"), r"a\u{1b}[31mb\u{d}\u{a}");
        assert_eq!(visible("Briumvi\u{200b}"), r"Briumvi\u{200b}");
        assert_eq!(visible("Ångström – 5 µg"), "Ångström – 5 µg");
        assert_eq!(visible_lines("a\nb\u{7}"), "a\nb\\u{7}");
        assert_eq!(excerpt("abcdef", 3), "abc…");
        assert_eq!(excerpt("abc", 3), "abc");
    }

    proptest! {
        #[test]
        fn nothing_unprintable_is_ever_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_unprintable));
            prop_assert!(!excerpt(&text, 10).chars().any(is_unprintable));
        }
    }
}

//! Cuts a descriptor at its commas, semicolons and parentheses.

/// A part of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    /// Between commas.
    Segment(&'t str),
    /// Between parentheses.
    Parenthesis(&'t str),
}

/// The pieces of a text in order. A comma inside a number (`1,000 iu`) does not cut; an unclosed parenthesis reaches
/// to the end; the one of `f(ab')2` does not cut; a suffix straight behind a parenthesis (`(recombinant)-rywn`) stays a
/// segment of its own.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let (mut segment, mut at) = (0, 0);
    while let Some(offset) = text[at..].find(['(', ',', ';']) {
        let place = at + offset;
        let (before, mark, after) = (&text[segment..place], &text[place..=place], &text[place + 1..]);
        at = place + 1;
        if mark == "," && in_number(before, after) || mark == "(" && is_fragment(before) {
            continue;
        }
        found.extend(trimmed(before));
        if mark == "(" {
            let (inside, behind) = inside_parenthesis(after);
            found.push(Piece::Parenthesis(inside));
            at = text.len() - behind.len();
        }
        segment = at;
    }
    found.extend(trimmed(&text[segment..]));
    found
}

fn trimmed(segment: &str) -> Option<Piece<'_>> {
    let text = segment.trim();
    (!text.is_empty()).then_some(Piece::Segment(text))
}

fn inside_parenthesis(text: &str) -> (&str, &str) {
    let mut depth = 1;
    for (place, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return (&text[..place], &text[place + 1..]);
        }
    }
    (text, "")
}

/// Whether the parenthesis after `before` is a part of a word: `f(ab')2` is a fragment of an antibody.
fn is_fragment(before: &str) -> bool {
    before == "f" || before.ends_with(" f")
}

fn in_number(before: &str, after: &str) -> bool {
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    before.ends_with(|c: char| c.is_ascii_digit()) && digits == 3
}

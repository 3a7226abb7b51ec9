//! Cuts a descriptor at its commas, semicolons and parentheses.

/// A part of a descriptor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// Between commas.
    Segment(String),
    /// Between parentheses.
    Parenthesis(String),
}

/// The pieces of a text in order. A comma inside a number (`1,000 iu`) does not cut; an unclosed parenthesis reaches
/// to the end; a suffix straight behind a parenthesis (`(recombinant)-rywn`) stays a segment of its own.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut segment = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        match c {
            '(' => {
                flush(&mut segment, &mut found);
                let (inside, after) = inside_parenthesis(tail);
                found.push(Piece::Parenthesis(inside.to_owned()));
                rest = after;
                continue;
            }
            ',' if in_number(&segment, tail) => segment.push(c),
            ',' | ';' => flush(&mut segment, &mut found),
            _ => segment.push(c),
        }
        rest = tail;
    }
    flush(&mut segment, &mut found);
    found
}

fn flush(segment: &mut String, found: &mut Vec<Piece>) {
    let text = std::mem::take(segment);
    if !text.trim().is_empty() {
        found.push(Piece::Segment(text.trim().to_owned()));
    }
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

fn in_number(before: &str, after: &str) -> bool {
    let digits = after.bytes().take_while(u8::is_ascii_digit).count();
    before.ends_with(|c: char| c.is_ascii_digit()) && digits == 3
}

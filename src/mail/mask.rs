//! Addresses and server replies made fit for logs.

/// `text` on one line with the local part of every address cut to its first letter: `b***@example.org`; at most
/// 300 characters. Rule 11 of the style: no address in a log.
#[must_use]
pub fn mask_addresses(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text
        .chars()
        .take(2_000)
        .map(|c| if c.is_control() { ' ' } else { c })
    {
        if is_part_of_an_address(c) {
            word.push(c);
        } else {
            masked.push_str(&mask_word(&word));
            word.clear();
            masked.push(c);
        }
    }
    masked.push_str(&mask_word(&word));
    let line = masked.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

fn is_part_of_an_address(c: char) -> bool {
    !c.is_whitespace()
        && !matches!(
            c,
            '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '"' | '\''
        )
}

fn mask_word(word: &str) -> String {
    match word.rsplit_once('@') {
        Some((local, domain)) => {
            let first: String = local.chars().take(1).collect();
            format!("{first}***@{domain}")
        }
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn local_parts_do_not_survive() {
        for (text, masked) in [
            ("billing@example.org", "b***@example.org"),
            (
                "550 5.1.1 <billing@example.org>:\r\n Recipient rejected",
                "550 5.1.1 <b***@example.org>: Recipient rejected",
            ),
            (
                "a@b@example.org, @example.org",
                "a***@example.org, ***@example.org",
            ),
            ("no address here", "no address here"),
        ] {
            assert_eq!(mask_addresses(text), masked);
        }
        assert!(mask_addresses(&"long ".repeat(1_000)).len() <= 303);
    }

    proptest! {
        #[test]
        fn an_address_in_any_text_is_masked(before in "\\PC{0,40}", after in "[ >:;,]\\PC{0,40}") {
            let masked = mask_addresses(&format!("{before} <billing.office@example.org{after}"));
            prop_assert!(!masked.contains("billing.office"), "{}", masked);
        }
    }
}

//! Finds words that differ by one letter, fast enough for long lists.
//!
//! Two words are one letter off (left out, added, exchanged, or two neighbours swapped) only if they share a form with
//! at most one letter deleted; an index of those forms finds every such pair without comparing each with each.

use crate::domain::product_name::ProductName;
use std::collections::HashMap;

/// Words shorter than this are too alike to speak of a slip.
const SHORTEST: usize = 6;

/// An index of words by their forms with one letter deleted.
#[derive(Debug, Default)]
pub(super) struct SlipIndex<'a> {
    forms: HashMap<String, Vec<&'a str>>,
}

impl<'a> SlipIndex<'a> {
    pub(super) fn add(&mut self, word: &'a str) {
        if word.chars().count() < SHORTEST {
            return;
        }
        for form in forms(word) {
            let words = self.forms.entry(form).or_default();
            if !words.contains(&word) {
                words.push(word);
            }
        }
    }

    /// The words one letter off `word`; never `word` itself.
    pub(super) fn near(&self, word: &str) -> Vec<&'a str> {
        if word.chars().count() < SHORTEST {
            return Vec::new();
        }
        let mut near: Vec<&str> = forms(word)
            .iter()
            .filter_map(|form| self.forms.get(form))
            .flatten()
            .copied()
            .filter(|known| is_one_letter_off(known, word))
            .collect();
        near.sort_unstable();
        near.dedup();
        near
    }
}

/// Whether two words differ by exactly one letter left out, added, exchanged or swapped with its neighbour.
pub(super) fn is_one_letter_off(left: &str, right: &str) -> bool {
    if left.len().abs_diff(right.len()) > 4 {
        return false;
    }
    if !(left.is_ascii() && right.is_ascii()) {
        return strsim::osa_distance(left, right) == 1;
    }
    let (left, right) = without_common_ends(left.as_bytes(), right.as_bytes());
    match (left, right) {
        ([_], [] | [_]) | ([], [_]) => true,
        ([a, b], [c, d]) => (a, b) == (d, c),
        _ => false,
    }
}

/// What is left of two words without the letters they begin and end with alike.
fn without_common_ends<'w>(left: &'w [u8], right: &'w [u8]) -> (&'w [u8], &'w [u8]) {
    let begin = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[begin..], &right[begin..]);
    let end = left
        .iter()
        .rev()
        .zip(right.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    (&left[..left.len() - end], &right[..right.len() - end])
}

/// Whether every suffix is the other's or one letter off it.
pub(super) fn are_alike(own: &[String], theirs: &[String]) -> bool {
    own.len() == theirs.len()
        && own
            .iter()
            .zip(theirs)
            .all(|(own, their)| own == their || is_one_letter_off(own, their))
}

/// Whether `written` differs from `known` by one letter in some of its words; words left out count as slips of no kind,
/// so both must have as many. A suffix that lost or gained a letter is no suffix but a part of its word.
pub(super) fn is_slip_of(written: &ProductName, known: &ProductName) -> bool {
    written.words().len() == known.words().len() && is_slip_within(written, known)
}

/// Like [`is_slip_of`], where `written` may leave words of `known` out.
pub(super) fn is_slip_within(written: &ProductName, known: &ProductName) -> bool {
    let suffixes = written.suffixes().is_empty()
        || known.suffixes().is_empty()
        || are_alike(written.suffixes(), known.suffixes());
    !written.is_empty()
        && suffixes
        && written
            .words()
            .iter()
            .all(|word| known.words().contains(word) || is_slip_of_a_word(word, known))
}

fn is_slip_of_a_word(word: &str, known: &ProductName) -> bool {
    known.words().iter().any(|stem| {
        stem.chars().count() >= SHORTEST && is_one_letter_off(stem, word)
            || known
                .suffixes()
                .iter()
                .any(|suffix| is_one_letter_off(&format!("{stem}-{suffix}"), word))
    })
}

fn forms(word: &str) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    for (place, c) in word.char_indices() {
        forms.push(format!("{}{}", &word[..place], &word[place + c.len_utf8()..]));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn one_letter_off_is_a_distance_of_one(left in "[a-cé]{0,6}", right in "[a-cé]{0,6}") {
            let expected = strsim::osa_distance(&left, &right) == 1;
            proptest::prop_assert_eq!(is_one_letter_off(&left, &right), expected);
        }
    }

    #[test]
    fn one_letter_off_is_found_and_two_are_not() {
        let mut index = SlipIndex::default();
        index.add("rozanolixizumab");
        for slip in [
            "ronzanolixizumab",
            "rozanolixizmab",
            "rozanolixizunab",
            "rozanoilxizumab",
        ] {
            assert_eq!(index.near(slip), ["rozanolixizumab"], "{slip}");
        }
        assert!(index.near("rozanolixizumab").is_empty());
        assert!(index.near("rosanolixizunab").is_empty());
        assert!(index.near("iron").is_empty());
    }
}

//! Finds words that differ by one letter, fast enough for long lists.
//!
//! Two words are one letter off (left out, added, exchanged, or two neighbours swapped) only if they share a form with
//! at most one letter deleted; an index of those forms finds every such pair without comparing each with each.

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
    strsim::osa_distance(left, right) == 1
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

//! Finds words that differ by one letter, fast enough for long lists.
//!
//! Two words are one letter off (left out, added, exchanged, or two neighbours swapped) only if they share a form with
//! at most one letter deleted; an index of those forms finds every such pair without comparing each with each.

use crate::domain::product_name::ProductName;

/// Words shorter than this are too alike to speak of a slip.
const SHORTEST: usize = 6;

/// The bits of a form that hold the place of its word: 16 million words at most, where HCPCS names a few
/// thousand.
const PLACE: u64 = 0xFF_FFFF;

/// An index of words by their forms with one letter deleted.
#[derive(Debug, Default)]
pub(super) struct SlipIndex<'a> {
    words: Vec<&'a str>,
    /// Each form's hash and, in the lowest bits, the place of its word; sorted. Forms that share a hash do no harm:
    /// [`Self::near`] compares the words themselves.
    hashes: Vec<u64>,
}

impl<'a> SlipIndex<'a> {
    pub(super) fn new(words: impl IntoIterator<Item = &'a str>) -> Self {
        let words: Vec<&str> = words.into_iter().filter(|word| is_long(word)).collect();
        let mut hashes = Vec::with_capacity(words.iter().map(|word| word.len() + 1).sum());
        for (place, word) in (0..=PLACE).zip(&words) {
            hashes.extend(forms(word).map(|form| form & !PLACE | place));
        }
        hashes.sort_unstable();
        Self { words, hashes }
    }

    /// The words one letter off `word`, sorted; never `word` itself.
    pub(super) fn near(&self, word: &str) -> Vec<&str> {
        if !is_long(word) {
            return Vec::new();
        }
        let mut near: Vec<&str> = forms(word)
            .flat_map(|form| self.with(form))
            .filter(|known| *known != word && is_one_letter_off(known, word))
            .collect();
        near.sort_unstable();
        near.dedup();
        near
    }

    /// The words that have a form with this hash.
    fn with(&self, form: u64) -> impl Iterator<Item = &str> {
        let form = form & !PLACE;
        let first = self.hashes.partition_point(|known| *known < form);
        let same = self.hashes[first..]
            .iter()
            .take_while(move |known| *known & !PLACE == form);
        same.filter_map(|known| self.words.get(usize::try_from(known & PLACE).ok()?).copied())
    }
}

fn is_long(word: &str) -> bool {
    word.chars().count() >= SHORTEST
}

/// The hashes of a word's forms: the word itself, and without each of its letters.
fn forms(word: &str) -> impl Iterator<Item = u64> {
    let mut before = OFFSET_BASIS;
    let shorter = word.char_indices().map(move |(place, letter)| {
        let (letter, after) = word[place..].split_at(letter.len_utf8());
        let form = hash(before, after);
        before = hash(before, letter);
        form
    });
    std::iter::once(hash(OFFSET_BASIS, word)).chain(shorter)
}

/// The hash of no text, by its name in the publication.
const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a of the text with the hash `before`, and `text` behind it. Source: RFC 9923.
fn hash(before: u64, text: &str) -> u64 {
    text.bytes().fold(before, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn one_letter_off_is_a_distance_of_one(left in "[a-cé]{0,6}", right in "[a-cé]{0,6}") {
            let expected = strsim::osa_distance(&left, &right) == 1;
            prop_assert_eq!(is_one_letter_off(&left, &right), expected);
        }

        #[test]
        fn the_index_finds_every_long_word_one_letter_off_and_no_other(
            known in proptest::collection::vec("[ab€]{5,8}", 1..40),
            place in any::<proptest::sample::Index>(),
            letter in any::<proptest::sample::Index>(),
            instead in "[ab€é]{0,2}",
        ) {
            // One of the known words with a letter left out, kept, exchanged, or made two.
            let mut word: Vec<char> = place.get(&known).chars().collect();
            let letter = letter.index(word.len());
            word.splice(letter..=letter, instead.chars());
            let word: String = word.into_iter().collect();
            let index = SlipIndex::new(known.iter().map(String::as_str));
            let mut near: Vec<&str> = known
                .iter()
                .map(String::as_str)
                .filter(|known| is_long(known) && is_long(&word))
                .filter(|known| strsim::osa_distance(known, &word) == 1)
                .collect();
            near.sort_unstable();
            near.dedup();
            prop_assert_eq!(index.near(&word), near);
        }
    }

    #[test]
    fn one_letter_off_is_found_and_two_are_not() {
        let index = SlipIndex::new(["rozanolixizumab", "iron"]);
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

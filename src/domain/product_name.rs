//! Names of products: what must agree for two names to mean the same product.
//!
//! The suffix and the co-formulation are part of the name; the bare ingredient never is (domain rule 6).

use crate::blanks::joined;
use std::borrow::Cow;
use std::fmt;

/// A proper name taken apart. Made from whatever people or CMS wrote; never fails, may be empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ProductName {
    /// The words that tell products apart, lower case, sorted, each once, without suffix: `["hyaluronidase", "ocrelizumab"]`.
    words: Vec<String>,
    /// Words that CMS, FDA and practices add or leave out without meaning another product: `human`, `recombinant`.
    optional: Vec<String>,
    /// The four-letter suffixes FDA gives biologics, sorted: `["ocsq"]`. More than one only in a co-formulation.
    suffixes: Vec<String>,
}

/// How two names stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Likeness {
    /// Same words, same suffix.
    Same,
    /// Same words; one of the two has no suffix.
    SuffixMissing,
    /// Same words, other suffix: another product, however alike.
    OtherSuffix,
    /// Other words: other ingredients, another co-formulation, or nothing in common.
    OtherWords,
}

/// Whether a word carries no identity.
pub(crate) fn is_filler(word: &str) -> bool {
    matches!(
        word,
        "and"
            | "or"
            | "with"
            | "the"
            | "of"
            | "for"
            | "in"
            | "a"
            | "as"
            | "injection"
            | "inj"
            | "infusion"
            | "solution"
            | "e.g"
            | "vial"
            | "kit"
    )
}

/// Whether a word is written or left out for one and the same product.
fn is_optional(word: &str) -> bool {
    matches!(
        word,
        "human"
            | "recombinant"
            | "lyophilized"
            | "biosimilar"
            | "dna"
            | "origin"
            | "non-lyophilized"
            | "derived"
            | "implant"
            | "ocular"
    )
}

/// Whether four letters behind a hyphen are a word of their own, no suffix.
fn is_word_of_its_own(word: &str) -> bool {
    matches!(
        word,
        "acid"
            | "alfa"
            | "alpha"
            | "base"
            | "beta"
            | "cell"
            | "coat"
            | "dose"
            | "form"
            | "free"
            | "type"
            | "unit"
            | "vial"
            | "xten"
    )
}

impl ProductName {
    /// Takes a name apart: trade-mark signs, case, commas and brackets do not matter.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut name = Self::default();
        for word in lower_words(&without_marks(text)) {
            name.add(word);
        }
        for list in [&mut name.words, &mut name.optional, &mut name.suffixes] {
            list.sort_unstable();
            list.dedup();
        }
        name
    }

    fn add(&mut self, word: &str) {
        let (stem, suffix) = match word.rsplit_once('-') {
            // `human-tvh`: an optional word never has another tail than a suffix, be it a slip of one.
            Some((stem, tail)) if is_optional(stem) && !is_optional(word) => (stem, Some(tail)),
            _ => split_suffix(word),
        };
        self.suffixes.extend(suffix.map(str::to_owned));
        if is_filler(stem) || stem.is_empty() {
            return;
        }
        let list = if is_optional(stem) {
            &mut self.optional
        } else {
            &mut self.words
        };
        list.push(stem.to_owned());
    }

    /// The words that tell products apart, sorted.
    #[must_use]
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether `word` is one of the words that tell products apart.
    #[must_use]
    pub fn has_word(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    /// The suffixes, sorted.
    #[must_use]
    pub fn suffixes(&self) -> &[String] {
        &self.suffixes
    }

    /// Words that may be left out, sorted: `human`, `recombinant`.
    #[must_use]
    pub fn optional_words(&self) -> &[String] {
        &self.optional
    }

    /// Where the product comes from, as far as the name says: whether `human`, whether `recombinant`.
    #[must_use]
    pub fn origin(&self) -> (bool, bool) {
        let says = |word: &str| self.optional.iter().any(|known| known == word);
        (says("human"), says("recombinant"))
    }

    /// Whether there is nothing to compare.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Words and suffixes: what the product goes by. The words that may be left out are no part of it, as they come and go
    /// between the writings of one product.
    #[must_use]
    pub fn identity(&self) -> (&[String], &[String]) {
        (&self.words, &self.suffixes)
    }

    /// Whether the name says that the product is an implant.
    #[must_use]
    pub fn is_implant(&self) -> bool {
        self.optional.iter().any(|word| word == "implant")
    }

    /// How this name stands to `other`.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> Likeness {
        self.likeness_beside(&[], other, &[])
    }

    /// Like [`Self::likeness`], without the words that a brand on the other side accounts for (`aflibercept hd` for
    /// Eylea HD): `own` of this name, `others` of the other.
    #[must_use]
    pub fn likeness_beside(&self, own: &[&str], other: &Self, others: &[&str]) -> Likeness {
        let left = |explained: &[&str], word: &str| !explained.contains(&word);
        let mut words = self.words.iter().filter(|word| left(own, word)).peekable();
        let other_words = other.words.iter().filter(|word| left(others, word));
        if words.peek().is_none() || !words.eq(other_words) || self.origin_differs(other) {
            return Likeness::OtherWords;
        }
        match (self.suffixes.is_empty(), other.suffixes.is_empty()) {
            _ if self.suffixes == other.suffixes => Likeness::Same,
            (true, false) | (false, true) => Likeness::SuffixMissing,
            _ => Likeness::OtherSuffix,
        }
    }

    /// Human against recombinant: `C-1 esterase inhibitor (human)` is not `(recombinant)`.
    fn origin_differs(&self, other: &Self) -> bool {
        matches!(
            (self.origin(), other.origin()),
            ((true, false), (false, true)) | ((false, true), (true, false))
        )
    }
}

impl fmt::Display for ProductName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words.join(" "))?;
        self.suffixes
            .iter()
            .try_for_each(|suffix| write!(f, " -{suffix}"))
    }
}

/// The words of a text: lower case, trade-mark signs gone, split at everything but letters, digits and inner hyphens.
/// A suffix that brackets cut off (`(recombinant)-rywn`) becomes a word of its own with its hyphen.
pub(crate) fn words(text: &str) -> Vec<String> {
    lower_words(&without_marks(text)).map(str::to_owned).collect()
}

/// The [`words`] of a text as one text, so that two writings of a brand compare equal: `Eylea® (HD)` is `eylea hd`.
pub(crate) fn comparable(text: &str) -> String {
    joined(lower_words(&without_marks(text)), text.len())
}

/// A text in lower case without trade-mark signs, which stand inside or behind words.
pub(crate) fn without_marks(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase() && byte != b'*')
    {
        return Cow::Borrowed(text);
    }
    let mut lower = text.to_lowercase();
    lower.retain(|c| !matches!(c, '®' | '™' | '©' | '*'));
    Cow::Owned(lower)
}

/// Like [`words`], of a text that is in lower case and without trade-mark signs.
pub(crate) fn lower_words(lower: &str) -> impl Iterator<Item = &str> {
    let parts = lower.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.')));
    let trimmed = parts.map(|part| {
        let part = part.trim_matches('.').trim_end_matches('-');
        if part.starts_with('-') && split_suffix(part).1.is_none() {
            part.trim_start_matches('-')
        } else {
            part
        }
    });
    trimmed.filter(|part| !part.is_empty())
}

/// Splits `ublituximab-xiiy` into stem and suffix. FDA suffixes are four lower-case letters after the last hyphen
/// (FDA, "Nonproprietary Naming of Biological Products", 2017).
fn split_suffix(word: &str) -> (&str, Option<&str>) {
    match word.rsplit_once('-') {
        Some((stem, suffix))
            if suffix.len() == 4
                && suffix.bytes().all(|byte| byte.is_ascii_lowercase())
                && !is_word_of_its_own(suffix)
                && stem != "fc" =>
        {
            (stem, Some(suffix))
        }
        _ => (word, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likeness(left: &str, right: &str) -> Likeness {
        ProductName::new(left).likeness(&ProductName::new(right))
    }

    #[test]
    fn one_product_written_in_many_ways_is_the_same() {
        for (left, right) in [
            ("ublituximab-xiiy", "UBLITUXIMAB-XIIY®"),
            (
                "daratumumab and hyaluronidase-fihj",
                "hyaluronidase-fihj, daratumumab",
            ),
            ("plasminogen, human-tvmh", "Plasminogen (human)-tvmh"),
            ("plasminogen-tvmh", "plasminogen, human-tvmh"),
            (
                "pertuzumab, trastuzumab, and hyaluronidase-zzxf",
                "PERTUZUMAB TRASTUZUMAB HYALURONIDASE-ZZXF",
            ),
        ] {
            assert_eq!(likeness(left, right), Likeness::Same, "{left} / {right}");
        }
    }

    #[test]
    fn look_alikes_are_told_apart() {
        for (left, right, expected) in [
            ("aflibercept", "aflibercept-ayyh", Likeness::SuffixMissing),
            ("aflibercept-mrbb", "aflibercept-ayyh", Likeness::OtherSuffix),
            ("aflibercept", "ziv-aflibercept", Likeness::OtherWords),
            ("aflibercept", "aflibercept hd", Likeness::OtherWords),
            (
                "ocrelizumab",
                "ocrelizumab and hyaluronidase-ocsq",
                Likeness::OtherWords,
            ),
            (
                "trastuzumab",
                "fam-trastuzumab deruxtecan-nxki",
                Likeness::OtherWords,
            ),
            (
                "c-1 esterase inhibitor (human)",
                "c-1 esterase inhibitor (recombinant)",
                Likeness::OtherWords,
            ),
            ("", "", Likeness::OtherWords),
        ] {
            assert_eq!(likeness(left, right), expected, "{left} / {right}");
        }
    }
}

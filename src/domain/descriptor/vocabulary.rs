//! The words CMS writes descriptors with.

use memchr::memmem::Finder;
use std::sync::LazyLock;

/// The forms a descriptor begins with.
pub(super) const FORMS: [&str; 7] = [
    "injection",
    "inj.",
    "inj",
    "infusion",
    "instillation",
    "intravesical instillation",
    "implantation",
];

/// Beginnings of a phrase that says what a code is not for.
pub(super) const EXCLUSIONS: [&str; 7] = [
    "not therapeutically equivalent",
    "excludes",
    "excluding",
    "exclude ",
    "not to be used",
    "not for use",
    "other than",
];

/// Beginnings of a phrase that says what a code is used for or how it is given out.
pub(super) const USES: [&str; 18] = [
    "for esrd",
    "for non esrd",
    "for non-esrd",
    "non-esrd",
    "esrd",
    "for use",
    "diagnostic",
    "therapeutic",
    "administered through dme",
    "fda-approved",
    "fda approved",
    "compounded product",
    "noncompounded",
    "non-compounded",
    "unit dose form",
    "concentrated form",
    "code may be used",
    "prescription drug",
];

/// Phrases of a catch-all code.
static CATCH_ALLS: LazyLock<[Finder<'_>; 7]> = LazyLock::new(|| {
    [
        "not otherwise specified",
        "not otherwise classified",
        "unclassified",
        "unspecified",
        "miscellaneous",
        "unlisted",
        ", nos",
    ]
    .map(Finder::new)
});

/// Words before how much a treatment may hold.
pub(super) static BOUNDS: LazyLock<[Finder<'_>; 2]> =
    LazyLock::new(|| ["up to ", "minimum of "].map(Finder::new));

/// A suffix with blanks around its hyphen.
pub(super) static LOOSE_SUFFIX: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(" - "));

/// Whether a text says that a code is a catch-all.
pub(super) fn is_catch_all(text: &str) -> bool {
    let text = text.as_bytes();
    CATCH_ALLS.iter().any(|phrase| phrase.find(text).is_some())
}

/// Whether a word in parentheses describes the product rather than names a brand or maker.
pub(super) fn is_describing(word: &str) -> bool {
    matches!(
        word,
        "ovine"
            | "equine"
            | "porcine"
            | "bovine"
            | "whole"
            | "donor"
            | "d"
            | "human"
            | "recombinant"
            | "antihemophilic"
            | "factor"
            | "lyophilized"
            | "liquid"
            | "pfu"
            | "bcma"
            | "eps"
            | "preservative"
            | "equivalent"
            | "intravenous"
            | "subcutaneous"
    )
}

/// Beginnings of words in parentheses that explain: `(up to 100 microcuries)`, `(i.e., insulin pump)`.
pub(super) const EXPLAINING: [&str; 6] = ["e.g", "i.e", "up to", "for ", "only ", "central venous catheter"];

/// Whether parentheses hold an abbreviation or another name, which no practice calls a brand.
pub(super) fn is_other_name(text: &str) -> bool {
    matches!(
        text,
        "s" | "g-csf"
            | "gm-csf"
            | "ivig"
            | "igiv"
            | "scig"
            | "ecmo"
            | "pet"
            | "nos"
            | "mal"
            | "cap"
            | "bmwd"
            | "drt"
            | "ab"
            | "vitamin k"
            | "nitrogen mustard"
            | "contraceptive"
            | "preservative-free sterile solution"
    )
}

/// Whether a word stands around a route in a descriptor and says no more than it.
pub(super) fn stands_around_route(word: &str) -> bool {
    matches!(
        word,
        "for"
            | "via"
            | "by"
            | "use"
            | "administration"
            | "injection"
            | "infusion"
            | "implant"
            | "solution"
            | "suspension"
            | "system"
            | "powder"
            | "spray"
            | "insert"
            | "sustained"
            | "release"
            | "or"
            | "and"
            | "form"
            | "tablet"
            | "capsule"
            | "route"
            | "drops"
            | "application"
    )
}

/// Words that part the name from a phrase.
pub(super) static PHRASE_STARTS: LazyLock<[Finder<'_>; 5]> = LazyLock::new(|| {
    [
        " for ",
        " via ",
        " not therapeutically ",
        " excludes ",
        " administered through ",
    ]
    .map(Finder::new)
});

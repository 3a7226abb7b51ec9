//! The ways practices keep a drug list, and products that have no code of their own.

use hcpcs_watch::domain::drug::DrugEntry;
use std::fmt;

/// A way of keeping a drug list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Habit {
    /// Brand, proper name and NDC.
    Full,
    /// Brand and proper name in capitals, the brand with its sign, nothing else.
    NamesOnly,
    /// The proper name.
    ProperOnly,
    /// The brand.
    BrandOnly,
    /// Brand, and proper name without its suffix.
    WithoutSuffix,
    /// Brand and proper name, one letter of the name's stem wrong.
    SlipInStem,
    /// Brand and proper name, one letter of the suffix wrong.
    SlipInSuffix,
    /// Brand and proper name, one letter of the brand wrong.
    SlipInBrand,
    /// The NDC.
    NdcOnly,
}

impl fmt::Display for Habit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Full => "full",
            Self::NamesOnly => "names only, in capitals",
            Self::ProperOnly => "proper name only",
            Self::BrandOnly => "brand only",
            Self::WithoutSuffix => "brand, name without suffix",
            Self::SlipInStem => "slip in the name",
            Self::SlipInSuffix => "slip in the suffix",
            Self::SlipInBrand => "slip in the brand",
            Self::NdcOnly => "NDC only",
        })
    }
}

/// The product as it stands on the list in each habit that can tell of it. `seed` decides which slip is made.
pub(super) fn entries(full: &DrugEntry, seed: usize) -> Vec<(Habit, DrugEntry)> {
    let brand = full.brand.clone().unwrap_or_default();
    let name = full.proper_name.clone().unwrap_or_default();
    let bare = without_suffix(&name);
    let named = |brand: &str, name: &str| DrugEntry {
        brand: given(brand),
        proper_name: given(name),
        ndcs: Vec::new(),
        route: None,
        ..full.clone()
    };
    let mut entries = vec![
        (Habit::Full, full.clone()),
        (
            Habit::NamesOnly,
            named(&format!("{}®", brand.to_uppercase()), &name.to_uppercase()),
        ),
        (Habit::ProperOnly, named("", &name)),
        (Habit::BrandOnly, named(&brand, "")),
        (
            Habit::SlipInStem,
            named(
                &brand,
                &name.replacen(longest_word(&bare), &slip(longest_word(&bare), seed), 1),
            ),
        ),
        (
            Habit::SlipInBrand,
            named(
                &brand.replacen(first_word(&brand), &slip(first_word(&brand), seed), 1),
                &name,
            ),
        ),
    ];
    if bare != name {
        entries.push((Habit::WithoutSuffix, named(&brand, &bare)));
        let (_, suffix) = name.rsplit_once('-').unwrap_or_default();
        let wrong = name.replace(&format!("-{suffix}"), &format!("-{}", slip(suffix, seed)));
        entries.push((Habit::SlipInSuffix, named(&brand, &wrong)));
    }
    if !full.ndcs.is_empty() {
        let ndcs = full.ndcs.clone();
        entries.push((
            Habit::NdcOnly,
            DrugEntry {
                ndcs,
                ..named("", "")
            },
        ));
    }
    entries
}

/// `aflibercept` for `aflibercept-ayyh`; the name itself where it has no suffix.
fn without_suffix(name: &str) -> String {
    let is_suffix = |tail: &str| tail.len() == 4 && tail.bytes().all(|byte| byte.is_ascii_lowercase());
    match name.rsplit_once('-') {
        Some((stem, tail)) if is_suffix(tail) => stem.to_owned(),
        _ => name.to_owned(),
    }
}

fn first_word(name: &str) -> &str {
    name.split([' ', ',']).next().unwrap_or_default()
}

fn longest_word(name: &str) -> &str {
    name.split([' ', ','])
        .max_by_key(|word| word.len())
        .unwrap_or_default()
}

/// One letter dropped, doubled, swapped with the next or exchanged, in the middle of the word.
fn slip(word: &str, seed: usize) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let middle = letters.len() / 2;
    match seed % 4 {
        0 => drop(letters.remove(middle)),
        1 => letters.insert(middle, letters[middle]),
        2 if letters[middle] != letters[middle - 1] => letters.swap(middle - 1, middle),
        _ => letters[middle] = if letters[middle] == 'e' { 'a' } else { 'e' },
    }
    letters.into_iter().collect()
}

fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A line of a drug list with brand, proper name and route.
pub(super) fn entry((brand, proper_name, route): &(&str, &str, &str)) -> DrugEntry {
    DrugEntry {
        brand: given(brand),
        proper_name: given(proper_name),
        route: given(route),
        ..DrugEntry::default()
    }
}

/// Licensed biologics that have no code of their own up to October 2025, many one suffix away from one that has.
pub(super) const WITHOUT_CODE: [(&str, &str, &str); 34] = [
    ("Hyrimoz", "adalimumab-adaz", "subcutaneous"),
    ("Hadlima", "adalimumab-bwwd", "subcutaneous"),
    ("Amjevita", "adalimumab-atto", "subcutaneous"),
    ("Yusimry", "adalimumab-aqvh", "subcutaneous"),
    ("Avzivi", "bevacizumab-tnjn", "intravenous"),
    ("Erelzi", "etanercept-szzs", "subcutaneous"),
    ("Eticovo", "etanercept-ykro", "subcutaneous"),
    ("Semglee", "insulin glargine-yfgn", "subcutaneous"),
    ("Rezvoglar", "insulin glargine-aglr", "subcutaneous"),
    ("Merilog", "insulin aspart-szjj", "subcutaneous"),
    ("Lyumjev", "insulin lispro-aabc", "subcutaneous"),
    ("Jeuveau", "prabotulinumtoxinA-xvfs", "intramuscular"),
    ("Letybo", "letibotulinumtoxinA-wlbg", "intramuscular"),
    ("Enspryng", "satralizumab-mwge", "subcutaneous"),
    ("Emgality", "galcanezumab-gnlm", "subcutaneous"),
    ("Aimovig", "erenumab-aooe", "subcutaneous"),
    ("Adbry", "tralokinumab-ldrm", "subcutaneous"),
    ("Bimzelx", "bimekizumab-bkzx", "subcutaneous"),
    ("Nemluvio", "nemolizumab-ilto", "subcutaneous"),
    ("Ebglyss", "lebrikizumab-lbkz", "subcutaneous"),
    ("Winrevair", "sotatercept-csrk", "subcutaneous"),
    ("Besremi", "ropeginterferon alfa-2b-njft", "subcutaneous"),
    ("Ebanga", "ansuvimab-zykl", "intravenous"),
    (
        "Inmazeb",
        "atoltivimab, maftivimab, and odesivimab-ebgn",
        "intravenous",
    ),
    ("Qwo", "collagenase clostridium histolyticum-aaes", "subcutaneous"),
    ("Omisirge", "omidubicel-onlv", "intravenous"),
    ("Lantidra", "donislecel-jujn", "intravenous"),
    ("Revcovi", "elapegademase-lvlr", "intramuscular"),
    ("Palynziq", "pegvaliase-pqpz", "subcutaneous"),
    ("Skytrofa", "lonapegsomatropin-tcgd", "subcutaneous"),
    ("Kebilidi", "eladocagene exuparvovec-tneq", "intraputaminal"),
    (
        "Symvess",
        "acellular tissue engineered vessel-tyod",
        "implantation",
    ),
    // Ofatumumab for multiple sclerosis; J9302 is the older Arzerra.
    ("Kesimpta", "ofatumumab", "subcutaneous"),
    // Pegcetacoplan under the skin; J2781 is the eye's.
    ("Empaveli", "pegcetacoplan", "subcutaneous"),
];

//! What a line of the drug list says about the identity of a product, made comparable.

use crate::blanks::fold_blanks;
use crate::domain::descriptor::{Descriptor, before_amount};
use crate::domain::drug::DrugEntry;
use crate::domain::evidence::Evidence;
use crate::domain::ndc::Ndc;
use crate::domain::product_name::{ProductName, without_marks, words};
use crate::domain::route::Route;
use crate::matching::index::Index;
use crate::matching::slips::is_slip_within;
use chrono::NaiveDate;
use std::borrow::Cow;

/// A brand made comparable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// The brand as comparable words: `eylea hd`.
    pub key: String,
    /// The brand without a route at its end, where it has one: `wezlana` for `Wezlana IV`.
    pub base: Option<String>,
    /// The single words of the brand.
    pub words: Vec<String>,
}

/// What is known of a drug's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrugIdentity {
    /// Brands as written; several where the list says `Jubbonti / Wyost`.
    pub brands: Vec<Brand>,
    /// The proper name as written.
    pub written: ProductName,
    /// The proper name to compare by: the Purple Book's for the brand where it fits what was written, else as written.
    pub name: ProductName,
    /// Whether `name` is the Purple Book's word on the brand, so that a missing suffix is not a slip of the pen.
    pub name_is_official: bool,
    /// The day the product was first licensed, where the Purple Book says.
    pub licensed_on: Option<NaiveDate>,
    /// Routes, from the list, a brand's ending (`IV`) or, where it is the only one, the Purple Book.
    pub routes: Vec<Route>,
    /// NDCs.
    pub ndcs: Vec<Ndc>,
    /// The maker's words: some descriptors name the maker in parentheses.
    pub maker: Vec<String>,
    /// The brand under which the Purple Book lists the written proper name, where that is one only and the list gives
    /// none, or none the Purple Book knows: `asparaginase erwinia chrysanthemi (recombinant)-rywn` is Rylaze.
    pub known_as: Option<Brand>,
    /// Whether the Purple Book lists the proper name under one brand only, its extensions aside (Neulasta Onpro).
    pub is_sole_product: bool,
    /// The Purple Book's name for the brand, where the list gives another.
    pub brand_says: Option<ProductName>,
    /// The proper name as written, where `name` corrects a letter of it.
    pub corrected: Option<String>,
    /// The Purple Book's routes for the brand, where the list gives another: `Darzalex` under the skin is Darzalex Faspro.
    pub licensed_otherwise: Vec<Route>,
    /// The Purple Book line the name comes from.
    pub evidence: Option<Evidence>,
}

impl Brand {
    /// Takes a brand apart; none where nothing comparable is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let words = words(text);
        if words.is_empty() {
            return None;
        }
        let ends_in_route = words.len() > 1
            && words
                .last()
                .is_some_and(|word| word.len() <= 4 && !Route::all_in(word).is_empty());
        let base = ends_in_route.then(|| words[..words.len() - 1].join(" "));
        Some(Self {
            key: words.join(" "),
            base,
            words,
        })
    }

    /// Whether `other`, a comparable brand, is this one.
    #[must_use]
    pub fn is(&self, other: &str) -> bool {
        self.key == other || self.base.as_deref() == Some(other)
    }
}

impl DrugIdentity {
    /// What `entry` says, completed from the Purple Book rows of `index`.
    #[must_use]
    pub fn new(entry: &DrugEntry, index: &Index<'_>) -> Self {
        let (brands, written) = names(entry, index);
        let maker = words(entry.manufacturer.as_deref().unwrap_or_default());
        let mut identity = Self {
            name: written.clone(),
            written,
            name_is_official: false,
            licensed_on: None,
            routes: routes(entry, &brands),
            brands,
            ndcs: entry.ndcs.clone(),
            maker,
            known_as: None,
            is_sole_product: false,
            brand_says: None,
            corrected: None,
            licensed_otherwise: Vec::new(),
            evidence: None,
        };
        identity.complete_from_purple_book(index);
        identity.recognise_product(index);
        identity
    }

    /// Whether the drug goes by the comparable brand `other`.
    #[must_use]
    pub fn has_brand(&self, other: &str) -> bool {
        // Beside a brand of the list a bare name is known as nothing.
        let is_known = self.brands.is_empty() || !self.name.suffixes().is_empty();
        let known_as = self.known_as.iter().filter(|_brand| is_known);
        self.brands.iter().chain(known_as).any(|brand| brand.is(other))
    }

    /// Whether `other`, a comparable name in parentheses, is the beginning of the maker's name.
    #[must_use]
    pub fn is_made_by(&self, other: &str) -> bool {
        let mut makers = self.maker.iter();
        other
            .split(' ')
            .all(|word| makers.next().is_some_and(|own| own == word))
    }

    /// Every single word of every brand.
    pub fn brand_words(&self) -> impl Iterator<Item = &str> {
        let brands = self.brands.iter();
        brands.flat_map(|brand| brand.words.iter().map(String::as_str))
    }

    /// The Purple Book knows a brand's proper name. It is used only where what was written is a part of it, so that a
    /// brand on the wrong line of a list does not change the product; where a letter is off, the match will be asked
    /// about.
    fn complete_from_purple_book(&mut self, index: &Index<'_>) {
        let mut listings = self.brands.iter().flat_map(|brand| index.licensed(brand));
        let Some(first) = listings.next() else { return };
        if listings.any(|other| other.name != first.name) {
            return;
        }
        let names_suffix = first.name.suffixes().is_empty() && !self.written.suffixes().is_empty();
        if names_suffix && self.written.words() == first.name.words() {
            // The suffix came after the listing.
            self.licensed_on = first.licensed_on;
            return;
        }
        if !self.is_part_of(&first.name) {
            if !is_slip_within(&self.written, &first.name) {
                self.brand_says = Some(first.name.clone());
                return;
            }
            self.corrected = Some(self.written.to_string());
        }
        self.name = first.name.clone();
        self.licensed_on = first.licensed_on;
        self.evidence = Some(first.evidence.clone());
        if self.routes.is_empty() && first.routes.len() == 1 {
            self.routes.clone_from(&first.routes);
        }
        let is_other = |route: &Route| !self.routes.contains(route);
        if !self.routes.is_empty() && !first.routes.is_empty() && first.routes.iter().all(is_other) {
            self.licensed_otherwise.clone_from(&first.routes);
        }
        self.name_is_official = self.licensed_otherwise.is_empty();
    }

    fn is_part_of(&self, official: &ProductName) -> bool {
        self.written
            .words()
            .iter()
            .all(|word| official.words().contains(word))
            && (self.written.suffixes().is_empty() || self.written.suffixes() == official.suffixes())
    }

    /// Whether the Purple Book lists the name for one brand only, and for which.
    fn recognise_product(&mut self, index: &Index<'_>) {
        let listings = index.licensed_as(&self.name);
        let Some((brand, listing)) = listings.first() else {
            return;
        };
        let is_one_family = listings
            .iter()
            .all(|(other, _)| other.words.first() == brand.words.first());
        self.is_sole_product = is_one_family && (self.brands.is_empty() || self.name_is_official);
        let knows_brand = self
            .brands
            .iter()
            .any(|brand| index.licensed(brand).next().is_some());
        if listings.len() == 1 && !knows_brand {
            self.known_as = Some(brand.clone());
            self.evidence = Some(listing.clone());
        }
    }
}

/// Brands and proper name of a line. Strengths and forms are left out, a name in the column of the brand and a brand in that
/// of the name are told by what the files held know.
fn names(entry: &DrugEntry, index: &Index<'_>) -> (Vec<Brand>, ProductName) {
    let (brand, in_brackets) = bracketed(entry.brand.as_deref().unwrap_or_default(), index);
    let name = entry.proper_name.as_deref().unwrap_or(in_brackets);
    let mut brands = brands(brand, index);
    let (mut written, mut named_in_brackets) = described(name, index);
    if brands.is_empty() {
        brands.append(&mut named_in_brackets);
    }
    let is_name = |brand: &Brand| !index.knows_brand(brand) && index.knows_name(&brand.words);
    if !name.is_empty() && brands.iter().all(is_name) {
        let in_column_of_name =
            Brand::new(name).filter(|one| index.knows_brand(one) && !index.knows_name(&one.words));
        if let Some(one) = in_column_of_name {
            brands = vec![one];
            written = ProductName::new(brand);
        }
    }
    (brands, written)
}

/// The text of the column of the brand without the name in brackets behind a brand the files know, and that name:
/// `Briumvi (ublituximab-xiiy)`.
fn bracketed<'t>(text: &'t str, index: &Index<'_>) -> (&'t str, &'t str) {
    let cut = text
        .split_once('(')
        .map(|(brand, name)| (brand, name.trim_end().trim_end_matches(')')));
    let knows = |brand: &str| Brand::new(brand).is_some_and(|brand| index.knows_brand(&brand));
    cut.filter(|(brand, _)| knows(brand)).unwrap_or((text, ""))
}

/// A proper name and the brands in brackets behind it; one written as CMS writes descriptors, or with its strength, is read as
/// one. A name that the Purple Book has as it is written stays whole.
fn described(text: &str, index: &Index<'_>) -> (ProductName, Vec<Brand>) {
    let written = ProductName::new(text);
    let may_hold_more = text.contains(|c: char| matches!(c, '(' | ',') || c.is_ascii_digit());
    if !may_hold_more || !index.licensed_as(&written).is_empty() {
        return (written, Vec::new());
    }
    let descriptor = Descriptor::parse(text);
    let brands = descriptor.brands.iter().filter_map(|text| Brand::new(text));
    let brands: Vec<Brand> = brands.filter(|brand| index.knows_brand(brand)).collect();
    let is_more = descriptor.unit.is_some() || descriptor.form.is_some() || !brands.is_empty();
    if is_more && descriptor.is_name_with_strength() {
        (descriptor.name, brands)
    } else {
        (written, brands)
    }
}

/// A brand up to its strength; nothing of one that is a strength only.
fn without_strength(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(text);
    }
    let plain = fold_blanks(&without_marks(text));
    Cow::Owned(before_amount(plain.trim()).to_owned())
}

/// `Jubbonti / Wyost` is two brands, `Gammagard S/D` one that the files held know.
fn brands(text: &str, index: &Index<'_>) -> Vec<Brand> {
    let whole = Brand::new(&without_strength(text));
    if !text.contains('/') || whole.as_ref().is_some_and(|brand| index.knows_brand(brand)) {
        return whole.into_iter().collect();
    }
    let is_more_than_a_letter =
        |part: &Cow<'_, str>| part.chars().filter(|c| c.is_alphanumeric()).count() > 1;
    let parts = text
        .split('/')
        .map(without_strength)
        .filter(is_more_than_a_letter);
    parts.filter_map(|part| Brand::new(&part)).collect()
}

/// Routes of the list; where it has none, of the ending of a brand: `Wezlana IV`.
fn routes(entry: &DrugEntry, brands: &[Brand]) -> Vec<Route> {
    let given = Route::all_in(entry.route.as_deref().unwrap_or_default());
    if !given.is_empty() {
        return given;
    }
    let endings = brands.iter().filter(|brand| brand.base.is_some());
    let endings = endings.filter_map(|brand| brand.words.last());
    endings.flat_map(|word| Route::all_in(word)).collect()
}

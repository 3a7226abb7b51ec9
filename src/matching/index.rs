//! Everything published that a drug could be matched against, arranged for look-up.

use crate::cms::purple_book::PurpleBookProduct;
use crate::domain::code::{CodeClass, HcpcsCode};
use crate::domain::crosswalk::CrosswalkPair;
use crate::domain::descriptor::Descriptor;
use crate::domain::evidence::Evidence;
use crate::domain::ndc::Ndc;
use crate::domain::period::{CodePeriod, PublishedPeriod, Standing};
use crate::domain::product_name::{ProductName, comparable};
use crate::domain::route::Route;
use crate::matching::drug_identity::{Brand, DrugIdentity};
use crate::matching::slips::SlipIndex;
use chrono::NaiveDate;
use foldhash::{HashMap, HashMapExt};
use memchr::memmem::Finder;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

/// A code period that can be a drug's own code.
#[derive(Debug)]
pub struct Candidate<'a> {
    /// The period as published.
    pub published: &'a PublishedPeriod,
    /// Its descriptor.
    pub descriptor: &'a Arc<Descriptor>,
    /// The first day on which any permanent code carried the same name: codes are re-issued with other units, and a
    /// product named so then had a code long before this one.
    pub name_coded_since: NaiveDate,
    /// Whether the descriptor says that the code is for hospitalized patients.
    pub is_for_inpatients: bool,
    /// Whether another code of the same name is for a product of another origin: hyaluronidase, recombinant or not.
    pub origin_matters: bool,
}

impl Candidate<'_> {
    /// Whether the code is a C code, for hospital outpatient departments only.
    #[must_use]
    pub fn is_interim(&self) -> bool {
        self.published.period.code.class() == CodeClass::OutpatientOnly
    }
}

/// A Purple Book product made comparable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Licensed {
    /// The proper name.
    pub name: ProductName,
    /// The first licensing date of the brand.
    pub licensed_on: Option<NaiveDate>,
    /// Routes of all its presentations.
    pub routes: Vec<Route>,
    /// The line.
    pub evidence: Evidence,
}

/// Everything published, arranged for look-up.
#[derive(Debug, Default)]
pub struct Index<'a> {
    /// By code.
    candidates: Vec<Candidate<'a>>,
    by_word: HashMap<&'a str, Vec<usize>>,
    by_brand: HashMap<&'a str, Vec<usize>>,
    /// By NDC: the packages of a product stand together.
    crosswalk: &'a [CrosswalkPair],
    by_crosswalk_name: HashMap<String, Vec<usize>>,
    licensed: HashMap<String, Vec<Licensed>>,
    licensed_as: HashMap<ProductName, Vec<(Brand, Evidence)>>,
    slips: SlipIndex<'a>,
}

/// In a descriptor, in lower case: the code is for hospitalized patients.
static HOSPITALIZED: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("hospitalized"));

/// A word of a name that more candidates than this share tells nothing (`sodium`, `factor`).
const COMMON: usize = 60;

impl<'a> Index<'a> {
    /// Arranges what is published: `descriptors` are those [`described`] makes of `periods`; `crosswalk` is sorted by NDC.
    ///
    /// # Panics
    ///
    /// Where there are more or fewer descriptors than periods, or the crosswalk is not sorted.
    #[must_use]
    pub fn new(
        periods: &'a [PublishedPeriod],
        descriptors: &'a [Arc<Descriptor>],
        crosswalk: &'a [CrosswalkPair],
        purple_book: &[(PurpleBookProduct, Evidence)],
    ) -> Self {
        assert_eq!(periods.len(), descriptors.len(), "one descriptor a period");
        assert!(crosswalk.is_sorted_by_key(|pair| pair.ndc), "sorted by NDC");
        let mut index = Self {
            crosswalk,
            ..Self::default()
        };
        let mut of_drugs: Vec<(&PublishedPeriod, &Arc<Descriptor>)> = periods
            .iter()
            .zip(descriptors)
            .filter(|(published, _)| is_drug_family(published.period.code))
            .collect();
        of_drugs.sort_by_key(|(published, _)| published.period.code);
        for (published, descriptor) in of_drugs {
            index.add_period(published, descriptor);
        }
        index.slips = SlipIndex::new(index.by_word.keys().chain(index.by_brand.keys()).copied());
        index.date_names();
        index.compare_origins();
        let mut place = 0;
        // The packages of one drug mostly follow each other.
        for rows in crosswalk.chunk_by(|one, next| one.drug_name == next.drug_name) {
            let name = comparable(&rows[0].drug_name);
            let places = index.by_crosswalk_name.entry(name).or_default();
            places.extend(place..place + rows.len());
            place += rows.len();
        }
        for (product, evidence) in purple_book {
            index.add_licensed(product, evidence);
        }
        index
    }

    fn add_period(&mut self, published: &'a PublishedPeriod, descriptor: &'a Arc<Descriptor>) {
        let code = published.period.code;
        let is_withdrawn = published.standing == Standing::Withdrawn;
        if is_withdrawn || descriptor.catch_all || code.class() == CodeClass::NotOtherwiseClassified {
            return;
        }
        let place = self.candidates.len();
        for word in descriptor.name.words() {
            self.by_word.entry(word).or_default().push(place);
        }
        for brand in &descriptor.brands {
            self.by_brand.entry(brand).or_default().push(place);
        }
        let name_coded_since = published.period.valid_from;
        self.candidates.push(Candidate {
            is_for_inpatients: HOSPITALIZED
                .find(published.descriptor.to_lowercase().as_bytes())
                .is_some(),
            published,
            descriptor,
            name_coded_since,
            origin_matters: false,
        });
    }

    fn date_names(&mut self) {
        let mut since: HashMap<(&[String], &[String]), NaiveDate> = HashMap::new();
        for candidate in self.candidates.iter().filter(|candidate| !candidate.is_interim()) {
            let first = since
                .entry(candidate.descriptor.name.identity())
                .or_insert(candidate.name_coded_since);
            *first = candidate.name_coded_since.min(*first);
        }
        let first_of = |candidate: &Candidate<'_>| {
            let own = candidate.name_coded_since;
            let shared = since.get(&candidate.descriptor.name.identity());
            shared.map_or(own, |first| own.min(*first))
        };
        let firsts: Vec<NaiveDate> = self.candidates.iter().map(first_of).collect();
        for (candidate, first) in self.candidates.iter_mut().zip(firsts) {
            candidate.name_coded_since = first;
        }
    }

    fn compare_origins(&mut self) {
        let mut origins: HashMap<&[String], (bool, bool)> = HashMap::new();
        for candidate in &self.candidates {
            let name = &candidate.descriptor.name;
            let seen = origins.entry(name.words()).or_default();
            let has_origin = name.origin() != (false, false);
            *seen = (seen.0 || has_origin, seen.1 || !has_origin);
        }
        let is_mixed =
            |candidate: &Candidate<'_>| origins.get(candidate.descriptor.name.words()) == Some(&(true, true));
        let mixed: Vec<bool> = self.candidates.iter().map(is_mixed).collect();
        for (candidate, is_mixed) in self.candidates.iter_mut().zip(mixed) {
            candidate.origin_matters = is_mixed;
        }
    }

    fn add_licensed(&mut self, product: &PurpleBookProduct, evidence: &Evidence) {
        let name = ProductName::new(&product.proper_name);
        let date = product
            .first_licensed_on
            .into_iter()
            .chain(product.approved_on)
            .min();
        let routes = Route::all_in(&product.route);
        for brand in product.brands.iter().filter_map(|text| Brand::new(text)) {
            let brands = self.licensed_as.entry(name.clone()).or_default();
            if brands.iter().all(|(known, _)| *known != brand) {
                brands.push((brand.clone(), evidence.clone()));
            }
            let listings = self.licensed.entry(brand.key).or_default();
            match listings.iter_mut().find(|listing| listing.name == name) {
                Some(listing) => {
                    listing.licensed_on = listing.licensed_on.into_iter().chain(date).min();
                    listing.routes.extend(&routes);
                    listing.routes.sort_unstable();
                    listing.routes.dedup();
                }
                None => listings.push(Licensed {
                    name: name.clone(),
                    licensed_on: date,
                    routes: routes.clone(),
                    evidence: evidence.clone(),
                }),
            }
        }
    }

    /// The candidate at a place given by [`Self::candidates`].
    #[must_use]
    pub fn candidate(&self, place: usize) -> &Candidate<'a> {
        &self.candidates[place]
    }

    /// The places of every candidate that shares a telling word, a brand or an NDC with the drug.
    #[must_use]
    pub fn candidates(&self, identity: &DrugIdentity) -> Vec<usize> {
        let mut places = BTreeSet::new();
        let mut terms: Vec<&str> = identity
            .name
            .words()
            .iter()
            .chain(identity.written.words())
            .chain(identity.brand_says.iter().flat_map(ProductName::words))
            .map(String::as_str)
            .collect();
        terms.extend(identity.brand_words());
        // The stem of a word whose suffix has a letter too many or too few.
        let stems: Vec<&str> = terms
            .iter()
            .filter_map(|term| term.rsplit_once('-'))
            .map(|(stem, _)| stem)
            .collect();
        terms.extend(stems);
        let near: Vec<&str> = terms.iter().flat_map(|term| self.slips.near(term)).collect();
        for term in terms.iter().chain(&near) {
            let sharing = self.by_word.get(*term).filter(|sharing| sharing.len() <= COMMON);
            places.extend(sharing.into_iter().chain(self.by_brand.get(*term)).flatten());
        }
        for brand in identity.brands.iter().chain(&identity.known_as) {
            for key in [Some(&brand.key), brand.base.as_ref()].into_iter().flatten() {
                places.extend(self.by_brand.get(key.as_str()).into_iter().flatten());
            }
        }
        let brands = identity.brands.iter().chain(&identity.known_as);
        let of_brands = brands.flat_map(|brand| self.rows_of_brand(brand));
        let of_products = identity.ndcs.iter().flat_map(|ndc| self.rows_of_product(ndc));
        let codes: BTreeSet<HcpcsCode> = of_brands.chain(of_products).map(|row| row.code).collect();
        places.extend(codes.into_iter().flat_map(|code| self.of_code(code)));
        places.into_iter().collect()
    }

    /// Whether a descriptor, a crosswalk row or the Purple Book names the brand.
    #[must_use]
    pub fn knows_brand(&self, brand: &Brand) -> bool {
        let keys = [Some(&brand.key), brand.base.as_ref()];
        keys.into_iter()
            .flatten()
            .any(|key| self.by_brand.contains_key(key.as_str()) || self.by_crosswalk_name.contains_key(key))
            || self.licensed(brand).next().is_some()
    }

    /// Whether a descriptor or a name of the Purple Book has all of these words.
    #[must_use]
    pub fn knows_name(&self, words: &[String]) -> bool {
        let name = ProductName::new(&words.join(" "));
        let known = |word: &String| self.by_word.contains_key(word.as_str());
        !name.is_empty() && (name.words().iter().all(known) || self.licensed_as.contains_key(&name))
    }

    /// Whether a code is in force on some days of `period` too.
    #[must_use]
    pub fn is_beside(&self, code: HcpcsCode, period: &CodePeriod) -> bool {
        let mut places = self.of_code(code);
        places.any(|place| self.candidates[place].published.period.overlaps(period))
    }

    /// Whether a crosswalk held lists any package of the drug.
    #[must_use]
    pub fn lists_product(&self, identity: &DrugIdentity) -> bool {
        identity
            .ndcs
            .iter()
            .any(|ndc| !self.rows_of_product(ndc).is_empty())
    }

    /// Purple Book listings of a brand, by its full key first, without its route ending else.
    pub fn licensed(&self, brand: &Brand) -> impl Iterator<Item = &Licensed> {
        let keys = [Some(&brand.key), brand.base.as_ref()];
        keys.into_iter()
            .flatten()
            .find_map(|key| self.licensed.get(key))
            .into_iter()
            .flatten()
    }

    /// The brands under which the Purple Book lists exactly this name, each with a line that says so.
    #[must_use]
    pub fn licensed_as(&self, name: &ProductName) -> &[(Brand, Evidence)] {
        self.licensed_as.get(name).map_or(&[], Vec::as_slice)
    }

    /// The places of the candidates with this code.
    fn of_code(&self, code: HcpcsCode) -> Range<usize> {
        places_of(&self.candidates, &code, |candidate| {
            candidate.published.period.code
        })
    }

    /// The crosswalk's rows for every package of the product that `ndc` is a package of, by NDC.
    #[must_use]
    pub fn rows_of_product(&self, ndc: &Ndc) -> &'a [CrosswalkPair] {
        let product = ndc.labeler_product();
        &self.crosswalk[places_of(self.crosswalk, &product, |row| row.ndc.labeler_product())]
    }

    /// The crosswalk's rows under a brand, without its route ending too.
    pub fn rows_of_brand(&self, brand: &Brand) -> impl Iterator<Item = &'a CrosswalkPair> {
        let keys = [Some(&brand.key), brand.base.as_ref()].into_iter().flatten();
        let rows = keys.filter_map(|key| self.by_crosswalk_name.get(key)).flatten();
        rows.map(|row| &self.crosswalk[*row])
    }
}

/// The places in `sorted` of those whose `key`, by which it is sorted, is `wanted`.
fn places_of<T, K: Ord>(sorted: &[T], wanted: &K, key: impl Fn(&T) -> K) -> Range<usize> {
    let first = sorted.partition_point(|one| key(one) < *wanted);
    let count = sorted[first..].partition_point(|one| key(one) == *wanted);
    first..first + count
}

/// The descriptors of `periods` taken apart, in the same order.
#[must_use]
pub fn described(periods: &[PublishedPeriod]) -> Vec<Arc<Descriptor>> {
    let texts = periods.iter().map(|published| &published.descriptor);
    texts.map(|text| Arc::new(Descriptor::parse(text))).collect()
}

/// The first and the last code of each range in which codes can be a drug's, biologic's or blood product's own, in order:
/// A codes for skin substitutes, contrast and radiopharmaceuticals; C9 codes below the procedures, for hospital
/// outpatient; J codes; P9 blood products; Q codes but for procedures, casts, lenses and hospice.
/// Source: the section headings of the HCPCS Level II code set.
pub const DRUG_FAMILIES: [(&str, &str); 12] = [
    ("A2000", "A2999"),
    ("A4641", "A4642"),
    ("A9500", "A9899"),
    ("C9000", "C9499"),
    ("J0000", "J9999"),
    ("P9000", "P9199"),
    ("Q0138", "Q0299"),
    ("Q2000", "Q2999"),
    ("Q3027", "Q3028"),
    ("Q4074", "Q4999"),
    ("Q5098", "Q5999"),
    ("Q9900", "Q9999"),
];

/// Whether a code lies in one of the [`DRUG_FAMILIES`].
#[must_use]
pub fn is_drug_family(code: HcpcsCode) -> bool {
    let code = code.as_str();
    DRUG_FAMILIES
        .iter()
        .any(|(first, last)| (*first..=*last).contains(&code))
}

//! The rules by which a code is a drug's own, tried on every candidate. Each has a reason in billing; each leaves
//! evidence or a reason against.

use crate::domain::evidence::Evidence;
use crate::domain::product_name::{Likeness, ProductName};
use crate::domain::route::Route;
use crate::matching::drug_identity::DrugIdentity;
use crate::matching::index::{Candidate, CrosswalkEntry, Index};
use crate::matching::slips::is_one_letter_off;
use crate::matching::{Circumstances, MatchKind, Verdict, Weighed};
use chrono::{Days, NaiveDate};

/// A product is put on a list under a catch-all code because it has none of its own; a code for a bare name that was
/// in force longer than this before the product came to the practice is another product's until shown otherwise.
const NEWS: Days = Days::new(200);

/// What speaks for one candidate, and the verdict.
#[derive(Debug)]
pub struct Weighing {
    /// The candidate's place in the index.
    pub candidate: usize,
    /// What the rules say.
    pub verdict: Verdict,
    support: Support,
    evidence: Vec<Evidence>,
}

/// What speaks for a candidate, strongest first: the order decides between rivals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Support {
    ndc: bool,
    brand: bool,
    route: bool,
    name: bool,
}

impl Weighing {
    /// The weighing with what it was made from.
    #[must_use]
    pub fn into_weighed(self, index: &Index<'_>) -> Weighed {
        let candidate = index.candidate(self.candidate);
        Weighed {
            published: candidate.published.clone(),
            descriptor: candidate.descriptor.clone(),
            verdict: self.verdict,
            evidence: self.evidence,
        }
    }
}

/// The facts the rules look at, gathered once for a candidate.
struct Facts<'a> {
    identity: &'a DrugIdentity,
    candidate: &'a Candidate<'a>,
    likeness: Likeness,
    shares_word: bool,
    ndc_row: Option<&'a CrosswalkEntry>,
    product_row: Option<&'a CrosswalkEntry>,
    brand_row: Option<&'a CrosswalkEntry>,
    brand_in_descriptor: bool,
    first_seen: NaiveDate,
}

/// Weighs one candidate for one drug.
#[must_use]
pub fn weigh<'a>(
    index: &'a Index<'a>,
    place: usize,
    identity: &'a DrugIdentity,
    circumstances: Circumstances,
) -> Weighing {
    let facts = Facts::gather(index, index.candidate(place), identity, circumstances.first_seen);
    let verdict = facts
        .ended_before_listing()
        .or_else(|| facts.contradiction())
        .unwrap_or_else(|| facts.by_name().unwrap_or_else(|| facts.without_name()));
    Weighing {
        candidate: place,
        verdict,
        support: facts.support(),
        evidence: facts.evidence(),
    }
}

impl<'a> Facts<'a> {
    fn gather(
        index: &'a Index<'a>,
        candidate: &'a Candidate<'a>,
        identity: &'a DrugIdentity,
        first_seen: NaiveDate,
    ) -> Self {
        let descriptor = &candidate.descriptor;
        let brand_words = identity.brand_words();
        let named_brand = !brand_words.is_empty()
            && brand_words
                .iter()
                .all(|word| descriptor.name.words().contains(word) && !identity.name.words().contains(word));
        let likeness = match identity.name.likeness(&descriptor.name) {
            Likeness::OtherWords => {
                let added: Vec<String> = brand_words
                    .iter()
                    .filter(|word| !identity.name.words().contains(word))
                    .cloned()
                    .collect();
                identity.name.likeness(&descriptor.name.without(&added))
            }
            likeness => likeness,
        };
        let shared = |name: &ProductName| {
            name.words()
                .iter()
                .any(|word| descriptor.name.words().contains(word))
        };
        let makers = descriptor
            .brands
            .iter()
            .any(|brand| identity.maker.as_deref() == Some(brand.as_str()));
        Self {
            identity,
            candidate,
            likeness,
            shares_word: shared(&identity.name) || shared(&identity.written),
            ndc_row: index.ndc_row(identity, candidate.published),
            product_row: index.product_row(identity, candidate.published),
            brand_row: index.brand_row(identity, candidate.published),
            brand_in_descriptor: descriptor.brands.iter().any(|brand| identity.has_brand(brand))
                || named_brand
                || makers,
            first_seen,
        }
    }

    fn support(&self) -> Support {
        let routes = &self.candidate.descriptor.routes;
        Support {
            ndc: self.ndc_row.is_some(),
            brand: self.brand_in_descriptor,
            route: routes.iter().any(|route| self.identity.routes.contains(route)),
            name: self.likeness == Likeness::Same,
        }
    }

    fn evidence(&self) -> Vec<Evidence> {
        let mut lines = vec![self.candidate.published.last_changed.clone()];
        let row = self.ndc_row.or(self.product_row).or(self.brand_row);
        lines.extend(row.map(|row| row.evidence.clone()));
        lines.extend(self.identity.evidence.clone());
        lines
    }

    /// A code that ended before the product came to the practice says nothing of today's claims; reused codes are told
    /// apart by their period (domain rule 5).
    fn ended_before_listing(&self) -> Option<Verdict> {
        let period = &self.candidate.published.period;
        let last = period.valid_to.filter(|last| *last < self.first_seen)?;
        Some(Verdict::Different(format!(
            "{} ended on {last}, before the drug was listed",
            period.code
        )))
    }

    /// What rules a candidate out, unless an NDC of the drug stands under it: then a person has to say which is wrong.
    fn contradiction(&self) -> Option<Verdict> {
        let reason = self
            .other_suffix()
            .or_else(|| self.other_brand())
            .or_else(|| self.other_route())?;
        Some(match self.ndc_row {
            Some(row) => Verdict::Unsure(format!(
                "the crosswalk lists NDC {} under {}, but {reason}: check brand, name and NDC on the list",
                row.ndc, self.candidate.published.period.code
            )),
            None if self.slip_of_brand() && self.likeness == Likeness::Same => Verdict::Unsure(format!(
                "the brand is one letter off ({}): correct the brand on the list",
                self.candidate.descriptor.brands.join("/")
            )),
            None => Verdict::Different(reason),
        })
    }

    /// FDA's suffix tells biologics of one ingredient apart (domain rule 6).
    fn other_suffix(&self) -> Option<String> {
        (self.likeness == Likeness::OtherSuffix).then(|| {
            let suffixes = self.candidate.descriptor.name.suffixes();
            format!("it has the other suffix -{}", suffixes.join(", -"))
        })
    }

    /// A brand in the descriptor that is not the drug's: Inflectra and Zymfentra are both infliximab-dyyb.
    fn other_brand(&self) -> Option<String> {
        let brands = &self.candidate.descriptor.brands;
        let conflict = !brands.is_empty() && !self.identity.brands.is_empty() && !self.brand_in_descriptor;
        conflict.then(|| format!("it is for the brand {}", brands.join("/")))
    }

    fn slip_of_brand(&self) -> bool {
        let near = |brand: &String| {
            let mut own = self
                .identity
                .brands
                .iter()
                .flat_map(|own| [Some(&own.key), own.base.as_ref()])
                .flatten();
            own.any(|own| is_one_letter_off(own, brand))
        };
        self.candidate.descriptor.brands.iter().any(near)
    }

    /// The route is a part of the name: Wezlana has one code under the skin and one into the vein.
    fn other_route(&self) -> Option<String> {
        let routes = &self.candidate.descriptor.routes;
        let conflict = !routes.is_empty()
            && !self.identity.routes.is_empty()
            && !routes.iter().any(|route| self.identity.routes.contains(route));
        conflict.then(|| format!("it is for {} use", words_of(routes)))
    }

    /// Decides by the proper name where the words agree; none where they do not.
    fn by_name(&self) -> Option<Verdict> {
        let has_suffix = !self.identity.name.suffixes().is_empty();
        match self.likeness {
            Likeness::Same if has_suffix => Some(self.full_name()),
            Likeness::Same => Some(self.bare_name()),
            Likeness::SuffixMissing if has_suffix => Some(self.suffix_only_on_the_list()),
            Likeness::SuffixMissing => Some(self.suffix_only_in_descriptor()),
            Likeness::OtherSuffix | Likeness::OtherWords => None,
        }
    }

    /// Words and suffix agree. Only a brand that the descriptor names and the list does not can still be another one.
    fn full_name(&self) -> Verdict {
        let unnamed_brand = !self.candidate.descriptor.brands.is_empty() && !self.brand_in_descriptor;
        if unnamed_brand && self.ndc_row.is_none() && self.is_older_than_the_drug() {
            return Verdict::Unsure(format!(
                "{} is for the brand {}, since {}: give the brand or the NDC",
                self.candidate.published.period.code,
                self.candidate.descriptor.brands.join("/"),
                self.candidate.published.period.valid_from
            ));
        }
        self.same(MatchKind::ProperName)
    }

    /// Words agree and neither has a suffix. The bare ingredient alone is no identity (domain rule 6): it needs a
    /// brand, an NDC, the Purple Book's word, or a code that is news.
    fn bare_name(&self) -> Verdict {
        let period = &self.candidate.published.period;
        if self.ndc_row.is_some() || self.brand_in_descriptor || self.brand_row.is_some() {
            return self.same(MatchKind::ProperName);
        }
        if let Some(licensed) = self
            .identity
            .licensed_on
            .filter(|licensed| period.valid_from + NEWS < *licensed)
        {
            return Verdict::Different(format!(
                "the code is in force since {}, the drug was licensed on {licensed}",
                period.valid_from
            ));
        }
        if self.identity.name_is_official || !self.is_older_than_the_drug() {
            return self.same(MatchKind::ProperName);
        }
        Verdict::Unsure(format!(
            "{} is for {} by its bare name, coded since {}, before the drug was listed: give the suffix or the NDC",
            period.code, self.candidate.descriptor.name, self.candidate.name_coded_since
        ))
    }

    /// The list has a suffix, the descriptor has none: most often the reference product's code, seldom an old row.
    fn suffix_only_on_the_list(&self) -> Verdict {
        if self.brand_in_descriptor
            || (self.ndc_row.is_some() && !self.identity.has_rival_suffix(self.candidate))
        {
            return self.same(MatchKind::ProperName);
        }
        if self.ndc_row.is_some() || !self.is_older_than_the_drug() {
            return Verdict::Unsure(format!(
                "{} names {} without the suffix: compare the NDC with the crosswalk",
                self.candidate.published.period.code, self.candidate.descriptor.name
            ));
        }
        Verdict::Different(format!(
            "it is for {} without a suffix",
            self.candidate.descriptor.name
        ))
    }

    /// The list leaves the suffix out: brand Ruxience with "rituximab" must not become a rituximab code by itself.
    fn suffix_only_in_descriptor(&self) -> Verdict {
        if self.brand_in_descriptor || self.ndc_row.is_some() {
            return self.same(MatchKind::ProperName);
        }
        Verdict::Unsure(format!(
            "the list has no suffix, {} is for {}: give the suffix or the NDC",
            self.candidate.published.period.code, self.candidate.descriptor.name
        ))
    }

    /// The names do not agree or none is given: brand and NDC are what is left.
    fn without_name(&self) -> Verdict {
        let unnamed = self.identity.name.is_empty();
        let code = self.candidate.published.period.code;
        if self.brand_in_descriptor && (unnamed || self.shares_word) {
            return self.same(MatchKind::Brand);
        }
        if let Some(row) = self.ndc_row {
            if unnamed || self.shares_word && self.brand_row.is_some() {
                return self.same(MatchKind::Ndc);
            }
            return Verdict::Unsure(format!(
                "the crosswalk lists NDC {} under {code}, but the names differ: check name and NDC on the list",
                row.ndc
            ));
        }
        if let (true, Some(row)) = (unnamed, self.brand_row.or(self.product_row)) {
            return Verdict::Unsure(format!(
                "the crosswalk lists {} under {code}: give the proper name with its suffix or the full NDC",
                row.drug_name
            ));
        }
        self.likely_slip()
            .unwrap_or_else(|| Verdict::Different(self.other_words()))
    }

    /// One letter off, or a co-formulation the list cut short, in a code that is news: a person decides.
    fn likely_slip(&self) -> Option<Verdict> {
        let own = self.identity.name.words();
        let theirs = self.candidate.descriptor.name.words();
        let code = self.candidate.published.period.code;
        let matched = |word: &String| {
            theirs
                .iter()
                .any(|other| other == word || is_one_letter_off(other, word))
        };
        let compatible = self.identity.name.suffixes().is_empty()
            || self.candidate.descriptor.name.suffixes().is_empty()
            || suffixes_alike(
                self.identity.name.suffixes(),
                self.candidate.descriptor.name.suffixes(),
            );
        if !own.is_empty() && own.len() == theirs.len() && own.iter().all(matched) && compatible {
            return Some(Verdict::Unsure(format!(
                "the name is one letter off {}, the name of {code}: correct the name on the list",
                self.candidate.descriptor.name
            )));
        }
        if self.brand_in_descriptor || (own.is_empty() && self.slip_of_brand()) {
            return Some(Verdict::Unsure(format!(
                "{code} is for the brand {}: give the proper name or the NDC",
                self.candidate.descriptor.brands.join("/")
            )));
        }
        let cut_short = !own.is_empty() && own.iter().all(|word| theirs.contains(word));
        (cut_short && !self.is_older_than_the_drug() && self.identity.name.suffixes().is_empty()).then(|| {
            Verdict::Unsure(format!(
                "{code} is for {}, of which the list names a part: give the full proper name or the NDC",
                self.candidate.descriptor.name
            ))
        })
    }

    fn other_words(&self) -> String {
        let own = self.identity.name.words();
        let theirs = self.candidate.descriptor.name.words();
        let beside: Vec<&str> = theirs
            .iter()
            .filter(|word| !own.contains(word))
            .map(String::as_str)
            .collect();
        if !own.is_empty() && own.iter().all(|word| theirs.contains(word)) {
            format!("it is for a product with {} beside it", beside.join(" "))
        } else {
            format!("it is for {}", self.candidate.descriptor.name)
        }
    }

    /// Whether a code for the same name was in force long before the drug came to the practice.
    fn is_older_than_the_drug(&self) -> bool {
        self.candidate.name_coded_since + NEWS < self.first_seen
    }

    fn same(&self, otherwise: MatchKind) -> Verdict {
        let named = self.likeness == Likeness::Same || self.likeness == Likeness::SuffixMissing;
        Verdict::Same(if self.ndc_row.is_some() {
            MatchKind::Ndc
        } else if self.brand_in_descriptor && named {
            MatchKind::BrandAndName
        } else {
            otherwise
        })
    }
}

impl DrugIdentity {
    /// Whether the descriptor excludes biosimilars while the list names a suffix.
    fn has_rival_suffix(&self, candidate: &Candidate<'_>) -> bool {
        !self.name.suffixes().is_empty() && !candidate.descriptor.exclusions.is_empty()
    }
}

fn suffixes_alike(own: &[String], theirs: &[String]) -> bool {
    own.len() == theirs.len()
        && own
            .iter()
            .zip(theirs)
            .all(|(own, their)| own == their || is_one_letter_off(own, their))
}

fn words_of(routes: &[Route]) -> String {
    routes
        .iter()
        .map(|route| route.as_str())
        .collect::<Vec<_>>()
        .join(" or ")
}

/// A code with the same parsed identity that begins right after a recognised one ended is its successor
/// (domain rule 4: Soliris J1300 to J1299), even where its bare name alone would not be enough.
pub fn follow_successors(index: &Index<'_>, weighed: &mut [Weighing]) {
    loop {
        let step = weighed.iter().enumerate().find_map(|(place, open)| {
            let follows = |earlier: &Weighing| {
                matches!(earlier.verdict, Verdict::Same(_))
                    && succeeds(index, open.candidate, earlier.candidate)
            };
            (matches!(open.verdict, Verdict::Unsure(_)) && weighed.iter().any(follows)).then_some(place)
        });
        let Some(place) = step else { return };
        weighed[place].verdict = Verdict::Same(MatchKind::Successor);
    }
}

fn succeeds(index: &Index<'_>, later: usize, earlier: usize) -> bool {
    let (later, earlier) = (index.candidate(later), index.candidate(earlier));
    let Some(last) = earlier.published.period.valid_to else {
        return false;
    };
    let begins = later.published.period.valid_from;
    later.descriptor.name.likeness(&earlier.descriptor.name) == Likeness::Same
        && later.descriptor.brands == earlier.descriptor.brands
        && later.descriptor.routes == earlier.descriptor.routes
        && later.is_interim() == earlier.is_interim()
        && begins > last
        && begins <= last + Days::new(31)
}

/// Two permanent codes for one day cannot both be right: the one with the stronger support stays; a draw is a
/// question for a person, with both named.
pub fn settle_rivals(index: &Index<'_>, weighed: &mut [Weighing]) {
    let rivals = |left: &Weighing, right: &Weighing| {
        let (left, right) = (index.candidate(left.candidate), index.candidate(right.candidate));
        let (a, b) = (&left.published.period, &right.published.period);
        left.is_interim() == right.is_interim()
            && a.code != b.code
            && a.valid_to.is_none_or(|last| b.valid_from <= last)
            && b.valid_to.is_none_or(|last| a.valid_from <= last)
    };
    let verdicts: Vec<Option<Verdict>> = weighed
        .iter()
        .map(|one| {
            if !matches!(one.verdict, Verdict::Same(_)) {
                return None;
            }
            let others = weighed
                .iter()
                .filter(|other| matches!(other.verdict, Verdict::Same(_)) && rivals(one, other));
            let strongest = others.max_by_key(|other| other.support)?;
            let rival = index.candidate(strongest.candidate).published.period.code;
            match strongest.support.cmp(&one.support) {
                std::cmp::Ordering::Less => None,
                std::cmp::Ordering::Equal => {
                    let code = index.candidate(one.candidate).published.period.code;
                    Some(Verdict::Unsure(format!(
                        "{code} and {rival} both fit: give the brand, the route or the NDC"
                    )))
                }
                std::cmp::Ordering::Greater => Some(Verdict::Different(format!("{rival} fits better"))),
            }
        })
        .collect();
    for (weighing, verdict) in weighed.iter_mut().zip(verdicts) {
        if let Some(verdict) = verdict {
            weighing.verdict = verdict;
        }
    }
}

//! HCPCS long descriptors taken apart.
//!
//! Nothing is lost: what is not understood stays in [`Descriptor::rest`].

mod amount;
mod pieces;
mod vocabulary;

use crate::blanks::fold_blanks;
use crate::domain::billing_unit::BillingUnit;
use crate::domain::product_name::{ProductName, comparable, lower_words, without_marks};
use crate::domain::route::Route;
use pieces::{Piece, pieces};
use std::borrow::Cow;
use std::ops::Range;
use vocabulary::{
    BOUNDS, EXCLUSIONS, EXPLAINING, FORMS, LOOSE_SUFFIX, PHRASE_STARTS, USES, is_catch_all, is_describing,
    is_other_name, stands_around_route,
};

/// A long descriptor, such as `Injection, denosumab-bbdz (jubbonti/wyost), biosimilar, 1 mg`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Descriptor {
    /// The form it begins with, lower case: `injection`, `infusion`, `instillation`; none where it begins with the name.
    pub form: Option<&'static str>,
    /// The ingredients with suffix and co-formulation.
    pub name: ProductName,
    /// Brands or makers in parentheses, lower case: `["jubbonti", "wyost"]`.
    pub brands: Vec<String>,
    /// Routes named; empty where the code is for any route.
    pub routes: Vec<Route>,
    /// Whether it says `biosimilar`.
    pub biosimilar: bool,
    /// Whether it is a catch-all: `unclassified`, or `not otherwise specified` without an amount of anything.
    pub catch_all: bool,
    /// Whether it is for versions of a named product that have no code of their own: `pemetrexed, not otherwise specified,
    /// 10 mg`.
    pub for_other_versions: bool,
    /// Exclusions in CMS's words: `not therapeutically equivalent to j0878`, `excludes biosimilar`.
    pub exclusions: Vec<String>,
    /// Uses in CMS's words: `for esrd on dialysis`, `diagnostic`.
    pub uses: Vec<String>,
    /// The billing unit; none where none was understood.
    pub unit: Option<BillingUnit>,
    /// What was not understood, in CMS's words.
    pub rest: Vec<String>,
}

/// The most parts that `and` joins in one segment; real descriptors have three at most.
const MOST_PARTNERS: usize = 12;

impl Descriptor {
    /// Takes a long description apart. Never fails.
    #[must_use]
    pub fn parse(long_description: &str) -> Self {
        let folded = fold_blanks(&long_description.to_lowercase());
        let folded = join_suffix(&folded);
        let (form, body) = split_form(&folded);
        let mut descriptor = Self {
            form,
            ..Self::default()
        };
        descriptor.catch_all = is_catch_all(&folded);
        let mut name = String::with_capacity(body.len() + 1);
        let body = descriptor.read_contents(body);
        for piece in pieces(&body) {
            match piece {
                Piece::Parenthesis(text) => descriptor.read_parenthesis(text, &mut name),
                Piece::Segment(text) => descriptor.read_segment(text, &mut name),
            }
        }
        if !descriptor.routes.is_empty() && folded.contains("implant") {
            push_words(&mut name, "implant");
        }
        descriptor.name = ProductName::new(&name);
        let name = &descriptor.name;
        // Bendamustine is in `(belrapzo/bendamustine)` no brand, but the product again.
        descriptor
            .brands
            .retain(|brand| !brand.split(' ').all(|word| name.has_word(word)));
        descriptor.for_other_versions = descriptor.catch_all && descriptor.is_measured();
        descriptor.catch_all &= !descriptor.for_other_versions;
        descriptor.routes.sort_unstable();
        descriptor.routes.dedup();
        descriptor
    }

    /// Whether there is a name and an amount to bill it by.
    fn is_measured(&self) -> bool {
        !self.name.is_empty() && matches!(self.unit, Some(BillingUnit::Amount { .. }))
    }

    /// Keeps how many cells or genomes a treatment holds, which is neither name nor unit; gives the text without it.
    fn read_contents<'t>(&mut self, body: &'t str) -> Cow<'t, str> {
        let Some(place) = contents(body) else {
            return Cow::Borrowed(body);
        };
        self.uses.push(body[place.clone()].trim().to_owned());
        Cow::Owned(format!("{}{}", &body[..place.start], &body[place.end..]))
    }

    /// Whether it says no more than a name, how strong it is, and what it is called: `pembrolizumab 100 mg/4 ml (keytruda)`.
    #[must_use]
    pub fn is_name_with_strength(&self) -> bool {
        let is_plain = self.uses.is_empty() && self.exclusions.is_empty() && self.rest.is_empty();
        is_plain && !self.name.is_empty() && self.unit.as_ref().is_none_or(is_strength)
    }

    /// Whether every part was understood and a name was found.
    #[must_use]
    pub fn is_understood(&self) -> bool {
        self.rest.is_empty() && (!self.name.is_empty() || self.catch_all)
    }

    fn read_parenthesis(&mut self, text: &str, name: &mut String) {
        let text = text.trim();
        if self.read_phrase(text) {
            return;
        }
        if begins_with_one_of(text, &EXPLAINING)
            || is_other_name(text)
            || text.starts_with(|c: char| c.is_ascii_digit())
        {
            self.uses.push(text.to_owned());
        } else if lower_words(&without_marks(text)).any(is_describing) {
            push_words(name, text);
        } else {
            self.brands.extend(brand_names(text));
        }
    }

    /// Reads a segment with the partners that `and` joins to its amount; what follows the last is not understood.
    fn read_segment(&mut self, text: &str, name: &mut String) {
        let mut partner = Some(text);
        for _ in 0..MOST_PARTNERS {
            let Some(part) = partner else { return };
            partner = self.read_part(part, name);
        }
        self.rest.extend(partner.map(str::to_owned));
    }

    /// Reads a segment up to its amount and what the amount is used for; gives the partner that is joined to it.
    fn read_part<'t>(&mut self, text: &'t str, name: &mut String) -> Option<&'t str> {
        let mut text = text.trim().trim_end_matches('.').trim();
        if text.is_empty() || self.read_phrase(text) {
            return None;
        }
        if let Some((before, phrase)) = split_at_phrase(text) {
            if !self.read_phrase(phrase) {
                self.rest.push(phrase.to_owned());
            }
            text = before;
        }
        let amount = amount::find(text);
        if let Some(unit) = amount.unit {
            self.read_unit(unit);
        }
        push_words(name, amount.before);
        let partner = ["and ", "or "]
            .iter()
            .find_map(|joint| amount.after.strip_prefix(joint));
        if partner.is_none() && !amount.after.is_empty() {
            self.uses.push(amount.after.to_owned());
            return None;
        }
        partner
    }

    /// The first amount is the billing unit; others say how much of a partner or of the product goes with it, and a
    /// percentage how strong it is.
    fn read_unit(&mut self, unit: BillingUnit) {
        let is_strength = matches!(&unit, BillingUnit::Amount { measure, .. } if measure == "%");
        match self.unit {
            None if !is_strength => self.unit = Some(unit),
            _ => self.uses.push(unit.to_string()),
        }
    }

    /// Takes a phrase that is no part of the name; false where it is none of those known.
    fn read_phrase(&mut self, phrase: &str) -> bool {
        if phrase == "biosimilar" {
            self.biosimilar = true;
        } else if begins_with_one_of(phrase, &EXCLUSIONS) {
            self.exclusions.push(phrase.to_owned());
        } else if begins_with_one_of(phrase, &USES)
            || begins_with_one_of(phrase, &["including ", "containing "])
        {
            self.uses.push(phrase.to_owned());
            self.routes.extend(Route::all_in(phrase));
        } else if self.catch_all && is_catch_all(phrase) {
            self.uses.push(phrase.to_owned());
        } else if is_route_phrase(phrase) {
            self.routes.extend(Route::all_in(phrase));
        } else {
            return false;
        }
        true
    }
}

/// A suffix with blanks around its hyphen joined to its name: `fecal microbiota, live - jslm`.
fn join_suffix(text: &str) -> Cow<'_, str> {
    let Some(place) = LOOSE_SUFFIX.find(text.as_bytes()) else {
        return Cow::Borrowed(text);
    };
    let (before, after) = (&text[..place], &text[place + " - ".len()..]);
    let word = after.split([' ', ',', '(']).next().unwrap_or_default();
    if word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Owned(format!("{before}-{after}"));
    }
    Cow::Borrowed(text)
}

/// Where a text tells how many cells or genomes a treatment holds, from its comma to the next outside parentheses:
/// `up to 100 million autologous b-cell maturation antigen (bcma) directed car-positive t cells`.
fn contents(text: &str) -> Option<Range<usize>> {
    if !BOUNDS.iter().any(|bound| bound.find(text.as_bytes()).is_some()) {
        return None;
    }
    let mut start = 0;
    let mut depth = 0_usize;
    let ends = text.char_indices().filter_map(|(place, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        (c == ',' && depth == 0).then_some(place)
    });
    for end in ends.chain([text.len()]) {
        if is_contents(text[start..end].trim_start_matches(',').trim()) {
            return Some(start..end);
        }
        start = end;
    }
    None
}

fn is_contents(phrase: &str) -> bool {
    BOUNDS.iter().any(|bound| bound.find(phrase.as_bytes()).is_some())
        && [" million ", " billion ", " genomes"]
            .iter()
            .any(|word| phrase.contains(word))
}

fn split_form(text: &str) -> (Option<&'static str>, &str) {
    for form in FORMS {
        if let Some(body) = text.strip_prefix(form)
            && body.starts_with([',', ' ', ';'])
        {
            return (
                Some(form.trim_end_matches('.')),
                body.trim_start_matches([',', ' ', ';']),
            );
        }
    }
    (None, text)
}

/// What stands before the first amount in a lower-case text with single blanks: `keytruda` of `keytruda 100 mg`, nothing of
/// `4 ml`; the whole text where there is none.
pub(crate) fn before_amount(text: &str) -> &str {
    let found = amount::find(text);
    found.unit.map_or(text, |_amount| found.before)
}

/// Whether a unit is numbers and measures only.
fn is_strength(unit: &BillingUnit) -> bool {
    match unit {
        BillingUnit::Amount { .. } => true,
        BillingUnit::Whole(text) => text.split([' ', '/']).all(|word| {
            amount::is_measure(word) || word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        }),
    }
}

/// A segment that says the route and nothing else: `for intravenous injection`, `oral`, `via intravitreal implant`.
fn is_route_phrase(phrase: &str) -> bool {
    lower_words(&without_marks(phrase))
        .all(|word| stands_around_route(word) || Route::of_word(word).is_some())
        && !Route::all_in(phrase).is_empty()
}

fn begins_with_one_of(text: &str, beginnings: &[&str]) -> bool {
    // Most differ in their first letter, which is quickly seen.
    let first = text.bytes().next();
    let mut beginnings = beginnings.iter();
    beginnings.any(|beginning| beginning.bytes().next() == first && text.starts_with(beginning))
}

/// Splits `beremagene geperpavec-svdt for topical administration` before the phrase that is no name.
fn split_at_phrase(text: &str) -> Option<(&str, &str)> {
    PHRASE_STARTS.iter().find_map(|start| {
        let (before, phrase) = text.split_at(start.find(text.as_bytes())?);
        let phrase = phrase.trim();
        (is_route_phrase(phrase)
            || begins_with_one_of(phrase, &USES)
            || begins_with_one_of(phrase, &EXCLUSIONS))
        .then_some((before, phrase))
    })
}

fn brand_names(text: &str) -> impl Iterator<Item = String> {
    let unified = text.replace(" or ", "/").replace(" and ", "/").replace(',', "/");
    let names: Vec<String> = unified.split('/').map(comparable).collect();
    names.into_iter().filter(|name| !name.is_empty())
}

fn push_words(name: &mut String, text: &str) {
    name.push(' ');
    name.push_str(text);
}

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod tests;

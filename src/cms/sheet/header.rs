//! Finds the row that names the columns.

use super::{Refusal, Sheet};
use crate::blanks::fold_blanks;
use crate::cms::effective_quarter::{EffectivePeriod, period_in};
use crate::cms::refusal::in_words;

/// How many rows are searched for the header. It stands on row 1 to 13 of real CMS files; a Purple Book listing may
/// have a section of changes before its full list.
const SEARCHED: usize = 500;

/// A column of a table.
pub(in crate::cms) struct Column {
    /// Its name, as CMS prints it.
    pub(in crate::cms) name: &'static str,
    /// Whether a cell, in lower case and with its blanks folded, is the column's name in one of its spellings.
    pub(in crate::cms) is_named: fn(&str) -> bool,
    /// Whether the table is of no use without it.
    pub(in crate::cms) required: bool,
}

impl Column {
    /// A column without which the table is of no use.
    pub(in crate::cms) const fn required(name: &'static str, is_named: fn(&str) -> bool) -> Self {
        Self {
            name,
            is_named,
            required: true,
        }
    }

    /// A column that not every table of the kind has.
    pub(in crate::cms) const fn optional(name: &'static str, is_named: fn(&str) -> bool) -> Self {
        Self {
            name,
            is_named,
            required: false,
        }
    }
}

/// Where the columns of a table are, and what was said before them.
pub(in crate::cms) struct Header<const N: usize> {
    /// The place of each column, counted from 0.
    pub(in crate::cms) places: [Option<usize>; N],
    /// The first period a row before the header names, with its line and text.
    pub(in crate::cms) period: Option<(u32, String, EffectivePeriod)>,
}

/// The row that came closest to being the header.
struct Closest<const N: usize> {
    line: u32,
    matched: usize,
    places: [Option<usize>; N],
    found: Vec<String>,
}

impl Sheet<'_> {
    /// Advances to the header row: the first that names every required column.
    pub(in crate::cms) fn find_header<const N: usize>(
        &mut self,
        columns: &[Column; N],
    ) -> Result<Header<N>, Refusal> {
        let mut period = None;
        let mut closest: Option<Closest<N>> = None;
        let mut searched = 0;
        while searched < SEARCHED && self.advance()? {
            searched += 1;
            let places = self.places(columns);
            if is_complete(columns, &places) {
                return Ok(Header { places, period });
            }
            let matched = places.iter().flatten().count();
            if matched >= 2 && closest.as_ref().is_none_or(|best| best.matched < matched) {
                let found = (0..self.width()).map(|place| self.cell(place).to_owned());
                closest = Some(Closest {
                    line: self.line(),
                    matched,
                    places,
                    found: found.filter(|cell| !cell.is_empty()).collect(),
                });
            }
            if period.is_none() {
                let text = self.text();
                period = period_in(&text).map(|period| (self.line(), text, period));
            }
        }
        Err(self.no_header(columns, closest, searched))
    }

    /// The header, where the current row names every required column again.
    pub(in crate::cms) fn header_here<const N: usize>(&self, columns: &[Column; N]) -> Option<Header<N>> {
        let places = self.places(columns);
        is_complete(columns, &places).then_some(Header { places, period: None })
    }

    fn places<const N: usize>(&self, columns: &[Column; N]) -> [Option<usize>; N] {
        let mut places = [None; N];
        for at in 0..self.width() {
            let cell = self.cell(at);
            // No column has a longer name; explanations in the rows before the header do.
            if cell.is_empty() || cell.len() > 60 {
                continue;
            }
            let name = fold_blanks(cell).to_lowercase();
            let named = columns
                .iter()
                .zip(&mut places)
                .find(|(column, place)| place.is_none() && (column.is_named)(&name));
            if let Some((_, place)) = named {
                *place = Some(at);
            }
        }
        places
    }

    fn no_header<const N: usize>(
        &self,
        columns: &[Column; N],
        closest: Option<Closest<N>>,
        searched: usize,
    ) -> Refusal {
        let required = columns.iter().filter(|column| column.required);
        let Some(closest) = closest else {
            return Refusal::NoHeader {
                member: self.member().to_owned(),
                searched,
                expected: in_words(required.map(|column| column.name)),
            };
        };
        let missing = columns.iter().zip(&closest.places);
        let missing = missing.filter(|(column, place)| column.required && place.is_none());
        Refusal::MissingColumns {
            member: self.member().to_owned(),
            line: closest.line,
            missing: in_words(missing.map(|(column, _)| column.name)),
            found: in_words(closest.found.iter().map(String::as_str)),
        }
    }
}

fn is_complete<const N: usize>(columns: &[Column; N], places: &[Option<usize>; N]) -> bool {
    let mut named = columns.iter().zip(places);
    named.all(|(column, place)| place.is_some() || !column.required)
}

//! What a file's name, or the words of a link to it, say: series, quarter, day of posting.

use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use chrono::{Datelike, NaiveDate};
use std::fmt;

/// How far along a posting calls itself, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Stage {
    /// "preliminary", "draft".
    Preliminary,
    /// Nothing is said.
    #[default]
    Plain,
    /// "final".
    Final,
    /// "restated", "revised", "corrected".
    Restated,
}

/// What a name or a text says. Any part may be unsaid.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Naming {
    /// The series.
    pub source: Option<Source>,
    /// The quarters named, without repeats; more than one cannot be trusted.
    pub quarters: Vec<Quarter>,
    /// The latest day of posting named, as in `12/19/24` or `Updated 09/10/2026`.
    pub posted: Option<NaiveDate>,
    /// How far along it calls itself.
    pub stage: Stage,
    /// The number after a `v`, 0 where there is none.
    pub version: u16,
    words: Vec<String>,
}

/// A file as a link or a name announces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// The series.
    pub source: Source,
    /// The quarter.
    pub quarter: Quarter,
    /// The day of posting in words or address, where one stands there.
    pub posted: Option<NaiveDate>,
    /// How far along it calls itself.
    pub stage: Stage,
    /// The number after a `v`, 0 where there is none.
    pub version: u16,
}

impl Posting {
    /// The posting of `source` for `quarter` that address and words describe; the later of two days counts.
    #[must_use]
    pub fn new(source: Source, quarter: Quarter, href: &Naming, text: &Naming) -> Self {
        Self {
            source,
            quarter,
            posted: href.posted.max(text.posted),
            stage: href.stage.max(text.stage),
            version: href.version.max(text.version),
        }
    }
}

impl Naming {
    /// What `text` says: the words of a link, or a file name with or without its folder.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let words: Vec<String> = lower
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect();
        let view: Vec<&str> = words.iter().map(String::as_str).collect();
        Self {
            source: source(&view),
            quarters: quarters(&view),
            posted: posted(&view),
            stage: stage(&view),
            version: view.iter().filter_map(|word| version(word)).max().unwrap_or(0),
            words,
        }
    }

    /// The series and the quarter, where both are named as CMS names its files; none for a companion of a file, for
    /// another publication, and for any other name.
    #[must_use]
    pub fn file(&self) -> Option<(Source, Quarter)> {
        let [quarter] = self.quarters[..] else { return None };
        let source = self.source?;
        foreign_word(self, self).is_none().then_some((source, quarter))
    }
}

impl fmt::Display for Naming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = self.source.map_or("no series we read", Source::title);
        let quarters: Vec<String> = self.quarters.iter().map(Quarter::to_string).collect();
        let quarters = if quarters.is_empty() {
            "no quarter".to_owned()
        } else {
            quarters.join(" and ")
        };
        write!(f, "{source}, {quarters}")
    }
}

/// Words of other publications on the same pages, wherever they stand.
const FOREIGN: [&str; 12] = [
    "seasonal",
    "vaccine",
    "vaccines",
    "influenza",
    "opps",
    "awp",
    "addendum",
    "addenda",
    "license",
    "prep",
    "asc",
    "dmepos",
];

/// Words that in an address, not in the words of a link, tell of a part or a companion of the file.
const FOREIGN_IN_ADDRESS: [&str; 6] = [
    "correction",
    "corrections",
    "transaction",
    "index",
    "layout",
    "proposed",
];

/// The word by which a link is another publication, or none.
pub(super) fn foreign_word(href: &Naming, text: &Naming) -> Option<&'static str> {
    let stands_in = |naming: &Naming, word: &&str| naming.words.iter().any(|said| said == word);
    let anywhere = |word: &&str| stands_in(href, word) || stands_in(text, word);
    let foreign = FOREIGN.into_iter().find(anywhere);
    foreign.or_else(|| FOREIGN_IN_ADDRESS.into_iter().find(|word| stands_in(href, word)))
}

/// The series that `words` name. The NOC file is asked for first: its name also holds `pricing`.
fn source(words: &[&str]) -> Option<Source> {
    let has = |word: &str| words.contains(&word);
    let file = has("file") || has("files");
    let alpha_numeric = has("alphanumeric") || (has("alpha") && has("numeric"));
    if has("noc") && (has("pricing") || has("crosswalk")) {
        Some(Source::Noc)
    } else if has("ndc") && has("hcpcs") && has("crosswalk") {
        Some(Source::NdcCrosswalk)
    } else if file && ((has("asp") && has("pricing")) || (has("payment") && (has("limit") || has("limits"))))
    {
        Some(Source::AspPricing)
    } else if file && alpha_numeric && has("hcpcs") {
        Some(Source::Hcpcs)
    } else {
        None
    }
}

/// The quarters that `words` name as a release month beside a year, those before a word such as "updated" first:
/// what follows it is a day of posting.
fn quarters(words: &[&str]) -> Vec<Quarter> {
    let told_apart = ["updated", "revised", "posted", "restated", "corrected", "added"];
    let end = words.iter().position(|word| told_apart.contains(word));
    let before = &words[..end.unwrap_or(words.len())];
    let month_first = |pair: &[&str]| release(pair[0], pair[1]);
    let year_first = |pair: &[&str]| release(pair[1], pair[0]);
    let mut found: Vec<Quarter> = before.windows(2).filter_map(month_first).collect();
    if found.is_empty() {
        found = before.windows(2).filter_map(year_first).collect();
    }
    if found.is_empty() {
        found = words.windows(2).filter_map(month_first).collect();
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn release(month: &str, year: &str) -> Option<Quarter> {
    if year.len() != 4 {
        return None;
    }
    Quarter::from_release_month(month, number(year)?)
}

/// A number of digits only.
fn number(word: &str) -> Option<u16> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| word.parse().ok()).flatten()
}

/// The latest day that `words` name, of those that make a date between 2000 and 2099.
fn posted(words: &[&str]) -> Option<NaiveDate> {
    let mut latest = None;
    let mut rest = words;
    while let Some((first, after)) = rest.split_first() {
        let quarter = after.first().and_then(|year| release(first, year));
        if quarter.is_some() {
            rest = &after[1..];
            continue;
        }
        latest = latest.max(day_at(rest));
        rest = after;
    }
    latest
}

/// The day that the first words of `words` name: `12 19 24`, `12 19 2024`, `2024 12 19`, `december 19 2024`,
/// `12192024`, `20241219` or `121924`.
fn day_at(words: &[&str]) -> Option<NaiveDate> {
    let run = words.first()?;
    if matches!(run.len(), 6 | 8) && number_run(run) {
        return day_in_run(run);
    }
    let [first, second, third] = *words.first_chunk()?;
    if first.len() == 4 {
        return day(first, second, third);
    }
    let month = month_number(first).map(|month| month.to_string());
    day(third, month.as_deref().unwrap_or(first), second)
}

fn number_run(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

fn day_in_run(run: &str) -> Option<NaiveDate> {
    let part = |from: usize, to: usize| run.get(from..to).unwrap_or_default();
    let month_first = day(part(4, run.len()), part(0, 2), part(2, 4));
    month_first.or_else(|| day(part(0, 4), part(4, 6), part(6, 8)))
}

/// The day of `year` (four digits, or two of this century), `month` and `day` (one or two digits).
fn day(year: &str, month: &str, day: &str) -> Option<NaiveDate> {
    let short = |word: &str| (1..=2).contains(&word.len());
    if !short(month) || !short(day) {
        return None;
    }
    let year = match year.len() {
        2 => 2000 + i32::from(number(year)?),
        4 => i32::from(number(year)?),
        _ => return None,
    };
    let date = NaiveDate::from_ymd_opt(year, u32::from(number(month)?), u32::from(number(day)?))?;
    (2000..=2099).contains(&date.year()).then_some(date)
}

/// The number of a month named in full or by three letters, in lower case.
fn month_number(word: &str) -> Option<usize> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let place = MONTHS
        .iter()
        .position(|month| *month == word || (word.len() == 3 && month.starts_with(word)))?;
    Some(place + 1)
}

fn stage(words: &[&str]) -> Stage {
    let stage_of = |word: &&str| match *word {
        "preliminary" | "prelim" | "draft" => Some(Stage::Preliminary),
        "final" => Some(Stage::Final),
        "restated" | "revised" | "corrected" => Some(Stage::Restated),
        _ => None,
    };
    words.iter().filter_map(stage_of).max().unwrap_or_default()
}

/// The number of a word such as `v4`.
fn version(word: &str) -> Option<u16> {
    word.strip_prefix('v')
        .filter(|rest| !rest.is_empty())
        .and_then(number)
}

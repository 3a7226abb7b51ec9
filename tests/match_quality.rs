//! The labelled quality gate: drug lines written by hand from facts, each with the code that is its own on a day, or
//! none, matched against the fixture releases. A wrong confirmed code fails; so does a habit that finds less than
//! before.
#![cfg(test)]

use chrono::{Months, NaiveDate, NaiveTime};
use hcpcs_watch::cms::purple_book::PurpleBookProduct;
use hcpcs_watch::config::Config;
use hcpcs_watch::domain::code::HcpcsCode;
use hcpcs_watch::domain::crosswalk::CrosswalkPair;
use hcpcs_watch::domain::drug::{DrugEntry, Setting};
use hcpcs_watch::domain::evidence::Evidence;
use hcpcs_watch::domain::period::PublishedPeriod;
use hcpcs_watch::matching::index::{Index, described};
use hcpcs_watch::matching::{Circumstances, Weighed, match_drug};
use hcpcs_watch::pipeline::{self, Moment};
use hcpcs_watch::store::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// One row of `fixtures/labelled_pairs.csv`.
struct Pair {
    habit: String,
    entry: DrugEntry,
    expected: Option<HcpcsCode>,
    reason: String,
    as_of: NaiveDate,
}

/// Everything the fixture releases say.
struct Published {
    periods: Vec<PublishedPeriod>,
    crosswalk: Vec<CrosswalkPair>,
    purple_book: Vec<(PurpleBookProduct, Evidence)>,
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn pairs() -> Vec<Pair> {
    let mut reader = csv::Reader::from_path(fixtures().join("labelled_pairs.csv")).unwrap();
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| {
        let given = |column: usize| (!row[column].is_empty()).then(|| row[column].to_owned());
        Pair {
            habit: row[0].to_owned(),
            entry: DrugEntry {
                brand: given(1),
                proper_name: given(2),
                ndcs: given(3).map(|ndc| ndc.parse().unwrap()).into_iter().collect(),
                route: given(4),
                ..DrugEntry::default()
            },
            expected: given(5).map(|code| code.parse().unwrap()),
            reason: row[6].to_owned(),
            as_of: row[7].parse().unwrap(),
        }
    })
    .collect()
}

/// Loads every fixture release in the order of its quarters.
fn published() -> Published {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("hcpcs-watch.toml");
    let text = "[practice]\nname = \"Quality\"\ntime_zone = \"America/New_York\"\n[source]\nlocation = \".\"\n[mail]\ntransport = \"none\"\n";
    std::fs::write(&config, text).unwrap();
    let config = Config::load(&config).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(fixtures().join("cms"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| !path.to_string_lossy().contains("seasonal"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files.push(fixtures().join("purple-book.csv"));
    let today: NaiveDate = "2025-12-31".parse().unwrap();
    let now = today.and_time(NaiveTime::MIN).and_utc();
    let report = pipeline::import(&config, Moment { today, now }, &files).unwrap();
    assert_eq!(report.problems, []);
    let store = Store::open_read_only(&config.storage.database).unwrap();
    let listed = store.purple_book().unwrap().into_iter();
    Published {
        periods: store.periods().unwrap(),
        crosswalk: store.crosswalk_pairs().unwrap(),
        purple_book: listed.map(|listed| (listed.product, listed.evidence)).collect(),
    }
}

impl Published {
    /// The day on which a practice would have put the product on its list: two quarters before its code came, when it
    /// was billed under the catch-all code; for a product without a code the day the question is asked.
    fn first_seen(&self, pair: &Pair) -> NaiveDate {
        let starts = self.periods.iter().map(|published| &published.period);
        let of_code =
            starts.filter(|period| Some(period.code) == pair.expected && period.contains(pair.as_of));
        let start = of_code.map(|period| period.valid_from).next();
        start.map_or(pair.as_of, |start| start - Months::new(6))
    }
}

/// How one habit fared.
#[derive(Default)]
struct Tally {
    rows: usize,
    /// Rows whose product has a code of its own.
    with_code: usize,
    confirmed: usize,
    in_review: usize,
    missed: Vec<String>,
    wrong: Vec<String>,
}

fn tally(published: &Published, pairs: &[Pair]) -> BTreeMap<String, Tally> {
    let descriptors = described(&published.periods);
    let index = Index::new(
        &published.periods,
        &descriptors,
        &published.crosswalk,
        &published.purple_book,
    );
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for pair in pairs {
        let circumstances = Circumstances {
            first_seen: published.first_seen(pair),
            setting: Setting::Office,
        };
        let outcome = match_drug(&index, &pair.entry, circumstances);
        let on_the_day = |list: &[Weighed]| -> Vec<HcpcsCode> {
            let periods = list.iter().map(|weighed| &weighed.published.period);
            periods
                .filter(|period| period.contains(pair.as_of))
                .map(|period| period.code)
                .collect()
        };
        let tally = tallies.entry(pair.habit.clone()).or_default();
        tally.judge(pair, &on_the_day(&outcome.same), &on_the_day(&outcome.unsure));
    }
    tallies
}

impl Tally {
    fn judge(&mut self, pair: &Pair, confirmed: &[HcpcsCode], in_review: &[HcpcsCode]) {
        let line = format!(
            "{:?}/{:?}/{:?} ({}): expected {:?}, confirmed {confirmed:?}, in review {in_review:?}",
            pair.entry.brand, pair.entry.proper_name, pair.entry.ndcs, pair.reason, pair.expected
        );
        self.rows += 1;
        if confirmed.iter().any(|code| Some(*code) != pair.expected) {
            self.wrong.push(line.clone());
        }
        let Some(expected) = pair.expected else { return };
        self.with_code += 1;
        if confirmed.contains(&expected) {
            self.confirmed += 1;
        } else if in_review.contains(&expected) {
            self.in_review += 1;
        } else {
            self.missed.push(line);
        }
    }
}

/// What each habit has to reach, in rows: confirmed, and confirmed or in review. May be raised, not lowered.
const FLOORS: [(&str, usize, usize); 7] = [
    ("full", 126, 127),
    ("names-only-caps", 73, 74),
    ("proper-name-only", 36, 38),
    ("brand-only", 30, 30),
    ("brand-and-name-without-suffix", 30, 30),
    ("slip", 2, 17),
    ("ndc-only", 26, 26),
];

#[test]
fn no_labelled_pair_is_confirmed_wrongly_and_no_habit_finds_less_than_before() {
    let pairs = pairs();
    assert!(pairs.len() >= 150);
    let tallies = tally(&published(), &pairs);
    eprintln!(
        "{:<30} {:>5} {:>9} {:>9} {:>9} {:>6} {:>5}",
        "habit", "rows", "with code", "confirmed", "in review", "missed", "wrong"
    );
    for (habit, tally) in &tallies {
        let (missed, wrong) = (tally.missed.len(), tally.wrong.len());
        eprintln!(
            "{habit:<30} {:>5} {:>9} {:>9} {:>9} {missed:>6} {wrong:>5}",
            tally.rows, tally.with_code, tally.confirmed, tally.in_review
        );
        tally.missed.iter().for_each(|line| eprintln!("  missed {line}"));
    }
    for (habit, confirmed, found) in FLOORS {
        let tally = &tallies[habit];
        assert_eq!(tally.wrong, Vec::<String>::new(), "{habit}");
        assert!(
            tally.confirmed >= confirmed,
            "{habit}: {} confirmed",
            tally.confirmed
        );
        let reached = tally.confirmed + tally.in_review;
        assert!(
            reached >= found,
            "{habit}: {reached} confirmed or in review: {:#?}",
            tally.missed
        );
    }
    assert_eq!(tallies.len(), FLOORS.len());
}

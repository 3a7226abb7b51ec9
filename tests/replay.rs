//! Replays 28 real quarters: every posting is loaded on the day it was posted, the drugs of the list of known transitions
//! are put on the practice's list two quarters before their code, in every habit of keeping a list, and what is told is
//! held against what is known. Products without a code of their own are watched beside them.
//!
//! Needs the real CMS files; says so and passes where they are not there.
#![cfg(test)]

#[path = "replay/habits.rs"]
mod habits;
#[path = "support/shared.rs"]
mod shared;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use habits::Habit;
use hcpcs_watch::config::Config;
use hcpcs_watch::domain::alert::{Alert, AlertKind, Decision};
use hcpcs_watch::domain::code::HcpcsCode;
use hcpcs_watch::domain::drug::{DrugEntry, DrugId, Setting};
use hcpcs_watch::domain::quarter::Quarter;
use hcpcs_watch::domain::source::Source;
use hcpcs_watch::pipeline::{self, Moment};
use hcpcs_watch::store::Store;
use hcpcs_watch::store::alerts::AlertFilter;
use shared::shared;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A drug that is known to have left its catch-all code.
struct Transition {
    entry: DrugEntry,
    code: HcpcsCode,
    effective: NaiveDate,
    published_in: Quarter,
    /// Codes it had before, which are right as well.
    earlier: Vec<String>,
}

fn transitions(shared: &Path) -> Vec<Transition> {
    let text = std::fs::read_to_string(shared.join("truth/transitions.tsv")).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let transition = |row: &csv::StringRecord| Transition {
        entry: DrugEntry {
            brand: given(&row[0]),
            proper_name: given(&row[1]),
            ndcs: row[2].parse().into_iter().collect(),
            ..DrugEntry::default()
        },
        code: row[3].parse().unwrap(),
        effective: row[4].parse().unwrap(),
        published_in: row[5].parse().unwrap(),
        earlier: row[9]
            .split(|c: char| !c.is_alphanumeric())
            .map(str::to_owned)
            .collect(),
    };
    rows.iter().map(transition).collect()
}

/// Every posting of the mirror by the day it was posted.
fn postings(shared: &Path) -> BTreeMap<NaiveDate, Vec<PathBuf>> {
    let mirror = shared.join("cms/mirror");
    let catalog: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(mirror.join("catalog.json")).unwrap()).unwrap();
    let mut postings: BTreeMap<NaiveDate, Vec<PathBuf>> = BTreeMap::new();
    for entry in catalog.as_array().unwrap() {
        if entry["path"].as_str().unwrap().contains("seasonal") {
            continue;
        }
        for version in entry["versions"].as_array().unwrap() {
            let posted = version["posted"].as_str().unwrap().parse().unwrap();
            let file = mirror.join("files").join(version["file"].as_str().unwrap());
            postings.entry(posted).or_default().push(file);
        }
    }
    postings
}

fn at(today: NaiveDate) -> Moment {
    let now: DateTime<Utc> = today.and_time(NaiveTime::MIN).and_utc();
    Moment { today, now }
}

fn config(folder: &Path, purple_book: Option<&Path>) -> Config {
    let path = folder.join("hcpcs-watch.toml");
    let purple_book = purple_book
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let text = format!(
        "[practice]\nname = \"Replay\"\ntime_zone = \"America/New_York\"\n[source]\nlocation = \".\"\npurple_book = {purple_book:?}\n[mail]\ntransport = \"none\"\n"
    );
    std::fs::write(&path, text).unwrap();
    Config::load(&path).unwrap()
}

/// One line of the practice's list and what is known of it.
struct Watched {
    habit: Habit,
    entry: DrugEntry,
    /// The quarter in which it comes onto the list.
    listed_in: Quarter,
    /// The transition it stands for; none where the product has no code of its own.
    transition: Option<usize>,
    id: Option<DrugId>,
}

/// Every line to be watched. Two lines of one identity are told apart by a setting that changes nothing.
fn watched(transitions: &[Transition]) -> Vec<Watched> {
    let mut lines = Vec::new();
    for (place, transition) in transitions.iter().enumerate() {
        for (habit, mut entry) in habits::entries(&transition.entry, place) {
            entry.setting = (habit == Habit::NamesOnly).then_some(Setting::Office);
            lines.push(Watched {
                habit,
                entry,
                listed_in: transition.published_in.previous().previous(),
                transition: Some(place),
                id: None,
            });
        }
    }
    let kept_since = [("2018Q4", None), ("2025Q2", Some(Setting::Office))];
    for (place, product) in habits::WITHOUT_CODE.iter().enumerate() {
        for (habit, entry) in habits::entries(&habits::entry(product), place) {
            lines.extend(kept_since.map(|(quarter, setting)| Watched {
                habit,
                entry: DrugEntry {
                    setting,
                    ..entry.clone()
                },
                listed_in: quarter.parse().unwrap(),
                transition: None,
                id: None,
            }));
        }
    }
    lines
}

/// What was told when everything was loaded.
struct Replayed {
    transitions: Vec<Transition>,
    watched: Vec<Watched>,
    alerts: Vec<Alert>,
    /// The day on which each quarter's HCPCS file was first posted or last re-posted.
    posted: BTreeMap<Quarter, NaiveDate>,
    rejected_rows: Vec<String>,
}

fn replay(shared: &Path, purple_book: bool) -> Replayed {
    let folder = tempfile::tempdir().unwrap();
    let book = shared.join("cms/purple-book.csv");
    let config = config(folder.path(), purple_book.then_some(book.as_path()));
    let transitions = transitions(shared);
    let mut replayed = Replayed {
        watched: watched(&transitions),
        transitions,
        alerts: Vec::new(),
        posted: BTreeMap::new(),
        rejected_rows: Vec::new(),
    };
    for (today, mut files) in postings(shared) {
        list_drugs(&config, today, &mut replayed.watched);
        if purple_book {
            files.push(book.clone());
        }
        let report = pipeline::import(&config, at(today), &files).unwrap();
        assert_eq!(report.problems, [], "{today}");
        let rejected = report.rejected_rows.iter();
        replayed
            .rejected_rows
            .extend(rejected.map(|row| format!("{row:?}")));
        let hcpcs = report
            .loaded
            .iter()
            .filter(|release| release.source == Source::Hcpcs);
        replayed
            .posted
            .extend(hcpcs.map(|release| (release.quarter, today)));
    }
    let store = Store::open_read_only(&config.storage.database).unwrap();
    replayed.alerts = store.alerts(AlertFilter::default()).unwrap();
    replayed
}

fn list_drugs(config: &Config, today: NaiveDate, watched: &mut [Watched]) {
    let mut store = Store::open(&config.storage.database).unwrap();
    let transaction = store.begin(at(today).now, "replay").unwrap();
    for line in watched
        .iter_mut()
        .filter(|line| line.id.is_none() && line.listed_in.first_day() <= today)
    {
        line.id = Some(transaction.add_drug(&line.entry, today).unwrap());
    }
    transaction.commit().unwrap();
}

/// How one habit fared.
#[derive(Debug, Default)]
struct Tally {
    lines: usize,
    on_time: usize,
    late: Vec<String>,
    in_review: Vec<String>,
    missed: Vec<String>,
    wrong: Vec<String>,
}

impl Replayed {
    fn tallies(&self) -> BTreeMap<Habit, Tally> {
        let mut told: BTreeMap<DrugId, Vec<&Alert>> = BTreeMap::new();
        for alert in &self.alerts {
            told.entry(alert.finding.drug.id).or_default().push(alert);
        }
        let mut tallies: BTreeMap<Habit, Tally> = BTreeMap::new();
        for line in &self.watched {
            let own = told.get(&line.id.unwrap()).map_or(&[][..], Vec::as_slice);
            let tally = tallies.entry(line.habit).or_default();
            self.note_wrong(line, own, tally);
            if let Some(place) = line.transition {
                self.note_found(line, &self.transitions[place], own, tally);
            }
        }
        tallies
    }

    /// A confirmed code is wrong unless it is the product's own: the one of the transition, one it had before, or one
    /// it has after (Soliris went from J1300 to J1299, Idacio from Q5131 to Q5144).
    fn note_wrong(&self, line: &Watched, own: &[&Alert], tally: &mut Tally) {
        let right: BTreeSet<String> = line.transition.map_or_else(BTreeSet::new, |place| {
            let brand = &self.transitions[place].entry.brand;
            let same = self
                .transitions
                .iter()
                .filter(|other| other.entry.brand == *brand);
            same.flat_map(|other| [vec![other.code.to_string()], other.earlier.clone()].concat())
                .collect()
        });
        for alert in own.iter().filter(|alert| is_confirmed(alert)) {
            let finding = &alert.finding;
            let codes = [
                Some(finding.from_code).filter(|code| *code != line.entry.noc_code),
                finding.to_code,
            ];
            for code in codes
                .into_iter()
                .flatten()
                .filter(|code| !right.contains(code.as_str()))
            {
                let name = name_of(&line.entry);
                tally
                    .wrong
                    .push(format!("{name}: {} {code} ({})", finding.kind, alert.raised_on));
            }
        }
    }

    fn note_found(&self, line: &Watched, transition: &Transition, own: &[&Alert], tally: &mut Tally) {
        let name = format!("{} {}", name_of(&line.entry), transition.code);
        let posted = self.posted[&transition.published_in];
        let found = own.iter().filter(|alert| is_confirmed(alert)).find(|alert| {
            alert.finding.to_code == Some(transition.code)
                && alert.finding.effective_date == Some(transition.effective)
        });
        let mut candidates = own.iter().flat_map(|alert| &alert.finding.candidates);
        let asked = candidates.any(|candidate| candidate.code == transition.code);
        tally.lines += 1;
        match found {
            Some(alert) if alert.raised_on <= posted => tally.on_time += 1,
            Some(alert) => tally
                .late
                .push(format!("{name} raised {}, posted {posted}", alert.raised_on)),
            None if asked => tally.in_review.push(name),
            None => tally.missed.push(name),
        }
    }
}

fn is_confirmed(alert: &Alert) -> bool {
    alert.finding.decision == Decision::Confirmed && alert.finding.kind != AlertKind::InterimCode
}

fn name_of(entry: &DrugEntry) -> String {
    let ndc = entry.ndcs.first().map(ToString::to_string);
    let parts = [entry.brand.clone(), entry.proper_name.clone(), ndc];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" / ")
}

/// What a habit has to reach, in percent of its lines.
struct Floor {
    habit: Habit,
    /// Told with the exact date in the posting that published it.
    on_time: usize,
    /// Told, or put before a person with the right code among the candidates, by the last quarter.
    found_or_asked: usize,
}

fn check(purple_book: bool, floors: &[Floor]) {
    let Some(shared) = shared("cms/mirror/catalog.json") else {
        return;
    };
    let replayed = replay(&shared, purple_book);
    let tallies = replayed.tallies();
    eprintln!(
        "28 quarters, Purple Book {}",
        if purple_book { "given" } else { "not given" }
    );
    for (habit, tally) in &tallies {
        eprintln!(
            "{habit:<28} {:>3} lines: {:>3} on time, {} late, {} in review, {} missed, {} wrong",
            tally.lines,
            tally.on_time,
            tally.late.len(),
            tally.in_review.len(),
            tally.missed.len(),
            tally.wrong.len()
        );
        eprintln!(
            "  late {:?}\n  in review {:?}\n  missed {:?}\n  wrong {:?}",
            tally.late, tally.in_review, tally.missed, tally.wrong
        );
    }
    eprintln!("rejected rows {:?}", replayed.rejected_rows);
    for floor in floors {
        let tally = &tallies[&floor.habit];
        let found = tally.lines - tally.missed.len();
        assert_eq!(tally.wrong, Vec::<String>::new(), "{}", floor.habit);
        assert!(
            tally.on_time * 100 >= tally.lines * floor.on_time,
            "{}: too few on time",
            floor.habit
        );
        assert!(
            found * 100 >= tally.lines * floor.found_or_asked,
            "{}: too many missed",
            floor.habit
        );
    }
    assert_eq!(floors.len(), tallies.len());
    // One cell of the April 2024 crosswalk reads `21.3125?`.
    assert!(replayed.rejected_rows.iter().all(|row| row.contains("21.3125?")));
}

const fn floor(habit: Habit, on_time: usize, found_or_asked: usize) -> Floor {
    Floor {
        habit,
        on_time,
        found_or_asked,
    }
}

#[test]
fn with_a_purple_book_no_real_transition_is_missed_and_none_is_wrong() {
    check(
        true,
        &[
            floor(Habit::Full, 100, 100),
            floor(Habit::NamesOnly, 100, 100),
            // The Hylecta line says "trastuzumab", the Eylea HD line "aflibercept", the Wezlana line no route, and the
            // Haegarda line a name that three brands have.
            floor(Habit::ProperOnly, 95, 100),
            floor(Habit::BrandOnly, 100, 100),
            floor(Habit::WithoutSuffix, 100, 100),
            floor(Habit::SlipInStem, 0, 100),
            floor(Habit::SlipInSuffix, 0, 100),
            floor(Habit::SlipInBrand, 0, 100),
            // The first crosswalk held is of January 2024.
            floor(Habit::NdcOnly, 0, 100),
        ],
    );
}

#[test]
fn without_a_purple_book_real_transitions_are_found_and_none_is_wrong() {
    check(
        false,
        &[
            floor(Habit::Full, 97, 100),
            floor(Habit::NamesOnly, 97, 100),
            floor(Habit::ProperOnly, 90, 97),
            // Descriptors seldom name the brand, and the crosswalk does so late.
            floor(Habit::BrandOnly, 36, 88),
            floor(Habit::WithoutSuffix, 37, 100),
            floor(Habit::SlipInStem, 0, 97),
            floor(Habit::SlipInSuffix, 0, 100),
            floor(Habit::SlipInBrand, 0, 100),
            floor(Habit::NdcOnly, 0, 100),
        ],
    );
}

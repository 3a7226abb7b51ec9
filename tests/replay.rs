//! Replays 28 real quarters: every posting is loaded on the day it was posted, the drugs of the list of known transitions
//! are put on the practice's list two quarters before their code, and what is told is held against what is known.
//!
//! Needs the real CMS files; says so and passes where they are not there.
#![cfg(test)]

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use hcpcs_watch::config::Config;
use hcpcs_watch::domain::alert::{Alert, AlertKind, Decision};
use hcpcs_watch::domain::code::HcpcsCode;
use hcpcs_watch::domain::drug::DrugEntry;
use hcpcs_watch::domain::quarter::Quarter;
use hcpcs_watch::domain::source::Source;
use hcpcs_watch::pipeline::{self, Moment};
use hcpcs_watch::store::Store;
use hcpcs_watch::store::alerts::AlertFilter;
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

fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("HCPCS_WATCH_SHARED").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    folder.join("cms/mirror/catalog.json").is_file().then_some(folder)
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
            noc_code: HcpcsCode::UNCLASSIFIED_BIOLOGICS,
            route: None,
            setting: None,
            manufacturer: None,
            dose: None,
            started_on: None,
            notes: None,
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

#[derive(Default)]
struct Tally {
    on_time: usize,
    late: Vec<String>,
    review: Vec<String>,
    missed: Vec<String>,
    wrong: Vec<String>,
    rejected_rows: usize,
}

fn replay(shared: &Path, purple_book: bool) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let book = shared.join("cms/purple-book.csv");
    let config = config(folder.path(), purple_book.then_some(book.as_path()));
    let transitions = transitions(shared);
    let mut tally = Tally::default();
    let mut posted: BTreeMap<Quarter, NaiveDate> = BTreeMap::new();
    let mut listed = vec![false; transitions.len()];
    for (today, mut files) in postings(shared) {
        let moment = at(today);
        let mut store = Store::open(&config.storage.database).unwrap();
        let transaction = store.begin(moment.now, "replay").unwrap();
        for (transition, listed) in transitions.iter().zip(&mut listed) {
            let quarter = transition.published_in.previous().previous();
            if !*listed && quarter.first_day() <= today {
                transaction.add_drug(&transition.entry, today).unwrap();
                *listed = true;
            }
        }
        transaction.commit().unwrap();
        drop(store);
        if purple_book {
            files.push(book.clone());
        }
        let report = pipeline::import(&config, moment, &files).unwrap();
        assert_eq!(report.problems, [], "{today}");
        tally.rejected_rows += report.rejected_rows.len();
        for release in report
            .loaded
            .iter()
            .filter(|release| release.source == Source::Hcpcs)
        {
            posted.insert(release.quarter, today);
        }
    }
    let store = Store::open_read_only(&config.storage.database).unwrap();
    let alerts = store.alerts(AlertFilter::default()).unwrap();
    for transition in &transitions {
        judge(
            transition,
            &transitions,
            &alerts,
            posted[&transition.published_in],
            &mut tally,
        );
    }
    tally
}

fn judge(
    transition: &Transition,
    all: &[Transition],
    alerts: &[Alert],
    posted: NaiveDate,
    tally: &mut Tally,
) {
    let name = format!("{} {}", transition.entry.display_name(), transition.code);
    let same_drug = |other: &Transition| other.entry.brand == transition.entry.brand;
    let right: BTreeSet<String> = all
        .iter()
        .filter(|other| same_drug(other))
        .flat_map(|other| [vec![other.code.to_string()], other.earlier.clone()].concat())
        .collect();
    let own: Vec<&Alert> = alerts
        .iter()
        .filter(|alert| alert.finding.drug.entry.brand == transition.entry.brand)
        .collect();
    let permanent = |alert: &&&Alert| {
        alert.finding.decision == Decision::Confirmed && alert.finding.kind != AlertKind::InterimCode
    };
    for alert in own.iter().filter(permanent) {
        if let Some(code) = alert
            .finding
            .to_code
            .filter(|code| !right.contains(code.as_str()))
        {
            tally.wrong.push(format!("{name}: {} {code}", alert.finding.kind));
        }
    }
    let found = own.iter().filter(permanent).find(|alert| {
        alert.finding.to_code == Some(transition.code)
            && alert.finding.effective_date == Some(transition.effective)
    });
    let asked = own.iter().any(|alert| {
        alert
            .finding
            .candidates
            .iter()
            .any(|candidate| candidate.code == transition.code)
    });
    match found {
        Some(alert) if alert.raised_on <= posted => tally.on_time += 1,
        Some(alert) => tally
            .late
            .push(format!("{name}: raised {}, posted {posted}", alert.raised_on)),
        None if asked => tally.review.push(name),
        None => tally.missed.push(name),
    }
}

fn check(purple_book: bool, least_on_time_percent: usize) {
    let Some(shared) = shared() else {
        eprintln!("skipped: no real CMS files; set HCPCS_WATCH_SHARED to their folder");
        return;
    };
    let all = transitions(&shared).len();
    let tally = replay(&shared, purple_book);
    eprintln!(
        "replay of 28 quarters, Purple Book {}: {} of {all} on time, late {:?}, in review {:?}, missed {:?}, wrong {:?}, rejected rows {}",
        if purple_book { "given" } else { "not given" },
        tally.on_time,
        tally.late,
        tally.review,
        tally.missed,
        tally.wrong,
        tally.rejected_rows
    );
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert_eq!(tally.rejected_rows, 0);
    assert!(tally.on_time * 100 >= all * least_on_time_percent);
}

#[test]
fn with_a_purple_book_no_real_transition_is_missed_and_none_is_wrong() {
    check(true, 95);
}

#[test]
fn without_a_purple_book_real_transitions_are_found_and_none_is_wrong() {
    check(false, 90);
}

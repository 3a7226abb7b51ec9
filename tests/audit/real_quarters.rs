//! Real quarters: the day before and the day itself for every known transition, and how long a report takes.

use crate::shared::shared;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use hcpcs_watch::config::Config;
use hcpcs_watch::domain::drug::DrugEntry;
use hcpcs_watch::pipeline::{self, Moment};
use hcpcs_watch::report::audit::{Audit, AuditFormat, render};
use hcpcs_watch::report::format::Look;
use hcpcs_watch::store::Store;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn postings(shared: &Path) -> BTreeMap<NaiveDate, Vec<PathBuf>> {
    let mirror = shared.join("cms/mirror");
    let text = std::fs::read_to_string(mirror.join("catalog.json")).unwrap();
    let catalog: serde_json::Value = serde_json::from_str(&text).unwrap();
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

/// 500 drugs: the known ones, and variations of their names that are other drugs to the list.
fn list(rows: &[csv::StringRecord]) -> Vec<DrugEntry> {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let entry = |row: &csv::StringRecord| DrugEntry {
        brand: given(&row[0]),
        proper_name: given(&row[1]),
        ndcs: row[2].parse().into_iter().collect(),
        ..DrugEntry::default()
    };
    let known: Vec<DrugEntry> = rows.iter().map(entry).collect();
    let more = known.iter().cycle().zip(1..).map(|(one, number)| DrugEntry {
        brand: one.brand.as_ref().map(|brand| format!("{brand} {number}")),
        ..one.clone()
    });
    known.iter().cloned().chain(more).take(500).collect()
}

fn at(today: NaiveDate) -> Moment {
    let now: DateTime<Utc> = today.and_time(NaiveTime::MIN).and_utc();
    Moment { today, now }
}

/// A practice that had `drugs` on its list from the first posting on, and the day of the last posting.
fn replay(shared: &Path, folder: &Path, drugs: &[DrugEntry]) -> (Config, NaiveDate) {
    let path = folder.join("hcpcs-watch.toml");
    let text = "[practice]\nname = \"Replay\"\n[source]\nlocation = \".\"\n[mail]\ntransport = \"none\"\n";
    std::fs::write(&path, text).unwrap();
    let config = Config::load(&path).unwrap();
    let postings = postings(shared);
    let (first, last) = (
        *postings.keys().next().unwrap(),
        *postings.keys().next_back().unwrap(),
    );
    let mut store = Store::open(&config.storage.database).unwrap();
    let transaction = store.begin(at(first).now, "command").unwrap();
    for entry in drugs {
        transaction.add_drug(entry, first).unwrap();
    }
    transaction.commit().unwrap();
    drop(store);
    for (posted, mut files) in postings {
        if posted == last {
            files.push(shared.join("cms/purple-book.csv"));
        }
        pipeline::import(&config, at(posted), &files).unwrap();
    }
    (config, last)
}

/// Says how long each format takes and keeps the files where `HCPCS_WATCH_KEEP_REPORTS` names a folder.
fn write_all(audit: &Audit) {
    for format in [
        AuditFormat::Table,
        AuditFormat::Json,
        AuditFormat::Csv,
        AuditFormat::Xlsx,
        AuditFormat::Html,
    ] {
        let begin = Instant::now();
        let written = render(audit, format, Look::default()).unwrap();
        eprintln!("{format:?}: {:?}, {} KiB", begin.elapsed(), written.len() / 1024);
        if let Some(folder) = std::env::var_os("HCPCS_WATCH_KEEP_REPORTS") {
            let name = format!("audit-500.{}", format!("{format:?}").to_lowercase());
            std::fs::write(Path::new(&folder).join(name), written).unwrap();
        }
    }
}

#[test]
fn the_right_code_stands_on_each_side_of_every_real_transition() {
    let Some(shared) = shared("cms/mirror/catalog.json") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(shared.join("truth/transitions.tsv")).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let drugs = list(&rows);
    let (config, today) = replay(&shared, folder.path(), &drugs);
    let store = Store::open_read_only(&config.storage.database).unwrap();
    let begin = Instant::now();
    let audit = pipeline::audit(&config, &store, at(today), today).unwrap();
    let took = begin.elapsed();
    eprintln!(
        "audit of {} drugs over 28 quarters: {took:?}, {} alerts",
        drugs.len(),
        audit.alerts.len()
    );
    assert!(took < Duration::from_millis(500), "{took:?}");
    let begin = Instant::now();
    let earlier = pipeline::audit(&config, &store, at(today), today - Days::new(400)).unwrap();
    eprintln!("the same as of {}: {:?}", earlier.as_of, begin.elapsed());
    write_all(&audit);
    let mut wrong = Vec::new();
    for row in &rows {
        let is_named = |given: &Option<String>, name: &str| given.as_deref().unwrap_or_default() == name;
        let drug = audit
            .drugs
            .iter()
            .find(|drug| is_named(&drug.brand, &row[0]) && is_named(&drug.proper_name, &row[1]))
            .unwrap();
        let (code, effective): (&str, NaiveDate) = (&row[3], row[4].parse().unwrap());
        let on = |date: NaiveDate| -> Vec<String> {
            drug.codes_on(date).map(|span| span.code.to_string()).collect()
        };
        let before = on(effective.pred_opt().unwrap());
        if on(effective) != [code] || before.iter().any(|before| before == code) {
            wrong.push(format!(
                "{} {code} from {effective}: {before:?} then {:?}",
                drug.name,
                on(effective)
            ));
        }
    }
    assert_eq!(wrong, Vec::<String>::new(), "of {} transitions", rows.len());
}

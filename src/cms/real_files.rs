//! Tests over the real CMS files, where they are at hand: `$HCPCS_WATCH_SHARED`, default `../shared`.

use super::hcpcs_file::{self, HcpcsRecord};
use super::{Content, Table, identify, read};
use crate::archive::Archive;
use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source, SourceFile};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn shared(path: &str) -> Option<PathBuf> {
    Some(crate::shared::shared(path)?.join(path))
}

fn mirror_files() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = shared("cms/mirror/files") else {
        return Vec::new();
    };
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn source_file(name: &str, source: Source, quarter: Quarter, bytes: &[u8]) -> SourceFile {
    SourceFile {
        source,
        quarter,
        origin: name.to_owned(),
        name: name.to_owned(),
        sha256: Sha256::of(bytes),
    }
}

/// The series and quarter that the names of the mirror stand for: `xwalk-2025-oct.zip`.
fn expected(name: &str) -> (Source, Quarter) {
    let parts: Vec<&str> = name.trim_end_matches(".zip").split('-').collect();
    let source = match parts[0] {
        "hcpcs" => Source::Hcpcs,
        "asp" => Source::AspPricing,
        "xwalk" => Source::NdcCrosswalk,
        "noc" => Source::Noc,
        other => panic!("{other}"),
    };
    let quarter = Quarter::from_release_month(parts[2], parts[1].parse().unwrap()).unwrap();
    (source, quarter)
}

/// Rows used, rows rejected, rows left out.
type Summary = (usize, Vec<String>, Vec<(&'static str, usize)>);

/// The rejected rows of a file with the number of rows used and left out.
fn summary<R>(table: &Table<R>) -> Summary {
    let rejected = table.rejected.iter();
    let rejected = rejected.map(|row| format!("line {}: {} | {}", row.line, row.reason, row.text));
    (table.rows.len(), rejected.collect(), table.left_out.clone())
}

fn summaries(content: &Content) -> Vec<Summary> {
    match content {
        Content::Hcpcs(table) => vec![summary(table)],
        Content::AspPricing(table) => vec![summary(table)],
        Content::NdcCrosswalk(table) => vec![summary(table)],
        Content::Noc(tables) => {
            let pricing = tables.pricing.iter().map(summary);
            pricing.chain(tables.crosswalk.iter().map(summary)).collect()
        }
        Content::PurpleBook(table) => vec![summary(table)],
    }
}

#[test]
fn every_file_of_the_mirror_is_identified_and_read_without_unexplained_rejections() {
    let mut unexplained = Vec::new();
    for (name, bytes) in mirror_files() {
        if name.starts_with("decoy") {
            let refused = identify(&name, &bytes).unwrap_err();
            assert_eq!(refused.code(), "unknown-file", "{name}");
            continue;
        }
        let (source, quarter) = identify("renamed by its owner.zip", &bytes).unwrap();
        assert_eq!((source, quarter), expected(&name), "{name}");
        let start = Instant::now();
        let content = read(&source_file(&name, source, quarter, &bytes), &bytes).unwrap();
        let took = start.elapsed();
        for (rows, rejected, left_out) in summaries(&content) {
            eprintln!("{name}: {rows} rows in {took:?}, left out {left_out:?}, rejected {rejected:?}");
            assert!(rows > 0, "{name}");
            unexplained.extend(rejected.into_iter().filter(|row| !is_explained(row)));
        }
        let other = source_file(&name, source, quarter.next(), &bytes);
        assert_eq!(
            read(&other, &bytes).unwrap_err().code(),
            "wrong-quarter",
            "{name}"
        );
    }
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}

/// Rejections that are right: in April 2024 CMS itself printed `21.3125?` for the units of J7674.
fn is_explained(row: &str) -> bool {
    row.contains("BILLUNITS `21.3125?` is not a number")
}

fn by_code(table: Table<HcpcsRecord>) -> BTreeMap<String, HcpcsRecord> {
    let rows = table.rows.into_iter().map(|placed| placed.row);
    rows.map(|row| (row.code.to_string(), row)).collect()
}

#[test]
fn text_and_workbook_of_one_release_hold_the_same_records() {
    for (name, bytes) in mirror_files() {
        let is_one = ["hcpcs-2019-jan", "hcpcs-2020-jan", "hcpcs-2025-oct-v4"]
            .iter()
            .any(|one| name.starts_with(one));
        if !is_one {
            continue;
        }
        let mut archive = Archive::open(&name, &bytes).unwrap();
        let members: Vec<String> = archive.member_names().map(str::to_owned).collect();
        let main = members
            .iter()
            .filter(|member| super::members::role(member) == Some(super::members::Role::Codes));
        let mut tables = main.map(|member| {
            let bytes = archive.read(member).unwrap();
            let start = Instant::now();
            let table = hcpcs_file::parse(member, &bytes).unwrap();
            eprintln!(
                "{member}: {} in {:?}, {:?}",
                table.rows.len(),
                start.elapsed(),
                table.left_out
            );
            by_code(table)
        });
        let (first, second) = (tables.next().unwrap(), tables.next().unwrap());
        assert_eq!(first.len(), second.len(), "{name}");
        let mut differences = 0;
        for (code, record) in &first {
            let mut record = record.clone();
            // The workbook of January 2019 leaves ACT EFF DT empty on some rows where the text repeats ADD DT.
            if record.action_effective_date == record.add_date
                && second
                    .get(code)
                    .is_some_and(|other| other.action_effective_date.is_none())
            {
                record.action_effective_date = None;
            }
            if second.get(code) != Some(&record) {
                differences += 1;
                if differences < 20 {
                    eprintln!("{name} {code}\n  {record:?}\n  {:?}", second.get(code));
                }
            }
        }
        assert_eq!(differences, 0, "{name}");
    }
}

#[test]
fn csv_and_workbook_of_one_pricing_file_hold_the_same_rows() {
    let files = mirror_files();
    let Some((name, bytes)) = files.iter().find(|(name, _)| name == "asp-2025-jan-b.zip") else {
        return;
    };
    let mut archive = Archive::open(name, bytes).unwrap();
    let members: Vec<String> = archive.member_names().map(str::to_owned).collect();
    let tables: Vec<_> = members
        .iter()
        .map(|member| super::asp_pricing::parse(member, &archive.read(member).unwrap()).unwrap())
        .collect();
    let [first, second] = &tables[..] else {
        panic!("{members:?}")
    };
    let rows = |dated: &super::Dated<super::asp_pricing::PricingRow>| -> Vec<_> {
        dated.table.rows.iter().map(|placed| placed.row.clone()).collect()
    };
    assert_eq!(
        first.period.as_ref().map(|period| period.2),
        second.period.as_ref().map(|period| period.2)
    );
    for (first, second) in rows(first).iter().zip(rows(second)) {
        assert_eq!(first, &second);
    }
    assert_eq!(rows(first).len(), rows(second).len());
}

#[test]
fn one_quarter_is_parsed_fast() {
    let files = mirror_files();
    let bytes = |wanted: &str| {
        files
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, bytes)| bytes)
    };
    let mut took = Duration::ZERO;
    for (name, source) in [
        ("hcpcs-2025-oct-v4.zip", Source::Hcpcs),
        ("asp-2025-oct.zip", Source::AspPricing),
        ("xwalk-2025-oct.zip", Source::NdcCrosswalk),
    ] {
        let Some(bytes) = bytes(name) else { return };
        let file = source_file(name, source, "2025Q4".parse().unwrap(), bytes);
        let start = Instant::now();
        read(&file, bytes).unwrap();
        took += start.elapsed();
    }
    eprintln!("one quarter: {took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn the_purple_book_is_read() {
    let Some(path) = shared("cms/purple-book.csv") else {
        return;
    };
    let bytes = std::fs::read(path).unwrap();
    let (source, quarter) = identify("purple-book.csv", &bytes).unwrap();
    assert_eq!((source, quarter), (Source::PurpleBook, "2025Q1".parse().unwrap()));
    let file = source_file("purple-book.csv", source, quarter, &bytes);
    let Content::PurpleBook(table) = read(&file, &bytes).unwrap() else {
        panic!("not a Purple Book");
    };
    eprintln!(
        "purple book: {} rows, {:?}, {:?}",
        table.rows.len(),
        table.left_out,
        table.rejected
    );
    assert!(table.rejected.is_empty());
    let briumvi = table
        .rows
        .iter()
        .find(|placed| placed.row.brands == ["Briumvi"])
        .unwrap();
    assert_eq!(briumvi.row.proper_name, "ublituximab-xiiy");
    assert_eq!(briumvi.row.route, "intravenous");
    assert_eq!(briumvi.row.approved_on, "2022-12-28".parse().ok());
}

//! The gates against quiet damage, on real files: no real posting is stopped, whatever quarters lie between it and what is
//! held, and damage that parses is refused with its reason.
//!
//! Needs the real CMS files; says so and passes where they are not there.
#![cfg(test)]

#[expect(dead_code, reason = "shared with the tests from end to end")]
#[path = "e2e/practice.rs"]
mod practice;
#[path = "support/shared.rs"]
mod shared;

use chrono::{Months, NaiveDate};
use hcpcs_watch::archive::Archive;
use hcpcs_watch::cms::hcpcs_file::{self, HcpcsRecord};
use hcpcs_watch::cms::ndc_crosswalk::CrosswalkRow;
use hcpcs_watch::cms::{self, Content, Table};
use hcpcs_watch::domain::payment_limit::PaymentLimit;
use hcpcs_watch::domain::quarter::Quarter;
use hcpcs_watch::domain::source::{Sha256, Source, SourceFile};
use hcpcs_watch::validate::{self, Held};
use practice::Practice;
use shared::shared;
use std::path::{Path, PathBuf};

/// The files of the mirror in the order in which they were posted; none where they are not there.
fn postings() -> Vec<PathBuf> {
    let Some(folder) = shared("cms/mirror/catalog.json") else {
        return Vec::new();
    };
    let mirror = folder.join("cms/mirror");
    let catalog = std::fs::read_to_string(mirror.join("catalog.json")).unwrap();
    let catalog: serde_json::Value = serde_json::from_str(&catalog).unwrap();
    let entries = catalog.as_array().unwrap().iter();
    let mut versions: Vec<(String, PathBuf)> = entries
        .filter(|entry| !entry["path"].as_str().unwrap().contains("seasonal"))
        .flat_map(|entry| entry["versions"].as_array().unwrap())
        .map(|version| {
            let text = |field: &str| version[field].as_str().unwrap().to_owned();
            (text("posted"), mirror.join("files").join(text("file")))
        })
        .collect();
    versions.sort();
    versions.into_iter().map(|(_, file)| file).collect()
}

struct Posting {
    name: String,
    source: Source,
    quarter: Quarter,
    content: Content,
}

fn read(path: &Path) -> Posting {
    let bytes = std::fs::read(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let (source, quarter) = cms::taken_for(&name, &bytes).unwrap();
    let file = SourceFile {
        source,
        quarter,
        origin: name.clone(),
        name: name.clone(),
        sha256: Sha256::of(&bytes),
    };
    let content = cms::read(&file, &bytes).unwrap();
    Posting {
        name,
        source,
        quarter,
        content,
    }
}

/// What would be held of one posting.
fn held(posting: &Posting) -> Held {
    let mut held = Held::default();
    let quarter = posting.quarter;
    match &posting.content {
        Content::Hcpcs(table) => held.records.clone_from(&table.rows),
        Content::AspPricing(table) => {
            let rows = table.rows.iter();
            let limits = rows.map(|placed| (placed.row.code, placed.row.payment_limit));
            held.limits.push((quarter, limits.collect()));
        }
        Content::NdcCrosswalk(table) => {
            let rows = table.rows.iter();
            let packages = rows.map(|placed| ((placed.row.ndc, placed.row.code), placed.row.clone()));
            held.packages.push((quarter, packages.collect()));
        }
        Content::Noc(_) | Content::PurpleBook(_) => {}
    }
    held
}

fn failed(content: &Content, quarter: Quarter, held: &Held) -> Vec<&'static str> {
    let failed = validate::content(content, quarter, held);
    failed.iter().map(validate::FailedGate::code).collect()
}

#[test]
fn no_real_posting_is_stopped_beside_any_earlier_one() {
    let postings: Vec<Posting> = postings().iter().map(|path| read(path)).collect();
    let mut compared = 0;
    for (place, earlier) in postings.iter().enumerate() {
        let alone = validate::content(&earlier.content, earlier.quarter, &Held::default());
        assert_eq!(alone, [], "{}", earlier.name);
        let held = held(earlier);
        let later = postings[place + 1..].iter().filter(|later| {
            later.source == earlier.source && later.source != Source::Noc && later.quarter >= earlier.quarter
        });
        for later in later {
            let failed = validate::content(&later.content, later.quarter, &held);
            assert_eq!(failed, [], "{} after {}", later.name, earlier.name);
            compared += 1;
        }
    }
    eprintln!("{compared} pairs of postings, {} alone", postings.len());
}

#[test]
fn real_files_are_imported_from_any_quarter_on_and_with_quarters_missed() {
    let postings = postings();
    if postings.is_empty() {
        return;
    }
    let since = |year: u32| {
        let is_since = move |path: &&PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.split('-').nth(1).unwrap().parse::<u32>().unwrap() >= year
        };
        postings.iter().filter(is_since).cloned().collect::<Vec<_>>()
    };
    let missing = |months: [&str; 2]| {
        let is_left = |path: &&PathBuf| !months.iter().any(|month| path.to_string_lossy().contains(month));
        postings.iter().filter(is_left).cloned().collect::<Vec<_>>()
    };
    for files in [
        postings.clone(),
        since(2023),
        missing(["-apr", "-jul"]),
        missing(["-oct", "-jan"]),
    ] {
        let practice = Practice::new();
        let paths = files.iter().map(|path| path.to_str().unwrap());
        let words: Vec<&str> = ["releases", "import"].into_iter().chain(paths).collect();
        practice
            .call(&[&words[..], &["--today", "2026-01-15"]].concat())
            .with(0);
        let refused = practice.status("2026-01-15")["refused"].clone();
        assert_eq!(refused, serde_json::json!([]));
    }
}

fn posting(name: &str) -> Option<Posting> {
    let paths = postings();
    let path = paths.iter().find(|path| path.ends_with(name))?;
    Some(read(path))
}

fn hcpcs(posting: &Posting) -> Table<HcpcsRecord> {
    match &posting.content {
        Content::Hcpcs(table) => table.clone(),
        other => panic!("{other:?}"),
    }
}

/// The rows with what `part` of each row moved to the row after it.
fn moved_by_one<R, P: Clone>(rows: &mut [cms::Placed<R>], part: impl Fn(&mut R) -> &mut P) {
    for at in (1..rows.len()).rev() {
        let above = part(&mut rows[at - 1].row).clone();
        *part(&mut rows[at].row) = above;
    }
}

/// A damaged release, with the gates that tell so by itself and those that do beside the release before it.
struct Damaged {
    what: &'static str,
    table: Table<HcpcsRecord>,
    alone: &'static [&'static str],
    beside: &'static [&'static str],
}

/// July 2023 with each record changed.
fn july_with(july: &Posting, damage: &dyn Fn(&mut HcpcsRecord)) -> Table<HcpcsRecord> {
    let mut table = hcpcs(july);
    table.rows.iter_mut().for_each(|placed| damage(&mut placed.row));
    table
}

fn are_refused(july: &Posting, april: &Posting, cases: Vec<Damaged>) {
    for case in cases {
        let content = Content::Hcpcs(case.table);
        let found = failed(&content, july.quarter, &Held::default());
        let told = |gates: &[&str]| gates.iter().all(|gate| found.contains(gate));
        assert!(told(case.alone), "{}: {found:?}", case.what);
        let found = failed(&content, july.quarter, &held(april));
        let expected = [case.alone, case.beside].concat();
        assert!(!expected.is_empty(), "{}", case.what);
        let is_told = expected.iter().all(|gate| found.contains(gate));
        assert!(is_told, "{}: {found:?}", case.what);
    }
}

#[test]
fn a_real_release_with_wrong_dates_is_refused() {
    let (Some(april), Some(july)) = (posting("hcpcs-2023-apr.zip"), posting("hcpcs-2023-jul.zip")) else {
        return;
    };
    let shifted = |months: u32, is_shifted: fn(&HcpcsRecord) -> bool| {
        july_with(&july, &move |row| {
            let later = |day: NaiveDate| day.checked_add_months(Months::new(months));
            if is_shifted(row) {
                row.add_date = row.add_date.and_then(later);
                row.termination_date = row.termination_date.and_then(later);
            }
        })
    };
    let one_date = |row: &mut HcpcsRecord| row.add_date = NaiveDate::from_ymd_opt(2023, 7, 1);
    let changes_as_ends = |row: &mut HcpcsRecord| row.termination_date = row.action_effective_date;
    let cases = vec![
        Damaged {
            what: "shifted by a quarter",
            table: shifted(3, |_| true),
            alone: &["j3590-displaced", "additions-of-another-quarter"],
            beside: &["rewritten-dates"],
        },
        Damaged {
            what: "shifted by a year",
            table: shifted(12, |_| true),
            alone: &["j3590-displaced", "additions-of-another-quarter"],
            beside: &["rewritten-dates"],
        },
        Damaged {
            what: "news alone shifted by a quarter",
            table: shifted(3, |row| row.action == Some(hcpcs_file::Action::Add)),
            alone: &["additions-of-another-quarter"],
            beside: &[],
        },
        Damaged {
            what: "one date for all",
            table: july_with(&july, &one_date),
            alone: &["j3590-displaced", "one-date-for-all"],
            beside: &["rewritten-dates"],
        },
        Damaged {
            what: "ACT EFF DT as TERM DT",
            table: july_with(&july, &changes_as_ends),
            alone: &[],
            beside: &["too-many-ended"],
        },
        Damaged {
            what: "no TERM DT",
            table: july_with(&july, &|row| row.termination_date = None),
            alone: &[],
            beside: &["rewritten-dates"],
        },
    ];
    are_refused(&july, &april, cases);
}

#[test]
fn a_real_release_with_wrong_codes_is_refused() {
    let (Some(april), Some(july)) = (posting("hcpcs-2023-apr.zip"), posting("hcpcs-2023-jul.zip")) else {
        return;
    };
    let mut rows_moved = hcpcs(&july);
    moved_by_one(&mut rows_moved.rows, |row| &mut row.long_description);
    let mut half_of_j = hcpcs(&july);
    let is_j = |row: &HcpcsRecord| row.code.as_str().starts_with('J');
    half_of_j
        .rows
        .retain(|placed| !is_j(&placed.row) || placed.line % 2 == 1);
    let mut twice = hcpcs(&july);
    twice.rows.push(twice.rows[17].clone());
    let cases = vec![
        Damaged {
            what: "descriptions on the next row",
            table: rows_moved,
            alone: &["j3590-displaced"],
            beside: &["rewritten-descriptions"],
        },
        Damaged {
            what: "half of the J codes gone",
            table: half_of_j,
            alone: &[],
            beside: &["too-few-codes"],
        },
        Damaged {
            what: "a code twice",
            table: twice,
            alone: &["duplicate-codes"],
            beside: &[],
        },
        Damaged {
            what: "April under July's name",
            table: hcpcs(&april),
            alone: &["additions-of-another-quarter"],
            beside: &[],
        },
    ];
    are_refused(&july, &april, cases);
}

#[test]
fn a_real_release_with_a_column_too_many_or_too_few_is_refused() {
    let paths = postings();
    let Some(path) = paths.iter().find(|path| path.ends_with("hcpcs-2023-jul.zip")) else {
        return;
    };
    let zip = std::fs::read(path).unwrap();
    let mut archive = Archive::open("hcpcs.zip", &zip).unwrap();
    let is_main = |name: &&str| name.contains("ANWEB.txt");
    let member = archive.member_names().find(is_main).unwrap().to_owned();
    let bytes = archive.read(&member).unwrap();
    // The first column of each field of the record.
    for column in [1, 4, 6, 11, 12, 92, 120, 205, 230, 269, 277, 285] {
        for is_inserted in [true, false] {
            let mut moved = Vec::with_capacity(bytes.len() * 2);
            for line in bytes.split(|byte| *byte == b'\n') {
                let (before, after) = line.split_at((column - 1).min(line.len()));
                moved.extend_from_slice(before);
                if is_inserted {
                    moved.push(b' ');
                    moved.extend_from_slice(after);
                } else {
                    moved.extend_from_slice(after.get(1..).unwrap_or_default());
                }
                moved.push(b'\n');
            }
            let refused = match hcpcs_file::parse(&member, &moved) {
                Ok(table) => failed(
                    &Content::Hcpcs(table),
                    "2023Q3".parse().unwrap(),
                    &Held::default(),
                ),
                Err(refusal) => vec![refusal.code()],
            };
            assert!(!refused.is_empty(), "column {column}, inserted: {is_inserted}");
        }
    }
}

#[test]
fn real_prices_that_were_damaged_are_refused() {
    let (Some(before), Some(now)) = (posting("asp-2025-jul.zip"), posting("asp-2025-oct.zip")) else {
        return;
    };
    let Content::AspPricing(whole) = &now.content else {
        panic!("{:?}", now.source)
    };
    let priced = |price: &dyn Fn(PaymentLimit) -> Option<PaymentLimit>| {
        let mut table = whole.clone();
        for placed in &mut table.rows {
            placed.row.payment_limit = placed.row.payment_limit.and_then(price);
        }
        table
    };
    let times = |factor: i64, scale: u32| {
        let factor = rust_decimal::Decimal::new(factor, scale);
        priced(&move |limit| (limit.dollars() * factor).to_string().parse().ok())
    };
    let mut rows_moved = whole.clone();
    moved_by_one(&mut rows_moved.rows, |row| &mut row.payment_limit);
    let mut few = whole.clone();
    few.rows.retain(|placed| placed.line % 3 == 0);
    let Content::AspPricing(older) = before.content.clone() else {
        panic!("{:?}", before.source)
    };
    for (what, table, gate) in [
        ("ten times as much", times(10, 0), "implausible-limits"),
        ("a thousandth", times(1, 3), "implausible-limits"),
        ("limits on the next row", rows_moved, "implausible-limits"),
        (
            "co-insurance as limit",
            priced(&|_| "20".parse().ok()),
            "one-limit-for-all",
        ),
        ("no limits", priced(&|_| None), "too-few-limits"),
        ("two thirds gone", few, "too-few-prices"),
        ("July under October's name", older, "limits-of-another-quarter"),
    ] {
        let found = failed(&Content::AspPricing(table), now.quarter, &held(&before));
        assert!(found.contains(&gate), "{what}: {found:?}");
    }
}

#[test]
fn a_real_crosswalk_that_was_damaged_is_refused() {
    let (Some(before), Some(now)) = (posting("xwalk-2025-jul.zip"), posting("xwalk-2025-oct.zip")) else {
        return;
    };
    let Content::NdcCrosswalk(whole) = &now.content else {
        panic!("{:?}", now.source)
    };
    let damaged = |damage: &dyn Fn(&mut CrosswalkRow)| {
        let mut table = whole.clone();
        table.rows.iter_mut().for_each(|placed| damage(&mut placed.row));
        table
    };
    let swapped = damaged(&|row| std::mem::swap(&mut row.bill_units, &mut row.package_quantity));
    let tenfold =
        damaged(&|row| row.bill_units = row.bill_units.map(|units| units * rust_decimal::Decimal::TEN));
    let mut rows_moved = whole.clone();
    moved_by_one(&mut rows_moved.rows, |row| &mut row.ndc);
    let mut few = whole.clone();
    few.rows.retain(|placed| placed.line % 3 == 0);
    let Content::NdcCrosswalk(older) = before.content.clone() else {
        panic!("{:?}", before.source)
    };
    for (what, table, gate) in [
        ("BILLUNITS and PKG QTY swapped", swapped, "rewritten-quantities"),
        ("BILLUNITS tenfold", tenfold, "rewritten-quantities"),
        ("two thirds gone", few, "too-few-packages"),
        ("July under October's name", older, "rows-of-another-quarter"),
    ] {
        let found = failed(&Content::NdcCrosswalk(table), now.quarter, &held(&before));
        assert!(found.contains(&gate), "{what}: {found:?}");
    }
    let found = failed(&Content::NdcCrosswalk(rows_moved), now.quarter, &held(&before));
    assert!(!found.is_empty(), "NDCs on the next row");
}

#[test]
fn codes_that_leave_the_price_files_in_january_2026_raise_no_alert() {
    let postings = postings();
    if postings.is_empty() {
        return;
    }
    // Aduhelm and four skin substitutes: priced and in the crosswalk in October 2025, in neither in January 2026, and
    // their codes stand.
    let practice = Practice::new();
    practice.write(
        "drugs.csv",
        "brand,proper_name,ndc\nAduhelm,aducanumab-avwa,\nIntegra,,08478-8004-07\nBilayer,,08478-4014-06\n\
         Oasis,,08533-6756-60\nMatristem,,86190-0001-17\nBriumvi,ublituximab-xiiy,73150-0150-06\n",
    );
    let of = |parts: &[&str]| -> Vec<&str> {
        let paths = postings.iter().map(|path| path.to_str().unwrap());
        paths
            .filter(|path| parts.iter().any(|part| path.contains(part)))
            .collect()
    };
    let import = |files: Vec<&str>, day: &str| {
        let words = [&["releases", "import"][..], &files, &["--today", day]].concat();
        practice.call(&words).with(0);
    };
    practice
        .call(&["drugs", "import", "drugs.csv", "--today", "2025-12-01"])
        .with(0);
    import(of(&["2025-jul", "2025-oct"]), "2025-12-01");
    let before = practice.alerts();
    assert!(
        before.iter().any(|alert| alert["to_code"] == "J0172"),
        "{before:?}"
    );
    import(of(&["asp-2026-jan", "xwalk-2026-jan"]), "2026-01-02");
    assert_eq!(practice.alerts(), before);
}

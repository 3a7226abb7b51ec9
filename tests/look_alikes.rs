//! Hunts for wrong confirmations: from every drug descriptor of a real release, lines of a drug list are made that are
//! not that product, or may not be, and the matcher must never confirm the code.
//!
//! Needs the real CMS files; says so and passes where they are not there.
#![cfg(test)]

#[path = "support/shared.rs"]
mod shared;

use chrono::NaiveDate;
use hcpcs_watch::cms::purple_book::PurpleBookProduct;
use hcpcs_watch::cms::{self, Content};
use hcpcs_watch::domain::descriptor::Descriptor;
use hcpcs_watch::domain::drug::{DrugEntry, Setting};
use hcpcs_watch::domain::evidence::Evidence;
use hcpcs_watch::domain::period::{CodePeriod, PublishedPeriod, Standing};
use hcpcs_watch::domain::product_name::{Likeness, ProductName};
use hcpcs_watch::domain::quarter::Quarter;
use hcpcs_watch::domain::route::Route;
use hcpcs_watch::domain::source::{Sha256, Source, SourceFile};
use hcpcs_watch::matching::index::{Index, described, is_drug_family};
use hcpcs_watch::matching::{Circumstances, match_drug};
use shared::shared;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Instant;

fn read(path: &Path, source: Source, quarter: &str) -> (Content, Sha256) {
    let bytes = std::fs::read(path).unwrap();
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let sha256 = Sha256::of(&bytes);
    let file = SourceFile {
        source,
        quarter: quarter.parse().unwrap(),
        origin: name.clone(),
        name,
        sha256,
    };
    (cms::read(&file, &bytes).unwrap(), sha256)
}

fn evidence(source: Source, quarter: &str, line: u32, sha256: Sha256, text: &str) -> Evidence {
    Evidence {
        source,
        quarter: quarter.parse::<Quarter>().ok(),
        revision: 1,
        member: "member".into(),
        line,
        sha256,
        text: text.into(),
    }
}

/// The periods that one release shows.
fn periods(shared: &Path, file: &str, quarter: &str) -> Vec<PublishedPeriod> {
    let path = shared.join("cms/mirror/files").join(file);
    let (Content::Hcpcs(table), sha256) = read(&path, Source::Hcpcs, quarter) else {
        panic!("{file} is no HCPCS file")
    };
    let rows = table.rows.into_iter().filter_map(|placed| {
        let record = placed.row;
        let line = evidence(
            Source::Hcpcs,
            quarter,
            placed.line,
            sha256,
            &record.long_description,
        );
        Some(PublishedPeriod {
            period: CodePeriod {
                code: record.code,
                valid_from: record.add_date?,
                valid_to: record.termination_date,
            },
            descriptor: record.long_description.into(),
            cross_references: record.cross_references,
            standing: Standing::Published,
            first_published: line.clone(),
            last_changed: line,
        })
    });
    rows.collect()
}

fn line(brand: &str, name: &str, route: &str) -> DrugEntry {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    DrugEntry {
        brand: given(brand),
        proper_name: given(name),
        route: given(route),
        ..DrugEntry::default()
    }
}

/// A line made from a descriptor, and how.
struct Made {
    how: &'static str,
    entry: DrugEntry,
}

/// The proper name of a descriptor as a list would have it.
fn name_of(descriptor: &Descriptor) -> Option<String> {
    let words = descriptor.name.words();
    match descriptor.name.suffixes() {
        _ if words.is_empty() => None,
        [] => Some(words.join(" ")),
        [suffix] => Some(format!("{}-{suffix}", words.join(" "))),
        _ => None,
    }
}

/// Lines that are not the product of `descriptor`.
fn others(descriptor: &Descriptor) -> Vec<Made> {
    let Some(name) = name_of(descriptor) else {
        return Vec::new();
    };
    let brand = descriptor.brands.first().map_or("", String::as_str);
    let bare = descriptor.name.words().join(" ");
    if descriptor.name.words().iter().any(|word| word == "hd") {
        return Vec::new();
    }
    let mut made = Vec::new();
    let mut add = |how, entry| made.push(Made { how, entry });
    if !descriptor.name.suffixes().is_empty() {
        add("a sibling's suffix", line("", &format!("{bare}-qzqz"), ""));
        add(
            "a sibling's suffix and the brand",
            line(brand, &format!("{bare}-qzqz"), ""),
        );
        add("an unknown brand and no suffix", line("Zzyzxa", &bare, ""));
    }
    if !brand.is_empty() {
        add("another brand", line("Zzyzxa", &name, ""));
    }
    add(
        "a partner beside it",
        line("", &format!("{bare} and hyaluronidase-qzqz"), ""),
    );
    if name != "aflibercept" {
        add("a prefix", line("", &format!("ziv-{name}"), ""));
        add("high dose", line("", &format!("{name} hd"), ""));
    }
    if let [first, _, ..] = descriptor.name.words() {
        add(
            "one ingredient of several",
            line("", &format!("{first}-qzqz"), ""),
        );
    }
    if descriptor.form == Some("injection") && descriptor.routes.is_empty() {
        add("taken by mouth", line(brand, &name, "oral"));
    }
    for route in ["intravenous", "subcutaneous", "intravitreal", "oral", "topical"] {
        let routes = Route::all_in(route);
        if !descriptor.routes.is_empty() && !descriptor.routes.iter().any(|known| routes.contains(known)) {
            add("another route", line(brand, &name, route));
        }
    }
    made
}

fn wrong_in(release: &[PublishedPeriod], today: &str) -> (usize, BTreeMap<&'static str, Vec<String>>) {
    let descriptors = described(release);
    let index = Index::new(release, &descriptors, &[], &[]);
    let today: NaiveDate = today.parse().unwrap();
    let mut tried = 0;
    let mut wrong: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for published in release
        .iter()
        .filter(|published| is_drug_family(published.period.code))
    {
        let descriptor = Descriptor::parse(&published.descriptor);
        let from = published.period.valid_from;
        // Listed just before the code came, when it is news, and today, when it is old.
        for (first_seen, made) in [from, today]
            .into_iter()
            .flat_map(|day| others(&descriptor).into_iter().map(move |made| (day, made)))
        {
            tried += 1;
            let circumstances = Circumstances {
                first_seen,
                setting: Setting::Office,
            };
            let outcome = match_drug(&index, &made.entry, circumstances);
            // These lines may be another code's product.
            let by_route = matches!(made.how, "another route" | "taken by mouth" | "another brand");
            let confirmed = outcome.same.iter().chain(&outcome.interim);
            for weighed in
                confirmed.filter(|one| !by_route || one.published.period.code == published.period.code)
            {
                wrong.entry(made.how).or_default().push(format!(
                    "{:?} / {:?} {:?} -> {} {}",
                    made.entry.brand,
                    made.entry.proper_name,
                    made.entry.route,
                    weighed.published.period.code,
                    weighed.published.descriptor
                ));
            }
        }
    }
    (tried, wrong)
}

#[test]
fn no_line_that_is_another_product_is_confirmed() {
    let Some(shared) = shared("cms/mirror/files") else {
        return;
    };
    for (file, quarter, today) in [
        ("hcpcs-2025-oct-v4.zip", "2025Q4", "2025-10-01"),
        ("hcpcs-2019-jan.zip", "2019Q1", "2019-01-01"),
    ] {
        let release = periods(&shared, file, quarter);
        let (tried, wrong) = wrong_in(&release, today);
        eprintln!("{quarter}: {tried} lines tried");
        assert!(tried > 10_000);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

/// A list far longer than any practice's is matched in seconds, without anything quadratic in its length.
#[test]
fn a_hundred_thousand_lines_are_matched() {
    let Some(shared) = shared("cms/mirror/files") else {
        return;
    };
    let release = periods(&shared, "hcpcs-2025-oct-v4.zip", "2025Q4");
    let started = Instant::now();
    let descriptors = described(&release);
    let index = Index::new(&release, &descriptors, &[], &[]);
    eprintln!("indexed {} periods in {:?}", release.len(), started.elapsed());
    let drugs = release
        .iter()
        .filter(|published| is_drug_family(published.period.code));
    let descriptors: Vec<Descriptor> = drugs
        .map(|published| Descriptor::parse(&published.descriptor))
        .collect();
    let lines: Vec<DrugEntry> = descriptors
        .iter()
        .cycle()
        .filter_map(|descriptor| {
            let brand = descriptor.brands.first().map_or("", String::as_str);
            Some(line(brand, &name_of(descriptor)?, ""))
        })
        .take(100_000)
        .collect();
    let circumstances = Circumstances {
        first_seen: "2025-10-01".parse().unwrap(),
        setting: Setting::Office,
    };
    for many in [500, 100_000] {
        let started = Instant::now();
        let outcomes = lines[..many]
            .iter()
            .map(|entry| match_drug(&index, entry, circumstances));
        let found = outcomes.filter(|outcome| !outcome.same.is_empty()).count();
        eprintln!(
            "{many} lines matched in {:?}, {found} with a code",
            started.elapsed()
        );
        assert!(found * 10 > many);
    }
}

/// Every product of the real Purple Book, written in every way and with the Purple Book or without, is never given a
/// code of another suffix, nor of none where its own has one and the brand does not speak for it.
#[test]
fn no_licensed_product_is_given_a_siblings_code() {
    let Some(shared) = shared("cms/mirror/files") else {
        return;
    };
    let release = periods(&shared, "hcpcs-2025-oct-v4.zip", "2025Q4");
    let book = purple_book(&shared);
    let descriptors = described(&release);
    let with = Index::new(&release, &descriptors, &[], &book);
    let without = Index::new(&release, &descriptors, &[], &[]);
    let mut wrong = BTreeSet::new();
    let mut confirmed = 0;
    for (product, _) in &book {
        for entry in product.brands.iter().flat_map(|brand| ways(brand, product)) {
            for (index, first_seen) in [
                (&with, "2018-07-01"),
                (&with, "2025-10-01"),
                (&without, "2018-07-01"),
                (&without, "2025-10-01"),
            ] {
                let circumstances = Circumstances {
                    first_seen: first_seen.parse().unwrap(),
                    setting: Setting::Office,
                };
                for weighed in match_drug(index, &entry, circumstances).same {
                    confirmed += 1;
                    if let Some(why) = disagreement(product, &weighed.descriptor) {
                        wrong.insert(format!(
                            "{:?} / {:?}: {why}: {}",
                            entry.brand, entry.proper_name, weighed.published.descriptor
                        ));
                    }
                }
            }
        }
    }
    eprintln!("{confirmed} confirmed");
    assert!(confirmed > 1_000);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn purple_book(shared: &Path) -> Vec<(PurpleBookProduct, Evidence)> {
    let path = shared.join("cms/purple-book.csv");
    let (Content::PurpleBook(table), sha256) = read(&path, Source::PurpleBook, "2025Q2") else {
        panic!("no Purple Book")
    };
    let rows = table.rows.into_iter();
    rows.map(|placed| {
        let line = evidence(
            Source::PurpleBook,
            "2025Q2",
            placed.line,
            sha256,
            &placed.row.proper_name,
        );
        (placed.row, line)
    })
    .collect()
}

/// A licensed product as lists have it: with and without name, suffix, brand and route.
fn ways(brand: &str, product: &PurpleBookProduct) -> Vec<DrugEntry> {
    let name = product.proper_name.as_str();
    let bare = name.rsplit_once('-').map_or(name, |(stem, _)| stem);
    vec![
        line(brand, "", ""),
        line(brand, name, ""),
        line(brand, name, &product.route),
        line(&brand.to_uppercase(), bare, ""),
        line("", name, ""),
        line("", name, &product.route),
    ]
}

/// Why a descriptor is not the product's, as far as suffix and brand tell.
fn disagreement(product: &PurpleBookProduct, descriptor: &Descriptor) -> Option<&'static str> {
    let brands: Vec<String> = product.brands.iter().map(|brand| brand.to_lowercase()).collect();
    let names_brand = descriptor
        .brands
        .iter()
        .any(|theirs| brands.iter().any(|own| own.contains(theirs)));
    match ProductName::new(&product.proper_name).likeness(&descriptor.name) {
        Likeness::OtherSuffix => Some("another suffix"),
        // The one licensed biologic whose code has kept its bare name: J3245 is Ilumya's.
        Likeness::SuffixMissing if brands.iter().any(|brand| brand == "ilumya") => None,
        Likeness::SuffixMissing if !names_brand => Some("a suffix on one side only"),
        _ => None,
    }
}

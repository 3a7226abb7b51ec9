//! Every reader of foreign bytes fed with mutated fixtures: none may panic or hang. A seeded generator makes a run
//! repeatable; `HCPCS_WATCH_FUZZ_SECONDS` sets how long each target is tried (default 1), `HCPCS_WATCH_FUZZ_SEED` the seed.
#![cfg(test)]

use hcpcs_watch::archive::{self, Archive};
use hcpcs_watch::cms::site::{LandingPage, links};
use hcpcs_watch::cms::{self, hcpcs_file, purple_book};
use hcpcs_watch::config::Config;
use hcpcs_watch::domain::descriptor::Descriptor;
use hcpcs_watch::domain::ndc::Ndc;
use hcpcs_watch::domain::source::{Sha256, SourceFile};
use hcpcs_watch::{day_sheet, drug_list};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// xorshift64*: enough to vary bytes, the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(count.max(1)).unwrap()).unwrap()
    }
}

const BITS: [&[u8]; 14] = [
    b"\"",
    b",",
    b"\r\n",
    b"\0",
    b"\xFF",
    b"\xEF\xBB\xBF",
    b"99991231",
    b"-1",
    b"99999999999999999999",
    b"J3590",
    b"<a href=",
    b"</",
    b"../",
    b"PK\x03\x04",
];

fn mutated(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() + 1);
        match dice.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
            2 => bytes.truncate(at),
            3 => {
                let end = (at + dice.below(64)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let end = (at + dice.below(200)).min(bytes.len());
                let copied = bytes[at..end].to_vec();
                bytes.splice(at..at, copied);
            }
            _ => {
                bytes.splice(at..at, BITS[dice.below(BITS.len())].iter().copied());
            }
        }
    }
    bytes
}

/// The files below `folder` whose names hold `part`, none larger than 200 kB.
fn seeds(folder: &str, part: &str) -> Vec<Vec<u8>> {
    fn walk(folder: &Path, part: &str, found: &mut Vec<Vec<u8>>) {
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                walk(&path, part, found);
            } else if path.to_string_lossy().to_lowercase().contains(part)
                && path.metadata().unwrap().len() < 200_000
            {
                found.push(std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(folder),
        part,
        &mut found,
    );
    assert!(!found.is_empty(), "{folder} {part}");
    found
}

/// The members of zips.
fn members(zips: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for zip in zips {
        let Ok(mut archive) = Archive::open("x.zip", &zip) else {
            continue;
        };
        let names: Vec<String> = archive.member_names().map(str::to_owned).collect();
        found.extend(
            names
                .iter()
                .filter_map(|name| archive.read(name).ok().map(std::borrow::Cow::into_owned)),
        );
    }
    assert!(!found.is_empty());
    found
}

fn fuzz(target: &str, seeds: &[Vec<u8>], read: impl Fn(&[u8])) {
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (seconds, seed) = (
        number("HCPCS_WATCH_FUZZ_SECONDS", 1),
        number("HCPCS_WATCH_FUZZ_SEED", 0x5EED),
    );
    let mut dice = Dice(seed.max(1));
    let (begin, mut executions, mut slowest) = (Instant::now(), 0_u64, Duration::ZERO);
    while begin.elapsed() < Duration::from_secs(seconds) {
        let bytes = mutated(&mut dice, seeds);
        let start = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| read(&bytes))).is_err() {
            let path = std::env::temp_dir().join(format!("hcpcs-watch-{target}-{executions}.bin"));
            std::fs::write(&path, &bytes).unwrap();
            panic!(
                "{target} panicked on {}: put it into fixtures/broken and mend the reader",
                path.display()
            );
        }
        slowest = slowest.max(start.elapsed());
        executions += 1;
    }
    eprintln!("{target}: {executions} executions, the slowest {slowest:?}");
    assert!(slowest < Duration::from_secs(10), "{target} hung for {slowest:?}");
}

fn cms_file(name: &'static str, bytes: &[u8]) {
    if let Ok((source, quarter)) = cms::taken_for(name, bytes) {
        let file = SourceFile {
            source,
            quarter,
            origin: name.to_owned(),
            name: name.to_owned(),
            sha256: Sha256::of(bytes),
        };
        let _ = cms::read(&file, bytes);
    }
}

#[test]
fn zips_and_workbooks() {
    fuzz("archive", &seeds("cms", ".zip"), |bytes| {
        cms_file("july-2023-alpha-numeric-hcpcs-file.zip", bytes);
        let _ = archive::check_workbook(bytes);
    });
}

#[test]
fn fixed_width_records() {
    let texts = members(seeds("cms", "alpha-numeric"));
    fuzz("fixed-width", &texts, |bytes| {
        drop(hcpcs_file::parse("HCPC2023_JUL_ANWEB.txt", bytes));
    });
}

#[test]
fn pricing_files() {
    let texts = members(seeds("cms", "pricing"));
    fuzz("pricing", &texts, |bytes| {
        cms_file("July 2023 ASP Pricing File 061523.csv", bytes);
    });
}

#[test]
fn crosswalks() {
    let texts = members(seeds("cms", "crosswalk"));
    fuzz("crosswalk", &texts, |bytes| {
        cms_file("July 2023 ASP NDC-HCPCS Crosswalk 061523.csv", bytes);
    });
}

#[test]
fn the_purple_book() {
    fuzz("purple-book", &seeds("", "purple-book.csv"), |bytes| {
        drop(purple_book::parse("purple-book.csv", bytes));
    });
}

#[test]
fn drug_lists_and_day_sheets() {
    fuzz("drug-list", &seeds("drug_lists", ""), |bytes| {
        let _ = drug_list::parse(bytes, Path::new("drugs.csv"));
        let _ = drug_list::parse(bytes, Path::new("drugs.xlsx"));
        let _ = day_sheet::parse(bytes);
    });
}

#[test]
fn configurations() {
    let example = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml")).unwrap();
    fuzz("config", &[example], |bytes| {
        drop(Config::parse(
            &String::from_utf8_lossy(bytes),
            Path::new("c.toml"),
        ));
    });
}

#[test]
fn landing_pages() {
    let page = b"<html><body><main><ul><li><a href=\"/files/zip/july-2023-alpha-numeric-hcpcs-file.zip\">July 2023 \
                 Alpha-Numeric HCPCS File (ZIP)</a> 06/12/2023</li><li><a href='/files/zip/x.zip?a=b#c'>x</a></ul>\
                 <table><tr><td><a href=//other.example/y.zip>April 2023</a></table></main></body></html>".to_vec();
    let base = "https://www.cms.gov/medicare/x".parse().unwrap();
    fuzz("landing-page", &[page], |bytes| {
        let html = String::from_utf8_lossy(bytes);
        let _ = links(LandingPage::Hcpcs, &html, &base);
        let _ = links(LandingPage::Asp, &html, &base);
    });
}

#[test]
fn descriptors_and_ndcs() {
    let texts: Vec<Vec<u8>> = [
        "Injection, ublituximab-xiiy, 1mg",
        "Injection, pegfilgrastim-bmez, biosimilar, (ziextenzo), 0.5 mg",
        "73150-0150-06",
        "7315001506",
        "Unclassified biologics",
        "Injection, factor viii, per i.u.",
    ]
    .iter()
    .map(|text| text.as_bytes().to_vec())
    .collect();
    fuzz("descriptor-ndc", &texts, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        let _ = Descriptor::parse(&text);
        let _ = text.parse::<Ndc>();
    });
}

//! Every reader of foreign bytes fed with mutated fixtures and with every broken file: none may panic, hang or break its
//! word. A seeded generator makes a run repeatable; `HCPCS_WATCH_FUZZ_SECONDS` sets how long each reader is tried (default
//! 1), `HCPCS_WATCH_FUZZ_SEED` the seed. `fuzz/` tries the same readers by coverage, from the
//! seeds that are written to `HCPCS_WATCH_FUZZ_CORPUS`.
#![cfg(test)]

#[expect(unreachable_pub, reason = "the crate in fuzz/ has the same file")]
#[path = "support/readers.rs"]
mod readers;

use readers::{READERS, Reader};
use std::collections::BTreeSet;
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

/// Reads `bytes` and gives how long that took. Where the reader panics, the bytes are kept for a person.
fn tried(reader: &Reader, bytes: &[u8]) -> Duration {
    let start = Instant::now();
    if catch_unwind(AssertUnwindSafe(|| (reader.read)(bytes))).is_err() {
        let name = format!("hcpcs-watch-{}-{}.bin", reader.name, std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::write(&path, bytes).unwrap();
        panic!(
            "{} panicked on {}: mend the reader and keep the file in fixtures/broken/found",
            reader.name,
            path.display()
        );
    }
    start.elapsed()
}

/// Writes the seeds of a reader where its fuzz target begins.
fn keep(folder: &Path, seeds: &[Vec<u8>]) {
    std::fs::create_dir_all(folder).unwrap();
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{number}")), seed).unwrap();
    }
}

fn fuzz(name: &str) {
    let reader = READERS.iter().find(|reader| reader.name == name).unwrap();
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let seconds = Duration::from_secs(number("HCPCS_WATCH_FUZZ_SECONDS", 1));
    let mut dice = Dice(number("HCPCS_WATCH_FUZZ_SEED", 0x5EED).max(1));
    let seeds = (reader.seeds)();
    if let Some(corpus) = std::env::var_os("HCPCS_WATCH_FUZZ_CORPUS") {
        keep(&Path::new(&corpus).join(name), &seeds);
    }
    let as_they_are = seeds.iter().map(|seed| tried(reader, seed)).max();
    let mut slowest = as_they_are.unwrap_or_default();
    let (begin, mut executions) = (Instant::now(), seeds.len());
    while begin.elapsed() < seconds {
        slowest = slowest.max(tried(reader, &mutated(&mut dice, &seeds)));
        executions += 1;
    }
    eprintln!("{name}: {executions} executions, the slowest {slowest:?}");
    assert!(slowest < Duration::from_secs(10), "{name} hung for {slowest:?}");
}

/// One test for each reader, so that they run beside each other.
macro_rules! takes_mutated_fixtures {
    ($($reader:ident),+ $(,)?) => {
        $(
            #[test]
            fn $reader() {
                fuzz(stringify!($reader));
            }
        )+

        #[test]
        fn every_reader_has_its_test_and_its_fuzz_target() {
            let readers: BTreeSet<String> = READERS.iter().map(|reader| reader.name.to_owned()).collect();
            assert_eq!(readers, BTreeSet::from([$(stringify!($reader).to_owned()),+]));
            let targets = std::fs::read_dir(readers::repository().join("fuzz/fuzz_targets")).unwrap();
            let targets = targets.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned());
            assert_eq!(targets.collect::<BTreeSet<_>>(), readers);
        }
    };
}

takes_mutated_fixtures!(
    fixed_width,
    code_history,
    descriptor,
    ndc,
    values,
    pricing,
    crosswalk,
    noc,
    purple_book,
    workbook,
    sheet,
    archive,
    landing_page,
    drug_list,
    day_sheet,
    config,
);

#[test]
fn every_reader_takes_every_broken_file() {
    for bytes in readers::files("broken", "") {
        for reader in READERS {
            tried(reader, &bytes);
        }
    }
}

#[test]
fn the_seed_of_a_sheet_is_a_drug_list() {
    let sheet = READERS.iter().find(|reader| reader.name == "sheet").unwrap();
    let workbook = readers::workbook_of(&(sheet.seeds)()[0]);
    let list = hcpcs_watch::drug_list::parse(&workbook, Path::new("drugs.xlsx")).unwrap();
    assert_eq!(list.drugs[0].entry.display_name(), "Briumvi");
}

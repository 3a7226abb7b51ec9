//! The three hottest stages, each run once on made-up input: what `.ci/instructions.py` counts the instructions of.

use crate::data::{DRUGS, Download};
use crate::matching::recognised;
use crate::practice::{Practice, today};
use crate::synthetic;
use hcpcs_watch::domain::quarter::Quarter;
use hcpcs_watch::pipeline::Published;

/// The stage named behind `--instructions`, if there is one.
pub(crate) fn asked_for() -> Option<String> {
    let mut words = std::env::args().skip_while(|word| word != "--instructions");
    words.nth(1)
}

/// Prepares `stage` and runs it within [`measured`].
pub(crate) fn run(stage: &str) {
    let files = synthetic::files(Quarter::new(2025, 3).unwrap());
    let found = match stage {
        "read" => read(&files),
        "index" => index(&files),
        "match" => match_drugs(&files),
        other => panic!("`{other}` is no stage: expected read, index or match"),
    };
    assert!(found > 0, "{stage} found nothing");
}

/// Zips to rows: HCPCS text, pricing, crosswalk.
fn read(files: &[Download]) -> usize {
    measured(|| files.iter().map(Download::content).count())
}

/// What is published read from the store, every descriptor taken apart, all of it arranged for look-up.
fn index(files: &[Download]) -> usize {
    let practice = practice(files);
    let reader = practice.reader();
    let drug = &synthetic::drugs()[0];
    measured(|| recognised(&Published::read(&reader).unwrap().index(), drug))
}

/// A large practice's list looked up.
fn match_drugs(files: &[Download]) -> usize {
    let published = Published::read(&practice(files).reader()).unwrap();
    let index = published.index();
    let drugs = synthetic::drugs();
    assert_eq!(drugs.len(), DRUGS);
    measured(|| drugs.iter().map(|entry| recognised(&index, entry)).sum())
}

fn practice(files: &[Download]) -> Practice {
    let practice = Practice::new(&[], files);
    practice.import(&practice.offered(files), today());
    practice
}

/// The script counts what is done in here and nothing else, so it must stay a function of its own.
#[inline(never)]
fn measured<T>(stage: impl FnOnce() -> T) -> T {
    stage()
}

//! The index over what 28 quarters published, and drugs looked up in it.

use crate::data;
use crate::practice::{Practice, today};
use divan::Bencher;
use divan::counter::ItemsCount;
use hcpcs_watch::domain::drug::{DrugEntry, Setting};
use hcpcs_watch::matching::index::Index;
use hcpcs_watch::matching::{Circumstances, Outcome, match_drug};
use hcpcs_watch::pipeline::Published;

#[divan::bench(sample_count = 20)]
fn build_index(bencher: Bencher<'_, '_>) {
    let published = Published::read(&Practice::with_history().reader()).unwrap();
    bencher.bench_local(|| published.index());
}

#[divan::bench(args = [10, 500, 100_000], sample_count = 10)]
fn match_drugs(bencher: Bencher<'_, '_>, count: usize) {
    let published = Published::read(&Practice::with_history().reader()).unwrap();
    let index = published.index();
    let drugs = data::get().drugs(count);
    bencher
        .counter(ItemsCount::new(count))
        .bench_local(|| drugs.iter().map(|entry| recognised(&index, entry)).sum::<usize>());
}

/// What is found for a drug that came a month ago.
pub(crate) fn looked_up(index: &Index<'_>, entry: &DrugEntry) -> Outcome {
    let circumstances = Circumstances {
        first_seen: today(),
        setting: Setting::Office,
    };
    match_drug(index, entry, circumstances)
}

/// How many codes are a drug's own.
pub(crate) fn recognised(index: &Index<'_>, entry: &DrugEntry) -> usize {
    looked_up(index, entry).same.len()
}

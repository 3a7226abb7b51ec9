//! From outcomes to alerts and messages, for 500 drugs of which nothing was told yet.

use crate::matching::looked_up;
use crate::practice::{Practice, at, today};
use divan::Bencher;
use hcpcs_watch::alerts::digest::{Origin, attachments, render_digest};
use hcpcs_watch::alerts::{Watch, findings};
use hcpcs_watch::domain::alert::{Digest, DigestItem};
use hcpcs_watch::domain::drug::Setting;
use hcpcs_watch::pipeline::Published;
use hcpcs_watch::store::alerts::AlertFilter;

/// Findings into alerts of the database, without the wait for the disk.
#[divan::bench(sample_count = 20)]
fn raise(bencher: Bencher<'_, '_>) {
    let practice = Practice::with_history().copy();
    let mut store = practice.store();
    let published = Published::read(&store).unwrap();
    let index = published.index();
    let periods = store.periods().unwrap();
    let drugs = store.drugs(true).unwrap();
    let found: Vec<_> = drugs.iter().map(|drug| looked_up(&index, &drug.entry)).collect();
    bencher.bench_local(|| {
        let change = store.begin(at(today()).now, "bench").unwrap();
        let mut raised = 0;
        for (drug, outcome) in drugs.iter().zip(&found) {
            let watch = Watch {
                drug,
                outcome,
                told: &[],
                periods: &periods,
                setting: Setting::Office,
                today: today(),
            };
            for finding in findings(&watch) {
                raised += usize::from(change.raise(finding, today()).unwrap().is_some());
            }
        }
        raised
    });
}

/// The words of the message that tells all of it.
#[divan::bench]
fn digest(bencher: Bencher<'_, '_>) {
    let digest = everything_told();
    bencher.bench_local(|| render_digest(&digest).unwrap());
}

/// The files that go with it: crosswalk as CSV and workbook, calendar.
#[divan::bench]
fn attached_files(bencher: Bencher<'_, '_>) {
    let digest = everything_told();
    let origin = Origin {
        installation: "bench",
        sender: "billing@example.org",
        now: at(today()).now,
    };
    bencher.bench_local(|| attachments(&digest, origin).unwrap());
}

fn everything_told() -> Digest {
    let alerts = Practice::told().reader().alerts(AlertFilter::default()).unwrap();
    let item = |alert| DigestItem {
        alert,
        limit: None,
        sequence: 0,
        payer_rules: Vec::new(),
        noc_was_right: true,
    };
    Digest {
        practice: "Bench".to_owned(),
        today: today(),
        items: alerts.into_iter().map(item).collect(),
        still_open: Vec::new(),
        quiet: None,
        drugs_watched: crate::data::DRUGS,
        tells_all: true,
        not_looked_up: Vec::new(),
        releases: Vec::new(),
    }
}

/// A run that fetches nothing and finds everything new: matched, raised, queued, delivered into a folder.
#[divan::bench(sample_count = 10)]
fn match_raise_queue_deliver(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(|| Practice::with_history().copy())
        .bench_local_values(|practice| {
            let report = practice.run(true);
            (practice, report)
        });
}

//! Into the database and out of it again.

use crate::data;
use crate::practice::{Practice, at, today};
use divan::Bencher;
use hcpcs_watch::cms::Content;
use hcpcs_watch::code_history::{ReleaseLine, periods};
use hcpcs_watch::domain::source::Source;
use hcpcs_watch::pipeline::Published;
use hcpcs_watch::store::releases::{Contents, NewRelease, OldBytes};

/// Every row of a file into an empty database, without the wait for the disk.
#[divan::bench(args = [Source::Hcpcs, Source::NdcCrosswalk, Source::AspPricing])]
fn load(bencher: Bencher<'_, '_>, source: Source) {
    let practice = Practice::new(&[], []);
    let mut store = practice.store();
    let download = data::get().newest(source);
    let content = download.content();
    let (member, contents) = match &content {
        Content::Hcpcs(table) => (&table.member, Contents::Hcpcs(table)),
        Content::NdcCrosswalk(table) => (&table.member, Contents::Crosswalk(table)),
        Content::AspPricing(table) => (&table.member, Contents::Pricing(table)),
        Content::Noc(_) | Content::PurpleBook(_) => unreachable!("not among the arguments"),
    };
    let now = at(today()).now;
    let new = NewRelease {
        source,
        quarter: download.quarter,
        sha256: download.described().sha256,
        origin: download.name.clone(),
        file_name: download.name.clone(),
        member: member.clone(),
        etag: None,
        last_modified: None,
        link_text: None,
        size: 0,
        fetched_at: now,
    };
    bencher.bench_local(|| {
        let change = store.begin(now, "bench").unwrap();
        change
            .load_release(&new, &[contents], OldBytes::Reinstate)
            .unwrap()
    });
}

/// What 28 releases said of every code, read back.
#[divan::bench(sample_count = 10)]
fn read_publications(bencher: Bencher<'_, '_>) {
    let store = Practice::with_history().reader();
    bencher.bench_local(|| store.publications_of_every_revision(None).unwrap());
}

/// The periods of every code, from what 28 releases said of it.
#[divan::bench]
fn build_periods(bencher: Bencher<'_, '_>) {
    let store = Practice::with_history().reader();
    let line = ReleaseLine::new(&store.every_revision(Source::Hcpcs).unwrap());
    let publications = store.publications_of_every_revision(None).unwrap();
    bencher.bench_local(|| {
        let built = publications.values().map(|said| periods(said, &line));
        built.collect::<Vec<_>>()
    });
}

/// Everything the matcher looks at.
#[divan::bench(sample_count = 20)]
fn read_published(bencher: Bencher<'_, '_>) {
    let store = Practice::with_history().reader();
    bencher.bench_local(|| Published::read(&store).unwrap());
}

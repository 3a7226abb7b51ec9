//! What people and programs read, from a database that holds 28 quarters and watches 500 drugs.

use crate::data;
use crate::practice::{Practice, at, today};
use divan::Bencher;
use hcpcs_watch::code_on_date::Ask;
use hcpcs_watch::domain::release::Release;
use hcpcs_watch::domain::source::Source;
use hcpcs_watch::pipeline::{self, CodeBook, Published};
use hcpcs_watch::report::audit::{self, AuditFormat};
use hcpcs_watch::report::format::{Format, Look};
use hcpcs_watch::report::release_diff::{self, ReleaseDiff};
use hcpcs_watch::report::{alerts, code, drugs, explain, releases, review, status};
use hcpcs_watch::store::Reader;
use hcpcs_watch::store::alerts::AlertFilter;

const FORMATS: [Format; 3] = [Format::Table, Format::Json, Format::Csv];

fn first_and_last(store: &Reader) -> [Release; 2] {
    let held = store.hcpcs_releases().unwrap();
    let last = data::quarters().last().unwrap();
    let before = last.previous();
    [before, last].map(|quarter| {
        held.iter()
            .rfind(|release| release.quarter == quarter)
            .unwrap()
            .clone()
    })
}

/// The rows of one release out of the store.
#[divan::bench(sample_count = 20)]
fn release_rows(bencher: Bencher<'_, '_>) {
    let store = Practice::told().reader();
    let [_, last] = first_and_last(&store);
    bencher.bench_local(|| store.release_rows(&last).unwrap());
}

/// What changed between the last two quarters.
#[divan::bench]
fn diff(bencher: Bencher<'_, '_>) {
    let store = Practice::told().reader();
    let [before, last] = first_and_last(&store);
    let (old, new) = (
        store.release_rows(&before).unwrap(),
        store.release_rows(&last).unwrap(),
    );
    bencher.bench_local(|| ReleaseDiff::between(&before, &old, &last, &new));
}

#[divan::bench(args = FORMATS)]
fn present_diff(bencher: Bencher<'_, '_>, format: Format) {
    let store = Practice::told().reader();
    let [before, last] = first_and_last(&store);
    let (old, new) = (
        store.release_rows(&before).unwrap(),
        store.release_rows(&last).unwrap(),
    );
    let diff = ReleaseDiff::between(&before, &old, &last, &new);
    bencher.bench_local(|| release_diff::render(&diff, format, Look::default()).unwrap());
}

/// Reads what was known and builds the document.
#[divan::bench(sample_count = 20)]
fn audit_document(bencher: Bencher<'_, '_>) {
    let practice = Practice::told();
    let store = practice.reader();
    bencher.bench_local(|| pipeline::audit(&practice.config, &store, at(today()), today()).unwrap());
}

#[divan::bench(
    args = [AuditFormat::Table, AuditFormat::Json, AuditFormat::Csv, AuditFormat::Xlsx, AuditFormat::Html],
    sample_count = 20
)]
fn present_audit(bencher: Bencher<'_, '_>, format: AuditFormat) {
    let practice = Practice::told();
    let audit = pipeline::audit(&practice.config, &practice.reader(), at(today()), today()).unwrap();
    bencher.bench_local(|| audit::render(&audit, format, Look::default()).unwrap());
}

#[divan::bench(args = FORMATS)]
fn present_alerts(bencher: Bencher<'_, '_>, format: Format) {
    let told = Practice::told().reader().alerts(AlertFilter::default()).unwrap();
    bencher.bench_local(|| alerts::render(&told, format, Look::default()).unwrap());
}

#[divan::bench(args = FORMATS)]
fn present_drugs(bencher: Bencher<'_, '_>, format: Format) {
    let listed = Practice::told().reader().drugs(true).unwrap();
    bencher.bench_local(|| drugs::render(&listed, format, Look::default()).unwrap());
}

#[divan::bench(args = FORMATS)]
fn present_releases(bencher: Bencher<'_, '_>, format: Format) {
    let held = releases::gather(&Practice::told().reader()).unwrap();
    bencher.bench_local(|| releases::render(&held, format, Look::default()).unwrap());
}

#[divan::bench(args = FORMATS)]
fn present_reviews(bencher: Bencher<'_, '_>, format: Format) {
    let open = review::gather(&Practice::told().reader(), today()).unwrap();
    bencher.bench_local(|| review::render(&open, format, Look::default()).unwrap());
}

#[divan::bench(args = [Format::Table, Format::Json])]
fn present_status(bencher: Bencher<'_, '_>, format: Format) {
    let practice = Practice::told();
    let status = status::gather(&practice.reader(), &practice.config, today()).unwrap();
    bencher.bench_local(|| status::render(&status, format, Look::default()).unwrap());
}

#[divan::bench(args = [Format::Table, Format::Json])]
fn present_explanation(bencher: Bencher<'_, '_>, format: Format) {
    let practice = Practice::told();
    let store = practice.reader();
    let drug = store.drugs(true).unwrap().remove(0);
    let explanation = pipeline::explain(&practice.config, &store, &drug).unwrap();
    bencher.bench_local(|| explain::render(&explanation, today(), format, Look::default()).unwrap());
}

#[divan::bench(args = FORMATS)]
fn present_code(bencher: Bencher<'_, '_>, format: Format) {
    let practice = Practice::told();
    let store = practice.reader();
    let published = Published::read(&store).unwrap();
    let mut book = CodeBook::new(&practice.config, &store, &published, today()).unwrap();
    let drug = store.drugs(true).unwrap().remove(0);
    let ask = Ask {
        dos: today(),
        payer: None,
        setting: None,
        dose: None,
    };
    let answered = book.answer(&drug, &ask).unwrap();
    bencher.bench_local(|| code::render(&answered, format, Look::default()).unwrap());
}

/// The files held, as `status` reads them.
#[divan::bench]
fn gather_status(bencher: Bencher<'_, '_>) {
    let practice = Practice::told();
    let store = practice.reader();
    assert!(!store.every_revision(Source::Hcpcs).unwrap().is_empty());
    bencher.bench_local(|| status::gather(&store, &practice.config, today()).unwrap());
}

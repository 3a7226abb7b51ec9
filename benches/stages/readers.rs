//! From bytes to rows, on the files of the last quarter. Bytes are those of the unpacked member.

use crate::data::{self, DRUGS, Member};
use crate::practice;
use divan::Bencher;
use divan::counter::BytesCount;
use hcpcs_watch::archive::Archive;
use hcpcs_watch::cms::{Content, hcpcs_file, read};
use hcpcs_watch::domain::descriptor::Descriptor;
use hcpcs_watch::domain::source::{Sha256, Source, SourceFile};
use hcpcs_watch::drug_list;
use std::path::Path;

#[divan::bench]
fn hash_and_unzip(bencher: Bencher<'_, '_>) {
    let download = data::get().newest(Source::Hcpcs);
    let member = download.member(".txt");
    bencher
        .counter(BytesCount::of_slice(&member.bytes))
        .bench_local(|| {
            let mut archive = Archive::open(&download.name, &download.bytes).unwrap();
            let unpacked = archive.read(&member.name).unwrap().len();
            (Sha256::of(&download.bytes), unpacked)
        });
}

#[divan::bench]
fn hcpcs_fixed_width(bencher: Bencher<'_, '_>) {
    let member = data::get().newest(Source::Hcpcs).member(".txt");
    bencher
        .counter(BytesCount::of_slice(&member.bytes))
        .bench_local(|| hcpcs_file::parse(&member.name, &member.bytes).unwrap());
}

#[divan::bench]
fn hcpcs_xlsx(bencher: Bencher<'_, '_>) {
    let member = data::get().newest(Source::Hcpcs).member(".xlsx");
    bencher
        .counter(BytesCount::of_slice(&member.bytes))
        .bench_local(|| hcpcs_file::parse(&member.name, &member.bytes).unwrap());
}

#[divan::bench]
fn crosswalk_csv(bencher: Bencher<'_, '_>) {
    bare(bencher, Source::NdcCrosswalk);
}

#[divan::bench]
fn pricing_csv(bencher: Bencher<'_, '_>) {
    bare(bencher, Source::AspPricing);
}

/// Reads the CSV of a series without its zip.
fn bare(bencher: Bencher<'_, '_>, source: Source) {
    let download = data::get().newest(source);
    let Member { name, bytes } = download.member(".csv");
    let file = SourceFile {
        name,
        ..download.described()
    };
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench_local(|| read(&file, &bytes).unwrap());
}

#[divan::bench]
fn descriptors(bencher: Bencher<'_, '_>) {
    let Content::Hcpcs(table) = data::get().newest(Source::Hcpcs).content() else {
        unreachable!("a HCPCS release holds HCPCS records");
    };
    let texts: Vec<String> = table
        .rows
        .into_iter()
        .map(|placed| placed.row.long_description)
        .collect();
    let bytes: usize = texts.iter().map(String::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        texts
            .iter()
            .map(|text| Descriptor::parse(text))
            .collect::<Vec<_>>()
    });
}

#[divan::bench]
fn drug_list_csv(bencher: Bencher<'_, '_>) {
    let list = practice::list(&data::get().drugs(DRUGS)).into_bytes();
    bencher
        .counter(BytesCount::of_slice(&list))
        .bench_local(|| drug_list::parse(&list, Path::new("drugs.csv")).unwrap());
}

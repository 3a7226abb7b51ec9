//! How many real descriptors are understood, by code family, and that no word of any of them is lost.

use super::{Descriptor, FORMS};
use crate::cms::hcpcs_file::HcpcsRecord;
use crate::cms::{Content, read};
use crate::domain::product_name::words;
use crate::domain::route::Route;
use crate::domain::source::{Sha256, Source, SourceFile};
use crate::matching::index::is_drug_family;
use crate::shared::shared;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn records(file: &str, quarter: &str) -> Option<Vec<HcpcsRecord>> {
    let path = format!("cms/mirror/files/{file}");
    let path = shared(&path)?.join(path);
    let bytes = std::fs::read(path).unwrap();
    let file = SourceFile {
        source: Source::Hcpcs,
        quarter: quarter.parse().unwrap(),
        origin: file.to_owned(),
        name: file.to_owned(),
        sha256: Sha256::of(&bytes),
    };
    let Content::Hcpcs(table) = read(&file, &bytes).unwrap() else {
        panic!("no HCPCS file")
    };
    Some(table.rows.into_iter().map(|placed| placed.row).collect())
}

/// The words of a descriptor that no field of its parsed form accounts for.
fn lost_words(text: &str) -> Vec<String> {
    let descriptor = Descriptor::parse(text);
    let kept = [
        &descriptor.brands,
        &descriptor.uses,
        &descriptor.exclusions,
        &descriptor.rest,
    ];
    let kept = kept.into_iter().flatten().cloned();
    let name = format!(
        "{} {}",
        descriptor.name,
        descriptor.name.optional_words().join(" ")
    );
    let unit = descriptor.unit.iter().map(ToString::to_string);
    let routes = descriptor.routes.iter().map(|route| route.as_str().to_owned());
    let known: BTreeSet<String> = kept
        .chain([name, descriptor.form.unwrap_or_default().to_owned()])
        .chain(unit)
        .chain(routes)
        .flat_map(|text| fragments(&text))
        .collect();
    let accounted = |word: &String| {
        known.contains(word)
            || is_part_of_speech(word)
            || Route::all_in(word)
                .iter()
                .any(|route| descriptor.routes.contains(route))
            || word == "biosimilar" && descriptor.biosimilar
            || descriptor.catch_all
    };
    fragments(text)
        .into_iter()
        .filter(|word| !accounted(word))
        .collect()
}

/// Words cut at hyphens and points too: an amount keeps its number and its measure apart from them.
fn fragments(text: &str) -> Vec<String> {
    let cut = |word: String| -> Vec<String> {
        let parts = word.split(|c: char| !c.is_alphanumeric()).map(str::to_owned);
        parts.filter(|part| !part.is_empty()).collect()
    };
    words(text).into_iter().flat_map(cut).collect()
}

/// Words that join, amounts and measures (kept in canonical form in the unit), forms and the words around a route.
fn is_part_of_speech(word: &str) -> bool {
    const JOINING: [&str; 8] = ["and", "or", "with", "the", "of", "for", "in", "a"];
    let is_amount = word.starts_with(|c: char| c.is_ascii_digit())
        || super::amount::is_measure(word)
        || super::amount::is_lead(word);
    is_amount
        || JOINING.contains(&word)
        || super::stands_around_route(word)
        || crate::domain::product_name::is_filler(word)
        || FORMS.iter().any(|form| form.contains(word))
        || matches!(word, "i" | "u" | "sq")
}

fn family(record: &HcpcsRecord) -> &str {
    let code = record.code.as_str();
    match &code[..1] {
        "J" | "P" => &code[..1],
        _ => &code[..2],
    }
}

#[test]
fn real_descriptors_are_understood_in_every_family() {
    for (file, quarter) in [
        ("hcpcs-2025-oct-v4.zip", "2025Q4"),
        ("hcpcs-2019-jan.zip", "2019Q1"),
    ] {
        let Some(records) = records(file, quarter) else {
            return;
        };
        let mut families: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for record in records.iter().filter(|record| is_drug_family(record.code)) {
            let counts = families.entry(family(record).to_owned()).or_default();
            counts.0 += 1;
            let understood = Descriptor::parse(&record.long_description).is_understood();
            counts.1 += usize::from(understood);
        }
        eprintln!("{quarter}: family (descriptors, understood) {families:?}");
        for (family, (all, understood)) in families {
            assert!(
                understood * 100 >= all * 99,
                "{quarter} {family}: {understood} of {all}"
            );
        }
    }
}

#[test]
fn no_word_of_a_real_descriptor_is_lost() {
    for (file, quarter) in [
        ("hcpcs-2025-oct-v4.zip", "2025Q4"),
        ("hcpcs-2019-jan.zip", "2019Q1"),
    ] {
        let Some(records) = records(file, quarter) else {
            return;
        };
        let mut lossy = Vec::new();
        for record in &records {
            let lost = lost_words(&record.long_description);
            if !lost.is_empty() {
                lossy.push(format!(
                    "{}: {lost:?} of {}",
                    record.code, record.long_description
                ));
            }
        }
        assert!(
            lossy.is_empty(),
            "{quarter}: {} descriptors\n{}",
            lossy.len(),
            lossy.join("\n")
        );
    }
}

proptest! {
    #[test]
    fn no_word_of_any_text_is_lost(
        text in "(injection, )?([a-z]{3,9}(-[a-z]{4})?[ ,;(]{1,2}){0,6}(for [a-z]{3,8} use)?[),]{0,2}( [0-9]{1,3} mg)?"
    ) {
        prop_assert_eq!(lost_words(&text), Vec::<String>::new());
    }
}

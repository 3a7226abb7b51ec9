//! Codes of days gone by.

use super::samples::{Sample, sample};
use super::{files, property, render, snapshot};
use crate::domain::alert::{AlertKind, DigestItem};
use crate::domain::drug::DrugId;

#[test]
fn a_code_that_came_and_went_is_news_for_old_claims_only() {
    let mut item = sample(Sample::Briumvi);
    let finding = &mut item.alert.finding;
    finding.kind = AlertKind::PermanentCodeRetroactive;
    finding.effective_date = Some("2021-01-01".parse().unwrap());
    finding.end_date = Some("2022-12-31".parse().unwrap());
    finding.reason = "The HCPCS file of 2023Q3 shows J2329 in force since 2021-01-01.".to_owned();
    snapshot("over", vec![item]);
}

#[test]
fn an_old_code_is_called_right_only_where_it_was() {
    let says = |item: &DigestItem, words: &str| {
        let text = render(vec![item.clone()]).text;
        let text: Vec<&str> = text.split_whitespace().collect();
        text.join(" ").contains(words)
    };
    let mut item = sample(Sample::Briumvi);
    assert!(says(&item, "through June 30, 2023 bill J3590"));
    item.noc_was_right = false;
    assert!(!says(&item, "2023 bill J3590"));
    // A code of its own that came before is published, whenever the practice had the drug.
    item.alert.finding.from_code = "J1234".parse().unwrap();
    assert!(says(&item, "through June 30, 2023 bill J1234"));
    // One that was told in error was never right.
    item.alert.finding.kind = AlertKind::PermanentCodeChanged;
    item.alert.finding.match_kind = None;
    assert!(!says(&item, "bill J1234") && !says(&item, "bill that payer J1234"));
}

#[test]
fn a_code_that_is_over_is_not_in_the_file_for_the_billing_system() {
    let mut item = sample(Sample::Briumvi);
    let rows = |item: &DigestItem| files(vec![item.clone()]).remove("crosswalk.csv");
    assert!(rows(&item).is_some_and(|csv| csv.contains("J2329")));
    item.alert.finding.effective_date = Some("2021-01-01".parse().unwrap());
    item.alert.finding.end_date = Some("2022-12-31".parse().unwrap());
    assert_eq!(rows(&item), None);
}

/// News of a drug by another name, so that two of them are two changes.
fn named(name: &str, id: i64, mut item: DigestItem) -> DigestItem {
    item.alert.finding.drug.id = DrugId(id);
    item.alert.finding.drug.entry.brand = Some(name.to_owned());
    item
}

/// A code that came on January 1, 2017 and went at the end of 2022.
fn over(kind: AlertKind) -> DigestItem {
    let mut item = sample(Sample::Briumvi);
    item.alert.finding.kind = kind;
    item.alert.finding.effective_date = Some("2017-01-01".parse().unwrap());
    item.alert.finding.end_date = Some("2022-12-31".parse().unwrap());
    item
}

/// The end of that code, which nothing follows.
fn ended() -> DigestItem {
    let mut item = over(AlertKind::CodeEnded);
    item.alert.finding.from_code = "J2329".parse().unwrap();
    item.alert.finding.to_code = None;
    item.alert.finding.effective_date = Some("2023-01-01".parse().unwrap());
    item
}

#[test]
fn no_subject_calls_a_code_that_is_over_in_effect() {
    use AlertKind::{PermanentCodeChanged as Changed, PermanentCodeRetroactive as Late};
    let old = |name, id, kind| named(name, id, over(kind));
    let hemgenix = || sample(Sample::Hemgenix);
    for (items, subject) in [
        (
            vec![hemgenix(), old("Vivitrol", 8, Late), old("Sublocade", 9, Late)],
            "3 code changes, 1 in effect already: Hemgenix since April 1, 2023, Vivitrol for old claims, \
             Sublocade for old claims",
        ),
        (
            vec![old("Probuphine", 8, Late), named("Probuphine", 8, ended())],
            "2 code changes: Probuphine for old claims, Probuphine code ended",
        ),
        (
            vec![old("Vivitrol", 8, Late), old("Sublocade", 9, Changed)],
            "2 code changes: Vivitrol for old claims, Sublocade for old claims",
        ),
        (
            vec![named("Probuphine", 8, ended())],
            "Probuphine: J2329 ended on December 31, 2022, no new code found",
        ),
    ] {
        assert_eq!(render(items).subject, subject);
    }
}

#[test]
fn a_code_that_is_over_is_not_put_on_the_calendar_and_its_earlier_day_is_taken_off() {
    let announced = files(vec![sample(Sample::Briumvi)]);
    let corrected = files(vec![over(AlertKind::PermanentCodeChanged)]);
    assert_eq!(corrected.keys().collect::<Vec<_>>(), ["taken-back.ics"]);
    let taken_back = &corrected["taken-back.ics"];
    assert_eq!(
        property(taken_back, "UID:"),
        property(&announced["effective-dates.ics"], "UID:")
    );
    assert_eq!(property(taken_back, "SUMMARY:"), ["Over: J2329 for Briumvi"]);
    assert!(files(vec![over(AlertKind::PermanentCodeRetroactive)]).is_empty());
}

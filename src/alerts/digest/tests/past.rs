//! Codes of days gone by.

use super::samples::{Sample, sample};
use super::{render, snapshot};
use crate::domain::alert::{AlertKind, DigestItem};

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
fn of_the_time_before_the_practice_had_the_drug_nothing_is_said() {
    let says = |item: &DigestItem, words: &str| {
        let text = render(vec![item.clone()]).text;
        let text: Vec<&str> = text.split_whitespace().collect();
        text.join(" ").contains(words)
    };
    let mut item = sample(Sample::Briumvi);
    assert!(says(&item, "through June 30, 2023 bill J3590"));
    item.first_seen = "2023-07-01".parse().unwrap();
    assert!(!says(&item, "bill J3590"));
    // A code of its own that came before is published, whenever the practice had the drug.
    item.alert.finding.from_code = "J1234".parse().unwrap();
    assert!(says(&item, "through June 30, 2023 bill J1234"));
}

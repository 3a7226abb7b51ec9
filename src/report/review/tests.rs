use super::*;
use crate::matching::decisions::Word;
use crate::report::samples::{briumvi, code, day, hostile, moment};

fn reviews() -> Vec<Review> {
    let open = Review {
        drug: hostile(),
        code: code("J2329"),
        valid_from: day("2023-07-01"),
        valid_to: None,
        descriptor: "Injection, ublituximab-xiiy, 1mg".to_owned(),
        question: "the name is one letter off: correct the name on the list".to_owned(),
        asked_on: Some(day("2023-06-20")),
        decided: None,
        evidence: Vec::new(),
    };
    let said = PersonDecision {
        code: code("J2329"),
        valid_from: day("2023-07-01"),
        word: Word::Confirmed,
        by: "Pat Lee".to_owned(),
        on: day("2023-06-21"),
        at: moment("2023-06-21T09:00:00Z"),
        note: Some("read the label".to_owned()),
    };
    let decided = Review {
        drug: briumvi(),
        question: String::new(),
        decided: Some(said),
        ..open.clone()
    };
    vec![open, decided]
}

#[test]
fn the_table_fits_eighty_columns_and_tells_who_decided() {
    let text = render(&reviews(), Format::Table, Look::default()).unwrap();
    assert!(
        text.lines().all(|line| line.chars().count() <= 80) && !text.contains('\u{1b}'),
        "{text}"
    );
    insta::assert_snapshot!(text);
    let none = render(&[], Format::Table, Look::default()).unwrap();
    assert_eq!(none, "Nothing waits for a person's decision.\n");
}

#[test]
fn the_json_and_the_csv_hold_name_time_and_note() {
    let reviews = reviews();
    let parsed: serde_json::Value =
        serde_json::from_str(&render(&reviews, Format::Json, Look::default()).unwrap()).unwrap();
    assert_eq!(parsed[0]["state"], "open");
    assert_eq!(parsed[0]["billing_unit"], "1 mg");
    assert_eq!(parsed[1]["state"], "confirmed");
    assert_eq!(parsed[1]["decided_by"], "Pat Lee");
    assert_eq!(parsed[1]["decided_at"], "2023-06-21T09:00:00Z");
    assert_eq!(parsed[1]["note"], "read the label");
    let csv = render(&reviews, Format::Csv, Look::default()).unwrap();
    assert!(
        csv.contains(",'=cmd()") && csv.contains("Pat Lee,2023-06-21,2023-06-21T09:00:00Z"),
        "{csv}"
    );
}

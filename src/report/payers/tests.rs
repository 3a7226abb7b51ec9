use super::*;
use crate::domain::payer::NewPayerRule;
use crate::report::samples::{code, day, hostile, moment};

fn rules() -> Vec<ListedRule> {
    let rule = |id, drug: Option<Drug>, terms, review_on| ListedRule {
        rule: PayerRule {
            id: PayerRuleId(id),
            written: NewPayerRule {
                payer: "BCBS of Michigan".parse().unwrap(),
                drug: drug.as_ref().map(|drug| drug.id),
                terms,
                review_on,
                reason: "intravitreal use".to_owned(),
                source: "medical drug list".to_owned(),
                by: "Pat".to_owned(),
            },
            at: moment("2023-06-20T12:00:00Z"),
            ended: None,
        },
        drug,
    };
    vec![
        rule(
            1,
            Some(hostile()),
            PayerTerms::Pin(code("J3590")),
            Some(day("2024-01-31")),
        ),
        rule(2, None, PayerTerms::CodeFrom(day("2023-10-01")), None),
    ]
}

#[test]
fn the_table_fits_eighty_columns_and_marks_reviews_that_are_overdue() {
    let text = render(&rules(), day("2024-02-01"), Format::Table, Look::default()).unwrap();
    assert!(
        text.lines().all(|line| line.chars().count() <= 80) && !text.contains('\u{1b}'),
        "{text}"
    );
    insta::assert_snapshot!(text);
    let in_time = render(&rules(), day("2024-01-31"), Format::Table, Look::default()).unwrap();
    assert!(!in_time.contains("OVERDUE"));
}

#[test]
fn the_json_and_the_csv_hold_reason_source_and_name() {
    let rules = rules();
    let json = render(&rules, day("2024-02-01"), Format::Json, Look::default()).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(parsed[0]["kind"], "pin");
    assert_eq!(parsed[0]["code"], "J3590");
    assert_eq!(parsed[0]["review_overdue"], true);
    assert_eq!(parsed[1]["code_from"], "2023-10-01");
    assert_eq!(parsed[1]["drug"], serde_json::Value::Null);
    let csv = render(&rules, day("2024-02-01"), Format::Csv, Look::default()).unwrap();
    assert!(
        csv.contains("intravitreal use,medical drug list,Pat") && csv.contains(",'=cmd()"),
        "{csv}"
    );
}

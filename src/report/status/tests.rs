use super::*;
use crate::report::samples::{day, releases};

fn status(overdue: bool) -> Status {
    let next = NextRelease {
        quarter: "2023Q4".parse().unwrap(),
        expected_by: day("2023-09-24"),
        overdue,
    };
    Status {
        today: day("2023-10-02"),
        sources: vec![SourceStatus {
            source: Source::Hcpcs,
            releases: releases(),
            next: Some(next),
        }],
        refused: vec![RefusedFile {
            source: Source::AspPricing,
            quarter: "2023Q4".parse().unwrap(),
            code: "html-instead-of-zip".to_owned(),
            message: "`october-2023-asp-pricing-file.zip` is a web page: download it by hand".to_owned(),
            first_seen: day("2023-09-25"),
        }],
        open_alerts: 2,
        last_run: Some(LastRun {
            today: day("2023-10-02"),
            started: "2023-10-02T10:15:00Z".parse().unwrap(),
            exit_code: Some(8),
            problems: vec!["the HCPCS file of 2023Q4 is overdue".to_owned()],
        }),
        payers: PayerCounts::default(),
        outbox: OutboxCounts {
            queued: 1,
            sent: 3,
            failed: 0,
        },
        drugs: DrugCounts {
            unclassified: 4,
            announced: 1,
            permanent: 7,
            review: 1,
            out_of_sight: 2,
            ..DrugCounts::default()
        },
    }
}

#[test]
fn the_status_tells_what_is_held_awaited_and_waiting() {
    insta::assert_snapshot!(render(&status(true), Format::Table, Look::default()).unwrap());
    assert!(status(true).is_overdue() && !status(false).is_overdue());
}

#[test]
fn the_json_holds_what_the_contract_names() {
    let text = render(&status(false), Format::Json, Look::default()).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    let source = &parsed["sources"][0];
    for field in ["quarter", "revision", "sha256", "fetched"] {
        assert!(!source["releases"][0][field].is_null(), "{field}");
    }
    assert_eq!(source["next"]["quarter"], "2023Q4");
    assert_eq!(source["next"]["overdue"], false);
    assert_eq!(parsed["outbox"]["queued"], 1);
    assert_eq!(parsed["drugs"]["permanent"], 7);
}

#[test]
fn a_status_has_no_csv_and_says_so() {
    let error = render(&status(false), Format::Csv, Look::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the status cannot be written as csv; choose one of table, json"
    );
}

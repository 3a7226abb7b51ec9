use super::*;
use crate::report::samples::{code, day};

fn diff() -> ReleaseDiff {
    let release = |quarter: &str| ReleaseName {
        quarter: quarter.parse().unwrap(),
        revision: 1,
    };
    let change =
        |name: &str, kind, date: Option<&str>, before: Option<&str>, after: Option<&str>| CodeChange {
            code: code(name),
            kind,
            date: date.map(day),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
    ReleaseDiff {
        from: release("2025Q1"),
        to: release("2025Q2"),
        changes: vec![
            change(
                "J1299",
                ChangeKind::Added,
                Some("2025-04-01"),
                None,
                Some("Injection, eculizumab, 2 mg"),
            ),
            change(
                "J1300",
                ChangeKind::Ended,
                Some("2025-03-31"),
                Some("Injection, eculizumab, 10 mg"),
                Some("Injection, eculizumab, 10 mg"),
            ),
            change(
                "Q5131",
                ChangeKind::UnitChanged,
                None,
                Some("20 mg"),
                Some("1 mg"),
            ),
            change("J0570", ChangeKind::Reactivated, Some("2025-10-01"), None, None),
            change(
                "J9011",
                ChangeKind::Removed,
                None,
                Some("Injection,\u{1b} x"),
                None,
            ),
            change(
                "J1745",
                ChangeKind::PriceChanged,
                Some("2025-04-01"),
                Some("30.112"),
                None,
            ),
        ],
        prices_compared: true,
    }
}

#[test]
fn limits_are_compared_by_code_and_a_missing_one_is_no_zero() {
    let prices = |rows: &[(&str, Option<&str>)]| -> Prices {
        let row =
            |(name, limit): &(&str, Option<&str>)| (code(name), limit.map(|limit| limit.parse().unwrap()));
        rows.iter().map(row).collect()
    };
    let before = prices(&[
        ("J1745", Some("30.112")),
        ("J0178", Some("900.5")),
        ("Q5103", None),
    ]);
    let after = prices(&[
        ("J0178", Some("900.500")),
        ("Q5103", Some("12.1")),
        ("Q9999", None),
    ]);
    let mut diff = diff();
    diff.changes.clear();
    let diff = diff.with_prices(&before, &after);
    let told: Vec<String> = diff
        .changes
        .iter()
        .map(|change| format!("{} {:?} {:?}", change.code, change.before, change.after))
        .collect();
    assert_eq!(
        told,
        [r#"J1745 Some("30.112") None"#, r#"Q5103 None Some("12.1")"#]
    );
    assert_eq!(diff.with_kinds(&[ChangeKind::Added]).changes.len(), 0);
}

#[test]
fn the_table_tells_each_change_with_its_date() {
    let text = render(&diff(), Format::Table, Look::default()).unwrap();
    assert!(
        text.lines().all(|line| line.chars().count() <= 100) && !text.contains('\u{1b}'),
        "{text}"
    );
    insta::assert_snapshot!(text);
}

#[test]
fn the_csv_and_json_hold_the_same_changes() {
    insta::assert_snapshot!(render(&diff(), Format::Csv, Look::default()).unwrap());
    let parsed: serde_json::Value =
        serde_json::from_str(&render(&diff(), Format::Json, Look::default()).unwrap()).unwrap();
    assert_eq!(parsed["changes"][2]["kind"], "unit-changed");
    assert_eq!(parsed["from"]["quarter"], "2025Q1");
}

#[test]
fn a_prefix_keeps_its_codes_only() {
    let codes: Vec<_> = diff()
        .with_prefix(" q51")
        .changes
        .iter()
        .map(|change| change.code.to_string())
        .collect();
    assert_eq!(codes, ["Q5131"]);
    let none = diff().with_prefix("A");
    assert!(
        render(&none, Format::Table, Look::default())
            .unwrap()
            .starts_with("Nothing differs")
    );
}

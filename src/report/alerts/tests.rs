use super::*;
use crate::domain::source::Sha256;
use crate::report::samples::{announced, in_review};
use serde_json::{Value, json};

fn as_json(alerts: &[Alert]) -> Value {
    serde_json::from_str(&render(alerts, Format::Json, Look::default()).unwrap()).unwrap()
}

#[test]
fn the_json_is_the_contract() {
    let contract = json!([{
        "id": 7, "kind": "permanent-code-announced",
        "drug": {"id": 1, "brand": "Briumvi", "proper_name": "ublituximab-xiiy", "route": "intravenous", "ndcs": ["73150-0150-06"]},
        "from_code": "J3590", "to_code": "J2329", "effective_date": "2023-07-01", "end_date": null,
        "billing_unit": "1 mg", "decision": "confirmed", "match_kind": "proper-name",
        "evidence": [{"source": "hcpcs", "quarter": "2023Q3", "revision": 1, "member": "HCPC2023_JUL_ANWEB.txt",
            "line": 8123, "sha256": Sha256::of(b"release").to_string(), "text": "Injection, ublituximab-xiiy, 1mg"}],
        "raised_on": "2023-06-20",
        "deliveries": [{"recipient": "billing@example.org", "status": "sent", "sent_at": "2023-06-20T12:00:00Z"}],
        "acknowledged": null
    }]);
    assert_eq!(as_json(&[announced()]), contract);
}

#[test]
fn a_review_names_its_candidates_and_who_took_note() {
    let alert = &as_json(&[in_review()])[0];
    assert_eq!(alert["candidates"], json!(["J2329", "J1748"]));
    assert_eq!(
        (&alert["to_code"], &alert["match_kind"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(
        alert["acknowledged"],
        json!({"by": "Pat", "at": "2023-06-21T09:00:00Z", "note": "asked the payer"})
    );
}

#[test]
fn the_table_fits_eighty_columns_and_steers_no_terminal() {
    let text = render(&[announced(), in_review()], Format::Table, Look::default()).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(!text.contains('\u{1b}'));
    insta::assert_snapshot!(text);
}

#[test]
fn the_csv_has_one_record_an_alert_and_no_formula() {
    insta::assert_snapshot!(render(&[announced(), in_review()], Format::Csv, Look::default()).unwrap());
}

#[test]
fn a_code_that_ends_without_successor_says_so() {
    let mut alert = announced();
    alert.finding.kind = AlertKind::CodeEnded;
    (alert.finding.from_code, alert.finding.to_code) = ("Q5139".parse().unwrap(), None);
    assert!(
        render(&[alert], Format::Table, Look::default())
            .unwrap()
            .contains("Q5139")
    );
}

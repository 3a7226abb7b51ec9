use super::*;
use crate::code_on_date::{Answer, Ask, QuarterPrice, bill};
use crate::domain::drug::Setting;
use crate::report::samples::{announced, briumvi, code, day, hostile};

fn answered() -> Answered {
    let dose = "450 mg".parse().ok();
    let limit = QuarterPrice::Limit("57.904".parse().unwrap());
    let price = Quarter::containing(day("2023-07-01")).map(|quarter| (quarter, limit));
    Answered {
        drug: briumvi(),
        ask: Ask {
            dos: day("2023-07-01"),
            payer: "Medi-Cal".parse().ok(),
            setting: None,
            dose: None,
        },
        setting: Setting::Office,
        answer: Answer {
            code: Some(code("J2329")),
            status: Status::Permanent,
            certainty: Certainty::Known,
            valid_from: Some(day("2023-07-01")),
            valid_to: None,
            period: None,
            candidates: Vec::new(),
            reason: "J2329 is Briumvi's own code, for dates of service from 2023-07-01.".to_owned(),
            evidence: announced().finding.evidence,
        },
        billing: bill(Some("Injection, ublituximab-xiiy, 1mg"), dose.as_ref(), price),
        dose,
    }
}

fn unknown() -> Answered {
    let mut unknown = answered();
    unknown.drug = hostile();
    unknown.answer.code = None;
    unknown.answer.status = Status::Undecided;
    unknown.answer.certainty = Certainty::Unknown;
    unknown.answer.valid_from = None;
    unknown.billing = crate::code_on_date::Billing::default();
    unknown
}

#[test]
fn the_table_tells_code_units_money_reason_and_evidence_in_eighty_columns() {
    let text = render(&answered(), Format::Table, Look::default()).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
    let text = render(&unknown(), Format::Table, Look::default()).unwrap();
    assert!(text.contains("- (unknown)") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn the_json_is_the_contract() {
    let text = render(&answered(), Format::Json, Look::default()).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(parsed["drug"]["brand"], "Briumvi");
    assert_eq!(parsed["dos"], "2023-07-01");
    assert_eq!(parsed["code"], "J2329");
    assert_eq!(parsed["status"], "permanent");
    assert_eq!(parsed["valid_from"], "2023-07-01");
    assert_eq!(parsed["valid_to"], serde_json::Value::Null);
    assert_eq!(parsed["billing_unit"], "1 mg");
    assert_eq!(parsed["units"], 450);
    assert_eq!(parsed["arithmetic"], "450 mg / 1 mg = 450 units");
    assert_eq!(parsed["payment_limit"], "57.904");
    assert_eq!(parsed["allowed_amount"], "26056.80");
    assert_eq!(parsed["evidence"][0]["line"], 8123);
    let text = render(&unknown(), Format::Json, Look::default()).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(parsed["code"], serde_json::Value::Null);
    assert_eq!(
        (&parsed["status"], &parsed["certainty"]),
        (&"undecided".into(), &"unknown".into())
    );
}

#[test]
fn a_sheet_comes_back_with_its_columns_its_answers_and_its_bad_lines() {
    let header = ["drug", "dos", "chart"].map(str::to_owned);
    let line = |line, answered| SheetAnswer {
        line,
        cells: ["Briumvi", "2023-07-01", "=7"].map(str::to_owned).into(),
        answered,
    };
    let lines = [
        line(2, Ok(answered())),
        line(3, Err("dos: no such day".to_owned())),
        line(4, Ok(unknown())),
    ];
    let look = Look::default();
    let csv = render_sheet(&header, &lines, Format::Csv, look).unwrap();
    let rows: Vec<&str> = csv.lines().collect();
    assert!(
        rows[0].starts_with("drug,dos,chart,billed_to,billed_from,code,status"),
        "{csv}"
    );
    assert!(
        rows[1]
            .starts_with("Briumvi,2023-07-01,'=7,Medi-Cal,office,J2329,permanent,known,2023-07-01,,1 mg,450")
    );
    assert!(rows[2].ends_with(",dos: no such day"));
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let width = reader.headers().unwrap().len();
    assert!(reader.records().all(|record| record.unwrap().len() == width));
    let json = render_sheet(&header, &lines, Format::Json, look).unwrap();
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&parsed[0]["line"], &parsed[0]["code"]),
        (&2.into(), &"J2329".into())
    );
    assert_eq!(parsed[1]["problem"], "dos: no such day");
    let table = render_sheet(&header, &lines, Format::Table, look).unwrap();
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    insta::assert_snapshot!(table);
}

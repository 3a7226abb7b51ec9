//! Each format, read by another reader than the one that wrote it.

use crate::practice::{Practice, day};
use calamine::{Data, Reader, Xlsx};
use hcpcs_watch::domain::drug::DrugEntry;
use hcpcs_watch::report::audit::AuditFormat;
use std::io::Cursor;

/// A practice with a drug whose name tries to be a formula, markup and a change of reading direction.
fn practice() -> Practice {
    let mut practice = Practice::with_history();
    let today = day("2025-08-01");
    let entry = DrugEntry {
        brand: Some("=HYPERLINK(\"x\")<script>alert(1)</script>\u{202e}".to_owned()),
        proper_name: Some("@SUM(A1)".to_owned()),
        ..DrugEntry::default()
    };
    let now = practice.moment(today).now;
    let mut store = practice.store(today);
    let transaction = store.begin(now, "command").unwrap();
    transaction.add_drug(&entry, today).unwrap();
    transaction.commit().unwrap();
    practice.acknowledge(today, 1, "Pat");
    practice
}

#[test]
fn the_csv_has_a_record_a_period_and_no_formula() {
    let mut practice = practice();
    let today = day("2025-08-01");
    let text = practice.rendered(today, AuditFormat::Csv);
    let audit = practice.audit(today, today);
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let spans: usize = audit.drugs.iter().map(|drug| drug.codes.len()).sum();
    assert_eq!(records.len(), spans);
    for cell in records.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
    }
    let last = records.last().unwrap();
    assert!(last[2].starts_with("'=HYPERLINK"), "{}", &last[2]);
}

#[test]
fn the_json_is_the_document() {
    let mut practice = practice();
    let text = practice.rendered(day("2025-08-01"), AuditFormat::Json);
    let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(value["drugs"][0]["codes"][0]["code"], "J3590");
    assert_eq!(value["drugs"][0]["codes"][0]["valid_to"], "2023-06-30");
    assert_eq!(value["drugs"][0]["codes"][1]["code"], "J2329");
    assert_eq!(
        value["drugs"][0]["codes"][1]["evidence"][0]["sha256"]
            .as_str()
            .unwrap()
            .len(),
        64
    );
    assert_eq!(value["counts"]["watched"], 13);
    assert_eq!(value["alerts"][0]["acknowledged_by"], "Pat");
}

#[test]
fn the_workbook_has_a_sheet_a_section_with_typed_cells() {
    let mut practice = practice();
    let bytes = practice.rendered(day("2025-08-01"), AuditFormat::Xlsx);
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let names = workbook.sheet_names();
    assert_eq!(names.len(), 13, "{names:?}");
    let codes = workbook.worksheet_range("Codes").unwrap();
    let head: Vec<String> = codes
        .rows()
        .next()
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    let column = |name: &str| head.iter().position(|head| head == name).unwrap();
    let briumvi = codes
        .rows()
        .find(|row| row[column("code")] == Data::String("J2329".to_owned()))
        .unwrap();
    let Data::DateTime(from) = &briumvi[column("valid from")] else {
        panic!("{briumvi:?}")
    };
    assert_eq!(from.as_datetime().unwrap().date(), day("2023-07-01"));
    assert!(matches!(briumvi[column("drug")], Data::Float(_)), "{briumvi:?}");
    let limits = workbook.worksheet_range("Payment limits").unwrap();
    assert!(limits.rows().skip(1).any(|row| matches!(row[4], Data::Float(_))));
    for name in names {
        let formulas = workbook.worksheet_formula(&name).unwrap();
        assert!(formulas.used_cells().next().is_none(), "{name}");
    }
    let drugs = workbook.worksheet_range("Drugs").unwrap();
    let hostile = drugs.rows().next_back().unwrap()[1].to_string();
    assert!(
        hostile.starts_with("=HYPERLINK") && hostile.ends_with(r"\u{202e}"),
        "{hostile}"
    );
}

#[test]
fn the_page_is_self_contained_and_everything_in_it_is_escaped() {
    let mut practice = practice();
    let page = String::from_utf8(practice.rendered(day("2025-08-01"), AuditFormat::Html)).unwrap();
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(!page.contains("alert(1)</script>"));
    assert!(
        page.contains("Example &#60;Infusion&#62; &#38; Center"),
        "{}",
        &page[..400]
    );
    assert!(!page.contains('\u{202e}'));
    for remote in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(remote), "{remote}");
    }
    assert!(page.contains("default-src 'none'; style-src 'sha256-"));
    assert_eq!(page.matches("<th>").count(), 0, "every head has a scope");
}

#[test]
fn the_table_fits_the_terminal() {
    let mut practice = practice();
    let text = String::from_utf8(practice.rendered(day("2025-08-01"), AuditFormat::Table)).unwrap();
    assert!(text.contains("Briumvi"), "{text}");
    let table = text
        .lines()
        .skip_while(|line| !line.starts_with("id "))
        .take_while(|line| !line.is_empty());
    for line in table {
        assert!(line.chars().count() <= 80, "{line}");
    }
}

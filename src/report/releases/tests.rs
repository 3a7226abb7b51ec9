use super::*;
use crate::report::samples::releases;

#[test]
fn the_table_fits_eighty_columns() {
    let text = render(&releases(), Format::Table, Look::default()).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_json_and_the_csv_hold_the_whole_hash() {
    let parsed: serde_json::Value =
        serde_json::from_str(&render(&releases(), Format::Json, Look::default()).unwrap()).unwrap();
    let sha256 = releases()[0].sha256.to_string();
    assert_eq!(parsed[0]["sha256"], sha256.as_str());
    assert_eq!(
        (&parsed[0]["quarter"], &parsed[0]["revision"]),
        (&"2023Q3".into(), &1.into())
    );
    assert_eq!(parsed[0]["rejected"][0]["count"], 2);
    assert!(
        render(&releases(), Format::Csv, Look::default())
            .unwrap()
            .contains(&sha256)
    );
}

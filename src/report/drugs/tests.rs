use super::*;
use crate::report::samples::{briumvi, hostile};

#[test]
fn the_table_fits_eighty_columns_and_steers_no_terminal() {
    let text = render(&[briumvi(), hostile()], Format::Table, Look::default()).unwrap();
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(!text.contains('\u{1b}'));
    insta::assert_snapshot!(text);
}

#[test]
fn colour_comes_only_where_it_is_wanted() {
    let look = Look {
        width: 100,
        is_coloured: true,
    };
    assert!(
        render(&[hostile()], Format::Table, look)
            .unwrap()
            .contains("\u{1b}[")
    );
}

#[test]
fn the_json_and_the_csv_hold_every_value() {
    let drugs = [briumvi(), hostile()];
    let parsed: serde_json::Value =
        serde_json::from_str(&render(&drugs, Format::Json, Look::default()).unwrap()).unwrap();
    assert_eq!(parsed[0]["ndcs"][0], "73150-0150-06");
    assert_eq!(parsed[0]["noc_code"], "J3590");
    assert_eq!(parsed[1]["retired_on"], "2023-08-01");
    let csv = render(&drugs, Format::Csv, Look::default()).unwrap();
    assert!(csv.contains("\n'=cmd()"), "{csv}");
}

#[test]
fn an_empty_list_says_what_to_do() {
    assert!(
        render(&[], Format::Table, Look::default())
            .unwrap()
            .contains("drugs import")
    );
    assert_eq!(render(&[], Format::Json, Look::default()).unwrap(), "[]\n");
}

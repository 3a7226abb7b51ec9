//! Lists as practices keep them, right and wrong, in every kind of file.

use super::*;
use crate::domain::drug::{Drug, DrugId, Setting};
use proptest::prelude::*;
use std::fmt::Write;

fn read_bytes(bytes: &[u8]) -> Result<DrugList, DrugListError> {
    parse(bytes, Path::new("list.csv"))
}

fn entries(bytes: &[u8]) -> Vec<DrugEntry> {
    read_bytes(bytes)
        .unwrap()
        .drugs
        .into_iter()
        .map(|drug| drug.entry)
        .collect()
}

fn told(bytes: &[u8]) -> String {
    read_bytes(bytes).unwrap_err().to_string()
}

#[test]
fn a_line_gives_every_value() {
    let text = "\u{feff}Notes,Started-On,DOSE,manufacturer,Setting,Route,NOC Code,NDC,Proper Name,BRAND,Shelf\r\n\
        \"first\r\n vial\",7/1/2023,450mg,TG  Therapeutics,OPPS,Intravenous,c9399,73150-150-06; 73150015006;73150-0150-07,ublituximab-xiiy, Briumvi\u{a0},B4\r\n";
    let list = read_bytes(text.as_bytes()).unwrap();
    assert_eq!(list.ignored_columns, ["Shelf"]);
    let drug = &list.drugs[0];
    assert_eq!(drug.line, 2);
    assert_eq!(drug.entry.brand.as_deref(), Some("Briumvi"));
    assert_eq!(drug.entry.proper_name.as_deref(), Some("ublituximab-xiiy"));
    assert_eq!(format!("{:?}", drug.entry.ndcs), "[73150-0150-06, 73150-0150-07]");
    assert_eq!(drug.entry.noc_code.as_str(), "C9399");
    assert_eq!(drug.entry.route.as_deref(), Some("intravenous"));
    assert_eq!(drug.entry.setting, Some(Setting::Opps));
    assert_eq!(drug.entry.manufacturer.as_deref(), Some("TG Therapeutics"));
    assert_eq!(drug.entry.dose.as_ref().unwrap().to_string(), "450 mg");
    assert_eq!(drug.entry.started_on.unwrap().to_string(), "2023-07-01");
    assert_eq!(drug.entry.notes.as_deref(), Some("first vial"));
}

#[test]
fn separators_and_encodings_are_recognised() {
    let plain = entries("brand,notes\nBriumvi,für Nächste\n".as_bytes());
    assert_eq!(plain[0].notes.as_deref(), Some("für Nächste"));
    let utf16: Vec<u8> = std::iter::once(0xfeff)
        .chain("brand\tnotes\r\nBriumvi\tfür Nächste\r\n".encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let variants: [&[u8]; 5] = [
        b"brand,notes\nBriumvi,f\xfcr N\xe4chste\n",
        "Brand;Notes\r\nBriumvi;für Nächste\r\n".as_bytes(),
        "sep=;\r\nbrand;notes\r\nBriumvi;für Nächste".as_bytes(),
        "\n\n\"brand\"\t\"notes\"\rBriumvi\tfür Nächste".as_bytes(),
        &utf16,
    ];
    for variant in variants {
        assert_eq!(entries(variant), plain, "{}", String::from_utf8_lossy(variant));
    }
}

#[test]
fn blank_lines_are_skipped_and_do_not_disturb_the_count() {
    let list = read_bytes(b"\r\nbrand,notes\r\n\r\n,\r\nBriumvi,\"a\r\nb\"\r\n\r\nLeqembi,\r\n").unwrap();
    let lines: Vec<_> = list.drugs.iter().map(|drug| drug.line).collect();
    assert_eq!(lines, [5, 8]);
    let after_sep = read_bytes(b"sep=,\nbrand\nBriumvi\n").unwrap();
    assert_eq!(after_sep.drugs[0].line, 3);
}

#[test]
fn every_bad_line_is_told_at_once() {
    let text = "brand,proper_name,ndc,noc_code,route,setting,dose,started_on,notes\n\
        Briumvi,ublituximab-xiiy,7315015006,,,,,,\n\
        Leqembi,,,J0174,,,,,\n\
        ,,,,intravenous,,,,\n\
        Bri\u{200b}umvi,,,,,,,,\n\
        Kisunla,,0002-9401-01;GG100,J359,,clinic,450,2023-02-30,\n\
        Skyrizi,,,,,,,31/12/2023,ring\u{7}\n\
        Tremfya,,;,,,,0 mg,,one,two\n\
        Izervay,avacincaptad pegol,,,intravitreal,office,,,\n\
        IZERVAY,Avacincaptad  pegol,82829-0002-01,,Intravitreal,office,,,\n";
    insta::assert_snapshot!(told(text.as_bytes()));
}

#[test]
fn a_file_that_is_no_list_is_told_so() {
    for (bytes, reason) in [
        (&b""[..], "the list is empty"),
        (b"\n \n", "the list is empty"),
        (b"brand,ndc\n", "no drug below the header"),
        (
            b"Briumvi,ublituximab-xiiy\n",
            "names none of brand, proper_name, ndc",
        ),
        (b"brand,notes,Brand\nx,y,z\n", "twice"),
        (b"PK\x03\x04 cut off", "the workbook cannot be opened"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            "the workbook cannot be opened",
        ),
        (b"<html><body>Sign in</body></html>", "names none of"),
    ] {
        assert!(told(bytes).contains(reason), "{}", told(bytes));
    }
    assert!(matches!(
        read(Path::new("no/such/list.csv")),
        Err(DrugListError::Read { .. })
    ));
}

#[test]
fn a_cell_a_line_and_a_file_have_their_limits() {
    let open_quote = format!("brand,notes\nBriumvi,\"{}\n", "x\n".repeat(2_000));
    assert!(told(open_quote.as_bytes()).contains("a quotation mark is opened and not closed"));
    let many = (0..=100_000).fold("brand\n".to_owned(), |mut text, number| {
        let _ = writeln!(text, "b{number}");
        text
    });
    assert!(told(many.as_bytes()).contains("line 100002: the list goes on after 100000 drugs"));
    assert_eq!(
        read_bytes(&many.as_bytes()[..many.len() - "b100000\n".len()])
            .unwrap()
            .drugs
            .len(),
        100_000
    );
    let wide = format!("brand\n{}x\n", ",".repeat(300));
    assert!(told(wide.as_bytes()).contains("301 cells"));
    assert!(matches!(
        read_bytes(&vec![b'x'; 16 * 1024 * 1024 + 1]),
        Err(DrugListError::TooLarge { .. })
    ));
}

#[test]
fn the_same_drug_on_two_lines_is_refused_but_two_vial_sizes_are_not() {
    let same = "brand,route,ndc\nStelara,sc,57894-0060-02\nSTELARA,SC,\n";
    assert!(
        told(same.as_bytes()).contains("line 3: STELARA stands on line 2 already"),
        "{}",
        told(same.as_bytes())
    );
    let sizes =
        "brand,route,ndc\nStelara,sc,57894-0060-02\nStelara,sc,57894-0061-03\nStelara,iv,57894-0060-02\n";
    assert_eq!(entries(sizes.as_bytes()).len(), 3);
}

/// A workbook as a spreadsheet program saves it.
fn workbook(write: impl FnOnce(&mut rust_xlsxwriter::Worksheet)) -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    write(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

#[test]
fn a_workbook_gives_the_same_drugs_with_the_rows_of_the_sheet() {
    let bytes = workbook(|sheet| {
        let day = rust_xlsxwriter::Format::new().set_num_format("m/d/yyyy");
        sheet
            .write_row(2, 1, ["Brand", "NDC", "started on", "notes"])
            .unwrap();
        sheet
            .write_row(4, 1, ["Briumvi", "73150-150-06", "", "=1"])
            .unwrap();
        sheet
            .write_with_format(
                4,
                3,
                rust_xlsxwriter::ExcelDateTime::from_ymd(2023, 7, 1).unwrap(),
                &day,
            )
            .unwrap();
        sheet.write_string(5, 1, "Leqembi").unwrap();
        sheet.write_number(5, 2, 62_856_021_201.0).unwrap();
    });
    let list = read_bytes(&bytes).unwrap();
    let lines: Vec<_> = list.drugs.iter().map(|drug| drug.line).collect();
    assert_eq!(lines, [5, 6]);
    assert_eq!(list.drugs[0].entry.started_on.unwrap().to_string(), "2023-07-01");
    assert_eq!(list.drugs[0].entry.notes.as_deref(), Some("=1"));
    assert_eq!(list.drugs[1].entry.ndcs[0].to_string(), "62856-0212-01");
}

#[test]
fn numbers_where_texts_belong_are_refused_in_a_workbook() {
    let bytes = workbook(|sheet| {
        sheet.write_row(0, 0, ["brand", "ndc", "started_on"]).unwrap();
        sheet.write_string(1, 0, "Kisunla").unwrap();
        sheet.write_number(1, 1, 2_940_101.0).unwrap();
        sheet.write_number(1, 2, 45_000.0).unwrap();
    });
    let told = told(&bytes);
    assert!(
        told.contains("line 2, ndc `2940101`: the cell is a number and numbers lose their leading zeros"),
        "{told}"
    );
    assert!(
        told.contains("line 2, started_on `45000`: expected a day"),
        "{told}"
    );
}

#[test]
fn a_workbook_with_a_cell_at_its_far_end_is_no_trap() {
    let bytes = workbook(|sheet| {
        sheet.write_row(0, 0, ["brand"]).unwrap();
        sheet.write_row(1, 0, ["Briumvi"]).unwrap();
        sheet.write_string(1_048_575, 16_383, "x").unwrap();
    });
    assert!(told(&bytes).contains("line 1048576: the row has a cell beyond column 256"));
}

#[test]
fn values_given_by_hand_follow_the_same_rules() {
    let fields = EntryFields {
        brand: Some(" Briumvi ".to_owned()),
        ndc: Some("73150-150-06".to_owned()),
        ..EntryFields::default()
    };
    assert_eq!(
        vec![parse_entry(&fields).unwrap()],
        entries(b"brand,ndc\nBriumvi,73150-150-06\n")
    );
    let problems = parse_entry(&EntryFields {
        noc_code: Some("J2329".to_owned()),
        ..EntryFields::default()
    })
    .unwrap_err();
    let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(told[0].starts_with("noc_code `J2329`"), "{told:?}");
    assert_eq!(told.len(), 2);
}

prop_compose! {
    /// An entry as reading gives them: folded texts, sorted NDCs, lower-case route.
    fn any_entry()(
        texts in proptest::collection::vec(proptest::option::of("['=+@;\"a-zA-Zéµ,-]{1,8}( ['=a-z\",]{1,8})?"), 5),
        ndcs in proptest::collection::btree_set("[0-9]{11}", 0..3),
        noc_code in proptest::sample::select(vec!["J3590", "J3490", "J9999", "C9399"]),
        setting in proptest::option::of(proptest::sample::select(vec![Setting::Office, Setting::Opps])),
        dose in proptest::option::of("[1-9][0-9]{0,3}(\\.[1-9])? (mg|mcg|units)"),
        day in proptest::option::of(0i64..40_000),
    ) -> DrugEntry {
        let mut texts = texts.into_iter();
        let mut next = || texts.next().flatten();
        DrugEntry {
            brand: Some(next().unwrap_or_else(|| "Brand".to_owned())),
            proper_name: next(),
            route: next().map(|route| route.to_lowercase()),
            manufacturer: next(),
            notes: next(),
            ndcs: ndcs.iter().map(|ndc| ndc.parse().unwrap()).collect(),
            noc_code: noc_code.parse().unwrap(),
            setting,
            dose: dose.map(|dose| dose.parse().unwrap()),
            started_on: day.map(|day| chrono::NaiveDate::from_ymd_opt(1950, 1, 1).unwrap() + chrono::Duration::days(day)),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back_unchanged(entry in any_entry()) {
        let drug = Drug { id: DrugId(1), entry: entry.clone(), retired_on: None };
        let text = write_csv(&[drug]).unwrap();
        let list = read_bytes(text.as_bytes()).unwrap();
        prop_assert_eq!(&list.drugs[0].entry, &entry, "{}", text);
        prop_assert!(list.ignored_columns.is_empty());
        for record in csv::Reader::from_reader(text.as_bytes()).records() {
            prop_assert!(record.unwrap().iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_bytes(&bytes);
        let with_header = [b"brand,ndc,dose,started_on\n", &bytes[..]].concat();
        let _ = read_bytes(&with_header);
    }

    #[test]
    fn no_damaged_workbook_makes_the_reader_panic(at in 0usize..6_000, byte in any::<u8>()) {
        let mut bytes = workbook(|sheet| { sheet.write_row(0, 0, ["brand", "ndc"]).unwrap(); });
        let place = at % bytes.len();
        bytes[place] = byte;
        let _ = read_bytes(&bytes);
    }
}

#[test]
fn an_unclosed_quotation_mark_swallows_no_drug() {
    let text = "brand,proper_name,notes\nBriumvi,ublituximab-xiiy,\nTecvayli,teclistamab-cqyv,\"call rep\nElahere,,\n";
    let error = parse(text.as_bytes(), Path::new("drugs.csv"))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("line 3: a quotation mark is opened and not closed"),
        "{error}"
    );
    let closed = text.replace("call rep", "call rep\"");
    assert_eq!(
        parse(closed.as_bytes(), Path::new("drugs.csv"))
            .unwrap()
            .drugs
            .len(),
        3
    );
}

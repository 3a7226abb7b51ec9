use super::*;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

/// A line in the layout of the text, as many columns long as it needs.
fn line(code: &str, sequence: u32, kind: char, description: &str) -> String {
    format!("{code:>5}{sequence:05}{kind}{description:<80}")
}

/// A whole first line: description, short description, ADD DT, ACT EFF DT, TERM DT, action.
fn first(code: &str, description: &str, dates: [&str; 3], action: &str) -> String {
    let [add, effective, end] = dates;
    let start = format!("{}{:<28}", line(code, 100, '3', description), "Short");
    format!("{start:<268}{add:<8}{effective:<8}{end:<8}{action}")
}

fn parsed(text: &str) -> Table<HcpcsRecord> {
    fixed_width::parse("HCPC2023_JUL_ANWEB.txt", text.as_bytes()).unwrap()
}

fn reasons(table: &Table<HcpcsRecord>) -> Vec<(u32, &str)> {
    let rejected = table.rejected.iter();
    rejected.map(|row| (row.line, row.reason.as_str())).collect()
}

#[test]
fn a_record_is_read_with_its_continuations_and_its_place() {
    let text = [
        first(
            "J2329",
            "Injection, ublituximab-xiiy,",
            ["20230701", "20230701", ""],
            "A",
        ),
        line("J2329", 200, '4', "1mg"),
        String::new(),
    ]
    .join("\r\n");
    let table = parsed(&text);
    assert!(table.rejected.is_empty() && table.left_out.is_empty());
    let expected = HcpcsRecord {
        code: "J2329".parse().unwrap(),
        long_description: "Injection, ublituximab-xiiy, 1mg".to_owned(),
        short_description: "Short".to_owned(),
        cross_references: Vec::new(),
        coverage: String::new(),
        add_date: "2023-07-01".parse().ok(),
        action_effective_date: "2023-07-01".parse().ok(),
        termination_date: None,
        action: Some(Action::Add),
    };
    assert_eq!(table.rows.len(), 1);
    assert_eq!((table.rows[0].line, &table.rows[0].row), (1, &expected));
}

#[test]
fn lines_of_every_length_and_the_disclaimers_before_them_are_read() {
    let whole = first(
        "A0021",
        "Ambulance service",
        ["19900101", "20160101", "00000000"],
        "N",
    );
    let text = [
        "***Disclaimers\t\t\t".to_owned(),
        "\t\t".to_owned(),
        "codes in CMS\u{92} 2020 HCPCS Update".to_owned(),
        format!("{whole:<320}"),
        line("A0021", 200, '4', "continued").trim_end().to_owned(),
        format!("{:<320}", line("   A1", 100, '7', "Dressing for one wound")),
        line("   A1", 200, '8', "and more"),
        whole.replace("A0021", "A0022"),
    ]
    .join("\r\n");
    let bytes = encoding_rs::WINDOWS_1252
        .encode(&text.replace('\u{92}', "\u{2019}"))
        .0
        .into_owned();
    let table = fixed_width::parse("a.txt", &bytes).unwrap();
    assert_eq!(reasons(&table), []);
    let descriptions: Vec<&str> = table
        .rows
        .iter()
        .map(|row| row.row.long_description.as_str())
        .collect();
    assert_eq!(descriptions, ["Ambulance service continued", "Ambulance service"]);
    assert_eq!(
        table.left_out,
        [
            ("disclaimer line", 2),
            ("modifier", 1),
            ("continuation line of a modifier", 1)
        ]
    );
}

#[test]
fn what_cannot_be_used_is_rejected_with_its_reason() {
    let good = ["20230701", "20230701", ""];
    for (text, line_number, reason) in [
        (
            first("J2329", "x", ["20231301", "", ""], "A"),
            1,
            "ADD DT (columns 269-276) `20231301` is not a date (YYYYMMDD)",
        ),
        (
            first("J2329", "x", ["2023 701", "", ""], "A"),
            1,
            "ADD DT (columns 269-276) `2023 701` is not a date",
        ),
        (
            first("J2329", "x", ["20230701", "", "2023"], "A"),
            1,
            "TERM DT (columns 285-292) `2023` is not a date",
        ),
        (
            first("J232X", "x", good, "A"),
            1,
            "columns 1-5: `J232X` is not a HCPCS code",
        ),
        (
            line("J2329", 100, '3', "cut off"),
            1,
            "the line ends at column 91, before the end of ADD DT",
        ),
        ("J232900".to_owned(), 1, "not a record"),
        (
            line("J2329", 200, '4', "1mg"),
            1,
            "continuation line of `J2329` without the first line",
        ),
        (
            format!(
                "{}\n{}",
                first("J2329", "x", good, "A"),
                line("J2330", 200, '4', "1mg")
            ),
            2,
            "continuation line of `J2330` without the first line",
        ),
        (
            format!(
                "{}\n{}",
                first("J2329", "x", good, "A"),
                line("J2329", 100, '4', "1mg")
            ),
            1,
            "sequence (columns 6-10) of its continuation in line 2 is 00100",
        ),
        (
            format!("{}\ngarbage", first("J2329", "x", good, "A")),
            2,
            "not a record",
        ),
    ] {
        let table = parsed(&text);
        let rejected = reasons(&table);
        assert_eq!(rejected.len(), 1, "{text}: {rejected:?}");
        assert_eq!(rejected[0].0, line_number, "{text}");
        assert!(rejected[0].1.starts_with(reason), "{rejected:?}");
    }
}

#[test]
fn a_description_without_end_is_rejected() {
    let mut lines = vec![first("J2329", "x", ["20230701", "20230701", ""], "A")];
    lines.extend((101..300).map(|sequence| line("J2329", sequence, '4', &"y".repeat(80))));
    lines.push(first("J3590", "x", ["20020101", "20020101", ""], "N"));
    let text = lines.join("\r\n");
    let table = parse("HCPC2023_JUL_ANWEB.txt", text.as_bytes()).unwrap();
    assert_eq!(table.rows.len(), 1);
    let reason = "the long description has 16120 bytes; at most 10000 are taken";
    assert_eq!(reasons(&table), [(1, reason)]);
}

#[test]
fn an_unknown_action_code_does_not_lose_the_record() {
    let table = parsed(&first("J2329", "x", ["20230701", "", ""], "X"));
    assert_eq!(table.rows[0].row.action, None);
    assert_eq!(
        table.left_out,
        [("record kept without its unknown action code", 1)]
    );
}

#[test]
fn most_additions_tell_the_quarter_though_some_are_backdated() {
    let text = [
        first("J1411", "x", ["20230401", "", ""], "A"),
        first("J2329", "x", ["20230701", "", ""], "A"),
        first("J2330", "x", ["20230701", "", ""], "A"),
        first("J3590", "x", ["20020101", "", ""], "N"),
    ]
    .join("\n");
    let third = "2023Q3".parse().expect("a quarter");
    assert_eq!(quarter_of_additions(&parsed(&text)), Some((third, 2)));
    assert_eq!(
        quarter_of_additions(&parsed(&first("J3590", "x", ["20020101", "", ""], "N"))),
        None
    );
}

const NAMES: [&str; 9] = [
    "HCPC",
    "SEQNUM",
    "RECID",
    "LONG DESCRIPTION",
    "SHORT DESCRIPTION",
    "ADD DT",
    "ACT EFF DT",
    "TERM DT",
    "ACTION CD",
];

/// A workbook with its header row at `top` and text cells, those that begin with `#` as numbers.
fn workbook(top: u32, names: &[&str], rows: &[&[&str]]) -> Vec<u8> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    if top > 0 {
        sheet.write_string(0, 0, "***Disclaimers").unwrap();
    }
    for (row, cells) in std::iter::once(&names).chain(rows).enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let (row, column) = (top + u32::try_from(row).unwrap(), u16::try_from(column).unwrap());
            match cell.strip_prefix('#') {
                Some(number) => sheet
                    .write_number(row, column, number.parse::<f64>().unwrap())
                    .unwrap(),
                None => sheet.write_string(row, column, *cell).unwrap(),
            };
        }
    }
    sheet
        .write_blank(top + 5_000, 3, &rust_xlsxwriter::Format::new().set_bold())
        .unwrap();
    workbook.save_to_buffer().unwrap()
}

/// Rows as workbooks have them, with dates as text and as numbers, and some that are not to be used.
#[rustfmt::skip]
const ODD_ROWS: [&[&str]; 8] = [
    &["J2329", "00100", "3", "Injection,  ublituximab-xiiy, 1mg", "Inj", "20230701", "#20230701", "", "A"],
    &["G0503", "#100", "#3", "Subsequent care; and", "Care", "#20170101", "", "#20171231", "N"],
    &["G0503", "01600", "4", "remission", "", "", "", "", ""],
    &["   A1", "00100", "7", "Dressing", "Dressing", "20020701", "", "", "N"],
    &["J5", "00100", "7", "Off-the-shelf", "Ots", "20200101", "", "", "N"],
    &["J2330", "00100", "3", "Bad date", "Bad", "2023-07-01", "", "", "A"],
    &["J2331", "00200", "4", "nobody's", "", "", "", "", ""],
    &["J2332", "00100", "9", "unknown kind", "", "20230701", "", "", "N"],
];

#[test]
fn a_workbook_is_read_wherever_its_header_stands() {
    for top in [0, 7, 10] {
        let bytes = workbook(top, &NAMES, &ODD_ROWS);
        let table = parse("HCPC2023_JUL_ANWEB.xlsx", &bytes).unwrap();
        let rows: Vec<(u32, String, String)> = table
            .rows
            .iter()
            .map(|row| {
                (
                    row.line,
                    row.row.code.to_string(),
                    row.row.long_description.clone(),
                )
            })
            .collect();
        let own = |line: u32, code: &str, text: &str| (line + top, code.to_owned(), text.to_owned());
        assert_eq!(
            rows,
            [
                own(2, "J2329", "Injection, ublituximab-xiiy, 1mg"),
                own(3, "G0503", "Subsequent care; and remission"),
            ]
        );
        assert_eq!(table.rows[0].row.action_effective_date, "2023-07-01".parse().ok());
        assert_eq!(table.rows[1].row.termination_date, "2017-12-31".parse().ok());
        assert_eq!(table.left_out, [("modifier", 2)]);
        let rejected = reasons(&table);
        assert_eq!(rejected.len(), 3, "{rejected:?}");
        assert_eq!(
            rejected[0],
            (7 + top, "ADD DT `2023-07-01` is not a date (YYYYMMDD)")
        );
    }
}

#[test]
fn missing_columns_are_named() {
    let mut names = NAMES;
    names[5] = "START";
    let refused = parse("HCPC2023_JUL_ANWEB.xlsx", &workbook(7, &names, &[&["J2329"]])).unwrap_err();
    assert_eq!(refused.code(), "missing-columns");
    let message = refused.to_string();
    assert!(
        message.contains("line 8: the header row lacks `ADD DT`"),
        "{message}"
    );
    assert!(message.contains("`START`"), "{message}");
}

#[test]
fn files_without_records_or_with_a_broken_workbook_are_refused() {
    assert_eq!(parse("a.txt", b"nothing here").unwrap_err().code(), "no-rows");
    assert_eq!(
        parse("a.xlsx", b"PK\x03\x04broken").unwrap_err().code(),
        "workbook-unreadable"
    );
    let old = [&b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"[..], &[0; 600]].concat();
    assert_eq!(parse("a.xls", &old).unwrap_err().code(), "workbook-unreadable");
}

prop_compose! {
    fn record()(
        code in "[A-Z][0-9]{4}",
        words in prop::collection::vec("[a-zA-Z0-9(),.%-]{1,70}", 1..40),
        short in "[a-z]([a-z ]{0,26}[a-z])?",
        cross_references in prop::collection::vec("[A-Z][0-9]{4}", 0..=5),
        coverage in "[A-Z]?",
        days in prop::array::uniform3(prop::option::of(0_i32..15_000)),
        action in prop::sample::select("ABCDFNPRST ".chars().collect::<Vec<_>>()),
    ) -> HcpcsRecord {
        let date = |days: Option<i32>| days.map(|days| NaiveDate::from_ymd_opt(1980, 1, 1).unwrap() + chrono::Days::new(u64::try_from(days).unwrap()));
        let short = short.split_whitespace().collect::<Vec<_>>().join(" ");
        HcpcsRecord {
            code: code.parse().unwrap(),
            long_description: words.join(" "),
            short_description: short,
            cross_references,
            coverage,
            add_date: date(days[0]),
            action_effective_date: date(days[1]),
            termination_date: date(days[2]),
            action: Action::from_letter(action),
        }
    }
}

/// The record in the layout of the text, its description wrapped at 80 columns.
fn printed(record: &HcpcsRecord) -> String {
    let mut parts = vec![String::new()];
    for word in record.long_description.split(' ') {
        let last = parts.last_mut().unwrap();
        if last.is_empty() {
            last.push_str(word);
        } else if last.len() + 1 + word.len() <= 80 {
            last.push(' ');
            last.push_str(word);
        } else {
            parts.push(word.to_owned());
        }
    }
    let date = |date: Option<NaiveDate>| {
        date.map_or("00000000".to_owned(), |date| date.format("%Y%m%d").to_string())
    };
    let start = format!(
        "{}{:<28}",
        line(record.code.as_str(), 100, '3', &parts[0]),
        record.short_description
    );
    let middle = format!(
        "{start:<204}{:<25}{:<1}",
        record.cross_references.concat(),
        record.coverage
    );
    let mut text = format!(
        "{middle:<268}{}{}{}{}",
        date(record.add_date),
        date(record.action_effective_date),
        date(record.termination_date),
        record.action.map_or(' ', Action::letter)
    );
    for (place, part) in parts.iter().enumerate().skip(1) {
        let sequence = u32::try_from(place + 1).unwrap() * 100;
        text.push_str("\r\n");
        text.push_str(&line(record.code.as_str(), sequence, '4', part));
    }
    text
}

proptest! {
    #[test]
    fn printing_records_and_parsing_them_gives_them_back(records in prop::collection::vec(record(), 1..8)) {
        let text: Vec<String> = records.iter().map(printed).collect();
        let table = parsed(&text.join("\r\n"));
        prop_assert_eq!(reasons(&table), vec![]);
        let rows: Vec<HcpcsRecord> = table.rows.into_iter().map(|placed| placed.row).collect();
        prop_assert_eq!(rows, records);
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = parse("a.txt", &bytes);
        let _ = parse("a.csv", &bytes);
    }

    #[test]
    fn no_damage_to_a_record_makes_it_panic(record in record(), at in 0_usize..2_000, byte: u8) {
        let mut bytes = printed(&record).into_bytes();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = parse("a.txt", &bytes);
    }
}

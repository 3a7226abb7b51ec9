//! Files made to do harm, too large or too odd to lie in `fixtures/broken`: each is refused with its place and a next step,
//! or read without its bad row, in bounded time and within 300 MiB, and nothing that is held is lost.
#![cfg(test)]
#![cfg(unix)]

#[expect(dead_code, reason = "shared with the tests from end to end")]
#[path = "e2e/practice.rs"]
mod practice;

use practice::{MOST_MEMORY, Measured, Practice, fixtures};
use std::fmt::Write as _;
use std::io::{Cursor, Read, Write};
use std::time::Duration;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const JULY: &str = "july-2023-alpha-numeric-hcpcs-file.zip";
const PRICES: &str = "july-2023-asp-pricing-file.csv";
const TEXT: &str = "HCPC2023_JUL_ANWEB.txt";
const BOOK: &str = "HCPC2023_JUL_ANWEB.xlsx";

/// A practice that holds April.
fn ready() -> Practice {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-04-03").with(0);
    practice
}

/// `releases import` of `bytes` under `name`, within the bounds every file is held to.
fn import(practice: &Practice, what: &str, name: &str, bytes: &[u8]) -> Measured {
    std::fs::write(practice.path(name), bytes).unwrap();
    let measured = practice.measured(&["releases", "import", name, "--today", "2023-06-20"]);
    eprintln!(
        "{what}: {} KiB, exit {}, {:.2} s, {} KiB",
        bytes.len() / 1024,
        measured.ended.code,
        measured.took.as_secs_f32(),
        measured.peak
    );
    assert!(
        measured.took < Duration::from_mins(1),
        "{what}: {:?}",
        measured.took
    );
    assert!(measured.peak <= MOST_MEMORY, "{what}: {} KiB", measured.peak);
    assert!(
        measured.ended.stderr.len() < 8_000,
        "{what}: a message of {} bytes",
        measured.ended.stderr.len()
    );
    measured
}

/// Each file is refused under its code, saying what it was and what to do; April stays, and the good July makes up for it.
fn are_refused(cases: Vec<(&str, &str, Vec<u8>, &[&str])>) {
    let practice = ready();
    let before = practice.dump();
    for (what, name, bytes, codes) in cases {
        let ended = import(&practice, what, name, &bytes).ended.with(5);
        let is_named = codes
            .iter()
            .any(|code| ended.stderr.contains(&format!("[{code}]")));
        assert!(is_named, "{what}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(name) || ended.stderr.contains("HCPC2023"),
            "{what}: {}",
            ended.stderr
        );
        let next_steps = ["releases import FILE", "get it again", "compare with the file"];
        assert!(
            next_steps.iter().any(|step| ended.stderr.contains(step)),
            "{what}: {}",
            ended.stderr
        );
        assert_eq!(practice.releases("hcpcs"), ["2023Q2 1"], "{what}");
        assert_eq!(practice.releases("asp-pricing"), ["2023Q2 1"], "{what}");
    }
    practice.post_quarters(&["july-2023"]);
    practice.run("2023-06-21").with(0);
    assert!(practice.alerts().iter().any(|alert| alert["to_code"] == "J2329"));
    assert_ne!(practice.dump(), before);
    practice.call(&["audit", "--verify"]).with(0);
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A zip whose member `name` is `piece`, `times` over, never held in memory as a whole.
fn zip_of_repeated(name: &str, start: &[u8], piece: &[u8], times: usize) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let fast = SimpleFileOptions::default().compression_level(Some(1));
    writer.start_file(name, fast).unwrap();
    writer.write_all(start).unwrap();
    for _ in 0..times {
        writer.write_all(piece).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Where the table of contents of `zip` begins.
fn contents_of(zip: &[u8]) -> usize {
    zip.windows(4).position(|four| four == b"PK\x01\x02").unwrap()
}

/// `zip`, of the member [`TEXT`], with its entry in the table of contents `times` over, `ANWEB` in the name made a number,
/// and the unpacked size it tells replaced by `declared`.
fn overlapping(zip: &[u8], times: u16, declared: Option<u32>) -> Vec<u8> {
    let start = contents_of(zip);
    let end = zip.windows(4).rposition(|four| four == b"PK\x05\x06").unwrap();
    let mut entry = zip[start..end].to_vec();
    if let Some(declared) = declared {
        entry[24..28].copy_from_slice(&declared.to_le_bytes());
    }
    let mut bytes = zip[..start].to_vec();
    bytes.extend_from_slice(&entry);
    for number in 1..times {
        let mut other = entry.clone();
        other[59..64].copy_from_slice(format!("{number:05}").as_bytes());
        bytes.extend_from_slice(&other);
    }
    let size = u32::try_from(bytes.len() - start).unwrap();
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    bytes.extend_from_slice(&times.to_le_bytes());
    bytes.extend_from_slice(&times.to_le_bytes());
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&u32::try_from(start).unwrap().to_le_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes
}

#[test]
fn zip_bombs_of_every_kind_are_refused() {
    let zeros = zip_of_repeated(TEXT, b"", &vec![0; 1 << 20], 20);
    let line = |number: usize| format!("J2329{:05}3{:80}{number}\r\n", number % 100_000, "Injection");
    let lines: String = (0..600_000).map(line).collect();
    let entries = (0..100_000).map(|number| format!("{number}"));
    let names: Vec<String> = entries.collect();
    let many: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let long = "folder/".repeat(8_000) + TEXT;
    // A table of contents of a million entries, which a reader would take in before it could count them.
    let one = zip_of(&[(TEXT, b"")]);
    let start = contents_of(&one);
    let end = one.windows(4).rposition(|four| four == b"PK\x05\x06").unwrap();
    let million = [&one[..start], &one[start..end].repeat(900_000), &one[end..]].concat();
    are_refused(vec![
        (
            "1 GiB of zeros",
            JULY,
            zip_of_repeated(TEXT, b"", &vec![0; 1 << 20], 1024),
            &["zip-too-large"],
        ),
        (
            "60 MB of lines",
            JULY,
            zip_of(&[(TEXT, lines.as_bytes())]),
            &["member-too-large"],
        ),
        (
            "a zip in a zip",
            JULY,
            zip_of(&[("inner.zip", &zeros)]),
            &["no-main-member"],
        ),
        ("100,000 entries", JULY, zip_of(&many), &["too-many-members"]),
        ("900,000 entries", JULY, million, &["too-many-members"]),
        (
            "a name of 56 KB",
            JULY,
            zip_of(&[(&long, b"x")]),
            &["member-name-too-long"],
        ),
        (
            "900 entries over one",
            JULY,
            overlapping(&zeros, 900, None),
            &["zip-too-large"],
        ),
        (
            "900 entries over one, sizes that lie",
            JULY,
            overlapping(&zeros, 900, Some(100)),
            &["zip-bomb", "member-damaged"],
        ),
        (
            "declared as 4 GiB",
            JULY,
            overlapping(&one, 1, Some(u32::MAX - 1)),
            &["zip-too-large"],
        ),
        (
            "a CSV with a field of 1 GiB",
            "july-2023-asp-pricing-file.zip",
            zip_of_repeated(
                "July 2023 ASP Pricing File.csv",
                b"HCPCS Code,\"",
                &vec![b'a'; 1 << 20],
                1024,
            ),
            &["zip-too-large"],
        ),
    ]);
}

#[test]
fn texts_without_measure_are_refused() {
    let header = "Effective July 1, 2023 through September 30, 2023\r\nHCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit,Notes\r\n";
    let latin: Vec<u8> = [
        header.as_bytes(),
        b"J0178,a,1 MG,1.5,\"",
        &vec![0xE9; 31 << 20],
        b"\"\r\n",
    ]
    .concat();
    let wide_header = format!("HCPCS Code,Short Description{}\r\n", ",x".repeat(1_000_000));
    let mut rows = header.to_owned();
    for number in 0..300_000 {
        write!(rows, "J{:04},a,1 MG,1.5,\r\n", number % 10_000).unwrap();
    }
    let continuation = format!("J2329{:05}4{:80}\r\n", 99_999, "x".repeat(80));
    let first = format!("J2329001003{:80}{:177}20230701\r\n", "Injection", "");
    are_refused(vec![
        (
            "15 million lines",
            TEXT,
            b"x\n".repeat(15 << 20),
            &["too-many-rows"],
        ),
        (
            "a description of 200,000 lines",
            TEXT,
            (first + &continuation.repeat(190_000)).into_bytes(),
            &["no-rows", "too-many-rejected-rows"],
        ),
        ("a field of 31 MB", PRICES, latin, &["broken-csv"]),
        ("300,000 rows", PRICES, rows.into_bytes(), &["too-many-rows"]),
        (
            "a header of a million columns",
            PRICES,
            wide_header.into_bytes(),
            &["missing-columns", "no-header-row"],
        ),
        (
            "40 MB of text without a zip",
            TEXT,
            vec![b'x'; 40 << 20],
            &["file-too-large"],
        ),
        (
            "UTF-16 without a mark",
            JULY,
            zip_of(&[(TEXT, &utf16(july_text()))]),
            &["no-rows"],
        ),
    ]);
}

/// The members of a zip, by name.
fn members(zip: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let count = archive.len();
    let member = |index| {
        let mut member = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        (member.name().unwrap().into_owned(), bytes)
    };
    (0..count).map(member).collect()
}

/// The first member of a zip of `fixtures/cms` whose name holds `wanted`.
fn member_of(zip: &str, wanted: &str) -> Vec<u8> {
    let bytes = std::fs::read(fixtures().join("cms").join(zip)).unwrap();
    let mut members = members(bytes).into_iter();
    members.find(|(name, _)| name.contains(wanted)).unwrap().1
}

/// The text of the July release, Windows-1252.
fn july_text() -> Vec<u8> {
    member_of(JULY, TEXT)
}

fn utf16(text: Vec<u8>) -> Vec<u8> {
    text.into_iter().flat_map(|byte| [byte, 0]).collect()
}

#[test]
fn a_row_of_a_million_columns_is_the_only_one_that_is_not_used() {
    let practice = ready();
    let mut text = member_of("july-2023-asp-pricing-file.zip", ".csv");
    text.extend_from_slice(b"zzz");
    text.extend_from_slice(&b",".repeat(1_000_000));
    text.extend_from_slice(b"\r\n");
    let ended = import(&practice, "a row of a million columns", PRICES, &text)
        .ended
        .with(0);
    assert!(
        ended.stdout.contains("Rows that could not be used: 1"),
        "{}",
        ended.stdout
    );
    assert_eq!(practice.releases("asp-pricing"), ["2023Q2 1", "2023Q3 1"]);
}

#[test]
fn nul_bytes_and_mixed_encodings_cost_no_row_and_reach_no_screen() {
    let practice = ready();
    let mut text = july_text();
    // In one file: Windows-1252 (a trade mark sign, a non-breaking blank), UTF-8, NUL and an escape sequence.
    let at = text.windows(5).position(|five| five == b"J2329").unwrap();
    let odd = b"Injection, ublituximab-xiiy, 1mg \xAE\xA0 \xC2\xAE \0 \x1B[31m";
    text[at + 11..at + 11 + odd.len()].copy_from_slice(odd);
    let ended = import(&practice, "mixed encodings", JULY, &zip_of(&[(TEXT, &text)]))
        .ended
        .with(0);
    assert!(!ended.stdout.contains("could not be used"), "{}", ended.stdout);
    let briumvi = practice
        .alerts()
        .into_iter()
        .find(|alert| alert["to_code"] == "J2329");
    assert_eq!(briumvi.unwrap()["effective_date"], "2023-07-01");
    for words in [
        &["explain", "Briumvi"][..],
        &["alerts", "list"],
        &["releases", "diff", "2023Q2", "2023Q3"],
    ] {
        let shown = practice
            .call(&[words, &["--today", "2023-06-20"]].concat())
            .with(0)
            .stdout;
        assert!(!shown.contains(['\0', '\x1B']), "{words:?}: {shown:?}");
    }
    // With its mark, UTF-16 is read as what it is.
    let csv = member_of("july-2023-asp-pricing-file.zip", ".csv");
    let marked = [
        &b"\xFF\xFE"[..],
        &utf16(csv.into_iter().filter(u8::is_ascii).collect()),
    ]
    .concat();
    let zip = zip_of(&[("July 2023 ASP Pricing File.csv", &marked)]);
    import(&practice, "UTF-16", "july-2023-asp-pricing-file.zip", &zip)
        .ended
        .with(0);
    assert_eq!(practice.releases("asp-pricing"), ["2023Q2 1", "2023Q3 1"]);
}

/// A workbook of one sheet whose rows are `rows`, with these shared strings; `doctype` stands before both.
fn workbook(doctype: &str, strings: &str, dimension: &str, rows: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationship Id=\"{id}\" Type=\"{RELATIONS}/{kind}\" Target=\"{target}\"/>")
    };
    let relations =
        |all: String| format!("{head}<Relationships xmlns=\"{PACKAGE}/relationships\">{all}</Relationships>");
    let parts = [
        (
            "[Content_Types].xml",
            format!("{head}<Types xmlns=\"{PACKAGE}/content-types\"/>"),
        ),
        (
            "_rels/.rels",
            relations(relation("r1", "officeDocument", "xl/workbook.xml")),
        ),
        (
            "xl/workbook.xml",
            format!(
                "{head}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets><sheet name=\"A\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relations(
                relation("r1", "worksheet", "worksheets/sheet1.xml")
                    + &relation("r2", "sharedStrings", "sharedStrings.xml"),
            ),
        ),
        (
            "xl/sharedStrings.xml",
            format!("{head}{doctype}<sst xmlns=\"{MAIN}\">{strings}</sst>"),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(
                "{head}{doctype}<worksheet xmlns=\"{MAIN}\"><dimension ref=\"{dimension}\"/><sheetData>{rows}</sheetData></worksheet>"
            ),
        ),
    ];
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, text)| (*name, text.as_bytes()))
        .collect();
    zip_of(&parts)
}

/// Ten entities, each ten times the one before it: `&e9;` would be 10 GB.
fn laughs() -> String {
    let entity = |number: u32| {
        let before = format!("&e{};", number.wrapping_sub(1));
        let text = if number == 0 {
            "ha".repeat(5)
        } else {
            before.repeat(10)
        };
        format!("<!ENTITY e{number} \"{text}\">")
    };
    let entities: String = (0..10).map(entity).collect();
    format!("<!DOCTYPE x [{entities}]>")
}

/// So many rows of one cell in `column`; with ` t="s"` it is the first shared string, else the number 0.
fn rows(count: usize, column: &str, kind: &str) -> String {
    let mut rows = String::new();
    for row in 1..=count {
        let cell = format_args!("<c r=\"{column}{row}\"{kind}><v>0</v></c>");
        write!(rows, "<row r=\"{row}\">{cell}</row>").unwrap();
    }
    rows
}

#[test]
fn workbooks_whose_strings_burst_are_refused() {
    let string = |length: u32| {
        let digits: String = (0..length / 7)
            .map(|number| (number.wrapping_mul(7919) % 9_000_000 + 1_000_000).to_string())
            .collect();
        format!("<si><t>{digits}</t></si>")
    };
    let inline = "<row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>&e9;</t></is></c></row>";
    let unusable: &[&str] = &["workbook-unreadable", "no-header-row"];
    let shared = |count| rows(count, "A", " t=\"s\"");
    are_refused(vec![
        (
            "entities in the sheet",
            BOOK,
            workbook(&laughs(), "", "A1", inline),
            unusable,
        ),
        (
            "entities in the strings",
            BOOK,
            workbook(&laughs(), "<si><t>&e9;</t></si>", "A1", &shared(1)),
            unusable,
        ),
        (
            "one string of 30 KB in 50,000 cells",
            BOOK,
            workbook("", &string(30_000), "A1:A50000", &shared(50_000)),
            &["workbook-unreadable"],
        ),
        (
            "a string of 20 MB in nine cells",
            BOOK,
            workbook("", &string(20 << 20), "A1:A9", &shared(9)),
            &["workbook-unreadable"],
        ),
    ]);
}

#[test]
fn workbooks_of_too_many_cells_are_refused() {
    let wide = format!("<row r=\"1\">{}</row>", "<c><v>1</v></c>".repeat(1_000_000));
    let last = "<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>";
    let unusable: &[&str] = &["workbook-unreadable", "no-header-row"];
    are_refused(vec![
        (
            "150,000 rows with one cell in column 509",
            BOOK,
            workbook("", "", "A1:SO150000", &rows(150_000, "SO", "")),
            &["workbook-unreadable"],
        ),
        (
            "a row of a million cells",
            BOOK,
            workbook("", "", "A1:A1", &wide),
            unusable,
        ),
        (
            "a sheet said to have 17 billion cells",
            BOOK,
            workbook("", "", "A1:XFD1048576", last),
            unusable,
        ),
        (
            "300,000 rows of one number",
            BOOK,
            workbook("", "", "A1", &rows(300_000, "A", "")),
            &["no-header-row", "too-many-rows"],
        ),
    ]);
}

#[test]
fn a_workbook_with_links_to_elsewhere_is_read_and_nothing_is_fetched() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let outside = format!("http://{}/evil.xlsx", listener.local_addr().unwrap());
    let book = member_of("january-2023-alpha-numeric-hcpcs-file.zip", ".xlsx");
    let mut parts = members(book);
    let link = format!(
        "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath\" Target=\"{outside}\" TargetMode=\"External\"/></Relationships>"
    );
    parts.push((
        "xl/externalLinks/_rels/externalLink1.xml.rels".to_owned(),
        link.into_bytes(),
    ));
    let entity = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY e SYSTEM \"{outside}\">]><externalLink>&e;</externalLink>"
    );
    parts.push((
        "xl/externalLinks/externalLink1.xml".to_owned(),
        entity.into_bytes(),
    ));
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let practice = Practice::new();
    let zip = zip_of(&[("HCPC2023_JAN_ANWEB.xlsx", &zip_of(&parts))]);
    import(
        &practice,
        "links to elsewhere",
        "january-2023-alpha-numeric-hcpcs-file.zip",
        &zip,
    )
    .ended
    .with(0);
    assert_eq!(practice.releases("hcpcs"), ["2023Q1 1"]);
    assert_eq!(
        listener.accept().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
}

#[test]
fn files_too_large_to_be_cms_files_are_not_taken_into_memory() {
    let practice = ready();
    for number in 0..6 {
        // Sparse: they take no room on the disk.
        let file =
            std::fs::File::create(practice.path(&format!("cms/july-2023-asp-pricing-file-v{number}.zip")))
                .unwrap();
        file.set_len(60 << 20).unwrap();
    }
    let huge = std::fs::File::create(practice.path("cms/july-2023-asp-ndc-hcpcs-crosswalk.zip")).unwrap();
    huge.set_len(20 << 30).unwrap();
    let measured = practice.measured(&["run", "--today", "2023-06-20"]);
    eprintln!("20 GiB in the folder: {:?}, {} KiB", measured.took, measured.peak);
    assert!(measured.peak <= MOST_MEMORY, "{} KiB", measured.peak);
    let ended = measured.ended.with(5);
    assert!(
        ended.stderr.contains("larger than the 67108864 bytes"),
        "{}",
        ended.stderr
    );
    let measured = practice.measured(&["releases", "import", "cms/july-2023-asp-ndc-hcpcs-crosswalk.zip"]);
    assert!(measured.peak <= MOST_MEMORY, "{} KiB", measured.peak);
    assert_ne!(measured.ended.code, 0);
    assert_eq!(practice.releases("hcpcs"), ["2023Q2 1"]);
}

//! Every reader of foreign bytes, with what it is fed first and what must hold of whatever it gives. A reader fails by
//! panicking. `tests/fuzz_corpus.rs` tries them on mutated fixtures, the targets of `fuzz/` by coverage.

use hcpcs_watch::archive::{self, Archive, Limits};
use hcpcs_watch::cms::hcpcs_file::{self, HcpcsRecord};
use hcpcs_watch::cms::noc::NocTables;
use hcpcs_watch::cms::site::{self, LandingPage, Link, Verdict, choose, links};
use hcpcs_watch::cms::{self, Content, Table, purple_book};
use hcpcs_watch::code_history::{Publication, ReleaseLine, periods};
use hcpcs_watch::config::Config;
use hcpcs_watch::domain::billing_unit::{BillingUnit, Dose};
use hcpcs_watch::domain::code::HcpcsCode;
use hcpcs_watch::domain::descriptor::Descriptor;
use hcpcs_watch::domain::drug::{Drug, DrugId};
use hcpcs_watch::domain::ndc::Ndc;
use hcpcs_watch::domain::payer::PayerName;
use hcpcs_watch::domain::payment_limit::PaymentLimit;
use hcpcs_watch::domain::quarter::Quarter;
use hcpcs_watch::domain::release::{Release, ReleaseId};
use hcpcs_watch::domain::source::{Sha256, Source, SourceFile};
use hcpcs_watch::{day_sheet, drug_list};
use std::fmt::{Debug, Display};
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A reader under test.
pub struct Reader {
    /// The name of the reader's function here, of its test and of its fuzz target.
    pub name: &'static str,
    /// The inputs that mutation starts from.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Reads, and panics where what must hold does not.
    pub read: fn(&[u8]),
}

macro_rules! readers {
    ($($name:ident from $seeds:expr),+ $(,)?) => {
        /// Every reader.
        pub const READERS: &[Reader] = &[$(Reader { name: stringify!($name), seeds: || $seeds, read: $name }),+];
    };
}

readers! {
    fixed_width from members("cms", "alpha-numeric", "txt"),
    code_history from vec![members("cms", "2023-alpha-numeric", "txt").join(&RELEASE_BREAK)],
    descriptor from lines_of(&members("cms", "alpha-numeric", "txt")[0], 11..91),
    ndc from texts(&["73150-0150-06", "73150-150-06", "0069-0238-01", "12345-6789-1", "7315001506", "73150015006"]),
    values from texts(&["450 mg", "1,000 units", "per therapeutic dose", "57.904", "$1,002.462", "2023Q3", "J2329", "Medi-Cal"]),
    pricing from members("", "pricing", "csv"),
    crosswalk from members("", "crosswalk", "csv"),
    noc from members("cms", "noc", "csv"),
    purple_book from files("", "purple-book.csv"),
    workbook from members("", ".xlsx", "xlsx").into_iter().chain(members("cms", ".zip", "xlsx")).collect(),
    sheet from vec![worksheet().into_bytes()],
    archive from files("cms", ".zip").into_iter().chain(files("broken", ".zip")).collect(),
    landing_page from vec![page().into_bytes()],
    drug_list from files("drug_lists", ".csv"),
    day_sheet from texts(&["drug;dos;payer;dose;setting\nBriumvi;2023-07-01;Medi-Cal;450 mg;opps\n\nLeqembi;7/6/2023\n"]),
    config from vec![std::fs::read(repository().join("config.example.toml")).unwrap()],
}

/// A fixed-width HCPCS release: every line becomes a row, a rejection, a count or part of the row before it, and each
/// row stands where it says.
pub fn fixed_width(bytes: &[u8]) {
    let Ok(table) = hcpcs_file::parse("HCPC2023_JUL_ANWEB.txt", bytes) else {
        return;
    };
    is_placed(&table);
    if bytes.starts_with(b"PK") || bytes.starts_with(&[0xD0, 0xCF]) {
        return;
    }
    let lines: Vec<&[u8]> = bytes
        .strip_prefix(b"\xEF\xBB\xBF")
        .unwrap_or(bytes)
        .split(|byte| *byte == b'\n')
        .collect();
    let left_out: usize = table.left_out.iter().map(|(_, count)| count).sum();
    let kept_too = |(kind, count): &(&str, usize)| kind.starts_with("record kept").then_some(*count);
    let counted_twice: usize = table.left_out.iter().filter_map(kept_too).sum();
    let continuations = lines.iter().filter(|line| line.get(10) == Some(&b'4')).count();
    let blank = lines
        .iter()
        .filter(|line| {
            line.trim_ascii()
                .iter()
                .all(|byte| matches!(byte, 0 | 0xA0 | 0x1A) || byte.is_ascii_whitespace())
        })
        .count();
    let told = table.rows.len() + table.rejected.len() + left_out - counted_twice;
    assert!(told <= lines.len(), "{told} of {} lines", lines.len());
    assert!(
        told + continuations + blank >= lines.len(),
        "{told} and {continuations} continuations of {} lines",
        lines.len()
    );
    for placed in &table.rows {
        let line = lines[usize::try_from(placed.line).unwrap() - 1];
        let printed = String::from_utf8_lossy(&line[..5]);
        assert_eq!(
            printed.parse::<HcpcsCode>().unwrap(),
            placed.row.code,
            "line {}",
            placed.line
        );
    }
}

/// Between the releases in one input of [`code_history`].
const RELEASE_BREAK: u8 = 0x0C;

/// Successive releases, parted by form feeds: of what the gates let through, no period ends before it begins.
pub fn code_history(bytes: &[u8]) {
    let mut quarter = Quarter::new(2023, 1).unwrap();
    let mut publications: Vec<Publication> = Vec::new();
    for (id, text) in (1..).zip(bytes.split(|byte| *byte == RELEASE_BREAK).take(6)) {
        let member = "HCPC2023_JUL_ANWEB.txt".to_owned();
        let Ok(table) = hcpcs_file::parse(&member, text) else {
            continue;
        };
        let release = Release {
            id: ReleaseId(id),
            source: Source::Hcpcs,
            quarter,
            revision: 1,
            sha256: Sha256::of(text),
            member: member.into(),
        };
        publications.extend(
            table
                .rows
                .into_iter()
                .filter(|placed| passes_the_gates(&placed.row))
                .map(|placed| Publication::of(&release, placed)),
        );
        quarter = quarter.next();
    }
    publications.sort_by_key(|publication| (publication.record.code, publication.release.id));
    publications.dedup_by_key(|publication| (publication.record.code, publication.release.id));
    let releases: Vec<Release> = publications
        .iter()
        .map(|publication| publication.release.clone())
        .collect();
    let line = ReleaseLine::new(&releases);
    for of_code in publications.chunk_by(|one, next| one.record.code == next.record.code) {
        let periods = periods(of_code, &line);
        for published in &periods {
            let period = &published.period;
            assert!(
                period.valid_to.is_none_or(|last| period.valid_from <= last),
                "{period:?} ends before it begins"
            );
            assert_eq!(period.code, of_code[0].record.code);
        }
    }
}

/// What `validate` refuses a release for, as far as one record shows it.
fn passes_the_gates(record: &HcpcsRecord) -> bool {
    match (record.add_date, record.termination_date) {
        (Some(first), Some(last)) => first <= last,
        _ => true,
    }
}

/// A long description: blanks and the case of letters make no difference, and the billing unit prints as it parses.
pub fn descriptor(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let parsed = Descriptor::parse(&text);
    let spread: String = text.split_whitespace().flat_map(|word| ["  ", word]).collect();
    assert_eq!(Descriptor::parse(&spread), parsed, "{text:?}");
    if text.is_ascii() {
        assert_eq!(Descriptor::parse(&text.to_ascii_uppercase()), parsed, "{text:?}");
    }
    if let Some(unit) = &parsed.unit {
        prints_as_it_parses::<BillingUnit>(&unit.to_string());
    }
}

/// An NDC: printed, with dashes or without, it is the same again, and its groups are the numbers that were written.
pub fn ndc(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(ndc) = text.parse::<Ndc>() else {
        return;
    };
    let shown = ndc.to_string();
    let claim = shown.replace('-', "");
    assert_eq!(claim.len(), 11);
    assert_eq!((shown.parse(), claim.parse()), (Ok(ndc), Ok(ndc)));
    let groups = |text: &str| {
        text.trim()
            .split('-')
            .map(|group| group.parse().unwrap())
            .collect::<Vec<u64>>()
    };
    if text.contains('-') {
        assert_eq!(groups(&text), groups(&shown));
    } else {
        assert_eq!(groups(&text), groups(&claim));
    }
}

/// The small values that stand as text in the store: each prints as it parses.
pub fn values(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    prints_as_it_parses::<BillingUnit>(&text);
    prints_as_it_parses::<Dose>(&text);
    prints_as_it_parses::<HcpcsCode>(&text);
    prints_as_it_parses::<PayerName>(&text);
    prints_as_it_parses::<PaymentLimit>(&text);
    prints_as_it_parses::<Quarter>(&text);
    let unit = BillingUnit::amount(1.into(), "mg").unwrap();
    if let Some(count) = text.parse::<Dose>().ok().and_then(|dose| unit.units_for(&dose)) {
        assert!(count.units > 0, "{}", count.arithmetic);
    }
    if let Ok(limit) = text.parse::<PaymentLimit>() {
        assert!(
            limit
                .times(450)
                .is_none_or(|cost| cost >= limit.dollars().round_dp(0) && cost.scale() <= 2)
        );
    }
}

fn prints_as_it_parses<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(text: &str) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(value.to_string().parse::<T>().unwrap(), value, "{text:?}");
    }
}

/// A pricing file: limits of zero or more dollars with three decimals at most.
pub fn pricing(bytes: &[u8]) {
    let file = source_file(Source::AspPricing, "July 2023 ASP Pricing File 061523.csv", bytes);
    let Ok(Content::AspPricing(table)) = cms::read(&file, bytes) else {
        return;
    };
    is_placed(&table);
    for limit in table.rows.iter().filter_map(|placed| placed.row.payment_limit) {
        assert!(
            limit.dollars().scale() <= 3 && !limit.dollars().is_sign_negative(),
            "{limit}"
        );
    }
}

/// A crosswalk.
pub fn crosswalk(bytes: &[u8]) {
    let file = source_file(
        Source::NdcCrosswalk,
        "July 2023 ASP NDC-HCPCS Crosswalk 061523.csv",
        bytes,
    );
    let Ok(Content::NdcCrosswalk(table)) = cms::read(&file, bytes) else {
        return;
    };
    is_placed(&table);
    for row in table.rows.iter().map(|placed| &placed.row) {
        assert_eq!(row.ndc.to_string().parse(), Ok(row.ndc));
        assert!(row.bill_units_per_package().is_none() || row.bill_units.is_some());
    }
}

/// The files of drugs without a code: one of the two layouts, told by the columns.
pub fn noc(bytes: &[u8]) {
    let file = source_file(Source::Noc, "July 2023 NOC Pricing File.csv", bytes);
    let Ok(Content::Noc(NocTables { pricing, crosswalk })) = cms::read(&file, bytes) else {
        return;
    };
    assert!(pricing.is_some() || crosswalk.is_some());
    pricing.iter().for_each(is_placed);
    crosswalk.iter().for_each(is_placed);
}

/// A Purple Book listing: every product once, under a name.
pub fn purple_book(bytes: &[u8]) {
    let Ok(table) = purple_book::parse("purple-book.csv", bytes) else {
        return;
    };
    is_placed(&table);
    let products: std::collections::HashSet<_> = table.rows.iter().map(|placed| &placed.row).collect();
    assert_eq!(products.len(), table.rows.len());
    assert!(products.iter().all(
        |product| !product.proper_name.is_empty() && product.brands.iter().all(|brand| !brand.is_empty())
    ));
}

/// A workbook in whose place any bytes may come, read by all that take workbooks.
pub fn workbook(bytes: &[u8]) {
    let checked = archive::check_workbook(bytes);
    let release = hcpcs_file::parse("HCPC2023_JUL_ANWEB.xlsx", bytes);
    release.iter().for_each(is_placed);
    assert!(
        checked.is_ok() || !bytes.starts_with(b"PK") || release.is_err(),
        "read beyond the limits"
    );
    let listed = drug_list::parse(bytes, Path::new("drugs.xlsx"));
    listed.iter().for_each(survives_its_export);
}

/// The XML of a sheet inside a sound workbook, so that mutation is not spent on the checksums of the zip around it. What
/// follows a form feed is its table of shared strings.
pub fn sheet(xml: &[u8]) {
    workbook(&workbook_of(xml));
}

/// The workbook around the XML that [`sheet`] takes.
pub fn workbook_of(xml: &[u8]) -> Vec<u8> {
    let (sheet, strings) = match xml.iter().position(|byte| *byte == RELEASE_BREAK) {
        Some(at) => (&xml[..at], &xml[at + 1..]),
        None => (xml, &b"<sst/>"[..]),
    };
    packed(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("_rels/.rels", br#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#),
        ("xl/workbook.xml", br#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>"#),
        ("xl/_rels/workbook.xml.rels", br#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/></Relationships>"#),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", strings),
    ])
}

/// A zip: what is let out lies inside it, under names that point nowhere else, and keeps the limits.
pub fn archive(bytes: &[u8]) {
    let name = "july-2023-alpha-numeric-hcpcs-file.zip";
    if let Ok((source, quarter)) = cms::identify(name, bytes) {
        let file = SourceFile {
            quarter,
            ..source_file(source, name, bytes)
        };
        // What it is shows in one member; another that is needed may still be damaged.
        let _refused_or_read = cms::read(&file, bytes);
    }
    let limits = Limits {
        member_bytes: 1 << 20,
        total_bytes: 2 << 20,
        ..Limits::CMS
    };
    let Ok(mut zip) = Archive::open_within(limits, name, bytes) else {
        return;
    };
    let names: Vec<String> = zip.member_names().map(str::to_owned).collect();
    let mut unpacked = 0;
    for member in names {
        assert!(
            !member.starts_with(['/', '\\']) && !member.split(['/', '\\']).any(|part| part == ".."),
            "{member:?}"
        );
        if let Ok(content) = zip.read(&member) {
            unpacked += content.len();
        }
    }
    assert!(zip.is_bare() || unpacked <= 2 << 20, "{unpacked} bytes unpacked");
}

/// A landing page: a link that is taken leads to a file on the page's own site, and the chosen one is of what was asked.
pub fn landing_page(bytes: &[u8]) {
    let html = String::from_utf8_lossy(bytes);
    let base: url::Url = "https://www.cms.gov/medicare/x".parse().unwrap();
    for page in LandingPage::ALL {
        let Ok(found) = links(page, &html, &base) else {
            continue;
        };
        for link in &found {
            if let Verdict::File(posting) = &link.verdict {
                let url = link.url.as_ref().unwrap();
                assert_eq!(url.origin(), base.origin(), "{url}");
                assert_eq!(LandingPage::of(posting.source), Some(page), "{url}");
                let name = site::file_name(url);
                assert!(
                    site::extension(&name).is_some() && !name.contains(['/', '\\']),
                    "{name:?}"
                );
                let today = posting.quarter.first_day();
                let is_asked_for = |link: &Link| matches!(&link.verdict, Verdict::File(one) if one.source == posting.source && one.quarter == posting.quarter);
                let choice = choose(&found, posting.source, posting.quarter, today);
                assert!(choice.chosen.is_some_and(is_asked_for));
            }
        }
    }
}

/// A drug list: what is taken is the same after it was exported and read again.
pub fn drug_list(bytes: &[u8]) {
    let listed = drug_list::parse(bytes, Path::new("drugs.csv"));
    // A workbook gives its rows the numbers it likes, in any order; a text does not.
    let in_order = |list: &drug_list::DrugList| list.drugs.is_sorted_by_key(|listed| listed.line);
    assert!(listed.as_ref().map_or(true, in_order));
    listed.iter().for_each(survives_its_export);
}

fn survives_its_export(list: &drug_list::DrugList) {
    assert!(!list.drugs.is_empty());
    let drugs: Vec<Drug> = (1..)
        .zip(&list.drugs)
        .map(|(id, listed)| Drug {
            id: DrugId(id),
            entry: listed.entry.clone(),
            retired_on: None,
        })
        .collect();
    let written = drug_list::write_csv(&drugs).unwrap();
    let again = drug_list::parse(written.as_bytes(), Path::new("export.csv")).unwrap();
    let again: Vec<_> = again.drugs.into_iter().map(|listed| listed.entry).collect();
    let before: Vec<_> = drugs.into_iter().map(|drug| drug.entry).collect();
    assert_eq!(again, before, "{written}");
}

/// A day sheet: every line that is answered has as many cells as the header, in the order of the file.
pub fn day_sheet(bytes: &[u8]) {
    let Ok(sheet) = day_sheet::parse(bytes) else {
        return;
    };
    assert!(
        sheet
            .lines
            .iter()
            .all(|line| line.cells.len() == sheet.header.len())
    );
    assert!(sheet.lines.windows(2).all(|pair| pair[0].line < pair[1].line));
}

/// A configuration: shown as it is used, it is read again as the same, and no password is in it.
pub fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let path = Path::new("c.toml");
    let Ok(config) = Config::parse(&text, path) else {
        return;
    };
    let shown = config.to_toml();
    let again = Config::parse(&shown, path).unwrap_or_else(|error| panic!("{error:?} in {shown}"));
    assert_eq!(again.to_toml(), shown);
}

/// What holds of every table: rows stand in the order of the file, each on a line of its own, and a rejection gives its
/// reason.
fn is_placed<R>(table: &Table<R>) {
    assert!(
        table.rows.windows(2).all(|pair| pair[0].line < pair[1].line),
        "rows out of order"
    );
    assert!(table.rows.iter().all(|placed| placed.line > 0));
    for rejected in &table.rejected {
        assert!(rejected.line > 0 && !rejected.reason.is_empty() && rejected.text.chars().count() <= 120);
        let is_kept = table
            .rows
            .binary_search_by_key(&rejected.line, |placed| placed.line)
            .is_ok();
        assert!(!is_kept, "line {} is kept and rejected", rejected.line);
    }
}

fn source_file(source: Source, name: &str, bytes: &[u8]) -> SourceFile {
    SourceFile {
        source,
        quarter: Quarter::new(2023, 3).unwrap(),
        origin: name.to_owned(),
        name: name.to_owned(),
        sha256: Sha256::of(bytes),
    }
}

/// The folder of the repository, for whichever crate includes this file.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().find(|folder| folder.join("fixtures").is_dir());
    root.unwrap().to_owned()
}

/// The files below a folder of the fixtures whose paths hold `part`, none larger than 200 kB.
pub fn files(folder: &str, part: &str) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    walk(&repository().join("fixtures").join(folder), &mut paths);
    let found: Vec<_> = paths
        .iter()
        .filter(|path| {
            path.to_string_lossy().to_lowercase().contains(part) && path.metadata().unwrap().len() < 200_000
        })
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert!(!found.is_empty(), "{folder} {part}");
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The members with an extension of the zips that [`files`] finds; a bare file stands for itself.
fn members(folder: &str, part: &str, extension: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for bytes in files(folder, part) {
        let Ok(mut archive) = Archive::open(&format!("bare.{extension}"), &bytes) else {
            continue;
        };
        let names: Vec<String> = archive
            .member_names()
            .filter(|name| name.ends_with(extension))
            .map(str::to_owned)
            .collect();
        found.extend(
            names
                .iter()
                .filter_map(|name| archive.read(name).ok().map(std::borrow::Cow::into_owned)),
        );
    }
    assert!(!found.is_empty(), "{folder} {part} {extension}");
    found
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The columns `columns` of the lines of a text that have them.
fn lines_of(text: &[u8], columns: std::ops::Range<usize>) -> Vec<Vec<u8>> {
    text.split(|byte| *byte == b'\n')
        .filter_map(|line| line.get(columns.clone()))
        .map(<[u8]>::to_vec)
        .collect()
}

/// A drug list of one line as a sheet with a cell of every type, and its shared strings.
fn worksheet() -> String {
    r#"<worksheet><dimension ref="A1:E2"/><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="inlineStr"><is><t>ndc</t></is></c><c r="C1" t="str"><v>started_on</v></c><c r="D1" t="str"><v>x</v></c><c r="E1" t="str"><v>y</v></c></row><row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><v>73150015006</v></c><c r="C2" t="d"><v>2023-07-01</v></c><c r="D2" t="e"><v>#REF!</v></c><c r="E2" t="b"><v>1</v></c></row></sheetData></worksheet>"#.to_owned()
        + "\x0c<sst count=\"2\"><si><t>brand</t></si><si><r><t>Brium</t></r><r><t>vi</t></r></si></sst>"
}

/// A page with the ways in which links are written.
fn page() -> String {
    r#"<html><body><main><ul><li><a href="/files/zip/july-2023-alpha-numeric-hcpcs-file.zip">July 2023 Alpha-Numeric HCPCS File (ZIP)</a> 06/12/2023</li><li><a href='/files/zip/x.zip?a=b#c'>x</a></ul><table><tr><td><a href=//other.example/y.zip>April 2023</a><td><a href="https://www.cms.gov/files/zip/july-2023-asp-pricing-file.zip">July 2023 ASP Pricing File (ZIP) - Updated 09/10/2023</a><td><a href="http://www.cms.gov/files/zip/october-2023-asp-ndc-hcpcs-crosswalk-v2.zip">October 2023 ASP NDC-HCPCS Crosswalk - Restated</a></table></main></body></html>"#.to_owned()
}

/// A zip of `parts`, stored.
fn packed(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, stored).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

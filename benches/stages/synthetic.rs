//! Files in CMS's layouts and of their size, made up: the same on every machine and in every run.

use crate::data::{DRUGS, Data, Download, entry, quarters};
use hcpcs_watch::domain::drug::DrugEntry;
use hcpcs_watch::domain::quarter::Quarter;
use hcpcs_watch::domain::source::Source;
use std::fmt::Write as _;
use std::io::{Cursor, Write as _};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Injected products with a code of their own; real releases hold about as many.
const PRODUCTS: usize = 1_200;
/// Codes of everything else: devices, services, supplies.
const OTHERS: usize = 6_800;
/// Packages the crosswalk lists of each product.
const PACKAGES: usize = 6;
/// Empty columns behind those of the crosswalk, as in the real one.
const EMPTY_COLUMNS: usize = 246;

/// A product with its code.
struct Product {
    number: usize,
    code: String,
    brand: String,
    proper_name: String,
}

/// 28 quarters and a drug list.
pub(crate) fn data() -> Data {
    Data {
        origin: "made-up files of the same shape, because HCPCS_WATCH_SHARED names no folder with real ones"
            .to_owned(),
        downloads: quarters().flat_map(files).collect(),
        products: drugs(),
    }
}

/// What CMS would post for `quarter`; the last one has its codes as a workbook too.
pub(crate) fn files(quarter: Quarter) -> [Download; 3] {
    let (month, year) = (quarter.month_name(), quarter.year());
    let mut codes = vec![(
        format!("HCPC{year}_{month}_ANWEB.txt"),
        hcpcs_text(quarter).into_bytes(),
    )];
    if quarters().last() == Some(quarter) {
        codes.push((format!("HCPC{year}_{month}_ANWEB.xlsx"), hcpcs_workbook(quarter)));
    }
    let prices = (
        format!("{month} {year} ASP Pricing File.csv"),
        pricing_csv(quarter).into_bytes(),
    );
    let crosswalk = (
        format!("{month} {year} ASP NDC-HCPCS Crosswalk.csv"),
        crosswalk_csv(quarter).into_bytes(),
    );
    [
        download(Source::Hcpcs, quarter, "alpha-numeric-hcpcs-file", codes),
        download(Source::AspPricing, quarter, "asp-pricing-file", vec![prices]),
        download(
            Source::NdcCrosswalk,
            quarter,
            "asp-ndc-hcpcs-crosswalk",
            vec![crosswalk],
        ),
    ]
}

/// The drug list of a large practice.
pub(crate) fn drugs() -> Vec<DrugEntry> {
    let listed = products().step_by(2).take(DRUGS);
    let entry = |product: Product| {
        let ndc = ndc(&product, 0)
            .parse()
            .ok()
            .filter(|_| product.number.is_multiple_of(3));
        entry(&product.brand, &product.proper_name, ndc)
    };
    listed.map(entry).collect()
}

/// The fixed-width text of a release.
fn hcpcs_text(quarter: Quarter) -> String {
    let mut text = String::new();
    for (code, long, short, added) in records(quarter) {
        let parts: Vec<&str> = split(&long);
        for (place, part) in parts.iter().enumerate() {
            let sequence = (place + 1) * 100;
            if place == 0 {
                let dates = format!("{added}{added}        N");
                let _ = write!(
                    text,
                    "{code}{sequence:05}3{part:<80}{short:<28}{:149}{dates:<52}\r\n",
                    ""
                );
            } else {
                let _ = write!(text, "{code}{sequence:05}4{part:<80}{:229}\r\n", "");
            }
        }
    }
    text
}

/// The crosswalk of a quarter.
fn crosswalk_csv(quarter: Quarter) -> String {
    let commas = ",".repeat(EMPTY_COLUMNS);
    let mut text = preamble(
        "ASP NDC - HCPCS Crosswalk for Medicare Part B Drugs",
        quarter,
        &commas,
    );
    let _ = write!(
        text,
        "_{}_CODE,Short Description,LABELER NAME,NDC2,Drug Name,HCPCS dosage,PKG SIZE,PKG QTY,BILLUNITS,BILLUNITSPKG{commas}\r\n",
        quarter.year()
    );
    for product in products().filter(|product| product.added() <= quarter) {
        for package in 0..PACKAGES {
            let _ = write!(
                text,
                "{},Inj {},\"{} Biologics, Inc\",{},{},1 MG,{package}.5,1,{},{1}{commas}\r\n",
                product.code,
                product.brand.to_lowercase(),
                word(product.number % 97),
                ndc(&product, package),
                product.brand,
                package * 10 + 5,
            );
        }
    }
    text
}

fn pricing_csv(quarter: Quarter) -> String {
    let mut text = preamble(
        "Payment Allowance Limits for Medicare Part B Drugs",
        quarter,
        ",,,,,,,",
    );
    text.push_str("HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit,Co-insurance Percentage,Vaccine AWP%,Vaccine Limit,Blood AWP%,Blood limit,Clotting Factor,Notes\r\n");
    for product in products().filter(|product| product.added() <= quarter) {
        let since = quarters().take_while(|past| *past < quarter).count();
        let cents = 100 + (product.number * 37 + since * 7) % 900;
        let (code, brand) = (&product.code, &product.brand);
        let _ = write!(
            text,
            "{code},Inj {brand},1 MG,{}.{cents},20.000,,,,,,\r\n",
            product.number
        );
    }
    text
}

fn hcpcs_workbook(quarter: Quarter) -> Vec<u8> {
    let header = [
        "HCPC",
        "SEQNUM",
        "RECID",
        "LONG DESCRIPTION",
        "SHORT DESCRIPTION",
        "COV",
        "ADD DT",
        "ACT EFF DT",
        "TERM DT",
        "ACTION CD",
    ];
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(0, 0, header).unwrap();
    for ((code, long, short, added), row) in records(quarter).zip(1..) {
        let cells = [&code, "00100", "3", &long, &short, "C", &added, &added, "", "N"];
        sheet.write_row(row, 0, cells).unwrap();
    }
    workbook.save_to_buffer().unwrap()
}

/// Code, long and short description, and ADD DT of every record, sorted by code.
fn records(quarter: Quarter) -> impl Iterator<Item = (String, String, String, String)> {
    let others = (0..OTHERS).map(|number| {
        let letter = ["A", "C", "E", "G", "H"][number / 1_400];
        let code = format!("{letter}{:04}", number % 1_400);
        let words: Vec<String> = (0..6 + number % 19)
            .map(|place| word(number * 7 + place))
            .collect();
        let long = format!("{} device, {}, each", word(number), words.join(" "));
        let added = format!("{}0101", 1984 + number % 32);
        (code, long, format!("{} device", word(number)), added)
    });
    let products = products()
        .filter(move |product| product.added() <= quarter)
        .map(|product| {
            let (name, dose) = (&product.proper_name, 1 + product.number % 10);
            let long = if product.number.is_multiple_of(4) {
                format!(
                    "Injection, {name} ({}), biosimilar, {dose} mg",
                    product.brand.to_lowercase()
                )
            } else {
                format!("Injection, {name}, {dose} mg")
            };
            let added = product.added().first_day().format("%Y%m%d").to_string();
            (product.code, long, format!("Inj {}", product.brand), added)
        });
    let catch_alls = [
        ("J3490", "Unclassified drugs", "19940101"),
        ("J3590", "Unclassified biologics", "20030101"),
    ];
    let catch_alls = catch_alls.map(|(code, long, added)| {
        (
            code.to_owned(),
            long.to_owned(),
            long.to_owned(),
            added.to_owned(),
        )
    });
    others.chain(products).chain(catch_alls)
}

fn products() -> impl Iterator<Item = Product> {
    (0..PRODUCTS).map(|number| Product {
        number,
        code: format!("J{number:04}"),
        brand: capital(&word(number * 31 + 5)),
        proper_name: format!("{}mab-{}", word(number * 17 + 3), suffix(number)),
    })
}

impl Product {
    /// The quarter that brought the code: every third product came during the years measured.
    fn added(&self) -> Quarter {
        let before = Quarter::new(2010, 1).unwrap();
        let is_recent = self.number.is_multiple_of(3);
        let during = quarters().nth(self.number / 3 % quarters().count());
        during.filter(|_| is_recent).unwrap_or(before)
    }
}

fn ndc(product: &Product, package: usize) -> String {
    format!(
        "{:05}-{:04}-{package:02}",
        50_000 + product.number % 97,
        product.number
    )
}

/// A word of three syllables, a different one for each number below 8,000.
fn word(number: usize) -> String {
    const SYLLABLES: [&str; 20] = [
        "ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "xo", "zu", "bre",
        "cli", "dro", "pha", "tri",
    ];
    let digit = |place: u32| SYLLABLES[number / 20_usize.pow(place) % 20];
    [digit(0), digit(1), digit(2)].concat()
}

/// The four letters behind a biological's name.
fn suffix(number: usize) -> String {
    let letter = |place: u32| char::from(b'a' + u8::try_from(number / 26_usize.pow(place) % 26).unwrap_or(0));
    [letter(0), letter(1), 'x', 'z'].iter().collect()
}

fn capital(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

/// Parts of at most 80 columns, cut between words.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > 80 {
        let cut = rest[..80].rfind(' ').unwrap_or(80);
        parts.push(&rest[..cut]);
        rest = rest[cut..].trim_start();
    }
    parts.push(rest);
    parts
}

/// The lines above the header of a table.
fn preamble(title: &str, quarter: Quarter, commas: &str) -> String {
    let day = |date: chrono::NaiveDate| date.format("%B %-d, %Y").to_string();
    let period = format!(
        "Effective {} through {}",
        day(quarter.first_day()),
        day(quarter.last_day())
    );
    format!("{title}{commas}\r\n\"{period}\"{commas}\r\n{commas}\r\n")
}

fn download(source: Source, quarter: Quarter, series: &str, members: Vec<(String, Vec<u8>)>) -> Download {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    let month = quarter.month_name().to_lowercase();
    Download {
        source,
        quarter,
        name: format!("{month}-{}-{series}.zip", quarter.year()),
        bytes: zip.finish().unwrap().into_inner(),
    }
}

//! From bytes to rows: the small tables, the choice of members, and the quarters that have to agree.

use super::*;
use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source, SourceFile};
use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const PRICING: &str = "Payment Allowance Limits for Medicare Part B Drugs,,,,\r\n\
    \"Effective October 1, 2025 through December 31, 2025\",,,,\r\n,,,,\r\n\
    HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit,Co-insurance Percentage,Notes,\r\n\
    90371,Hep b ig im,1 ML,119.537,20.000,,\r\n\
    J2329 ,Inj ublituximab\u{a0},1 MG,\"$1,057.904\",20.000,\"Added\nOctober 2025\",\r\n\
    Q5136,Inj,1 MG,N/A,20.000,,\r\n,,,,,,\r\n\
    J0178,Inj,1 MG,12..5,20.000,,\r\n";

const CROSSWALK: &str = "October 2025 ASP NDC - HCPCS Crosswalk,,,\r\n\
    \"     Effective October 1, 2025 through December 31, 2025\",,,\r\n\
    _2025_CODE,Short Description,LABELER NAME ,NDC2,Drug  Name,HCPCS dosage ,PKG SIZE,PKG QTY,BILLUNITS,BILLUNITSPKG,,,\r\n\
    J2329,Inj,\"TG, Inc\",73150-0150-06 ,BRIUMVI  150,1 MG,6,1,150,150,,,\r\n\
    Q4100,Skin,X,GG100,Graft,1 CM,1,1,1,1,,,\r\n\
    Q4101,Skin,X,888867413689,Graft,1 CM,1,1,1,1,,,\r\n\
    90371,Hep,X,13533-0636-01,HyperHepB,1 ML,1,1,1,1,,,\r\n\
    J1300,Inj,X,1234-5678-901,Soliris,10 MG,1,1,30,30,,,\r\n\
    J7674,Inj,X,64281-0110-06,Provocholine,1 MG,1,6,21.3125?,1,,,\r\n";

const NOC_PRICING: &str = ",,,\r\nPayment Allowance Limits for NOC Drugs,,,\r\n\
    \"Effective October 1, 2025 through December 31, 2025\",,,\r\n\
    Drug Generic Name (Trade Name),Dosage,Payment Limit,Notes\r\nVasopressin (Long Grove),1 UNIT,$2.462,\r\n,,,\r\n";

const NOC_CROSSWALK: &str = "October 2025 ASP NOC NDC - HCPCS Crosswalk,,\r\n\
    \"October 1, 2025 through December 31, 2025\",,\r\n\
    Drug Generic Name,LABELER NAME,NDC or ALTERNATE ID,Drug Name,Dosage,PKG SIZE\r\n\
    Vasopressin (Long Grove),\"Long Grove, LLC\",81298-8552-03,Vasopressin,1 UNIT,100\r\n";

fn codes() -> String {
    let record = |code: &str, date: &str, action: &str| {
        let start = format!("{:<91}Short", format!("{code}001003Description"));
        format!("{start:<268}{date}{date}        {action}\r\n")
    };
    record("J2329", "20251001", "A") + &record("J3590", "20020101", "N")
}

fn zip_of(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn quarter(text: &str) -> Quarter {
    text.parse().unwrap()
}

fn file(source: Source, of: &str, name: &str) -> SourceFile {
    SourceFile {
        source,
        quarter: quarter(of),
        origin: name.to_owned(),
        name: name.to_owned(),
        sha256: Sha256::of(b""),
    }
}

fn refused(source: Source, of: &str, name: &str, bytes: &[u8]) -> Refusal {
    read(&file(source, of, name), bytes).unwrap_err()
}

fn reasons<R>(table: &Table<R>) -> Vec<(u32, String)> {
    table
        .rejected
        .iter()
        .map(|row| (row.line, row.reason.clone()))
        .collect()
}

#[test]
fn a_pricing_file_is_read() {
    let bytes = encoding_rs::WINDOWS_1252.encode(PRICING).0.into_owned();
    let content = read(&file(Source::AspPricing, "2025Q4", "renamed.csv"), &bytes).unwrap();
    let Content::AspPricing(table) = content else {
        panic!()
    };
    let row = &table.rows[0];
    assert_eq!((row.line, row.row.code.as_str()), (6, "J2329"));
    assert_eq!(row.row.short_description, "Inj ublituximab");
    assert_eq!(row.row.payment_limit, "1057.904".parse().ok());
    assert_eq!(row.row.notes, "Added October 2025");
    assert_eq!((table.rows[1].line, table.rows[1].row.payment_limit), (8, None));
    assert_eq!(table.left_out, [("CPT code", 1)]);
    assert_eq!(reasons(&table).len(), 1);
    assert!(reasons(&table)[0].1.contains("`12..5`"), "{:?}", reasons(&table));
    assert_eq!(table.rejected[0].line, 10);
}

#[test]
fn a_crosswalk_is_read_and_other_identifiers_are_counted() {
    let name = "section 508 version of October 2025 ASP NDC-HCPCS Crosswalk 090525.csv";
    let bytes = zip_of(&[
        (
            "section 508 version of October 2025 AWP NDC-HCPCS Crosswalk.csv",
            "x",
        ),
        (name, CROSSWALK),
        ("October 2025 OPPS Crosswalk.csv", "x"),
    ]);
    let content = read(&file(Source::NdcCrosswalk, "2025Q4", "a.zip"), &bytes).unwrap();
    let Content::NdcCrosswalk(table) = content else {
        panic!()
    };
    assert_eq!((table.member.as_str(), table.rows.len()), (name, 1));
    let row = &table.rows[0].row;
    assert_eq!(
        (row.ndc.to_string().as_str(), row.drug_name.as_str()),
        ("73150-0150-06", "BRIUMVI 150")
    );
    assert_eq!(row.bill_units_per_package(), "150".parse().ok());
    assert_eq!(
        table.left_out,
        [("identifier that is not an NDC", 2), ("CPT code", 1)]
    );
    let reasons = reasons(&table);
    assert_eq!((reasons[0].0, reasons[1].0), (8, 9));
    assert!(reasons[0].1.contains("1234-5678-901"), "{reasons:?}");
    assert!(
        reasons[1].1.starts_with("BILLUNITS `21.3125?` is not a number"),
        "{reasons:?}"
    );
}

#[test]
fn noc_files_are_read_together_or_alone() {
    let both = zip_of(&[
        ("October 2025 NOC Pricing File.csv", NOC_PRICING),
        ("October 2025 NOC NDC-HCPCS Crosswalk.csv", NOC_CROSSWALK),
    ]);
    let Content::Noc(tables) = read(&file(Source::Noc, "2025Q4", "a.zip"), &both).unwrap() else {
        panic!()
    };
    assert_eq!(
        tables.pricing.unwrap().rows[0].row.payment_limit,
        "2.462".parse().ok()
    );
    assert_eq!(
        tables.crosswalk.unwrap().rows[0].row.ndc.to_string(),
        "81298-8552-03"
    );
    let alone = read(&file(Source::Noc, "2025Q4", "a.csv"), NOC_CROSSWALK.as_bytes()).unwrap();
    assert!(matches!(alone, Content::Noc(tables) if tables.pricing.is_none() && tables.crosswalk.is_some()));
    assert_eq!(
        refused(Source::Noc, "2025Q4", "a.zip", &zip_of(&[("x.csv", "")])).code(),
        "no-main-member"
    );
}

#[test]
fn a_purple_book_is_read_past_its_preamble_and_changes() {
    let header = "N/R/U,Applicant,BLA Number,Proprietary Name,Proper Name,BLA Type,Route of Administration,Marketing Status,Approval Date,Ref. Product Proper Name,Date of First Licensure";
    let row = "TG Therapeutics,761238,Briumvi,ublituximab-xiiy,351(a),Intravenous,Rx,28-Dec-22, ,28-Dec-22";
    let text = format!(
        "\u{feff}Purple Book,,\r\n{header}\r\nN,{row}\r\nFull list\r\n{header}\r\n,{row}\r\n\
        ,Janssen,103234,Epogen/Procrit,epoetin alfa,351(a),\"Intravenous, Subcutaneous \",Rx,1-Jun-89,,\r\n\
        ,Merck,101062,,Antivenin (Latrodectus mactans),351(a),,Rx,13-Feb-36,N/A,\r\n\
        ,Old,101839,N/A,Allergen,351(a),,Rx,14-Jun-30,,\r\n\
        ,Sandoz,761362,Wyost,denosumab-bbdz,351(k) Biosimilar,Subcutaneous,Disc,5-Mar-32,denosumab,\r\n\
        ,X,1,B,,351(a),,Rx,,,\r\n"
    );
    let content = read(&file(Source::PurpleBook, "2025Q1", "purple.csv"), text.as_bytes()).unwrap();
    let Content::PurpleBook(table) = content else {
        panic!()
    };
    let approved: Vec<String> = table
        .rows
        .iter()
        .map(|row| row.row.approved_on.unwrap().to_string())
        .collect();
    assert_eq!(
        approved,
        [
            "2022-12-28",
            "1989-06-01",
            "1936-02-13",
            "1930-06-14",
            "2032-03-05"
        ]
    );
    assert_eq!(table.rows[1].row.brands, ["Epogen", "Procrit"]);
    assert_eq!(table.rows[1].row.route, "intravenous, subcutaneous");
    assert_eq!(table.rows[2].row.brands, [] as [&str; 0]);
    assert_eq!(
        table.rows[4].row.reference_proper_name.as_deref(),
        Some("denosumab")
    );
    assert_eq!(
        table.left_out,
        [("heading or remark between the sections", 1), ("repeated row", 1)]
    );
    assert_eq!(reasons(&table), [(11, "Proper Name is empty".to_owned())]);
}

#[test]
fn exactly_one_main_member_is_read() {
    let release = |members: &[(&str, &str)]| read(&file(Source::Hcpcs, "2025Q4", "a.zip"), &zip_of(members));
    let text = codes();
    let Content::Hcpcs(table) = release(&[
        ("HCPC2025_OCT_ANWEB_v4.xlsx", "not looked at"),
        ("HCPC2025_OCT_ANWEB_Transaction Report_v4.txt", "x"),
        ("HCPC2025_OCT_ANWEB_v4.txt", &text),
        ("__MACOSX/._HCPC2025_OCT_ANWEB_v4.txt", "x"),
        ("HCPC2025_recordlayout.txt", "x"),
    ])
    .unwrap() else {
        panic!()
    };
    assert_eq!(table.member, "HCPC2025_OCT_ANWEB_v4.txt");
    let none = release(&[("HCPC2025_recordlayout.txt", "x")]).unwrap_err();
    assert_eq!(none.code(), "no-main-member");
    assert!(none.to_string().contains("`HCPC2025_recordlayout.txt`"), "{none}");
    let two = release(&[
        ("HCPC2025_OCT_ANWEB.txt", &text),
        ("HCPC2025_OCT_ANWEB_v2.txt", &text),
    ])
    .unwrap_err();
    assert_eq!(two.code(), "several-main-members");
}

#[test]
fn quarters_must_agree_wherever_they_are_named() {
    let release = |member: &str, of: &str| {
        let bytes = zip_of(&[(member, &codes())]);
        read(&file(Source::Hcpcs, of, "a.zip"), &bytes)
            .map(|_| ())
            .map_err(|refused| refused.code())
    };
    assert_eq!(release("HCPC2025_OCT_ANWEB.txt", "2025Q4"), Ok(()));
    assert_eq!(release("HCPC2025_OCT_ANWEB.txt", "2026Q1"), Err("wrong-quarter"));
    // Without a month the additions decide: here they begin in October 2025.
    assert_eq!(release("HCPC2025_CONTR_ANWEB.txt", "2025Q4"), Ok(()));
    assert_eq!(
        release("HCPC2025_CONTR_ANWEB.txt", "2025Q1"),
        Err("wrong-quarter")
    );
    assert_eq!(
        release("HCPC2024_CONTR_ANWEB.txt", "2025Q4"),
        Err("wrong-quarter")
    );
    assert_eq!(release("ANWEB.txt", "2025Q3"), Err("wrong-quarter"));
    let january = codes().replace("        A", "        N");
    let bytes = zip_of(&[("HCPC2025_CONTR_ANWEB.txt", &january)]);
    assert!(read(&file(Source::Hcpcs, "2025Q1", "a.zip"), &bytes).is_ok());
    assert_eq!(
        refused(Source::Hcpcs, "2025Q2", "a.zip", &bytes).code(),
        "wrong-quarter"
    );

    let member = "section 508 version of July 2025 ASP Pricing File.csv";
    let contradicts = zip_of(&[(member, PRICING)]);
    let message = refused(Source::AspPricing, "2025Q4", "a.zip", &contradicts).to_string();
    assert!(
        message.contains("`a.zip` was taken for 2025Q4, but the name of"),
        "{message}"
    );
    let message = refused(Source::AspPricing, "2025Q3", "a.zip", &contradicts).to_string();
    assert!(
        message.contains("Effective October 1, 2025 through December 31, 2025"),
        "{message}"
    );
    let undated = PRICING
        .replace("Effective", "")
        .replace("through December 31, 2025", "");
    assert_eq!(
        refused(Source::AspPricing, "2025Q4", "a.csv", undated.as_bytes()).code(),
        "quarter-unknown"
    );
    let seasonal = CROSSWALK.replace(
        "October 1, 2025 through December 31, 2025",
        "August 1, 2025 through July 31, 2026",
    );
    let refusal = refused(Source::NdcCrosswalk, "2025Q4", "a.csv", seasonal.as_bytes());
    assert_eq!(refusal.code(), "period-is-no-quarter");
}

#[test]
fn wrong_headers_and_broken_tables_are_refused() {
    let wrong = PRICING.replace("Payment Limit,", "Limit,");
    let refusal = refused(Source::AspPricing, "2025Q4", "a.csv", wrong.as_bytes());
    assert_eq!(refusal.code(), "missing-columns");
    assert!(
        refusal
            .to_string()
            .contains("line 4: the header row lacks `Payment Limit`"),
        "{refusal}"
    );
    assert_eq!(
        refused(Source::AspPricing, "2025Q4", "a.csv", b"x,y\r\n1,2\r\n").code(),
        "no-header-row"
    );
    let head = &PRICING[..PRICING.find("90371").unwrap()];
    assert_eq!(
        refused(Source::AspPricing, "2025Q4", "a.csv", head.as_bytes()).code(),
        "no-rows"
    );
    let unclosed = format!(
        "{PRICING}J0179,\"Inj,1 MG,1\r\n{}",
        "J0180,Inj,1 MG,1.000,,\r\n".repeat(30)
    );
    assert_eq!(
        refused(Source::AspPricing, "2025Q4", "a.csv", unclosed.as_bytes()).code(),
        "broken-csv"
    );
}

#[test]
fn files_are_identified_whatever_they_were_renamed_to() {
    let october = "2025Q4";
    for (name, bytes, source) in [
        (
            "hcpcs-2024-jan.zip",
            zip_of(&[("HCPC2025_OCT_ANWEB.txt", &codes())]),
            Source::Hcpcs,
        ),
        (
            "release.zip",
            zip_of(&[("HCPC2025_ANWEB.txt", &codes())]),
            Source::Hcpcs,
        ),
        ("codes.dat.txt", codes().into_bytes(), Source::Hcpcs),
        (
            "january-2025-asp-pricing-file-03/11/25-final-file.csv",
            PRICING.as_bytes().to_vec(),
            Source::AspPricing,
        ),
        (
            "xwalk.zip",
            zip_of(&[("ASP NDC-HCPCS Crosswalk.csv", CROSSWALK)]),
            Source::NdcCrosswalk,
        ),
        ("prices.csv", NOC_PRICING.as_bytes().to_vec(), Source::Noc),
        ("noc.csv", NOC_CROSSWALK.as_bytes().to_vec(), Source::Noc),
    ] {
        assert_eq!(
            identify(name, &bytes).unwrap(),
            (source, quarter(october)),
            "{name}"
        );
    }
    let unknown = |name: &str, bytes: &[u8]| identify(name, bytes).unwrap_err().code();
    assert_eq!(unknown("a.csv", b"Vaccine,Price\r\n"), "unknown-file");
    assert_eq!(
        unknown(
            "a.zip",
            &zip_of(&[("seasonal vaccines crosswalk.csv", CROSSWALK)])
        ),
        "unknown-file"
    );
    let mixed = zip_of(&[
        ("ASP Pricing File.csv", PRICING),
        ("ASP NDC-HCPCS Crosswalk.csv", CROSSWALK),
    ]);
    assert_eq!(unknown("a.zip", &mixed), "unknown-file");
    assert_eq!(unknown("a.zip", b"<html></html>"), "html-instead-of-zip");
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), text in "[ -~\r\n\"]{0,300}") {
        for source in Source::ALL {
            let _ = read(&file(source, "2025Q4", "a.csv"), &bytes);
            let table = format!("{PRICING}{text}");
            let _ = read(&file(source, "2025Q4", "a.csv"), table.as_bytes());
        }
        let _ = identify("a.csv", &bytes);
    }
}

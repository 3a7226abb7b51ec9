//! The practice's drug list: synced from a file, and kept by hand.

use crate::practice::{FILES, Practice, fixtures, text};
use serde_json::Value;

fn ready() -> Practice {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023", "july-2023"]);
    practice
}

fn use_list(practice: &Practice, name: &str) {
    std::fs::copy(
        fixtures().join("drug_lists").join(name),
        practice.path("drugs.csv"),
    )
    .unwrap();
}

/// Brand or proper name, and day of retirement, of each drug.
fn listed(practice: &Practice) -> Vec<(String, String)> {
    let listed = practice
        .call(&["drugs", "list", "--all", "--format", "json"])
        .with(0)
        .json();
    let name = |drug: &Value| match text(drug, "brand") {
        "" => text(drug, "proper_name").to_owned(),
        brand => brand.to_owned(),
    };
    let drugs = listed.as_array().unwrap().iter();
    drugs
        .map(|drug| (name(drug), text(drug, "retired_on").to_owned()))
        .collect()
}

#[test]
fn every_bad_line_is_told_at_once_and_the_run_goes_on_with_the_earlier_list() {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-04-03").with(0);
    practice.post_quarters(&["july-2023"]);
    let before = listed(&practice);
    use_list(&practice, "messy.csv");
    let ended = practice.run("2023-06-20").with(3);
    insta::assert_snapshot!("messy_list", ended.errors());
    assert_eq!(listed(&practice), before);
    let announced = |alert: &Value| alert["to_code"] == "J2329" && alert["raised_on"] == "2023-06-20";
    assert!(practice.alerts().iter().any(announced), "the run went on");
    let mails = practice.mails();
    let to_operator = mails.iter().find(|mail| mail.to == "it@example.org").unwrap();
    insta::assert_snapshot!(
        "messy_list_operator",
        format!("{}\n\n{}", to_operator.subject, to_operator.text)
    );
    let again = practice.run("2023-06-20").with(3);
    assert_eq!(again.errors(), ended.errors());
    assert_eq!(
        practice.mails().len(),
        mails.len(),
        "the operator is told once a day"
    );
}

#[test]
fn a_bad_or_missing_list_changes_nothing_by_hand_either() {
    let practice = ready();
    practice.run("2023-06-20").with(0);
    let dump = practice.dump();
    for (list, told) in [
        ("fixtures/no-columns.csv", "reading"),
        ("messy.csv", "13 problems"),
        ("no-columns.csv", "brand"),
        ("empty.csv", "empty.csv"),
    ] {
        let path = fixtures().join("drug_lists").join(list);
        let ended = practice
            .call(&["drugs", "import", path.to_str().unwrap()])
            .with(3);
        assert!(ended.stderr.contains(told), "{list}: {}", ended.stderr);
        assert_eq!(practice.dump(), dump, "{list}");
    }
}

#[test]
fn a_workbook_is_the_same_list_as_its_csv() {
    let of = |name: &str| {
        let practice = Practice::new();
        let path = fixtures().join("drug_lists").join(name);
        practice
            .call(&["drugs", "import", path.to_str().unwrap(), "--today", "2023-06-20"])
            .with(0);
        practice.call(&["drugs", "export"]).with(0).stdout
    };
    assert_eq!(of("example.csv"), of("example.xlsx"));
    assert_eq!(of("excel.csv"), of("windows-1252.csv"));
    assert_eq!(of("example.csv").lines().count(), 13);
}

#[test]
fn a_drug_taken_out_is_retired_keeps_its_history_and_comes_back() {
    let practice = ready();
    practice.run("2023-06-20").with(0);
    let list = std::fs::read_to_string(practice.path("drugs.csv")).unwrap();
    let shorter: String = list
        .split_inclusive('\n')
        .filter(|line| !line.starts_with("Briumvi"))
        .collect();
    practice.write("drugs.csv", &shorter);
    let ended = practice.run("2023-06-21").with(0);
    assert!(
        ended.stdout.contains("Drug list: 1 retired, 11 unchanged"),
        "{}",
        ended.stdout
    );
    assert_eq!(
        listed(&practice)[0],
        ("Briumvi".to_owned(), "2023-06-21".to_owned())
    );
    assert!(
        practice.alerts().iter().any(|alert| alert["to_code"] == "J2329"),
        "its history stays"
    );
    let ended = practice.run("2023-07-01").with(0);
    assert!(!ended.stdout.contains("Briumvi"), "{}", ended.stdout);
    practice.write("drugs.csv", &list);
    let ended = practice.run("2023-07-02").with(0);
    assert!(ended.stdout.contains("1 back on the list"), "{}", ended.stdout);
    let effective =
        |alert: &Value| alert["to_code"] == "J2329" && alert["kind"] == "permanent-code-effective";
    assert!(practice.alerts().iter().any(effective), "{}", ended.stdout);
}

#[test]
fn a_list_kept_by_hand_is_added_to_listed_retired_exported_and_imported_again() {
    let practice = ready();
    let config = std::fs::read_to_string(practice.path("hcpcs-watch.toml")).unwrap();
    practice.write(
        "hcpcs-watch.toml",
        &config.replace("drug_list = \"drugs.csv\"\n", ""),
    );
    let add = |words: &[&str]| practice.call(&[&["drugs", "add", "--today", "2023-06-01"], words].concat());
    add(&[
        "--brand",
        "Briumvi",
        "--proper-name",
        "ublituximab-xiiy",
        "--ndc",
        "73150-150-06",
        "--dose",
        "450 mg",
    ])
    .with(0);
    add(&[
        "--proper-name",
        "lecanemab-irmb",
        "--notes",
        "comma, \"quotes\" and ü",
    ])
    .with(0);
    let refused = add(&["--brand", "Leqembi", "--ndc", "6285602120"]).with(2);
    assert!(refused.stderr.contains("ambiguous"), "{}", refused.stderr);
    let before = practice.dump();
    let poorer = [
        "--brand",
        "BRIUMVI",
        "--proper-name",
        "Ublituximab-xiiy",
        "--ndc",
        "73150-0150-06",
    ];
    let refused = add(&poorer).with(2);
    assert!(refused.stderr.contains("as drug 1"), "{}", refused.stderr);
    assert_eq!(practice.dump(), before, "the same drug stays as it was");
    let table = practice.call(&["drugs", "list"]).with(0).stdout;
    insta::assert_snapshot!("drugs_list", table);
    practice.run("2023-06-20").with(0);
    assert_eq!(practice.alerts().len(), 1);
    practice.call(&["drugs", "export", "-o", "out.csv"]).with(0);
    let other = Practice::new();
    std::fs::copy(practice.path("out.csv"), other.path("in.csv")).unwrap();
    other.call(&["drugs", "import", "in.csv"]).with(0);
    other.call(&["drugs", "import", "in.csv"]).with(0);
    let exported = other.call(&["drugs", "export"]).with(0).stdout;
    assert_eq!(
        exported,
        std::fs::read_to_string(practice.path("out.csv")).unwrap()
    );
    practice
        .call(&["drugs", "retire", "1", "--today", "2023-06-21"])
        .with(0);
    assert_eq!(listed(&practice)[0].1, "2023-06-21");
    let ended = practice.run("2023-07-01").with(0);
    assert!(
        ended.stdout.contains("1 drug watched, no news."),
        "{}",
        ended.stdout
    );
    let unknown = practice.call(&["drugs", "retire", "99"]);
    assert!(
        unknown.code != 0 && unknown.stderr.contains("99"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_drug_is_named_by_id_brand_name_or_ndc_and_an_ambiguous_name_lists_the_choices() {
    let practice = ready();
    practice.configure("cms", FILES);
    practice.write(
        "drugs.csv",
        "brand,proper_name,ndc,route\nBriumvi,ublituximab-xiiy,73150-0150-06,\nInflectra,infliximab-dyyb,,intravenous\n\
         Zymfentra,infliximab-dyyb,,subcutaneous\n",
    );
    practice.run("2023-06-20").with(0);
    for name in ["1", "briumvi", "ublituximab-xiiy", "73150-150-06", "73150015006"] {
        let ended = practice.call(&["explain", name, "--today", "2023-06-20"]).with(0);
        assert!(ended.stdout.contains("J2329"), "{name}: {}", ended.stdout);
    }
    let ended = practice.call(&["explain", "infliximab-dyyb"]).with(2);
    insta::assert_snapshot!("ambiguous_drug", ended.errors());
    // A part of a name may be that of a look-alike: it is never answered, not even where one drug alone has it.
    let ended = practice.call(&["code", "zymf", "--dos", "2023-06-20"]).with(2);
    insta::assert_snapshot!("part_of_a_name", ended.errors());
    let ended = practice.call(&["explain", "aspirin"]).with(2);
    insta::assert_snapshot!("unknown_drug", ended.errors());
}

//! Every file of `fixtures/broken`: imported by hand, and lying in the folder that is the source's location.

use crate::practice::{Practice, fixtures, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write;

/// What is refused, and under which code.
const REFUSED: [(&str, &str); 25] = [
    ("absolute-path", "path-outside-zip"),
    ("path-escape", "path-outside-zip"),
    ("symlink", "symlink-member"),
    ("bomb", "zip-bomb"),
    ("cut", "zip-truncated"),
    ("damaged", "member-damaged"),
    ("html", "html-instead-of-zip"),
    ("password", "encrypted-member"),
    ("empty-file", "empty-file"),
    ("empty-zip", "no-main-member"),
    ("no-main", "no-main-member"),
    ("two-main", "several-main-members"),
    ("nested-zip", "no-main-member"),
    ("workbook-is-html", "workbook-unreadable"),
    ("wrong-header-workbook", "missing-columns"),
    ("wrong-quarter-member", "wrong-quarter"),
    ("no-records", "no-rows"),
    ("half-the-codes", "too-few-codes"),
    ("duplicate-code", "duplicate-codes"),
    ("no-j3590", "j3590-missing"),
    ("wrong-header-prices", "missing-columns"),
    ("missing-column-prices", "missing-columns"),
    ("wrong-quarter-prices", "wrong-quarter"),
    ("wrong-header-crosswalk", "missing-columns"),
    ("wrong-quarter-crosswalk", "wrong-quarter"),
];

/// What is loaded without one row, and why that row was rejected.
const ROW_REJECTED: [(&str, &str); 4] = [
    ("short-line", "the line ends at column 180"),
    ("continuation-without-head", "without the first line of that code"),
    ("bad-date", "`20231345` is not a date"),
    ("bad-limit-prices", "`87x.670` is not a payment limit"),
];

/// The path of the one file of a folder of `fixtures/broken`, from `fixtures`.
fn path(folder: &str) -> String {
    let mut entries = std::fs::read_dir(fixtures().join("broken").join(folder)).unwrap();
    let name = entries
        .next()
        .unwrap()
        .unwrap()
        .file_name()
        .into_string()
        .unwrap();
    format!("broken/{folder}/{name}")
}

/// A practice that holds April and all of July but the broken file.
fn ready() -> Practice {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-04-03").with(0);
    practice
}

fn releases(practice: &Practice) -> Vec<String> {
    let listed = practice
        .call(&["releases", "list", "--format", "json"])
        .with(0)
        .json();
    let line = |release: &Value| {
        format!(
            "{} {} {}",
            text(release, "source"),
            text(release, "quarter"),
            release["revision"]
        )
    };
    listed.as_array().unwrap().iter().map(line).collect()
}

#[test]
fn every_broken_file_has_its_test() {
    let here: BTreeSet<String> = std::fs::read_dir(fixtures().join("broken"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let tested = REFUSED
        .iter()
        .chain(&ROW_REJECTED)
        .map(|(folder, _)| (*folder).to_owned());
    let tested: BTreeSet<String> = tested
        .chain(["unknown-action".to_owned(), "found".to_owned()])
        .collect();
    assert_eq!(here, tested);
}

#[test]
fn a_refused_file_changes_nothing_and_is_shown_until_a_good_one_comes() {
    let mut snapshot = String::new();
    let practice = ready();
    let held = releases(&practice);
    for (count, (folder, code)) in REFUSED.iter().enumerate() {
        let file = fixtures().join(path(folder));
        let ended = practice
            .call(&[
                "releases",
                "import",
                file.to_str().unwrap(),
                "--today",
                "2023-06-20",
            ])
            .with(5);
        assert!(
            ended.stderr.contains(&format!("[{code}]")),
            "{folder}: {}",
            ended.stderr
        );
        assert_eq!(releases(&practice), held, "{folder}");
        let refused = practice.status("2023-06-20")["refused"].clone();
        let refused = refused.as_array().unwrap();
        assert_eq!(refused.len(), count + 1, "{folder}");
        assert!(
            refused
                .iter()
                .any(|one| one["code"] == *code && one["quarter"] == "2023Q3"),
            "{folder}"
        );
        writeln!(snapshot, "{folder}\n{}\n", ended.errors()).unwrap();
    }
    insta::assert_snapshot!("refused_files", snapshot);
    practice.post_quarters(&["july-2023"]);
    practice.run("2023-06-20").with(0);
    assert_eq!(
        practice.status("2023-06-20")["refused"].as_array().unwrap().len(),
        0
    );
    assert!(practice.alerts().iter().any(|alert| alert["to_code"] == "J2329"));
}

#[test]
fn a_refused_file_in_the_folder_ends_the_run_with_5_and_the_rest_is_done() {
    for (folder, code) in REFUSED {
        let practice = ready();
        practice.post_quarters(&["july-2023"]);
        practice.post(&[&path(folder)]);
        let ended = practice.run("2023-06-20").with(5);
        assert!(
            ended.stderr.contains(&format!("[{code}]")),
            "{folder}: {}",
            ended.stderr
        );
        let held = releases(&practice);
        assert_eq!(
            held.iter().filter(|name| name.contains("2023Q3")).count(),
            2,
            "{folder}: {held:?}"
        );
        let to_operator = practice
            .mails()
            .into_iter()
            .any(|mail| mail.to == "it@example.org");
        assert!(to_operator, "{folder}");
        practice.post_quarters(&["july-2023"]);
        practice.run("2023-06-21").with(0);
        assert!(
            practice.alerts().iter().any(|alert| alert["to_code"] == "J2329"),
            "{folder}"
        );
        assert_eq!(
            practice.status("2023-06-21")["refused"].as_array().unwrap().len(),
            0,
            "{folder}"
        );
    }
}

#[test]
fn a_row_that_cannot_be_used_is_counted_and_shown_and_the_others_are_used() {
    for (folder, reason) in ROW_REJECTED {
        let practice = ready();
        practice.post_quarters(&["july-2023"]);
        practice.post(&[&path(folder)]);
        let ended = practice.call(&["run", "-v", "--today", "2023-06-20"]).with(0);
        assert!(
            ended.stdout.contains("Rows that could not be used: 1"),
            "{folder}: {}",
            ended.stdout
        );
        assert!(ended.stderr.contains(reason), "{folder}: {}", ended.stderr);
        let status = practice.call(&["status", "--today", "2023-06-20"]).with(0).stdout;
        assert!(
            status.contains("1 row rejected") && status.contains(reason),
            "{folder}: {status}"
        );
        assert!(
            practice.alerts().iter().any(|alert| alert["to_code"] == "J1411"),
            "{folder}"
        );
    }
}

#[test]
fn a_code_with_an_action_letter_nobody_knows_is_told_all_the_same() {
    let practice = ready();
    practice.post_quarters(&["july-2023"]);
    practice.post(&[&path("unknown-action")]);
    practice.run("2023-06-20").with(0);
    assert!(practice.alerts().iter().any(|alert| alert["to_code"] == "J2329"));
}

#[test]
fn files_of_no_use_are_passed_over_and_a_file_that_cannot_be_read_is_told() {
    let practice = ready();
    practice.post_quarters(&["july-2023"]);
    practice.post(&[
        "cms/2025-2026-seasonal-vaccine-price-file.zip",
        "README.md",
        "purple-book.csv",
    ]);
    practice.write("cms/july-2023-opps-ndc-hcpcs-crosswalk.zip", "not looked at");
    practice.run("2023-06-20").with(0);
    std::fs::remove_file(practice.path("cms/july-2023-asp-pricing-file.zip")).unwrap();
    std::fs::create_dir(practice.path("cms/july-2023-asp-pricing-file.zip")).unwrap();
    practice.run("2023-06-20").with(0);
    let missing = practice.call(&["releases", "import", "no-such-file.zip"]).with(4);
    insta::assert_snapshot!("import_missing_file", missing.errors());
    let unknown = fixtures().join("cms/2025-2026-seasonal-vaccine-price-file.zip");
    let unknown = practice
        .call(&["releases", "import", unknown.to_str().unwrap()])
        .with(5);
    assert!(unknown.stderr.contains("[unknown-file]"), "{}", unknown.stderr);
}

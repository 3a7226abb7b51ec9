use super::*;
use crate::cms::RejectedRow;
use crate::cms::hcpcs_file::Action;

fn record(code: &str, add_date: Option<&str>) -> HcpcsRecord {
    HcpcsRecord {
        code: code.parse().unwrap(),
        long_description: "Unclassified biologics".to_owned(),
        short_description: String::new(),
        cross_references: Vec::new(),
        coverage: String::new(),
        add_date: add_date.map(|date| date.parse().unwrap()),
        action_effective_date: None,
        termination_date: None,
        action: Some(Action::None),
    }
}

fn table(records: Vec<HcpcsRecord>) -> Table<HcpcsRecord> {
    let rows = records
        .into_iter()
        .zip(1..)
        .map(|(row, line)| Placed { line, row });
    Table {
        member: "HCPC2023_JUL_ANWEB.txt".to_owned(),
        rows: rows.collect(),
        rejected: Vec::<RejectedRow>::new(),
        left_out: Vec::new(),
    }
}

/// J3590 and `count` codes from J1000 on, on two dates.
fn records(count: usize) -> Vec<HcpcsRecord> {
    let others = (0..count).map(|number| record(&format!("J{}", 1000 + number), Some("2020-01-01")));
    std::iter::once(record("J3590", Some("2002-01-01")))
        .chain(others)
        .collect()
}

fn codes(records: &[HcpcsRecord]) -> BTreeSet<HcpcsCode> {
    records.iter().map(|record| record.code).collect()
}

fn failed(records: Vec<HcpcsRecord>, before: &BTreeSet<HcpcsCode>) -> Vec<&'static str> {
    let failed = release(&table(records), "2023Q3".parse().unwrap(), before);
    failed.iter().map(FailedGate::code).collect()
}

#[test]
fn a_whole_release_passes() {
    let whole = records(100);
    assert_eq!(failed(whole.clone(), &BTreeSet::new()), [] as [&str; 0]);
    assert_eq!(failed(whole.clone(), &codes(&whole)), [] as [&str; 0]);
}

#[test]
fn each_gate_fails_alone() {
    let with = |extra: HcpcsRecord| records(100).into_iter().chain([extra]).collect::<Vec<_>>();
    let mut backward = record("J9999", Some("2020-01-01"));
    backward.termination_date = "2019-12-31".parse().ok();
    let one_date = (0..30).map(|number| record(&format!("J{}", 3580 + number), Some("2020-01-01")));
    for (records, code) in [
        (Vec::new(), "no-rows"),
        (with(record("J1000", Some("2021-01-01"))), "duplicate-codes"),
        (
            records(100)
                .split_off(1)
                .into_iter()
                .chain([record("J9998", Some("2002-01-01"))])
                .collect(),
            "j3590-missing",
        ),
        (
            records(100)
                .into_iter()
                .chain((0..3).map(|n| record(&format!("Q500{n}"), None)))
                .collect(),
            "undated-records",
        ),
        (one_date.collect(), "one-date-for-all"),
        (with(record("J9999", Some("1979-12-31"))), "implausible-dates"),
        (with(record("J9999", Some("2024-10-01"))), "implausible-dates"),
        (with(backward), "ends-before-start"),
    ] {
        assert_eq!(failed(records, &BTreeSet::new()), [code]);
    }
    assert_eq!(
        failed(with(record("J9999", Some("2024-09-30"))), &BTreeSet::new()),
        [] as [&str; 0]
    );
    assert_eq!(
        failed(with(record("J9999", None)), &BTreeSet::new()),
        [] as [&str; 0]
    );
}

#[test]
fn a_release_keeps_nine_tenths_of_the_codes_before_it() {
    let before = codes(&records(99));
    assert_eq!(before.len(), 100);
    assert_eq!(failed(records(89), &before), [] as [&str; 0]);
    assert_eq!(failed(records(88), &before), ["too-few-codes"]);
    let failures = release(&table(records(88)), "2023Q3".parse().unwrap(), &before);
    let message = failures[0].to_string();
    assert!(message.contains("holds 89 of the 100 codes"), "{message}");
    assert!(message.contains("J1088"), "{message}");
}

#[test]
fn all_failed_gates_are_told_at_once() {
    let mut broken = records(40).split_off(1);
    broken.push(record("J1000", Some("1900-01-01")));
    let failed = failed(broken, &codes(&records(99)));
    assert_eq!(
        failed,
        [
            "duplicate-codes",
            "j3590-missing",
            "too-few-codes",
            "implausible-dates"
        ]
    );
}

use super::*;
use crate::cms::RejectedRow;
use crate::cms::asp_pricing::PricingRow;
use crate::cms::hcpcs_file::Action;
use crate::cms::ndc_crosswalk::CrosswalkRow;
use chrono::{Months, NaiveDate};

fn quarter() -> Quarter {
    "2023Q3".parse().unwrap()
}

fn table<R>(rows: Vec<R>) -> Table<R> {
    let placed = rows.into_iter().zip(1..).map(|(row, line)| Placed { line, row });
    Table {
        member: "member".to_owned(),
        rows: placed.collect(),
        rejected: Vec::new(),
        left_out: Vec::new(),
    }
}

fn codes_of(failed: &[FailedGate]) -> Vec<&'static str> {
    failed.iter().map(FailedGate::code).collect()
}

/// A table whose first `count` rows are changed by `damage`.
fn damaged<R: Clone>(whole: &[R], count: usize, damage: impl Fn(&mut R)) -> Vec<R> {
    let mut rows = whole.to_vec();
    rows.iter_mut().take(count).for_each(damage);
    rows
}

fn record(code: &str, start: &str) -> HcpcsRecord {
    HcpcsRecord {
        code: code.parse().unwrap(),
        long_description: format!("Injection, {code}, 1 mg"),
        short_description: String::new(),
        cross_references: Vec::new(),
        coverage: String::new(),
        add_date: start.parse().ok(),
        action_effective_date: None,
        termination_date: None,
        action: Some(Action::None),
    }
}

/// 980 codes on a hundred dates, then J3590, and 21 that this release adds.
fn records() -> Vec<HcpcsRecord> {
    let start = |number: u32| format!("{}-{:02}-01", 2010 + number % 10, 1 + number / 10 % 10);
    let others = (0..980_u32).map(|number| record(&format!("A{}", 1000 + number), &start(number)));
    let mut unclassified = record("J3590", "2003-01-01");
    unclassified.long_description = "Unclassified biologics".to_owned();
    let added = (0..21).map(|number| {
        let mut added = record(&format!("J{}", 2300 + number), "2023-07-01");
        added.action = Some(Action::Add);
        added
    });
    others.chain([unclassified]).chain(added).collect()
}

fn failed(records: Vec<HcpcsRecord>, before: Vec<HcpcsRecord>) -> Vec<&'static str> {
    let held = Held {
        records: table(before).rows,
        ..Held::default()
    };
    codes_of(&content(&Content::Hcpcs(table(records)), quarter(), &held))
}

#[test]
fn a_whole_release_passes() {
    assert_eq!(failed(records(), Vec::new()), [] as [&str; 0]);
    assert_eq!(failed(records(), records()), [] as [&str; 0]);
}

#[test]
fn damage_that_shows_in_the_release_itself_is_refused() {
    let with = |extra: &[HcpcsRecord]| [&records(), extra].concat();
    let last = |damage: fn(&mut HcpcsRecord)| {
        let mut rows = records();
        rows[980..].iter_mut().for_each(damage);
        rows
    };
    let mut backward = record("J9999", "2020-01-01");
    backward.termination_date = "2019-12-31".parse().ok();
    for (records, code) in [
        (Vec::new(), "no-rows"),
        (with(&[record("A1000", "2021-01-01")]), "duplicate-codes"),
        (
            records()
                .into_iter()
                .filter(|row| row.code.as_str() != "J3590")
                .collect(),
            "j3590-missing",
        ),
        (
            last(|row| row.long_description = "Injection, 1 mg".to_owned()),
            "j3590-displaced",
        ),
        (
            damaged(&records(), 21, |row| row.add_date = None),
            "undated-records",
        ),
        (
            damaged(&records(), 502, |row| row.add_date = "2020-01-01".parse().ok()),
            "one-date-for-all",
        ),
        (with(&[record("J9999", "1979-12-31")]), "implausible-dates"),
        (with(&[record("J9999", "2024-10-01")]), "implausible-dates"),
        (with(&[backward]), "ends-before-start"),
    ] {
        assert_eq!(failed(records, Vec::new()), [code]);
    }
    assert_eq!(
        failed(with(&[record("J9999", "2024-09-30")]), Vec::new()),
        [] as [&str; 0]
    );
}

#[test]
fn dates_displaced_by_a_quarter_or_a_year_are_refused_with_and_without_a_release_before() {
    for months in [3, 12] {
        let later = |row: &mut HcpcsRecord| row.add_date = Some(row.add_date.unwrap() + Months::new(months));
        let earlier =
            |row: &mut HcpcsRecord| row.add_date = Some(row.add_date.unwrap() - Months::new(months));
        for records in [
            damaged(&records(), 2000, later),
            damaged(&records(), 2000, earlier),
        ] {
            let alone = ["j3590-displaced", "additions-of-another-quarter"];
            assert_eq!(failed(records.clone(), Vec::new()), alone);
            assert_eq!(
                failed(records, self::records()),
                [&alone[..], &["rewritten-dates"]].concat()
            );
        }
    }
}

#[test]
fn a_few_additions_may_all_be_backdated_and_a_small_file_may_be_made_by_hand() {
    let backdated = |row: &mut HcpcsRecord| row.add_date = "2023-04-01".parse().ok();
    let mut rows = records();
    rows[982..].iter_mut().for_each(backdated);
    let of_another_quarter = ["additions-of-another-quarter"];
    assert_eq!(failed(rows[..1001].to_vec(), Vec::new()), [] as [&str; 0]);
    rows[981..982].iter_mut().for_each(backdated);
    assert_eq!(failed(rows, Vec::new()), of_another_quarter);

    let mut by_hand = records()[970..=980].to_vec();
    by_hand[10].add_date = "2002-01-01".parse().ok();
    assert_eq!(failed(by_hand, Vec::new()), [] as [&str; 0]);
}

#[test]
fn a_release_is_held_against_the_one_before_it() {
    let ended = |row: &mut HcpcsRecord| row.termination_date = "2023-06-30".parse().ok();
    let rewritten = |row: &mut HcpcsRecord| row.add_date = "2009-01-01".parse().ok();
    let described = |row: &mut HcpcsRecord| row.long_description.push('?');
    let whole = records();
    // (damage, rows that may have it, the gate that one more fails)
    let too_many = [
        (damaged(&whole, 101, ended), 100, "too-many-ended"),
        (damaged(&whole, 21, rewritten), 20, "rewritten-dates"),
        (damaged(&whole, 201, described), 200, "rewritten-descriptions"),
        (whole[21..].to_vec(), 20, "too-few-codes"),
    ];
    for (records, most, gate) in too_many {
        assert_eq!(failed(records.clone(), whole.clone()), [gate]);
        let missing = whole.len() - records.len();
        let fewer = if missing > 0 {
            whole[most..].to_vec()
        } else {
            [&records[..most], &whole[most..]].concat()
        };
        assert_eq!(failed(fewer, whole.clone()), [] as [&str; 0], "{gate}");
    }
    let without_ends = failed(whole.clone(), damaged(&whole, 21, ended));
    assert_eq!(without_ends, ["rewritten-dates"]);
}

#[test]
fn codes_that_ended_before_the_quarter_may_be_left_out() {
    let end = |day: &str| {
        let day: NaiveDate = day.parse().unwrap();
        damaged(&records(), 500, |row| row.termination_date = Some(day))
    };
    let rest = records()[500..].to_vec();
    assert_eq!(failed(rest.clone(), end("2023-06-30")), [] as [&str; 0]);
    assert_eq!(failed(rest, end("2023-07-01")), ["too-few-codes"]);
}

#[test]
fn a_release_of_which_many_rows_could_not_be_used_is_refused() {
    let with_rejected = |count: usize| {
        let mut table = table(records());
        let row = RejectedRow {
            member: "member".to_owned(),
            line: 7,
            reason: "ADD DT `202x` is not a date".to_owned(),
            text: String::new(),
        };
        table.rejected = vec![row; count];
        content(&Content::Hcpcs(table), quarter(), &Held::default())
    };
    assert_eq!(codes_of(&with_rejected(20)), [] as [&str; 0]);
    let failed = with_rejected(21);
    assert_eq!(codes_of(&failed), ["too-many-rejected-rows"]);
    assert_eq!(
        failed[0].to_string(),
        "`member`: 21 of 1023 rows could not be used, more than 2 %, such as line 7: ADD DT `202x` is not a date"
    );
}

#[test]
fn all_failed_gates_are_told_at_once() {
    let mut broken = records();
    broken.truncate(900);
    broken.push(record("A1000", "1900-01-01"));
    assert_eq!(
        failed(broken, records()),
        [
            "duplicate-codes",
            "j3590-missing",
            "too-few-codes",
            "implausible-dates"
        ]
    );
}

/// A hundred codes, each with a limit of its own.
fn prices() -> Vec<PricingRow> {
    let row = |number: u32| PricingRow {
        code: format!("J{}", 1000 + number).parse().unwrap(),
        short_description: String::new(),
        dosage: "1 MG".to_owned(),
        payment_limit: format!("{number}.{number}").parse().ok(),
        notes: String::new(),
    };
    (1..=100).map(row).collect()
}

fn limits(rows: &[PricingRow]) -> Limits {
    rows.iter().map(|row| (row.code, row.payment_limit)).collect()
}

fn failed_prices(rows: Vec<PricingRow>, held: &[(&str, &[PricingRow])]) -> Vec<&'static str> {
    let held = Held {
        limits: held
            .iter()
            .map(|(quarter, rows)| (quarter.parse().unwrap(), limits(rows)))
            .collect(),
        ..Held::default()
    };
    codes_of(&content(&Content::AspPricing(table(rows)), quarter(), &held))
}

/// The limit of a row times a factor.
fn priced(factor: &str) -> impl Fn(&mut PricingRow) {
    let factor: rust_decimal::Decimal = factor.parse().unwrap();
    move |row| {
        let dollars = row.payment_limit.unwrap().dollars() * factor;
        row.payment_limit = dollars.to_string().parse().ok();
    }
}

#[test]
fn prices_that_change_as_prices_do_pass() {
    let dearer = damaged(&prices(), 90, priced("1.02"));
    assert_eq!(failed_prices(dearer.clone(), &[]), [] as [&str; 0]);
    assert_eq!(failed_prices(dearer, &[("2023Q2", &prices())]), [] as [&str; 0]);
    let later_posting = damaged(&prices(), 25, priced("10"));
    assert_eq!(
        failed_prices(later_posting, &[("2023Q3", &prices())]),
        [] as [&str; 0]
    );
}

#[test]
fn prices_that_cannot_be_are_refused() {
    let whole = damaged(&prices(), 100, priced("1.02"));
    let dear = damaged(&whole, 26, priced("10"));
    let cheap = damaged(&whole, 26, priced("0.1"));
    let no_limit = damaged(&whole, 51, |row| row.payment_limit = None);
    let one_limit = damaged(&whole, 51, |row| row.payment_limit = "9000".parse().ok());
    let mut two_limits = whole.clone();
    two_limits.push(PricingRow {
        payment_limit: "999".parse().ok(),
        ..whole[0].clone()
    });
    for (rows, gates) in [
        (Vec::new(), &["no-rows"][..]),
        (dear, &["implausible-limits"]),
        (cheap, &["implausible-limits"]),
        (no_limit, &["too-few-limits"]),
        (one_limit, &["one-limit-for-all", "implausible-limits"]),
        (two_limits, &["duplicate-prices"]),
        (whole[51..].to_vec(), &["too-few-prices"]),
    ] {
        assert_eq!(failed_prices(rows, &[("2023Q2", &prices())]), gates);
    }
}

#[test]
fn prices_of_a_quarter_before_under_a_newer_name_are_refused() {
    let now = damaged(&prices(), 100, priced("1.02"));
    let held: [(&str, &[PricingRow]); 2] = [("2023Q2", &now), ("2022Q3", &prices())];
    assert_eq!(failed_prices(prices(), &held), ["limits-of-another-quarter"]);
    assert_eq!(failed_prices(now.clone(), &held), ["limits-of-another-quarter"]);
    // The quarter's own earlier posting may be repeated.
    assert_eq!(failed_prices(now.clone(), &[("2023Q3", &now)]), [] as [&str; 0]);
}

/// A hundred packages, two under each code.
fn packages() -> Vec<CrosswalkRow> {
    let row = |number: u32| CrosswalkRow {
        code: format!("J{}", 1000 + number / 2).parse().unwrap(),
        short_description: String::new(),
        labeler: String::new(),
        ndc: format!("12345-{number:04}-01").parse().unwrap(),
        drug_name: String::new(),
        dosage: "1 MG".to_owned(),
        bill_units: Some(number.into()),
        package_quantity: Some(1.into()),
    };
    (1..=100).map(row).collect()
}

fn failed_packages(rows: Vec<CrosswalkRow>, held: &[(&str, &[CrosswalkRow])]) -> Vec<&'static str> {
    let by_key = |rows: &[CrosswalkRow]| {
        rows.iter()
            .map(|row| ((row.ndc, row.code), row.clone()))
            .collect()
    };
    let held = Held {
        packages: held
            .iter()
            .map(|(quarter, rows)| (quarter.parse().unwrap(), by_key(rows)))
            .collect(),
        ..Held::default()
    };
    codes_of(&content(&Content::NdcCrosswalk(table(rows)), quarter(), &held))
}

#[test]
fn a_crosswalk_is_held_against_the_one_before_it() {
    let whole = packages();
    let before = packages();
    let renamed = damaged(&whole, 1, |row| row.drug_name = "Briumvi".to_owned());
    let swapped = |row: &mut CrosswalkRow| std::mem::swap(&mut row.bill_units, &mut row.package_quantity);
    let moved = |row: &mut CrosswalkRow| row.code = "J9999".parse().unwrap();
    for (rows, gates) in [
        (renamed.clone(), &[][..]),
        (damaged(&whole, 22, swapped), &["rewritten-quantities"]),
        (damaged(&whole, 26, moved), &["moved-ndcs"]),
        (whole[51..].to_vec(), &["too-few-packages"]),
        (whole.clone(), &["rows-of-another-quarter"]),
    ] {
        assert_eq!(failed_packages(rows, &[("2023Q2", &before)]), gates);
    }
    let year_ago: [(&str, &[CrosswalkRow]); 2] = [("2023Q2", &renamed), ("2022Q3", &whole)];
    assert_eq!(
        failed_packages(packages(), &year_ago),
        ["rows-of-another-quarter"]
    );
    assert_eq!(
        failed_packages(packages(), &[("2023Q3", &before)]),
        [] as [&str; 0]
    );
}

#[test]
fn each_bound_has_a_code_of_its_own() {
    let every = [
        Share::RejectedRows,
        Share::MissingCodes,
        Share::UndatedRecords,
        Share::OneDate,
        Share::RewrittenDates,
        Share::EndedCodes,
        Share::RewrittenDescriptions,
        Share::MissingPrices,
        Share::UnknownLimits,
        Share::OneLimit,
        Share::ImplausibleLimits,
        Share::LimitsOfAnotherQuarter,
        Share::MissingPackages,
        Share::RewrittenQuantities,
        Share::MovedNdcs,
    ];
    let codes: std::collections::BTreeSet<&str> = every.iter().map(|share| share.code()).collect();
    assert_eq!(codes.len(), every.len());
}

use super::*;
use crate::domain::source::{Sha256, Source};

fn release(id: i64, quarter: &str, revision: u32) -> Release {
    Release {
        id: ReleaseId(id),
        source: Source::Hcpcs,
        quarter: quarter.parse().unwrap(),
        revision,
        sha256: Sha256::of(quarter.as_bytes()),
        member: format!("HCPC_{quarter}.txt").into(),
    }
}

/// `dates` is "ADD ACT TERM" with `-` for none.
fn says(release: &Release, action: char, dates: &str, descriptor: &str) -> Publication {
    let dates: Vec<Option<NaiveDate>> = dates.split(' ').map(|text| text.parse().ok()).collect();
    let record = HcpcsRecord {
        code: "J9380".parse().unwrap(),
        long_description: descriptor.to_owned(),
        short_description: String::new(),
        cross_references: Vec::new(),
        coverage: String::new(),
        add_date: dates[0],
        action_effective_date: dates[1],
        termination_date: dates[2],
        action: Action::from_letter(action),
    };
    Publication {
        release: release.clone(),
        line: 7,
        action: record.action,
        record: record.into(),
    }
}

fn spans(periods: &[PublishedPeriod]) -> Vec<(String, Option<String>)> {
    let text = |date: NaiveDate| date.to_string();
    periods
        .iter()
        .map(|one| (text(one.period.valid_from), one.period.valid_to.map(text)))
        .collect()
}

fn span(from: &str, to: Option<&str>) -> (String, Option<String>) {
    (from.to_owned(), to.map(str::to_owned))
}

#[test]
fn one_release_gives_one_period_from_add_date_to_termination_date() {
    let only = release(1, "2025Q4", 1);
    let line = ReleaseLine::new([&only]);
    let history = [says(
        &only,
        'N',
        "2025-01-01 2025-04-01 2025-03-31",
        "eculizumab-aeeb",
    )];
    assert_eq!(
        spans(&periods(&history, &line)),
        [span("2025-01-01", Some("2025-03-31"))]
    );
}

#[test]
fn a_reused_code_has_two_periods_with_their_own_descriptors() {
    let (old, new) = (release(1, "2023Q2", 1), release(2, "2023Q3", 1));
    let line = ReleaseLine::new([&old, &new]);
    let history = [
        says(
            &old,
            'N',
            "1984-01-01 2011-01-01 2010-12-31",
            "Vincristine sulfate, 5 mg",
        ),
        says(
            &new,
            'A',
            "2023-07-01 2023-07-01 -",
            "Injection, teclistamab-cqyv, 0.5 mg",
        ),
    ];
    let found = periods(&history, &line);
    assert_eq!(
        spans(&found),
        [span("1984-01-01", Some("2010-12-31")), span("2023-07-01", None)]
    );
    assert_eq!(&*found[0].descriptor, "Vincristine sulfate, 5 mg");
    assert_eq!(found[1].first_published.quarter, Some(new.quarter));
}

#[test]
fn a_reactivation_opens_a_new_period_that_later_releases_keep() {
    let [before, at, after] = [
        release(1, "2025Q3", 1),
        release(2, "2025Q4", 1),
        release(3, "2026Q1", 1),
    ];
    let line = ReleaseLine::new([&before, &at, &after]);
    let history = [
        says(
            &before,
            'N',
            "2017-01-01 2025-07-01 2025-06-30",
            "Buprenorphine implant",
        ),
        says(&at, 'R', "2017-01-01 2025-10-01 -", "Buprenorphine implant"),
        says(&after, 'N', "2017-01-01 2025-10-01 -", "Buprenorphine implant"),
    ];
    let expected = [span("2017-01-01", Some("2025-06-30")), span("2025-10-01", None)];
    assert_eq!(spans(&periods(&history, &line)), expected);
}

#[test]
fn a_rewritten_add_date_replaces_the_period() {
    let (first, second) = (release(1, "2020Q3", 1), release(2, "2020Q4", 1));
    let line = ReleaseLine::new([&first, &second]);
    let history = [
        says(&first, 'A', "2020-07-01 2020-07-01 -", "pegfilgrastim-bmez"),
        says(&second, 'N', "2020-04-01 2020-07-01 -", "pegfilgrastim-bmez"),
    ];
    let found = periods(&history, &line);
    assert_eq!(spans(&found), [span("2020-04-01", None)]);
    assert_eq!(found[0].first_published.quarter, Some(second.quarter));
}

#[test]
fn an_addition_gone_from_the_repost_is_withdrawn() {
    let (first, repost) = (release(1, "2025Q4", 1), release(2, "2025Q4", 2));
    let line = ReleaseLine::new([&first, &repost]);
    let history = [says(&first, 'A', "2025-10-01 2025-10-01 -", "something-abcd")];
    let found = periods(&history, &line);
    assert_eq!(spans(&found), [span("2025-10-01", None)]);
    assert_eq!(found[0].standing, Standing::Withdrawn);
}

#[test]
fn a_long_standing_code_gone_from_a_release_is_missing_and_keeps_its_dates() {
    let (first, second) = (release(1, "2025Q3", 1), release(2, "2025Q4", 1));
    let line = ReleaseLine::new([&first, &second]);
    let found = periods(
        &[says(&first, 'N', "2013-01-01 2013-01-01 -", "aflibercept")],
        &line,
    );
    assert_eq!(
        (found[0].standing, found[0].period.valid_to),
        (Standing::Missing, None)
    );
}

#[test]
fn a_code_added_by_a_repost_stands_although_the_next_quarter_lacks_it_yet() {
    let [first, next, repost] = [
        release(1, "2025Q3", 1),
        release(2, "2025Q4", 1),
        release(3, "2025Q3", 2),
    ];
    let line = ReleaseLine::new([&first, &next, &repost]);
    let found = periods(
        &[says(&repost, 'A', "2025-07-01 2025-07-01 -", "late-abcd")],
        &line,
    );
    assert_eq!(found[0].standing, Standing::Published);
}

#[test]
fn an_end_that_is_taken_back_is_no_end() {
    let (first, repost) = (release(1, "2025Q4", 1), release(2, "2025Q4", 2));
    let line = ReleaseLine::new([&first, &repost]);
    let history = [
        says(&first, 'D', "2013-01-01 2026-01-01 2025-12-31", "aflibercept"),
        says(&repost, 'N', "2013-01-01 2013-01-01 -", "aflibercept"),
    ];
    assert_eq!(spans(&periods(&history, &line)), [span("2013-01-01", None)]);
}

#[test]
fn a_row_without_add_date_gives_no_period() {
    let only = release(1, "2025Q4", 1);
    let line = ReleaseLine::new([&only]);
    assert_eq!(periods(&[says(&only, 'N', "- - -", "unknown")], &line), []);
}

#[test]
fn a_reactivation_seen_only_afterwards_does_not_bridge_the_gap() {
    let (before, after) = (release(1, "2025Q3", 1), release(2, "2026Q1", 1));
    let line = ReleaseLine::new([&before, &after]);
    let history = [
        says(
            &before,
            'N',
            "2017-01-01 2025-07-01 2025-06-30",
            "Buprenorphine implant",
        ),
        says(&after, 'N', "2017-01-01 2025-10-01 -", "Buprenorphine implant"),
    ];
    let expected = [span("2017-01-01", Some("2025-06-30")), span("2025-10-01", None)];
    assert_eq!(spans(&periods(&history, &line)), expected);
}

#[test]
fn a_reuse_that_is_taken_back_leaves_the_old_period_and_a_withdrawn_one() {
    let [old, new, back] = [
        release(1, "2023Q2", 1),
        release(2, "2023Q3", 1),
        release(3, "2023Q4", 1),
    ];
    let line = ReleaseLine::new([&old, &new, &back]);
    let vincristine = "1984-01-01 2011-01-01 2010-12-31";
    let history = [
        says(&old, 'N', vincristine, "Vincristine sulfate, 5 mg"),
        says(
            &new,
            'A',
            "2023-07-01 2023-07-01 -",
            "Injection, teclistamab-cqyv, 0.5 mg",
        ),
        says(&back, 'N', vincristine, "Vincristine sulfate, 5 mg"),
    ];
    let found = periods(&history, &line);
    assert_eq!(
        spans(&found),
        [span("1984-01-01", Some("2010-12-31")), span("2023-07-01", None)]
    );
    assert_eq!(found[0].standing, Standing::Published);
    assert_eq!(found[1].standing, Standing::Withdrawn);
}

#[test]
fn a_late_addition_that_every_later_release_lacks_is_withdrawn() {
    let [first, next, repost, third] = [
        release(1, "2025Q3", 1),
        release(2, "2025Q4", 1),
        release(3, "2025Q3", 2),
        release(4, "2026Q1", 1),
    ];
    let line = ReleaseLine::new([&first, &next, &repost, &third]);
    let found = periods(
        &[says(&repost, 'A', "2025-07-01 2025-07-01 -", "late-abcd")],
        &line,
    );
    assert_eq!(found[0].standing, Standing::Withdrawn);
}

#[test]
fn an_end_that_is_put_off_is_no_reactivation() {
    let (first, later) = (release(1, "2025Q1", 1), release(2, "2025Q2", 1));
    let line = ReleaseLine::new([&first, &later]);
    let history = [
        says(&first, 'D', "2013-01-01 2025-04-01 2025-03-31", "aflibercept"),
        says(&later, 'N', "2013-01-01 2025-07-01 2025-06-30", "aflibercept"),
    ];
    assert_eq!(
        spans(&periods(&history, &line)),
        [span("2013-01-01", Some("2025-06-30"))]
    );
}

#[test]
fn an_end_before_the_reactivation_takes_it_back() {
    let releases = [
        release(1, "2023Q1", 1),
        release(2, "2023Q2", 1),
        release(3, "2023Q3", 1),
    ];
    let line = ReleaseLine::new(&releases);
    let history = [
        says(&releases[0], 'D', "2010-01-01 2010-01-01 2015-12-31", "x"),
        says(&releases[1], 'R', "2010-01-01 2020-01-01 -", "x"),
        says(&releases[2], 'D', "2010-01-01 2020-01-01 2018-12-31", "x"),
    ];
    let periods = periods(&history, &line);
    assert_eq!(
        spans(&periods),
        [span("2010-01-01", Some("2018-12-31")), span("2020-01-01", None)]
    );
    let standings: Vec<_> = periods.iter().map(|one| one.standing).collect();
    assert_eq!(standings, [Standing::Published, Standing::Withdrawn]);
}

use super::*;
use crate::domain::alert::{Acknowledgement, AlertId, Candidate, Decision, Finding};
use crate::domain::drug::{Drug, DrugEntry, DrugId};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An alert about J3590 -> J2329 from 2023-07-01 on, raised on 2023-06-20.
fn alert(id: i64, kind: AlertKind) -> Alert {
    let entry = DrugEntry {
        brand: Some("Briumvi".to_owned()),
        ..DrugEntry::default()
    };
    Alert {
        id: AlertId(id),
        finding: Finding {
            kind,
            drug: Drug {
                id: DrugId(1),
                entry,
                retired_on: None,
            },
            from_code: "J3590".parse().unwrap(),
            to_code: "J2329".parse().ok(),
            effective_date: Some(date("2023-07-01")),
            end_date: None,
            billing_unit: None,
            previous_billing_unit: None,
            descriptor: None,
            decision: Decision::Confirmed,
            match_kind: None,
            candidates: Vec::new(),
            reason: String::new(),
            evidence: Vec::new(),
        },
        raised_on: date("2023-06-20"),
        deliveries: Vec::new(),
        acknowledged: None,
    }
}

fn acknowledged(mut alert: Alert) -> Alert {
    alert.acknowledged = Some(Acknowledgement {
        by: "Ann".to_owned(),
        at: "2023-06-21T00:00:00Z".parse().unwrap(),
        note: None,
    });
    alert
}

/// The numbers of what is overdue on a day.
fn open(alerts: &[Alert], today: &str) -> Vec<i64> {
    let all: Vec<&Alert> = alerts.iter().collect();
    overdue(&all, Setting::Office, date(today))
        .iter()
        .map(|one| one.alert.id.0)
        .collect()
}

use AlertKind as Kind;

#[test]
fn an_alert_is_overdue_from_the_day_after_its_day_until_it_is_acknowledged() {
    let announced = alert(1, Kind::PermanentCodeAnnounced);
    for (today, expected) in [
        ("2023-06-30", 0),
        ("2023-07-01", 0),
        ("2023-07-02", 1),
        ("2024-07-02", 1),
    ] {
        assert_eq!(
            open(std::slice::from_ref(&announced), today).len(),
            expected,
            "{today}"
        );
    }
    assert!(open(&[acknowledged(announced.clone())], "2023-07-02").is_empty());
    let effective = alert(2, Kind::PermanentCodeEffective);
    assert_eq!(
        open(&[announced.clone(), effective.clone()], "2023-07-09"),
        [1, 2]
    );
    assert!(open(&[acknowledged(announced), effective], "2023-07-09").is_empty());
}

#[test]
fn a_late_alert_counts_from_the_day_it_was_raised() {
    let mut late = alert(1, Kind::PermanentCodeRetroactive);
    late.raised_on = date("2023-08-01");
    assert!(open(std::slice::from_ref(&late), "2023-08-01").is_empty());
    let all = [&late];
    let found = overdue(&all, Setting::Office, date("2023-08-02"));
    assert_eq!(found[0].since, date("2023-08-01"));
}

#[test]
fn what_was_corrected_taken_back_or_ended_is_not_told_again() {
    let announced = alert(1, Kind::PermanentCodeAnnounced);
    let mut changed = alert(2, Kind::PermanentCodeChanged);
    changed.finding.effective_date = Some(date("2023-10-01"));
    assert!(open(&[announced.clone(), changed.clone()], "2023-07-09").is_empty());
    assert_eq!(open(&[announced.clone(), changed], "2023-10-09"), [2]);
    let withdrawn = alert(2, Kind::PermanentCodeWithdrawn);
    assert_eq!(open(&[announced.clone(), withdrawn], "2023-07-09"), [2]);
    let mut ended = alert(2, Kind::CodeEnded);
    ended.finding.from_code = "J2329".parse().unwrap();
    ended.finding.to_code = None;
    ended.finding.end_date = Some(date("2023-09-30"));
    ended.finding.effective_date = Some(date("2023-10-01"));
    let both = [announced.clone(), ended];
    assert_eq!(open(&both, "2023-07-09"), [1]);
    assert_eq!(open(&both, "2023-10-02"), [2]);
    let mut other_drug = alert(2, Kind::PermanentCodeWithdrawn);
    other_drug.finding.drug.id = DrugId(2);
    assert_eq!(open(&[announced, other_drug], "2023-07-09"), [1, 2]);
}

/// An alert about J2329 from a first day on, with the last day it tells.
fn of_period(id: i64, kind: AlertKind, from: &str, last: Option<&str>) -> Alert {
    let mut alert = alert(id, kind);
    alert.finding.effective_date = Some(date(from));
    alert.finding.end_date = last.map(date);
    alert.finding.match_kind = Some("proper-name".to_owned());
    alert
}

/// The end of J2329, which nothing follows.
fn end(id: i64, last: &str) -> Alert {
    let mut alert = of_period(id, Kind::CodeEnded, "2023-10-01", Some(last));
    alert.finding.from_code = "J2329".parse().unwrap();
    alert.finding.to_code = None;
    alert.finding.effective_date = date(last).succ_opt();
    alert
}

#[test]
fn a_code_that_is_over_is_not_told_again_whenever_its_end_was_told() {
    use AlertKind::{
        PermanentCodeAnnounced as Announced, PermanentCodeChanged as Changed,
        PermanentCodeEffective as Effective, PermanentCodeRetroactive as Retroactive,
        PermanentCodeWithdrawn as Withdrawn,
    };
    let july = |id, kind, last| of_period(id, kind, "2023-07-01", last);
    let (gone, open_end) = (Some("2023-09-30"), None);
    let announced = july(1, Announced, gone);
    let ended = end(2, "2023-09-30");
    for (what, told, expected) in [
        (
            "told before the code came",
            vec![july(3, Effective, gone)],
            vec![2],
        ),
        (
            "told with a code long over",
            vec![july(3, Retroactive, gone)],
            vec![2],
        ),
        (
            "the code was taken back after its end was told",
            vec![july(3, Withdrawn, gone)],
            vec![3],
        ),
        (
            "the end was taken back",
            vec![july(3, Changed, open_end)],
            vec![3],
        ),
        (
            "the code came back for a later period",
            vec![of_period(3, Effective, "2023-11-01", open_end)],
            vec![2, 3],
        ),
        (
            "its end was told for another day after that",
            vec![
                of_period(3, Announced, "2023-11-01", open_end),
                end(4, "2023-09-29"),
            ],
            vec![3, 4],
        ),
    ] {
        let all: Vec<Alert> = [announced.clone(), ended.clone()]
            .into_iter()
            .chain(told)
            .collect();
        assert_eq!(open(&all, "2023-12-15"), expected, "{what}");
    }
}

#[test]
fn an_end_that_was_put_off_is_told_again_for_its_new_day_only() {
    let told = [
        of_period(1, Kind::PermanentCodeAnnounced, "2023-07-01", None),
        end(2, "2023-09-30"),
        end(3, "2023-11-30"),
    ];
    assert_eq!(open(&told, "2023-10-15"), [1]);
    assert_eq!(open(&told, "2023-12-15"), [3]);
}

#[test]
fn nothing_is_asked_of_an_office_for_an_interim_code_nor_for_a_drug_off_the_list() {
    let interim = alert(1, Kind::InterimCode);
    assert!(open(std::slice::from_ref(&interim), "2023-07-09").is_empty());
    let all = [&interim];
    assert_eq!(overdue(&all, Setting::Opps, date("2023-07-09")).len(), 1);
    let mut retired = alert(1, Kind::PermanentCodeAnnounced);
    retired.finding.drug.retired_on = Some(date("2023-07-05"));
    assert!(open(&[retired], "2023-07-09").is_empty());
}

#[test]
fn a_question_is_open_until_it_is_answered() {
    let mut question = alert(1, Kind::MatchNeedsReview);
    question.finding.to_code = None;
    question.finding.effective_date = None;
    question.finding.candidates = vec![Candidate {
        code: "J2329".parse().unwrap(),
        valid_from: date("2023-07-01"),
        descriptor: String::new(),
        open_question: String::new(),
    }];
    assert!(open(std::slice::from_ref(&question), "2023-06-30").is_empty());
    assert_eq!(open(std::slice::from_ref(&question), "2023-07-02"), [1]);
    let answered = alert(2, Kind::PermanentCodeEffective);
    assert_eq!(open(&[question.clone(), answered], "2023-07-09"), [2]);
    assert!(open(&[acknowledged(question)], "2023-07-09").is_empty());
}

#[test]
fn an_address_is_told_again_at_most_once_in_the_interval() {
    assert!(is_due_again(None, 7, date("2023-07-08")));
    assert!(!is_due_again(Some(date("2023-07-02")), 7, date("2023-07-08")));
    assert!(is_due_again(Some(date("2023-07-01")), 7, date("2023-07-08")));
    assert!(!is_due_again(Some(date("2023-07-20")), 7, date("2023-07-08")));
    assert_eq!(days_after(NaiveDate::MAX, 7), NaiveDate::MAX);
}

//! Values for the tests of the presenters: real names, codes and dates.

use crate::domain::alert::{
    Acknowledgement, Alert, AlertId, AlertKind, Candidate, Decision, Delivery, DeliveryStatus, Finding,
};
use crate::domain::code::HcpcsCode;
use crate::domain::drug::{Drug, DrugEntry, DrugId};
use crate::domain::evidence::Evidence;
use crate::domain::source::{Sha256, Source};
use crate::report::releases::{HeldRelease, RejectedRows};
use chrono::{DateTime, NaiveDate, Utc};

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(super) fn code(text: &str) -> HcpcsCode {
    text.parse().unwrap()
}

pub(super) fn briumvi() -> Drug {
    let entry = DrugEntry {
        brand: Some("Briumvi".to_owned()),
        proper_name: Some("ublituximab-xiiy".to_owned()),
        ndcs: vec!["73150-0150-06".parse().unwrap()],
        route: Some("intravenous".to_owned()),
        ..DrugEntry::default()
    };
    Drug {
        id: DrugId(1),
        entry,
        retired_on: None,
    }
}

/// A retired drug whose name tries to steer the terminal and the spreadsheet.
pub(super) fn hostile() -> Drug {
    let mut drug = briumvi();
    drug.id = DrugId(2);
    drug.entry.brand = Some("=cmd()\u{1b}[2J".to_owned());
    drug.entry.ndcs = Vec::new();
    drug.entry.route = None;
    drug.retired_on = Some(day("2023-08-01"));
    drug
}

/// The alert of the JSON contract.
pub(super) fn announced() -> Alert {
    let evidence = Evidence {
        source: Source::Hcpcs,
        quarter: Some("2023Q3".parse().unwrap()),
        revision: 1,
        member: "HCPC2023_JUL_ANWEB.txt".into(),
        line: 8123,
        sha256: Sha256::of(b"release"),
        text: "Injection, ublituximab-xiiy, 1mg".into(),
    };
    let finding = Finding {
        kind: AlertKind::PermanentCodeAnnounced,
        drug: briumvi(),
        from_code: code("J3590"),
        to_code: Some(code("J2329")),
        effective_date: Some(day("2023-07-01")),
        end_date: None,
        billing_unit: Some("1 mg".to_owned()),
        previous_billing_unit: None,
        descriptor: Some("Injection, ublituximab-xiiy, 1mg".to_owned()),
        decision: Decision::Confirmed,
        match_kind: Some("proper-name".to_owned()),
        candidates: Vec::new(),
        reason: "J2329 was published with effective date 2023-07-01".to_owned(),
        evidence: vec![evidence],
    };
    let delivery = Delivery {
        recipient: "billing@example.org".to_owned(),
        status: DeliveryStatus::Sent,
        sent_at: Some(moment("2023-06-20T12:00:00Z")),
    };
    Alert {
        id: AlertId(7),
        finding,
        raised_on: day("2023-06-20"),
        deliveries: vec![delivery],
        acknowledged: None,
    }
}

pub(super) fn in_review() -> Alert {
    let mut alert = announced();
    alert.id = AlertId(8);
    alert.finding.kind = AlertKind::MatchNeedsReview;
    alert.finding.drug = hostile();
    alert.finding.decision = Decision::Review;
    (alert.finding.to_code, alert.finding.effective_date) = (None, None);
    (alert.finding.match_kind, alert.finding.billing_unit) = (None, None);
    let candidate = |text: &str| Candidate {
        code: code(text),
        valid_from: day("2023-07-01"),
        descriptor: "Injection".to_owned(),
        open_question: "which route?".to_owned(),
    };
    alert.finding.candidates = vec![candidate("J2329"), candidate("J1748")];
    alert.deliveries[0].status = DeliveryStatus::Queued;
    alert.deliveries[0].sent_at = None;
    alert.acknowledged = Some(Acknowledgement {
        by: "Pat".to_owned(),
        at: moment("2023-06-21T09:00:00Z"),
        note: Some("asked the payer".to_owned()),
    });
    alert
}

pub(super) fn releases() -> Vec<HeldRelease> {
    let release = |revision, is_current, rejected| HeldRelease {
        source: Source::Hcpcs,
        quarter: Some("2023Q3".parse().unwrap()),
        revision,
        sha256: Sha256::of(&revision.to_be_bytes()),
        origin: "https://www.cms.gov/files/zip/july-2023-alpha-numeric-hcpcs-file.zip".to_owned(),
        fetched: moment("2023-06-19T03:00:00Z"),
        is_current,
        rows: 8_012,
        rejected,
    };
    let short = RejectedRows {
        reason: "line is shorter than 91 characters".to_owned(),
        count: 2,
    };
    vec![release(1, false, vec![short]), release(2, true, Vec::new())]
}

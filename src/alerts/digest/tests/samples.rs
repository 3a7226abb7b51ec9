//! News of real drugs, as the alert rules would give it on June 20, 2023 (2025 for Bkemv's change, moved here).

use crate::domain::alert::{
    Alert, AlertId, AlertKind, Candidate, Decision, Digest, DigestItem, Finding, QuarterLimit,
};
use crate::domain::drug::{Drug, DrugEntry, DrugId};
use crate::domain::evidence::Evidence;
use crate::domain::source::{Sha256, Source};

#[derive(Clone, Copy)]
pub(super) enum Sample {
    Briumvi,
    Hemgenix,
    BkemvEnded,
    BkemvUnit,
    EyleaHd,
    Zymfentra,
}

pub(super) fn digest(items: Vec<DigestItem>) -> Digest {
    Digest {
        practice: "Example Infusion Center".to_owned(),
        today: "2023-06-20".parse().unwrap(),
        items,
        still_open: Vec::new(),
        quiet: None,
        drugs_watched: 12,
        tells_all: true,
        not_looked_up: Vec::new(),
        releases: vec![("2023Q2".parse().unwrap(), 2), ("2023Q3".parse().unwrap(), 1)],
    }
}

pub(super) fn limit(quarter: &str, dollars: Option<&str>) -> QuarterLimit {
    QuarterLimit {
        quarter: quarter.parse().unwrap(),
        limit: dollars.map(|dollars| dollars.parse().unwrap()),
    }
}

fn entry(brand: &str, proper_name: &str, ndc: &str, dose: &str) -> DrugEntry {
    DrugEntry {
        brand: Some(brand.to_owned()),
        proper_name: Some(proper_name.to_owned()),
        ndcs: vec![ndc.parse().unwrap()],
        dose: Some(dose.parse().unwrap()),
        ..DrugEntry::default()
    }
}

fn evidence(line: u32, text: &str) -> Evidence {
    Evidence {
        source: Source::Hcpcs,
        quarter: "2023Q3".parse().ok(),
        revision: 1,
        member: "HCPC2023_JUL_ANWEB.txt".into(),
        line,
        sha256: Sha256::of(text.as_bytes()),
        text: text.into(),
    }
}

fn finding(
    kind: AlertKind,
    id: i64,
    entry: DrugEntry,
    codes: (&str, Option<&str>),
    starts: &str,
    unit: &str,
) -> Finding {
    Finding {
        kind,
        drug: Drug {
            id: DrugId(id),
            entry,
            retired_on: None,
        },
        from_code: codes.0.parse().unwrap(),
        to_code: codes.1.map(|code| code.parse().unwrap()),
        effective_date: starts.parse().ok(),
        end_date: None,
        billing_unit: Some(unit.to_owned()),
        previous_billing_unit: None,
        descriptor: None,
        decision: Decision::Confirmed,
        match_kind: Some("proper-name".to_owned()),
        candidates: Vec::new(),
        reason: String::new(),
        evidence: Vec::new(),
    }
}

/// One sample as it stands in a digest.
pub(super) fn sample(sample: Sample) -> DigestItem {
    let (finding, limit) = match sample {
        Sample::Briumvi => briumvi(),
        Sample::Hemgenix => hemgenix(),
        Sample::BkemvEnded => bkemv(AlertKind::CodeEnded),
        Sample::BkemvUnit => bkemv(AlertKind::BillingUnitChanged),
        Sample::EyleaHd => eylea_hd(),
        Sample::Zymfentra => zymfentra(),
    };
    DigestItem {
        payer_rules: Vec::new(),
        noc_was_right: true,
        alert: Alert {
            id: AlertId(7),
            finding,
            raised_on: "2023-06-20".parse().unwrap(),
            deliveries: Vec::new(),
            acknowledged: None,
        },
        limit,
        sequence: 0,
    }
}

fn briumvi() -> (Finding, Option<QuarterLimit>) {
    let drug = entry("Briumvi", "ublituximab-xiiy", "73150-0150-06", "450 mg");
    let codes = ("J3590", Some("J2329"));
    let mut finding = finding(
        AlertKind::PermanentCodeAnnounced,
        1,
        drug,
        codes,
        "2023-07-01",
        "1 mg",
    );
    finding.descriptor = Some("Injection, ublituximab-xiiy, 1mg".to_owned());
    finding.reason = "J2329 was published with effective date 2023-07-01.".to_owned();
    finding.evidence = vec![evidence(8123, "Injection, ublituximab-xiiy, 1mg")];
    (finding, Some(limit("2023Q3", None)))
}

fn hemgenix() -> (Finding, Option<QuarterLimit>) {
    let drug = entry(
        "Hemgenix",
        "etranacogene dezaparvovec-drlb",
        "00053-0099-01",
        "1 ml",
    );
    let codes = ("J3590", Some("J1411"));
    let mut finding = finding(
        AlertKind::PermanentCodeRetroactive,
        2,
        drug,
        codes,
        "2023-04-01",
        "per therapeutic dose",
    );
    finding.descriptor = Some("Injection, etranacogene dezaparvovec-drlb, per therapeutic dose".to_owned());
    finding.reason =
        "J1411 was first published in the July 2023 file with effective date 2023-04-01.".to_owned();
    finding.evidence = vec![evidence(5120, "etranacogene")];
    (finding, Some(limit("2023Q3", Some("3570000.000"))))
}

fn bkemv(kind: AlertKind) -> (Finding, Option<QuarterLimit>) {
    let drug = entry("Bkemv", "eculizumab-aeeb", "55513-0180-01", "900 mg");
    let codes = ("Q5139", Some("Q5152"));
    let mut finding = finding(kind, 3, drug, codes, "2023-07-01", "2 mg");
    finding.previous_billing_unit = Some("10 mg".to_owned());
    finding.end_date = (kind == AlertKind::CodeEnded).then(|| "2023-06-30".parse().unwrap());
    finding.descriptor = Some("Injection, eculizumab-aeeb (bkemv), biosimilar, 2 mg".to_owned());
    finding.reason = match kind {
        AlertKind::CodeEnded => "Q5139 ends on 2023-06-30 and Q5152 names the same product.".to_owned(),
        _ => "Q5139 was billed by 10 mg, Q5152 is billed by 2 mg.".to_owned(),
    };
    finding.evidence = vec![evidence(9001, "ended"), evidence(9017, "successor")];
    (finding, Some(limit("2023Q3", Some("42.105"))))
}

fn eylea_hd() -> (Finding, Option<QuarterLimit>) {
    let drug = entry("Eylea HD", "aflibercept", "61755-0050-01", "8 mg");
    let codes = ("J3590", Some("C9161"));
    let mut finding = finding(AlertKind::InterimCode, 4, drug, codes, "2023-07-01", "1 mg");
    finding.descriptor = Some("Injection, aflibercept hd, 1 mg".to_owned());
    finding.reason = "C9161 was published with effective date 2023-07-01.".to_owned();
    finding.evidence = vec![evidence(1203, "aflibercept hd")];
    (finding, Some(limit("2023Q3", None)))
}

fn zymfentra() -> (Finding, Option<QuarterLimit>) {
    let drug = entry("Zymfentra", "infliximab-dyyb", "72606-0025-01", "120 mg");
    let mut finding = finding(AlertKind::MatchNeedsReview, 5, drug, ("J3590", None), "", "");
    finding.billing_unit = None;
    finding.decision = Decision::Review;
    finding.match_kind = None;
    finding.reason = "Two codes name infliximab-dyyb and the drug list gives no route.".to_owned();
    let candidate = |code: &str, descriptor: &str, valid_from: &str, open_question: &str| Candidate {
        code: code.parse().unwrap(),
        valid_from: valid_from.parse().unwrap(),
        descriptor: descriptor.to_owned(),
        open_question: open_question.to_owned(),
    };
    finding.candidates = vec![
        candidate(
            "Q5103",
            "Injection, infliximab-dyyb, biosimilar, (inflectra), 10 mg",
            "2018-04-01",
            "The descriptor names another brand, Inflectra. Is the box Inflectra?",
        ),
        candidate(
            "J1748",
            "Injection, infliximab-dyyb (zymfentra), 10 mg",
            "2023-07-01",
            "The descriptor names the brand but no route. Is it given under the skin?",
        ),
    ];
    finding.evidence = vec![evidence(7001, "q5103"), evidence(7100, "j1748")];
    (finding, None)
}

//! What the report says, and that it says of an earlier day what it said on that day.

use crate::practice::{Practice, day};
use hcpcs_watch::domain::source::{Sha256, Source};
use hcpcs_watch::fetch::RawArchive;
use hcpcs_watch::pipeline;
use hcpcs_watch::report::audit::{Audit, AuditFormat, DrugAudit, Role, State};
use std::io::{Cursor, Read};
use std::path::Path;

/// The report without what belongs to its making.
fn substance(audit: &Audit) -> serde_json::Value {
    let mut value = serde_json::to_value(audit).unwrap();
    for made in ["made_on", "made_at", "event_head"] {
        value.as_object_mut().unwrap().remove(made).unwrap();
    }
    value
}

fn drug<'a>(audit: &'a Audit, name: &str) -> &'a DrugAudit {
    audit.drugs.iter().find(|drug| drug.name == name).unwrap()
}

#[test]
fn a_report_as_of_a_day_says_what_the_report_of_that_day_said() {
    let mut practice = Practice::new();
    let mut then = Vec::new();
    let mut number = 0;
    practice.live(|practice, today| {
        number += 1;
        match number {
            4 => practice.acknowledge(today, 1, "Pat"),
            6 => practice.list(today, |list| {
                list.remove(0);
                list[0].dose = "350 mg".parse().ok();
                list[0].ndcs.clear();
            }),
            9 => {
                let moment = practice.moment(today);
                let audit = practice.audit(today, today);
                pipeline::note_report(
                    &mut practice.store(today),
                    moment,
                    &audit,
                    AuditFormat::Html,
                    b"x",
                )
                .unwrap();
            }
            _ => {}
        }
        then.push((today, substance(&practice.audit(today, today))));
    });
    let now = then.last().unwrap().0;
    assert!(then.len() > 12);
    for (today, said) in then {
        pretty_equal(&said, &substance(&practice.audit(now, today)), &today.to_string());
    }
}

fn pretty_equal(one: &serde_json::Value, other: &serde_json::Value, context: &str) {
    let text = |value| serde_json::to_string_pretty(value).unwrap();
    let (one, other) = (text(one), text(other));
    for (line, (left, right)) in one.lines().zip(other.lines()).enumerate() {
        assert_eq!(left, right, "{context}, line {line}");
    }
    assert_eq!(one.len(), other.len(), "{context}");
}

#[test]
fn the_day_before_has_the_old_code_and_the_day_itself_the_new_one() {
    let mut practice = Practice::with_history();
    let today = day("2025-08-01");
    let audit = practice.audit(today, today);
    for (name, date, code) in [
        ("Briumvi", "2023-06-30", "J3590"),
        ("Briumvi", "2023-07-01", "J2329"),
        ("Leqembi", "2023-07-05", "J3590"),
        ("Leqembi", "2023-07-06", "J0174"),
        ("Bkemv", "2025-03-31", "Q5139"),
        ("Bkemv", "2025-04-01", "Q5152"),
        ("Soliris", "2025-03-31", "J1300"),
        ("Soliris", "2025-04-01", "J1299"),
        ("Eylea HD", "2024-03-31", "J3590"),
        ("Eylea HD", "2024-04-01", "J0177"),
    ] {
        let codes: Vec<String> = drug(&audit, name)
            .codes_on(day(date))
            .map(|span| span.code.to_string())
            .collect();
        assert_eq!(codes, [code], "{name} on {date}");
    }
    let briumvi = drug(&audit, "Briumvi");
    let own = briumvi.codes.iter().find(|span| span.role == Role::Own).unwrap();
    assert_eq!(
        (own.decided_by.as_str(), briumvi.state),
        ("rule", State::Permanent)
    );
    assert_eq!(own.evidence[0].source, Source::Hcpcs);
    assert!(own.evidence[0].text.contains("ublituximab"), "{own:?}");
    let quarters: Vec<String> = briumvi
        .limits
        .iter()
        .map(|line| line.quarter.to_string())
        .collect();
    assert_eq!(
        quarters.first().map(String::as_str),
        Some("2023Q3"),
        "{quarters:?}"
    );
}

#[test]
fn who_was_told_and_who_took_note_is_in_it() {
    let mut practice = Practice::with_history();
    let today = day("2025-08-01");
    practice.acknowledge(today, 1, "Pat");
    let audit = practice.audit(today, today);
    let first = &audit.alerts[0];
    let told: Vec<&str> = first.told.iter().map(|one| one.recipient.as_str()).collect();
    // Until somebody takes note, an open change is told again each week, to both.
    assert_eq!(told[..2], ["billing@example.org", "office@example.org"]);
    assert!(told.iter().all(|address| told[..2].contains(address)), "{told:?}");
    assert!(
        first
            .told
            .iter()
            .take(2)
            .all(|one| one.status == "sent" && one.settled_on == Some(first.raised_on))
    );
    assert_eq!(
        (first.acknowledged_by.as_deref(), first.acknowledged_on),
        (Some("Pat"), Some(today))
    );
    let before = practice.audit(today, day("2025-07-31"));
    assert_eq!(before.alerts[0].acknowledged_by, None);
}

#[test]
fn gaps_and_what_is_not_known_are_named() {
    let mut practice = Practice::with_history();
    let today = day("2025-12-01");
    let audit = practice.audit(today, today);
    let said = audit.undetermined.join("\n");
    assert!(said.contains("Dates of service before 2023-01-01"), "{said}");
    assert!(
        said.contains("2025Q4, in force on 2025-12-01, not held"),
        "{said}"
    );
    assert!(said.contains("FDA Purple Book: none is held"), "{said}");
    assert!(said.contains("Tecvayli: which code"), "{said}");
    assert_eq!(audit.open_reviews.len(), 1);
    let hcpcs = &audit.data[0];
    assert_eq!((hcpcs.source, hcpcs.gaps.as_slice()), (Source::Hcpcs, &[][..]));
}

#[test]
fn changes_are_those_since_the_last_report_kept_on_a_day_before() {
    let mut practice = Practice::with_history();
    let (first, second) = (day("2025-08-01"), day("2025-08-02"));
    let audit = practice.audit(first, first);
    assert_eq!(
        (audit.changes.since, audit.changes.entries.as_slice()),
        (None, &[][..])
    );
    let moment = practice.moment(first);
    pipeline::note_report(
        &mut practice.store(first),
        moment,
        &audit,
        AuditFormat::Html,
        b"x",
    )
    .unwrap();
    assert_eq!(
        practice.audit(first, first).changes.since,
        None,
        "reports of one day compare alike"
    );
    practice.acknowledge(second, 2, "Pat");
    let audit = practice.audit(second, second);
    assert_eq!(audit.changes.since, Some(first));
    let what: Vec<&str> = audit
        .changes
        .entries
        .iter()
        .map(|entry| entry.what.as_str())
        .collect();
    assert_eq!(what, ["alert 2 acknowledged by Pat"]);
}

#[test]
fn an_auditor_who_follows_the_evidence_finds_the_line_in_the_archive() {
    let mut practice = Practice::with_history();
    let today = day("2025-08-01");
    let audit = practice.audit(today, today);
    let archive = RawArchive::new(&practice.config.storage.archive);
    let mut followed = 0;
    for drug in &audit.drugs {
        for span in &drug.codes {
            for line in span.evidence.iter().filter(|line| {
                let name = Path::new(&*line.member);
                let is_text = name
                    .extension()
                    .is_some_and(|ending| ending.eq_ignore_ascii_case("txt"));
                line.source == Source::Hcpcs && is_text
            }) {
                let bytes = archive.read(line.sha256).unwrap();
                assert_eq!(Sha256::of(&bytes), line.sha256);
                let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
                let mut text = Vec::new();
                zip.by_name(&line.member).unwrap().read_to_end(&mut text).unwrap();
                let text = String::from_utf8_lossy(&text);
                let found = text.lines().nth(line.line as usize - 1).unwrap();
                assert!(found.starts_with(span.code.as_str()), "{line:?}: {found}");
                followed += 1;
            }
        }
    }
    assert!(followed >= 8, "{followed}");
}

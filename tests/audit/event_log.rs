//! The event log: what is in it, and that tampering shows.

use crate::practice::{Practice, day};
use hcpcs_watch::store::events::VerifyError;
use std::collections::BTreeSet;
use std::path::Path;

/// The log of a practice after two quarters' worth of work.
fn practice() -> Practice {
    let mut practice = Practice::with_history();
    practice.acknowledge(day("2025-08-01"), 1, "Pat");
    practice
}

fn tamper(practice: &Practice, sql: &str) {
    let raw = rusqlite::Connection::open(&practice.config.storage.database).unwrap();
    raw.execute_batch("DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete;")
        .unwrap();
    raw.execute_batch(sql).unwrap();
}

fn audit(practice: &Practice, arguments: &[&str]) -> (i32, String) {
    let output = assert_cmd::Command::cargo_bin("hcpcs-watch")
        .unwrap()
        .arg("--config")
        .arg(&practice.config.path)
        .arg("audit")
        .args(arguments)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), text)
}

#[test]
fn everything_that_was_done_is_in_the_log_with_who_and_when() {
    let practice = practice();
    let events = practice.store(day("2025-08-01")).events().unwrap();
    let kinds: BTreeSet<&str> = events.iter().map(|event| event.kind.as_str()).collect();
    let expected = [
        "alert-acknowledged",
        "alert-raised",
        "drug-added",
        "match-decided",
        "message-queued",
        "message-sent",
        "release-loaded",
        "run-finished",
    ];
    for kind in expected {
        assert!(kinds.contains(kind), "{kind} of {kinds:?}");
    }
    let who = |kind: &str| -> BTreeSet<&str> {
        let of_kind = events.iter().filter(|event| event.kind == kind);
        of_kind.map(|event| event.actor.as_str()).collect()
    };
    assert_eq!(who("alert-acknowledged"), BTreeSet::from(["Pat"]));
    assert_eq!(who("release-loaded"), BTreeSet::from(["command"]));
    assert_eq!(who("run-finished"), BTreeSet::from(["run"]));
    assert!(
        events
            .iter()
            .all(|event| event.day < day("2025-12-31") && event.at.to_string().starts_with("2026"))
    );
}

#[test]
fn the_first_run_of_a_day_is_logged_and_its_repetition_is_not() {
    let mut practice = practice();
    let today = day("2025-08-03");
    practice.run(today);
    let before = practice.store(today).events().unwrap();
    assert_eq!(before.last().unwrap().kind, "run-finished");
    practice.run(today);
    assert_eq!(practice.store(today).events().unwrap(), before);
    practice.run(day("2025-08-04"));
    assert_eq!(practice.store(today).events().unwrap().len(), before.len() + 1);
}

#[test]
fn what_was_changed_removed_put_in_or_reordered_is_found_and_named() {
    for (sql, broken) in [
        ("UPDATE event SET detail = '{}' WHERE id = 9", 9),
        ("UPDATE event SET day = '2020-01-01' WHERE id = 9", 9),
        ("UPDATE event SET at = 'yesterday' WHERE id = 9", 9),
        ("UPDATE event SET hash = 'x' || substr(hash, 2) WHERE id = 9", 9),
        ("DELETE FROM event WHERE id = 9", 10),
        ("DELETE FROM event WHERE id <= 9", 10),
        (
            "UPDATE event SET id = -1 WHERE id = 9; UPDATE event SET id = 9 WHERE id = 10; UPDATE event SET id = 10 WHERE id = -1",
            9,
        ),
        (
            "UPDATE event SET id = -id WHERE id > 9; UPDATE event SET id = 1 - id WHERE id < 0; \
             INSERT INTO event SELECT 10, at, day, actor, kind, 'drug 99', detail, previous_hash, hash FROM event WHERE id = 9",
            10,
        ),
    ] {
        let practice = practice();
        tamper(&practice, sql);
        let VerifyError::Broken(link) = practice.store(day("2025-08-01")).verify_events(None).unwrap_err()
        else {
            panic!("{sql}")
        };
        assert_eq!(link.id, broken, "{sql}");
        let (code, text) = audit(&practice, &["--verify"]);
        assert_eq!(code, 1, "{text}");
        assert!(
            text.contains(&format!("does not hold at entry {broken}:")),
            "{text}"
        );
    }
}

#[test]
fn a_log_cut_short_or_written_anew_is_found_with_an_anchor_kept_elsewhere() {
    let practice = practice();
    let (code, anchor) = audit(&practice, &["--anchor"]);
    assert_eq!(code, 0);
    let anchor = anchor.trim().to_owned();
    let against = |practice: &Practice, anchor: &str| audit(practice, &["--verify", "--against", anchor]);
    assert_eq!(against(&practice, &anchor).0, 0);
    let hash = anchor.split_once(':').unwrap().1;
    assert_eq!(against(&practice, hash).0, 0, "the hash alone will do");
    assert_eq!(against(&practice, "57").0, 2);
    // Cut short with SQLite's memory of it wiped: the chain holds, the anchor does not.
    tamper(
        &practice,
        "DELETE FROM event WHERE id > 20; UPDATE sqlite_sequence SET seq = 20 WHERE name = 'event'",
    );
    assert_eq!(audit(&practice, &["--verify"]).0, 0);
    let (code, text) = against(&practice, &anchor);
    assert_eq!(code, 1);
    assert!(text.contains("it ends with entry 20"), "{text}");
    // Another practice's log is as whole as can be, and another.
    let other = Practice::with_history();
    let (code, text) = against(&other, hash);
    assert_eq!(code, 1);
    assert!(text.contains("no entry has this hash"), "{text}");
}

#[test]
fn a_report_into_a_file_is_logged_and_one_to_look_at_is_not() {
    let practice = practice();
    let count = || practice.store(day("2025-08-01")).events().unwrap().len();
    let before = count();
    let (code, text) = audit(&practice, &["--today", "2025-08-01"]);
    assert_eq!((code, count()), (0, before), "{text}");
    let file = practice.folder.path().join("report.html");
    let (code, text) = audit(
        &practice,
        &["--today", "2025-08-01", "-o", &file.display().to_string()],
    );
    assert_eq!((code, count()), (0, before + 1), "{text}");
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .starts_with("<!DOCTYPE html>")
    );
    let (code, text) = audit(&practice, &["--today", "2025-08-01", "--as-of", "2025-08-02"]);
    assert_eq!(code, 2, "{text}");
    assert!(Path::new(&file).is_file());
}

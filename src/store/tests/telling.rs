use super::{change, code, date, dump, entry, fresh, load, now, record};
use crate::domain::alert::Attachment;
use crate::domain::alert::{AlertId, AlertKind, Candidate, Decision, DeliveryStatus, Finding};
use crate::store::alerts::AlertFilter;
use crate::store::alerts::read::STATES;
use crate::store::events::VerifyError;
use crate::store::matches::{MatchDecision, RULE, Recorded, StoredMatch};
use crate::store::outbox::read::{TOLD_NEWS, WAITING};
use crate::store::outbox::{MessageKind, MessageNumber, NewMessage};
use crate::store::status::OUTBOX_COUNTS;
use crate::store::{Store, StoreError};
use chrono::TimeDelta;
use serde_json::json;

const DAY: &str = "2023-06-20";

/// A store with one drug and one release.
fn prepared() -> (tempfile::TempDir, Store, Finding) {
    let (folder, mut store) = fresh();
    let loading = load(&mut store, "2023Q3", "A", &[record("J2329", "x", "2023-07-01")]);
    change(&mut store, |it| {
        it.add_drug(&entry("Briumvi"), date(DAY)).unwrap()
    });
    let finding = Finding {
        kind: AlertKind::PermanentCodeAnnounced,
        drug: store.drugs(true).unwrap().remove(0),
        from_code: code("J3590"),
        to_code: Some(code("J2329")),
        effective_date: Some(date("2023-07-01")),
        end_date: None,
        billing_unit: Some("1 mg".to_owned()),
        previous_billing_unit: None,
        descriptor: Some("Injection, ublituximab-xiiy, 1mg".to_owned()),
        decision: Decision::Confirmed,
        match_kind: Some("proper-name".to_owned()),
        candidates: Vec::new(),
        reason: "J2329 was published with effective date 2023-07-01".to_owned(),
        evidence: vec![
            loading
                .release()
                .evidence(8123, "Injection, ublituximab-xiiy, 1mg"),
        ],
    };
    (folder, store, finding)
}

/// The number of the alert that a finding is told as; what is given is what is read back.
fn raise(store: &mut Store, finding: &Finding) -> Option<AlertId> {
    let raised = change(store, |it| it.raise(finding.clone(), date(DAY)).unwrap())?;
    assert_eq!(store.alert(raised.id).unwrap().as_ref(), Some(&raised));
    Some(raised.id)
}

fn message(id: &str, recipient: &str, alerts: &[AlertId]) -> NewMessage {
    NewMessage {
        message_id: format!("<{id}@example.org>"),
        recipient: recipient.to_owned(),
        kind: MessageKind::Digest,
        day: date(DAY),
        subject: "Briumvi leaves J3590 for J2329 on July 1, 2023".to_owned(),
        thread: vec![
            "<drug.1@example.org>".to_owned(),
            "<drug.2@example.org>".to_owned(),
        ],
        text: "text".to_owned(),
        html: Some("<p>html</p>".to_owned()),
        alerts: alerts.to_vec(),
        still_open: Vec::new(),
        attachments: vec![Attachment {
            file_name: "crosswalk.csv".to_owned(),
            content_type: "text/csv".to_owned(),
            content: vec![0, 159, 146, 150],
        }],
    }
}

#[test]
fn news_is_told_once_for_a_drug_and_code_period() {
    let (_folder, mut store, finding) = prepared();
    let id = raise(&mut store, &finding).unwrap();
    let once = dump(&store);
    assert_eq!(raise(&mut store, &finding), None);
    let other_words = Finding {
        reason: "other words".to_owned(),
        ..finding.clone()
    };
    assert_eq!(raise(&mut store, &other_words), None);
    assert_eq!(dump(&store), once);
    assert_eq!(store.alert(id).unwrap().unwrap().finding, finding);

    let moved = Finding {
        effective_date: Some(date("2023-10-01")),
        ..finding.clone()
    };
    let in_force = Finding {
        kind: AlertKind::PermanentCodeEffective,
        ..finding.clone()
    };
    let ended = |day: &str| Finding {
        kind: AlertKind::CodeEnded,
        from_code: code("J2329"),
        to_code: None,
        end_date: Some(date(day)),
        ..finding.clone()
    };
    for news in [moved, in_force, ended("2024-03-31"), ended("2024-06-30")] {
        assert!(raise(&mut store, &news).is_some(), "{news:?}");
        assert!(raise(&mut store, &news).is_none(), "{news:?}");
    }
    assert_eq!(store.alerts(AlertFilter::default()).unwrap().len(), 5);
}

#[test]
fn a_review_is_told_once_for_a_set_of_candidates() {
    let (_folder, mut store, finding) = prepared();
    let candidate = |name: &str| Candidate {
        code: code(name),
        valid_from: date("2024-01-01"),
        descriptor: "Injection, infliximab-dyyb".to_owned(),
        open_question: "which route?".to_owned(),
    };
    let review = |names: &[&str]| Finding {
        kind: AlertKind::MatchNeedsReview,
        decision: Decision::Review,
        to_code: None,
        effective_date: None,
        match_kind: None,
        candidates: names.iter().map(|name| candidate(name)).collect(),
        ..finding.clone()
    };
    let asked = review(&["Q5103", "J1748"]);
    let id = raise(&mut store, &asked).unwrap();
    assert_eq!(store.alert(id).unwrap().unwrap().finding, asked);
    assert_eq!(raise(&mut store, &review(&["J1748", "Q5103"])), None);
    assert!(raise(&mut store, &review(&["Q5103"])).is_some());
}

#[test]
fn the_first_acknowledgement_stands() {
    let (_folder, mut store, finding) = prepared();
    let id = raise(&mut store, &finding).unwrap();
    let first = change(&mut store, |it| {
        it.acknowledge(id, "Ann", Some("codes loaded")).unwrap()
    });
    let second = change(&mut store, |it| it.acknowledge(id, "Bob", None).unwrap());
    assert_eq!((first.by.as_str(), &second), ("Ann", &first));
    let open = AlertFilter {
        open_only: true,
        ..AlertFilter::default()
    };
    assert_eq!(store.alerts(open).unwrap(), []);
    assert_eq!(store.alert(id).unwrap().unwrap().acknowledged, Some(first));
    let transaction = store.begin(now(), "Ann").unwrap();
    assert!(matches!(
        transaction.acknowledge(AlertId(99), "Ann", None),
        Err(StoreError::NoSuchAlert(_))
    ));
}

#[test]
fn a_message_waits_until_it_is_sent_or_refused() {
    let (_folder, mut store, finding) = prepared();
    let id = raise(&mut store, &finding).unwrap();
    let (ann, bob) = ("ann@example.org", "bob@example.org");
    assert_eq!(store.alerts_without_message(ann).unwrap(), [id]);
    let queue = |store: &mut Store, new: &NewMessage| change(store, |it| it.queue_message(new).unwrap());
    let first = queue(&mut store, &message("1", ann, &[id])).unwrap();
    let once = dump(&store);
    assert_eq!(queue(&mut store, &message("1", ann, &[id])), None);
    assert_eq!(dump(&store), once);
    let second = queue(&mut store, &message("2", bob, &[id])).unwrap();
    assert!(store.alerts_without_message(ann).unwrap().is_empty());
    let due = |store: &Store, hours| -> Vec<MessageNumber> {
        let at = now() + TimeDelta::hours(hours);
        store
            .due_messages(at)
            .unwrap()
            .iter()
            .map(|one| one.number)
            .collect()
    };
    assert_eq!(due(&store, 0), [first, second]);

    store
        .mark_transient(first, now(), "451 try later", now() + TimeDelta::hours(2))
        .unwrap();
    store.mark_failed(second, now(), "550 no such user").unwrap();
    assert!(due(&store, 1).is_empty());
    assert_eq!(due(&store, 2), [first]);
    let later = now() + TimeDelta::hours(2);
    store.mark_sent(first, later, Some("250 queued as 1")).unwrap();
    assert!(due(&store, 99).is_empty());
    let again = store.mark_sent(first, later, None).unwrap_err();
    assert!(matches!(again, StoreError::NotQueued(_)), "{again}");

    let sent = &store.messages().unwrap()[0];
    assert_eq!(
        (sent.attempts, sent.sent_at, &sent.last_error),
        (2, Some(later), &None)
    );
    assert_eq!(sent.message, message("1", ann, &[id]));
    let deliveries = store.alert(id).unwrap().unwrap().deliveries;
    let told: Vec<_> = deliveries
        .iter()
        .map(|one| (one.recipient.as_str(), one.status))
        .collect();
    assert_eq!(told, [(ann, DeliveryStatus::Sent), (bob, DeliveryStatus::Failed)]);
    let counts = store.status(0, "2023-06-20".parse().unwrap()).unwrap().outbox;
    assert_eq!((counts.queued, counts.sent, counts.failed), (0, 1, 1));
    store.verify_events(None).unwrap();
}

#[test]
fn an_address_is_refused_where_its_last_message_that_came_to_an_end_failed() {
    let (_folder, mut store, finding) = prepared();
    let id = raise(&mut store, &finding).unwrap();
    let mut number = 0;
    let mut queue = |store: &mut Store, recipient: &str| {
        number += 1;
        let new = message(&number.to_string(), recipient, &[id]);
        change(store, |it| it.queue_message(&new).unwrap()).unwrap()
    };
    let [back, gone, waiting] = ["back@example.org", "gone@example.org", "waiting@example.org"];
    let first = [back, gone, waiting].map(|recipient| queue(&mut store, recipient));
    let second = [back, gone, waiting].map(|recipient| queue(&mut store, recipient));
    store.mark_failed(first[0], now(), "550 full").unwrap();
    store.mark_sent(second[0], now(), None).unwrap();
    store.mark_failed(second[1], now(), "550 no such user").unwrap();
    store.mark_sent(first[1], now(), None).unwrap();
    store.mark_failed(first[2], now(), "550 moved").unwrap();
    let expected = [(gone, "550 no such user"), (waiting, "550 moved")];
    let refused = store.refused_recipients().unwrap();
    let refused: Vec<(&str, &str)> = refused
        .iter()
        .map(|(to, why)| (to.as_str(), why.as_str()))
        .collect();
    assert_eq!(refused, expected);
}

#[test]
fn what_became_of_messages_is_looked_up_without_reading_their_words() {
    let (_folder, store, _) = prepared();
    for (sql, index) in [
        (STATES, "COVERING INDEX message_state"),
        (OUTBOX_COUNTS, "COVERING INDEX message_state"),
        (TOLD_NEWS, "COVERING INDEX message_state"),
        (WAITING, "INDEX message_open"),
    ] {
        let mut explained = store
            .connection
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let mut rows = explained.raw_query();
        let plan: String = rows.next().unwrap().unwrap().get(3).unwrap();
        assert!(plan.contains(index), "{sql}: {plan}");
    }
}

#[test]
fn decisions_are_superseded_and_a_rule_does_not_overrule_a_person() {
    let (_folder, mut store, finding) = prepared();
    let by = |who: &str, decision| StoredMatch {
        drug: finding.drug.id,
        code: code("J2329"),
        valid_from: date("2023-07-01"),
        decision,
        match_kind: Some("proper-name".to_owned()),
        reason: "same proper name".to_owned(),
        evidence: finding.evidence.clone(),
        decided_on: date(DAY),
        decided_by: who.to_owned(),
        note: None,
    };
    let record = |store: &mut Store, one: &StoredMatch| change(store, |it| it.record_match(one).unwrap());
    let rule = by(RULE, MatchDecision::Review);
    assert_eq!(record(&mut store, &rule), Recorded::New);
    let once = dump(&store);
    let next_day = StoredMatch {
        decided_on: date("2023-06-21"),
        ..rule.clone()
    };
    assert_eq!(record(&mut store, &next_day), Recorded::Same);
    assert_eq!(dump(&store), once);
    let person = by("Ann", MatchDecision::Rejected);
    assert_eq!(record(&mut store, &person), Recorded::New);
    assert_eq!(
        record(&mut store, &by(RULE, MatchDecision::Confirmed)),
        Recorded::PersonDecided
    );
    assert_eq!(
        store.current_matches(finding.drug.id).unwrap(),
        std::slice::from_ref(&person)
    );
    assert_eq!(store.match_history(finding.drug.id).unwrap(), [rule, person]);
}

#[test]
fn what_was_told_cannot_be_rewritten() {
    let (_folder, mut store, finding) = prepared();
    let id = raise(&mut store, &finding).unwrap();
    change(&mut store, |it| {
        it.queue_message(&message("1", "ann@example.org", &[id])).unwrap();
        it.acknowledge(id, "Ann", None).unwrap();
    });
    for sql in [
        "UPDATE event SET actor = 'x'",
        "DELETE FROM event",
        "UPDATE alert SET reason = 'x'",
        "DELETE FROM alert",
        "UPDATE message SET text = 'x'",
        "DELETE FROM message",
        "UPDATE message_attachment SET content = x'00'",
        "DELETE FROM message_attachment",
        "UPDATE acknowledgement SET by = 'x'",
        "UPDATE release SET sha256 = origin",
        "DELETE FROM release",
        "UPDATE hcpcs_record SET coverage = 'x'",
        "DELETE FROM release_record",
    ] {
        let error = store.connection.execute(sql, []).unwrap_err().to_string();
        assert!(
            error.contains("append-only") || error.contains("never"),
            "{sql}: {error}"
        );
    }
}

/// A log of `count` entries.
fn logged(count: u8) -> (tempfile::TempDir, Store) {
    let (folder, mut store) = fresh();
    change(&mut store, |it| {
        for number in 0..count {
            it.append_event("test", "subject", &json!({ "number": number }))
                .unwrap();
        }
    });
    store.verify_events(None).unwrap();
    (folder, store)
}

#[test]
fn an_edit_behind_the_triggers_shows() {
    for (sql, broken_at) in [
        ("UPDATE event SET detail = '{}' WHERE id = 2", 2),
        ("UPDATE event SET actor = 'someone else' WHERE id = 1", 1),
        ("UPDATE event SET at = '2020-01-01T00:00:00.000Z' WHERE id = 4", 4),
        ("DELETE FROM event WHERE id = 2", 3),
        ("DELETE FROM event WHERE id = 1", 2),
        ("DELETE FROM event WHERE id = 4", 4),
        ("DELETE FROM event", 1),
        ("UPDATE event SET hash = previous_hash WHERE id = 3", 3),
    ] {
        let (_folder, store) = logged(4);
        let raw = rusqlite::Connection::open(store.path()).unwrap();
        raw.execute_batch("DROP TRIGGER event_no_update; DROP TRIGGER event_no_delete;")
            .unwrap();
        raw.execute_batch(sql).unwrap();
        match store.verify_events(None).unwrap_err() {
            VerifyError::Broken(link) => assert_eq!(link.id, broken_at, "{sql}"),
            error => panic!("{sql}: {error}"),
        }
    }
}

#[test]
fn a_run_is_noted_from_beginning_to_end() {
    let (_folder, mut store) = fresh();
    let before = dump(&store);
    let id = store.start_run(now(), date(DAY)).unwrap();
    assert_eq!(store.last_run().unwrap().unwrap().exit_code, None);
    store
        .finish_run(id, now() + TimeDelta::minutes(1), 5, &json!({ "loaded": 1 }))
        .unwrap();
    let run = store.last_run().unwrap().unwrap();
    assert_eq!((run.id, run.today, run.exit_code), (id, date(DAY), Some(5)));
    assert_eq!(run.summary.as_deref(), Some(r#"{"loaded":1}"#));
    assert_ne!(dump(&store), before);
    let events = store.events().unwrap();
    assert_eq!(events.last().unwrap().kind, "run-finished");
    // The same again is only another row of the table of runs; another outcome, or another day, is logged.
    let mut repeat = |day: &str, exit_code| {
        let id = store.start_run(now(), date(day)).unwrap();
        store
            .finish_run(id, now(), exit_code, &json!({ "loaded": 1 }))
            .unwrap();
        store.events().unwrap().len() - events.len()
    };
    assert_eq!(repeat(DAY, 5), 0);
    assert_eq!(repeat(DAY, 0), 1);
    assert_eq!(repeat("2023-06-21", 0), 2);
    assert_eq!(repeat("2023-06-21", 0), 2);
}

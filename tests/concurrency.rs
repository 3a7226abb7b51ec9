//! Several programs at one database at once: one run at a time, readers never held up, writers wait their turn or say
//! that they may not, and nothing is told twice.
#![cfg(test)]
#![cfg(unix)]

#[expect(dead_code, reason = "shared with the tests of the transport")]
#[path = "support/certificates.rs"]
mod certificates;
#[expect(dead_code, reason = "shared with the tests from end to end")]
#[path = "e2e/practice.rs"]
mod practice;
#[expect(dead_code, reason = "shared with the tests of the transport")]
#[path = "support/smtp_server.rs"]
mod smtp_server;

use hcpcs_watch::pipeline::RunLock;
use practice::{Ended, Mail, Practice, fixtures};
use rusqlite::{Connection, TransactionBehavior};
use smtp_server::{Script, Security, SmtpServer};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The day on which July is news.
const NEWS: &str = "2023-06-20";

/// A practice that was told of April, and for which July has just come.
fn with_news() -> Practice {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-04-02").with(0);
    practice.post_quarters(&["july-2023"]);
    practice
}

/// Every command at the same time, each a process of its own.
fn at_once(practice: &Practice, commands: &[Vec<String>]) -> Vec<Ended> {
    thread::scope(|scope| {
        let started: Vec<_> = commands
            .iter()
            .map(|command| {
                scope.spawn(|| {
                    let words: Vec<&str> = command.iter().map(String::as_str).collect();
                    practice.call(&words)
                })
            })
            .collect();
        started.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

fn words(command: &str) -> Vec<String> {
    command.split(' ').map(str::to_owned).collect()
}

/// What is told and sent: alert numbers, kinds and codes; subjects.
fn told(practice: &Practice) -> (Vec<String>, Vec<String>) {
    let line = |alert: &serde_json::Value| {
        format!(
            "{} {} {} {}",
            alert["id"], alert["kind"], alert["drug"]["brand"], alert["to_code"]
        )
    };
    let mut subjects: Vec<String> = practice.mails().into_iter().map(|mail| mail.subject).collect();
    subjects.sort();
    (practice.alerts().iter().map(line).collect(), subjects)
}

fn is_sound(practice: &Practice) {
    practice.call(&["audit", "--verify"]).with(0);
    let database = Connection::open(practice.path("hcpcs-watch.db")).unwrap();
    let found: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(found, "ok");
}

#[test]
fn runs_at_once_beside_readers_tell_what_one_run_tells() {
    let alone = with_news();
    let before = told(&alone).0;
    alone.run(NEWS).with(0);
    let expected = told(&alone);
    let run = format!("run --today {NEWS}");
    for _ in 0..3 {
        let practice = with_news();
        let mut commands = vec![
            words(&run),
            words(&run),
            words(&run),
            words("alerts list --format json"),
        ];
        let readers = [
            "code Briumvi --dos 2023-05-01",
            "status --today 2023-04-02",
            "audit --today 2023-04-02",
            "explain Briumvi",
            "releases list",
            "review list",
            "backup copy.db",
        ];
        commands.extend(readers.map(words));
        let ended = at_once(&practice, &commands);
        let codes: Vec<i32> = ended.iter().map(|one| one.code).collect();
        assert!(codes[..3].contains(&0), "{codes:?}");
        for one in &ended[..3] {
            assert!(one.code == 0 || one.code == 7, "{}", one.stderr);
        }
        for (command, one) in commands.iter().zip(&ended).skip(3) {
            assert_eq!(one.code, 0, "{command:?}: {}", one.stderr);
        }
        // A reader sees all of the news or none of it.
        let seen = ended[3].json().as_array().unwrap().len();
        assert!([before.len(), expected.0.len()].contains(&seen), "{seen}");
        assert_eq!(told(&practice), expected);
        is_sound(&practice);
        let copy = Connection::open(practice.path("copy.db")).unwrap();
        let alerts: u32 = copy
            .query_row("SELECT count(*) FROM alert", [], |row| row.get(0))
            .unwrap();
        let whole = [before.len(), expected.0.len()].map(|count| u32::try_from(count).unwrap());
        assert!(whole.contains(&alerts), "{alerts}");
    }
}

/// July taken out and put back, each as one change; what forbids it is for programs, not for a test.
const WITHOUT_JULY: &str = "BEGIN IMMEDIATE;
    UPDATE release SET source = 'noc' WHERE source = 'hcpcs' AND quarter = '2023Q3';
    UPDATE code_period SET code = 'X2329' WHERE code = 'J2329'; COMMIT";
const WITH_JULY: &str = "BEGIN IMMEDIATE;
    UPDATE release SET source = 'hcpcs' WHERE source = 'noc' AND quarter = '2023Q3';
    UPDATE code_period SET code = 'J2329' WHERE code = 'X2329'; COMMIT";

#[test]
fn a_code_is_told_of_one_state_of_the_database_while_others_commit() {
    let practice = with_news();
    practice.run(NEWS).with(0);
    practice.write("day.csv", "drug,dos\nBriumvi,2023-07-02\n");
    let open = || Connection::open(practice.path("hcpcs-watch.db")).unwrap();
    open().execute_batch("DROP TRIGGER release_no_update").unwrap();
    let stop = AtomicBool::new(false);
    let told = thread::scope(|scope| {
        scope.spawn(|| {
            let database = open();
            while !stop.load(Ordering::Relaxed) {
                database.execute_batch(WITHOUT_JULY).unwrap();
                database.execute_batch(WITH_JULY).unwrap();
            }
        });
        let ask = |arguments: &str| {
            let json = practice.call(&words(arguments).iter().map(String::as_str).collect::<Vec<_>>());
            let json = json.with(0).json();
            let answer = json.get(0).unwrap_or(&json).clone();
            format!("{} {}", answer["code"], answer["certainty"])
        };
        let asked = (0..30).flat_map(|_| {
            [
                ask("code Briumvi --dos 2023-07-02 --format json"),
                ask("code --list day.csv --format json"),
            ]
        });
        let told: BTreeSet<String> = asked.collect();
        stop.store(true, Ordering::Relaxed);
        told
    });
    let right = ["\"J2329\" \"known\"", "\"J3590\" \"not-yet-known\""];
    assert!(told.iter().all(|one| right.contains(&one.as_str())), "{told:?}");
}

#[test]
fn while_a_run_is_at_work_what_would_double_its_work_ends_with_7_and_the_rest_goes_on() {
    let practice = with_news();
    let july = practice::files_of("july-2023").remove(0);
    let before = practice.dump();
    let run = RunLock::take(&practice.path("hcpcs-watch.db")).unwrap();
    let import = format!("releases import cms/{july}");
    for command in [
        "run",
        "deliver",
        "releases fetch",
        "alerts resend 1",
        import.as_str(),
    ] {
        let ended = Practice::ended(practice.command(&[]).args(words(command))).with(7);
        assert!(
            ended.stderr.contains("another run holds") && ended.stderr.contains("wait for it to end"),
            "{command}: {}",
            ended.stderr
        );
    }
    assert_eq!(practice.dump(), before);
    for command in [
        "alerts list",
        "deliver --dry-run",
        "drugs list",
        "backup copy.db",
        "alerts ack 1 --by Ann",
        "drugs add --brand Imjudo --proper-name tremelimumab-actl --noc-code J9999",
        "payers pin Blue --drug Briumvi --code J3590 --until-review 2023-10-01 --reason x --source y --by Ann --today 2023-04-05",
    ] {
        Practice::ended(practice.command(&[]).args(words(command))).with(0);
    }
    drop(run);
    practice.run(NEWS).with(0);
    is_sound(&practice);
}

#[test]
fn lists_and_releases_are_imported_beside_a_delivery_or_refused_and_each_message_goes_once() {
    let server = SmtpServer::start(
        Security::Plain,
        Script::default().waiting(Duration::from_millis(700)),
    );
    let people = "recipients = [\"billing@example.org\", \"second@example.org\"]\n";
    let practice = with_news();
    let mail = format!(
        "host = \"localhost\"\nport = {}\ntls = \"none\"\n{people}",
        server.port()
    );
    practice.configure("cms", &mail);
    practice.call(&["releases", "fetch", "--today", NEWS]).with(0);
    practice.write(
        "more.csv",
        "brand,proper_name\nImjudo,tremelimumab-actl\nTzield,teplizumab-mzwv\n",
    );
    let price = fixtures().join("reposted/july-2023-asp-pricing-file.zip");
    thread::scope(|scope| {
        let delivery = scope.spawn(|| practice.call(&["deliver"]));
        let start = Instant::now();
        while server.connections() == 0 {
            assert!(
                start.elapsed() < Duration::from_secs(30),
                "the delivery never began"
            );
            thread::sleep(Duration::from_millis(5));
        }
        practice.call(&["drugs", "import", "more.csv"]).with(0);
        practice
            .call(&["releases", "import", &price.display().to_string()])
            .with(7);
        practice.call(&["deliver"]).with(7);
        assert!(
            !delivery.is_finished(),
            "the delivery was to last longer than what is done beside it"
        );
        delivery.join().unwrap().with(0);
    });
    let received = server.received();
    let recipients: BTreeSet<&String> = received.iter().flat_map(|one| &one.to).collect();
    assert_eq!((received.len(), recipients.len()), (2, 2));
    practice
        .call(&["releases", "import", &price.display().to_string()])
        .with(0);
    let listed = practice
        .call(&["drugs", "list", "--format", "csv"])
        .with(0)
        .stdout;
    assert_eq!(listed.matches("tremelimumab-actl").count(), 1, "{listed}");
    practice.call(&["deliver"]).with(0);
    // What the new drugs bring is news; what was sent before is not sent again.
    let ids = server
        .received()
        .iter()
        .map(|one| Mail::read(&one.bytes).id)
        .collect::<Vec<_>>();
    let distinct: BTreeSet<&String> = ids.iter().collect();
    assert_eq!((ids.len(), distinct.len()), (4, 4));
    is_sound(&practice);
}

#[test]
fn writers_at_once_on_a_database_that_is_not_there_yet_all_get_their_turn() {
    let practice = Practice::new();
    let brands: Vec<String> = (b'a'..=b'j')
        .map(|letter| format!("Drug{}", char::from(letter)))
        .collect();
    let adding: Vec<Vec<String>> = brands
        .iter()
        .map(|brand| words(&format!("drugs add --brand {brand}")))
        .collect();
    for ended in at_once(&practice, &adding) {
        ended.with(0);
    }
    let listed = practice
        .call(&["drugs", "list", "--format", "csv"])
        .with(0)
        .stdout;
    for brand in &brands {
        assert_eq!(listed.matches(brand.as_str()).count(), 1, "{listed}");
    }
    is_sound(&practice);
}

#[test]
fn a_database_that_another_program_holds_for_long_is_named_and_nothing_is_lost() {
    let practice = with_news();
    let before = practice.dump();
    let mut other = Connection::open(practice.path("hcpcs-watch.db")).unwrap();
    let change = other
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .unwrap();
    let commands = [
        words(&format!("run --today {NEWS}")),
        words("alerts ack 1 --by Ann"),
    ];
    for ended in at_once(&practice, &commands) {
        let ended = ended.with(7);
        assert!(
            ended.stderr.contains("hcpcs-watch.db")
                && ended
                    .stderr
                    .contains("another program is using it: wait until it is done"),
            "{}",
            ended.stderr
        );
    }
    // Readers are not held up by a writer.
    practice.call(&["alerts", "list"]).with(0);
    drop(change);
    drop(other);
    assert_eq!(practice.dump(), before);
    // Nor is a run by a reader that looks at the state before it.
    let reader = Connection::open(practice.path("hcpcs-watch.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM alert").unwrap();
    practice.run(NEWS).with(0);
    let held: i64 = reader
        .query_row(
            "SELECT count(*) FROM release WHERE quarter = '2023Q3'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(held, 0);
    drop(reader);
    assert!(practice.releases("hcpcs").contains(&"2023Q3 1".to_owned()));
    is_sound(&practice);
}

#[test]
fn a_program_that_keeps_even_readers_out_is_named() {
    let practice = with_news();
    let alone = Connection::open(practice.path("hcpcs-watch.db")).unwrap();
    alone
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")
        .unwrap();
    let ended = practice.call(&["backup", "copy.db"]).with(7);
    assert!(ended.stderr.contains("another program"), "{}", ended.stderr);
    drop(alone);
    practice.call(&["backup", "copy.db"]).with(0);
}

//! The real process killed at its system calls, and what the next run makes of it. `strace` injects the SIGKILL just
//! before the N-th call of a kind, so the product carries no fault points. A sample of the points is tried here;
//! `HCPCS_WATCH_KILL_POINTS=all cargo test --test crash` tries every one, a number tries so many.
#![cfg(test)]
#![cfg(target_os = "linux")]

#[expect(dead_code, reason = "shared with the tests of the transport")]
#[path = "support/certificates.rs"]
mod certificates;
#[expect(dead_code, reason = "shared with the tests from end to end")]
#[path = "e2e/practice.rs"]
mod practice;
#[expect(dead_code, reason = "shared with the tests of the transport")]
#[path = "support/smtp_server.rs"]
mod smtp_server;

use hcpcs_watch::domain::source::Sha256;
use hcpcs_watch::staged::PREFIX;
use practice::{BINARY, Ended, Practice, text};
use rusqlite::{Connection, OpenFlags};
use smtp_server::{Script, Security, SmtpServer};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Every call that changes a file, its name or its length, takes a lock, or speaks to the mail server.
const CALLS: &str = "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,ftruncate,\
                     mkdir,mkdirat,fcntl,flock,connect,sendto,recvfrom";

/// How many points are tried for each kind of delivery where nothing else is asked for.
const SAMPLE: usize = 20;

/// The run that is killed, and that is then started again.
const RUN: [&str; 3] = ["run", "--today", "2023-06-20"];

/// Where the process is killed: just before its `nth` system call of that name.
#[derive(Debug, Clone)]
struct KillPoint {
    call: String,
    nth: usize,
}

/// `RUN` under strace, with `injected` faults.
fn traced(practice: &Practice, log: &Path, injected: &[String]) -> std::process::ExitStatus {
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e"]).arg(format!("trace={CALLS}"));
    for fault in injected {
        command.args(["-e", fault]);
    }
    command.arg("-o").arg(log).arg(BINARY).args(RUN);
    let output = command
        .current_dir(practice.path(""))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output();
    output.unwrap().status
}

fn can_trace() -> bool {
    let tried = Command::new("strace")
        .args(["-qq", "-o", "/dev/null", "true"])
        .output();
    tried.is_ok_and(|output| output.status.success())
}

/// The points of a whole run: for each call the most often that one thread makes it, as strace counts by thread.
fn points(log: &Path) -> Vec<KillPoint> {
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for line in std::fs::read_to_string(log).unwrap().lines() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let Some((call, _)) = rest.trim().split_once('(') else {
            continue;
        };
        if CALLS.split(',').any(|known| known == call) {
            *counts.entry((call.to_owned(), thread.to_owned())).or_default() += 1;
        }
    }
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for ((call, _), count) in counts {
        let held = most.entry(call).or_default();
        *held = (*held).max(count);
    }
    let each = |(call, count): (String, usize)| {
        (1..=count).map(move |nth| KillPoint {
            call: call.clone(),
            nth,
        })
    };
    most.into_iter().flat_map(each).collect()
}

/// All of them where asked for, else so many, evenly spread.
fn chosen(points: &[KillPoint]) -> Vec<KillPoint> {
    let wanted = match std::env::var("HCPCS_WATCH_KILL_POINTS").as_deref() {
        Ok("all") => points.len(),
        Ok(number) => number.parse().unwrap(),
        Err(_) => SAMPLE,
    };
    let wanted = wanted.clamp(1, points.len());
    let total = points.len();
    (0..wanted)
        .map(|index| points[index * total / wanted].clone())
        .collect()
}

/// How mail leaves.
enum Delivery {
    Folder,
    Server(SmtpServer),
}

impl Delivery {
    fn table(&self) -> String {
        let people = "recipients = [\"billing@example.org\"]\noperator = \"it@example.org\"\n";
        match self {
            Self::Folder => format!("transport = \"file\"\n{people}"),
            Self::Server(server) => {
                format!(
                    "host = \"localhost\"\nport = {}\ntls = \"none\"\n{people}",
                    server.port()
                )
            }
        }
    }

    /// Message-ID and subject of each message that arrived here since `before` arrived.
    fn arrived(&self, practice: &Practice, before: usize) -> Vec<(String, String)> {
        let mails = match self {
            Self::Folder => practice.mails(),
            Self::Server(server) => {
                let received = server.received();
                received[before..]
                    .iter()
                    .map(|one| practice::Mail::read(&one.bytes))
                    .collect()
            }
        };
        mails.into_iter().map(|mail| (mail.id, mail.subject)).collect()
    }

    fn received(&self) -> usize {
        match self {
            Self::Folder => 0,
            Self::Server(server) => server.received().len(),
        }
    }
}

/// A practice that was told of April, and for which July has just come.
fn ready(delivery: &Delivery) -> Practice {
    let practice = Practice::new();
    practice.configure("cms", &delivery.table());
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-04-02").with(0);
    practice.post_quarters(&["july-2023"]);
    practice
}

/// A practice in the same state, copied.
fn copy_of(template: &Practice) -> Practice {
    let practice = Practice::new();
    copy(&template.path(""), &practice.path(""));
    practice
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// What is told and held, without times and numbers that a second try may change.
fn state(practice: &Practice) -> (Vec<String>, Vec<String>) {
    let alert = |alert: &serde_json::Value| {
        let fields = ["kind", "from_code", "to_code", "effective_date", "raised_on"];
        let words: Vec<&str> = fields.map(|field| text(alert, field)).to_vec();
        format!("{} {}", text(&alert["drug"], "brand"), words.join(" "))
    };
    let alerts = practice.alerts().iter().map(alert).collect();
    let sources = ["hcpcs", "asp-pricing", "ndc-crosswalk", "noc"];
    let releases = sources.iter().flat_map(|source| {
        let held = practice.releases(source);
        held.into_iter().map(move |release| format!("{source} {release}"))
    });
    (alerts, releases.collect())
}

fn column(practice: &Practice, sql: &str) -> Vec<String> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(practice.path("hcpcs-watch.db"), flags).unwrap();
    let mut statement = database.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, rusqlite::types::Value>(0));
    rows.unwrap()
        .map(|value| format!("{:?}", value.unwrap()))
        .collect()
}

/// What holds at every moment, also right after the process died.
fn assert_sound(practice: &Practice, at: &str) {
    assert_eq!(
        column(practice, "PRAGMA integrity_check"),
        ["Text(\"ok\")"],
        "{at}"
    );
    assert!(column(practice, "PRAGMA foreign_key_check").is_empty(), "{at}");
    assert!(
        column(practice, "SELECT message FROM refusal").is_empty(),
        "{at}: a good file was refused"
    );
    let verified: Ended = practice.call(&["audit", "--verify"]);
    assert_eq!(verified.code, 0, "{at}: {}", verified.stderr);
    assert_archive_holds(&practice.path("archive"), at);
    for mail in practice.mails() {
        assert!(!mail.text.is_empty(), "{at}: half a message: {}", mail.subject);
    }
}

/// Every name that is a hash names a file with that hash.
fn assert_archive_holds(folder: &Path, at: &str) {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    for path in entries {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            assert_archive_holds(&path, at);
        } else if !name.starts_with(PREFIX) {
            let found = Sha256::of(&std::fs::read(&path).unwrap()).to_string();
            assert_eq!(found, name, "{at}: {}", path.display());
        }
    }
}

/// The half files in a folder and those below it.
fn left_in_the_making(folder: &Path) -> Vec<PathBuf> {
    let mut left = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            left.extend(left_in_the_making(&entry.path()));
        } else if entry.file_name().to_string_lossy().starts_with(PREFIX) {
            left.push(entry.path());
        }
    }
    left
}

/// Lets the half files look two hours old; gives their number.
fn age_what_is_left(practice: &Practice) -> usize {
    let left = left_in_the_making(&practice.path(""));
    let then = SystemTime::now() - Duration::from_hours(2);
    for path in &left {
        let file = File::options().append(true).open(path).unwrap();
        file.set_modified(then).unwrap();
    }
    left.len()
}

fn survives(delivery: &Delivery) {
    if !can_trace() {
        eprintln!("skipped: strace is not there or may not trace");
        return;
    }
    let template = ready(delivery);
    let before = state(&template);
    let whole = copy_of(&template);
    let seen = delivery.received();
    let log = whole.path("trace.log");
    assert!(traced(&whole, &log, &[]).success());
    let after = state(&whole);
    assert_ne!(before, after, "the run that is to be killed has something to do");
    let expected: BTreeSet<String> = delivery
        .arrived(&whole, seen)
        .into_iter()
        .map(|(_, subject)| subject)
        .collect();
    let points = points(&log);
    let (total, chosen) = (points.len(), chosen(&points));
    let (mut killed, mut left_overs) = (0, 0);
    for point in &chosen {
        let at = format!("{point:?}");
        let practice = copy_of(&template);
        let seen = delivery.received();
        let fault = format!("inject={}:signal=KILL:when={}", point.call, point.nth);
        let ended = traced(&practice, &practice.path("trace.log"), &[fault]);
        killed += usize::from(ended.signal() == Some(9));
        assert_sound(&practice, &at);
        let left = state(&practice);
        assert!(
            left == before || left == after,
            "{at}: a half release or half the news: {left:#?}"
        );
        left_overs += age_what_is_left(&practice);
        practice.run(RUN[2]).with(0);
        assert_sound(&practice, &at);
        assert_eq!(
            left_in_the_making(&practice.path("")),
            Vec::<PathBuf>::new(),
            "{at}"
        );
        assert_eq!(state(&practice), after, "{at}");
        let arrived = delivery.arrived(&practice, seen);
        let subjects: BTreeSet<String> = arrived.iter().map(|(_, subject)| subject.clone()).collect();
        let missing: Vec<_> = expected.difference(&subjects).collect();
        assert!(missing.is_empty(), "{at}: never delivered: {missing:?}");
        // A message that comes twice carries one Message-ID: its reader's program can tell.
        let ids: BTreeSet<&str> = arrived.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids.len(), subjects.len(), "{at}: {arrived:?}");
        assert_eq!(
            column(&practice, "SELECT id FROM message WHERE status <> 'sent'"),
            Vec::<String>::new(),
            "{at}"
        );
    }
    eprintln!(
        "{killed} kills at {} of {total} points survived; they left {left_overs} half files, all gone after the next run",
        chosen.len()
    );
    assert!(
        killed * 10 >= chosen.len() * 9,
        "only {killed} of {} were killed",
        chosen.len()
    );
}

#[test]
fn a_run_killed_at_any_call_leaves_all_or_nothing_and_the_next_one_makes_up_for_it() {
    survives(&Delivery::Folder);
}

#[test]
fn a_run_killed_while_it_speaks_to_the_mail_server_sends_the_rest_with_the_next() {
    survives(&Delivery::Server(SmtpServer::start(
        Security::Plain,
        Script::default(),
    )));
}

//! Mail by way of a mail server: what arrives, what waits, what is refused for good, and who is told of it.

use crate::practice::{Ended, FILES, Mail, PASSWORD, Practice, text};
use crate::smtp_server::{Script, Security, SmtpServer};

/// A practice with news to tell and mail by way of `server` to two billers.
fn ready(server: &SmtpServer, more: &str) -> Practice {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023", "july-2023"]);
    mail_by(&practice, server, more);
    practice
}

fn mail_by(practice: &Practice, server: &SmtpServer, more: &str) {
    practice.configure(
        "cms",
        &format!(
            "host = \"localhost\"\nport = {}\n{more}\nrecipients = [\"billing@example.org\", \"office@example.org\"]\n\
             operator = \"it@example.org\"\n",
            server.port()
        ),
    );
}

const PLAIN: &str = "tls = \"none\"";

fn secured(server: &SmtpServer, tls: &str) -> String {
    format!(
        "tls = \"{tls}\"\nca_file = \"{}\"\nusername = \"alerts@example.org\"",
        server.ca_file().display()
    )
}

fn with_password(practice: &Practice, words: &[&str]) -> Ended {
    Practice::ended(practice.command(words).env(PASSWORD, "correct horse"))
}

fn to(server: &SmtpServer, address: &str) -> Vec<Mail> {
    let received = server.received();
    let own = received.iter().filter(|one| one.to == [address]);
    own.map(|one| Mail::read(&one.bytes)).collect()
}

const RUN: [&str; 3] = ["run", "--today", "2023-06-20"];

#[test]
fn mail_goes_out_encrypted_and_with_a_login() {
    for (security, tls) in [(Security::StartTls, "starttls"), (Security::Implicit, "implicit")] {
        let server = SmtpServer::start(
            security,
            Script::default().wanting_login("alerts@example.org", "correct horse"),
        );
        let practice = ready(&server, &secured(&server, tls));
        let ended = with_password(&practice, &RUN).with(0);
        assert!(
            !ended.stdout.contains("billing@example.org") && !ended.stderr.contains("correct horse"),
            "{}",
            ended.stdout
        );
        let received = server.received();
        assert_eq!(received.len(), 2, "{tls}");
        assert!(
            received
                .iter()
                .all(|one| one.encrypted && one.logged_in_as.as_deref() == Some("alerts@example.org"))
        );
        let (one, other) = (
            &to(&server, "billing@example.org")[0],
            &to(&server, "office@example.org")[0],
        );
        assert_ne!(one.id, other.id);
        assert_eq!(
            (&one.subject, &one.text, &one.html),
            (&other.subject, &other.text, &other.html)
        );
        with_password(&practice, &RUN).with(0);
        assert_eq!(server.received().len(), 2, "told once");
    }
}

#[test]
fn mail_that_a_server_puts_off_waits_and_goes_out_under_the_same_id_with_the_next_run() {
    let server = SmtpServer::start(
        Security::Plain,
        Script::default().answering("END", "451 4.3.0 try later"),
    );
    let practice = ready(&server, PLAIN);
    let ended = practice.call(&RUN).with(6);
    insta::assert_snapshot!("mail_put_off", practice.steady(&ended.errors()));
    assert_eq!(server.received().len(), 0);
    let status = practice.status("2023-06-20");
    assert!(status["outbox"]["queued"].as_u64() >= Some(2), "{status:#}");
    let queued = message_ids(&practice);
    server.follow(Script::default());
    practice.call(&["run", "--today", "2023-06-21"]).with(0);
    let (one, other) = (
        to(&server, "billing@example.org"),
        to(&server, "office@example.org"),
    );
    assert_eq!((one.len(), other.len()), (1, 1));
    for mail in one.iter().chain(&other) {
        assert!(
            queued.contains(&format!("<{}>", mail.id)),
            "{} {queued:?}",
            mail.id
        );
    }
    assert_eq!(practice.status("2023-06-21")["outbox"]["queued"], 0);
}

/// The Message-IDs of the outbox.
fn message_ids(practice: &Practice) -> Vec<String> {
    let database = rusqlite::Connection::open(practice.path("hcpcs-watch.db")).unwrap();
    let mut statement = database.prepare("SELECT message_id FROM message").unwrap();
    let ids = statement.query_map([], |row| row.get(0)).unwrap();
    ids.map(Result::unwrap).collect()
}

#[test]
fn deliver_sends_what_waits_without_looking_for_news() {
    let server = SmtpServer::start(
        Security::Plain,
        Script::default().answering("MAIL", "421 4.3.2 shutting down"),
    );
    let practice = ready(&server, PLAIN);
    practice.call(&RUN).with(6);
    server.follow(Script::default());
    practice.post_quarters(&["october-2023"]);
    let releases = practice.releases("hcpcs");
    let ended = practice.call(&["deliver", "--today", "2023-09-20"]).with(0);
    assert!(
        ended.stdout.contains("Mail sent to b***@example.org"),
        "{}",
        ended.stdout
    );
    assert_eq!(to(&server, "billing@example.org").len(), 1);
    assert_eq!(practice.releases("hcpcs"), releases);
    let ended = practice.call(&["deliver"]).with(0);
    assert_eq!(ended.stdout, "Mail: nothing to send\n");
}

#[test]
fn one_recipient_refused_for_good_is_told_and_the_other_gets_the_mail() {
    let script = Script::default().answering("RCPT office@example.org", "550 5.1.1 no such user");
    let server = SmtpServer::start(Security::Plain, script);
    let practice = ready(&server, PLAIN);
    let ended = practice.call(&RUN).with(6);
    insta::assert_snapshot!("recipient_refused", practice.steady(&ended.errors()));
    assert_eq!(to(&server, "billing@example.org").len(), 1);
    let told = to(&server, "it@example.org");
    insta::assert_snapshot!(
        "recipient_refused_operator",
        practice.steady(&format!(
            "{}

{}",
            told[0].subject, told[0].text
        ))
    );
    assert_eq!(practice.status("2023-06-20")["outbox"]["failed"], 1);
    let deliveries = practice.alerts()[0]["deliveries"].clone();
    let states: Vec<&str> = deliveries
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "status"))
        .collect();
    assert_eq!(states, ["sent", "failed"]);
    practice.call(&["run", "--today", "2023-06-21"]).with(0);
    assert_eq!(to(&server, "billing@example.org").len(), 1, "not sent again");
}

#[test]
fn an_operator_who_cannot_be_told_is_a_problem_too() {
    let script = Script::default().answering("RCPT it@example.org", "550 5.1.1 no such user");
    let server = SmtpServer::start(Security::Plain, script);
    let practice = Practice::new();
    mail_by(&practice, &server, PLAIN);
    let ended = practice.run("2023-07-01").with(6);
    let errors = ended.errors();
    assert!(
        errors.contains("refused the recipient i***@example.org") && errors.contains("(exit code 8)"),
        "{errors}"
    );
}

#[test]
fn a_password_that_is_not_there_or_wrong_is_told_and_the_mail_waits() {
    let login = || Script::default().wanting_login("alerts@example.org", "correct horse");
    let server = SmtpServer::start(Security::StartTls, login());
    let practice = ready(&server, &secured(&server, "starttls"));
    let ended = practice.call(&RUN).with(6);
    insta::assert_snapshot!("password_missing", practice.steady(&ended.errors()));
    let wrong = Practice::ended(practice.command(&RUN).env(PASSWORD, "hunter2")).with(6);
    assert!(!wrong.stderr.contains("hunter2"), "{}", wrong.stderr);
    insta::assert_snapshot!("password_wrong", practice.steady(&wrong.errors()));
    with_password(&practice, &RUN).with(0);
    assert_eq!(to(&server, "billing@example.org").len(), 1);
}

#[test]
fn a_mail_server_that_is_not_there_is_told_and_the_mail_waits() {
    let practice = {
        let server = SmtpServer::start(Security::Plain, Script::default());
        ready(&server, PLAIN)
    };
    let ended = practice.call(&RUN).with(6);
    insta::assert_snapshot!("mail_server_gone", practice.steady(&ended.errors()));
    let server = SmtpServer::start(Security::Plain, Script::default());
    mail_by(&practice, &server, PLAIN);
    practice.call(&["deliver"]).with(0);
    assert_eq!(to(&server, "billing@example.org").len(), 1);
}

#[test]
fn the_operator_hears_of_an_overdue_quarter_once_a_day_and_the_billers_do_not() {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-06-30").with(0);
    let before = practice.mails();
    let ended = practice.run("2023-07-01").with(8);
    insta::assert_snapshot!("overdue", practice.steady(&ended.errors()));
    practice.run("2023-07-01").with(8);
    let mails = practice.mails();
    assert_eq!(mails.len(), before.len() + 1);
    let told = mails.iter().find(|mail| mail.to == "it@example.org").unwrap();
    insta::assert_snapshot!("overdue_operator", format!("{}\n\n{}", told.subject, told.text));
    let status = practice.call(&["status", "--today", "2023-07-01"]).with(8);
    assert!(
        status
            .stdout
            .contains("Next HCPCS quarterly file: 2023Q3 OVERDUE since 2023-07-01"),
        "{}",
        status.stdout
    );
    practice.post_quarters(&["july-2023"]);
    practice.run("2023-07-02").with(0);
}

#[test]
fn an_alert_is_sent_again_and_acknowledged_once() {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023", "july-2023"]);
    practice.run("2023-06-20").with(0);
    let first = practice.mails();
    let ended = practice
        .call(&["alerts", "resend", "1", "--today", "2023-06-21"])
        .with(0);
    assert!(
        ended.stdout.starts_with("Mail sent to b***@example.org"),
        "{}",
        ended.stdout
    );
    let mails = practice.mails();
    assert_eq!(mails.len(), first.len() + 1);
    let again = mails.iter().find(|mail| !first.contains(mail)).unwrap();
    assert_ne!(again.id, first[0].id);
    assert_eq!(again.subject, "Briumvi leaves J3590 for J2329 on July 1, 2023");
    let ack = |by: &str| practice.call(&["alerts", "ack", "1", "--by", by, "--note", "loaded in the system"]);
    assert!(
        ack("Pat Smith")
            .with(0)
            .stdout
            .contains("Alert 1 is acknowledged by Pat Smith")
    );
    let second = ack("Kim Jones").with(0).stdout;
    assert!(second.contains("acknowledged before, by Pat Smith"), "{second}");
    let alert = practice.alerts()[0].clone();
    assert_eq!(alert["acknowledged"]["by"], "Pat Smith");
    assert_eq!(alert["acknowledged"]["note"], "loaded in the system");
    let open = practice
        .call(&["alerts", "list", "--open", "--format", "json"])
        .with(0)
        .json();
    assert_eq!(open.as_array().unwrap().len(), 7);
    for words in [
        &["alerts", "ack", "99", "--by", "Pat"][..],
        &["alerts", "resend", "99"],
    ] {
        let ended = practice.call(words);
        assert!(
            ended.code != 0 && ended.stderr.contains("99") && ended.stderr.contains("alerts list"),
            "{}",
            ended.stderr
        );
    }
    practice.run("2023-06-22").with(0);
    assert_eq!(practice.mails().len(), first.len() + 1);
}

#[test]
fn without_mail_nothing_is_queued_and_the_run_is_well() {
    let practice = Practice::new();
    practice.configure("cms", "transport = \"none\"\n");
    practice.post_quarters(&["april-2023", "july-2023"]);
    practice.run("2023-06-20").with(0);
    assert_eq!(practice.alerts().len(), 8);
    practice.configure("cms", FILES);
    practice.run("2023-06-20").with(0);
}

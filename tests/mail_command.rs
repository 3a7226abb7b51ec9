//! `mail test` and `deliver --dry-run` through the real binary.
#![cfg(test)]

#[path = "support/certificates.rs"]
mod certificates;
#[path = "support/smtp_server.rs"]
#[expect(dead_code, reason = "these tests use a part of the server")]
mod smtp_server;

use assert_cmd::Command;
use certificates::Certificate;
use smtp_server::{Script, Security, SmtpServer};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// A configuration in `folder` with these lines in its `[mail]` table.
fn configure(folder: &Path, mail: &str) {
    let text = format!(
        "[practice]\nname = \"Example\"\ndrug_list = \"drugs.csv\"\n[source]\nlocation = {:?}\n[mail]\n\
         from = \"Watch <alerts@example.org>\"\nrecipients = [\"billing@example.org\"]\n{mail}\n",
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cms")
    );
    fs::write(folder.join("hcpcs-watch.toml"), text).unwrap();
    fs::write(
        folder.join("drugs.csv"),
        "brand,proper_name\nBriumvi,ublituximab-xiiy\n",
    )
    .unwrap();
}

/// Runs the program in `folder`: exit code, stdout and stderr.
fn run(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("hcpcs-watch")
        .unwrap()
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn to(server: &SmtpServer, tls: &str) -> String {
    let ca_file = server.ca_file();
    format!(
        "host = \"localhost\"\nport = {}\ntls = \"{tls}\"\nca_file = {ca_file:?}",
        server.port()
    )
}

#[test]
fn a_test_message_goes_to_each_address_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = SmtpServer::start(Security::StartTls, Script::default());
    let more = "operator = \"it@example.org\"\nescalate_to = [\"lead@example.org\", \"it@example.org\"]";
    configure(folder.path(), &format!("{}\n{more}", to(&server, "starttls")));
    let (code, out, err) = run(folder.path(), &["mail", "test"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(out.matches("taken by the server").count(), 3, "{out}");
    let to: Vec<String> = server.received().into_iter().flat_map(|one| one.to).collect();
    assert_eq!(to, ["billing@example.org", "lead@example.org", "it@example.org"]);
    let (_, out, _) = run(folder.path(), &["mail", "test", "--to", "new@example.org"]);
    assert!(out.starts_with("new@example.org: taken"), "{out}");
    assert!(
        !folder.path().join("hcpcs-watch.db").exists(),
        "a test leaves nothing in the outbox"
    );
}

#[test]
fn each_failure_is_explained() {
    let folder = tempfile::tempdir().unwrap();
    let plain = |script| SmtpServer::start(Security::Plain, script);
    let refusing = plain(Script::default().answering("RCPT", "550 5.1.1 no such user"));
    let deferring = plain(Script::default().answering("RCPT", "451 4.7.1 greylisted"));
    let stranger = SmtpServer::start_with(Security::StartTls, Certificate::Untrusted, Script::default());
    let other_name = SmtpServer::start_with(Security::StartTls, Certificate::OtherName, Script::default());
    let wanting = SmtpServer::start(
        Security::StartTls,
        Script::default().wanting_login("alerts", "right"),
    );
    let gone = "host = \"localhost\"
port = 1
tls = \"none\""
        .to_owned();
    fs::write(folder.path().join("password"), "wrong\n").unwrap();
    fs::set_permissions(folder.path().join("password"), fs::Permissions::from_mode(0o600)).unwrap();
    let login = "username = \"alerts\"\npassword_file = \"password\"";
    for (mail, words) in [
        ("host = \"no-such-host.invalid\"".to_owned(), "was not found"),
        (gone, "connecting to the mail server"),
        (to(&refusing, "starttls"), "offers no STARTTLS"),
        (to(&stranger, "starttls"), "signed by nobody this machine trusts"),
        (to(&other_name, "starttls"), "is for another name"),
        (
            format!("{}\n{login}", to(&wanting, "starttls")),
            "refused the name or password",
        ),
        (to(&refusing, "none"), "refused the recipient"),
        (to(&deferring, "none"), "greylisted"),
    ] {
        configure(folder.path(), &mail);
        let (code, out, err) = run(folder.path(), &["mail", "test"]);
        assert_eq!(code, 6, "{mail}: {out}{err}");
        assert!(err.contains(words), "{words}: {err}");
        assert!(!err.contains("wrong"), "{err}");
    }
    fs::set_permissions(folder.path().join("password"), fs::Permissions::from_mode(0o644)).unwrap();
    configure(folder.path(), &format!("{}\n{login}", to(&wanting, "starttls")));
    let (code, _, err) = run(folder.path(), &["mail", "test"]);
    assert!(code != 0 && err.contains("chmod 600"), "{err}");
    let (code, out, _) = run(folder.path(), &["config", "check"]);
    assert!(code == 0 && out.contains("chmod 600"), "{out}");
    let (_, out, _) = run(folder.path(), &["config", "show"]);
    assert!(out.contains("password_file") && !out.contains("wrong"), "{out}");
}

#[test]
fn a_dry_run_shows_what_waits_and_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = SmtpServer::start(
        Security::Plain,
        Script::default().answering("GREETING", "421 4.3.2 later"),
    );
    configure(folder.path(), &to(&server, "none"));
    let (code, _, _) = run(folder.path(), &["--today", "2023-06-20", "run"]);
    assert_eq!(code, 6);
    server.follow(Script::default());
    let connections = server.connections();
    for _ in 0..2 {
        let (code, out, err) = run(folder.path(), &["deliver", "--dry-run"]);
        assert_eq!((code, err.as_str()), (0, ""));
        for words in [
            "1 message would go to the mail server localhost",
            "Nothing was sent.",
            "To: billing@example.org\n",
            "Subject: Briumvi leaves J3590 for J2329 on July 1, 2023\n",
            "Attached: effective-dates.ics",
            "Attempts: 1, the last: ",
            "What to do",
        ] {
            assert!(out.contains(words), "{words}: {out}");
        }
    }
    assert_eq!((server.connections(), server.received().len()), (connections, 0));
    assert_eq!(run(folder.path(), &["deliver"]).0, 0);
    assert_eq!(server.received().len(), 1);
    let (_, out, _) = run(folder.path(), &["deliver", "--dry-run"]);
    assert!(out.contains("nothing waits"), "{out}");
}

#[test]
fn several_alerts_are_acknowledged_at_once() {
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), "transport = \"file\"");
    run(folder.path(), &["--today", "2023-06-20", "run"]);
    run(folder.path(), &["--today", "2023-07-01", "run"]);
    let (code, out, err) = run(folder.path(), &["alerts", "ack", "1", "2", "--by", "Ann"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(out.matches("is acknowledged by Ann").count(), 2, "{out}");
    let (code, _, err) = run(folder.path(), &["alerts", "ack", "2", "99", "--by", "Bob"]);
    assert!(code != 0 && err.contains("99"), "{err}");
}

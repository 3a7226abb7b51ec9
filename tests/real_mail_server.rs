//! The transport against a real Postfix with STARTTLS, implicit TLS and AUTH. Runs where `HCPCS_WATCH_REAL_SMTP`
//! names the folder of a running server (STARTTLS on port 2525, TLS on 2465, user `watch`, its mailbox in
//! `box/all/new`, its authority in `ca.pem`) and `HCPCS_WATCH_SMTP_PASSWORD` its password.

#![cfg(test)]

use hcpcs_watch::alerts::digest::Rendered;
use hcpcs_watch::config::{Credentials, Smtp, Tls};
use hcpcs_watch::mail::{MailTransport, Outgoing, SendOutcome, SmtpTransport};
use mail_parser::MessageParser;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn smtp(server: &Path, port: u16, tls: Tls) -> Smtp {
    Smtp {
        host: "localhost".to_owned(),
        port,
        tls,
        credentials: Some(Credentials {
            username: "watch".to_owned(),
            password_env: "HCPCS_WATCH_SMTP_PASSWORD".to_owned(),
            password_file: None,
        }),
        ca_file: Some(server.join("ca.pem")),
    }
}

fn message(id: &str, to: &str) -> Outgoing {
    Outgoing {
        message_id: format!("<{id}@example.test>"),
        reply_to: None,
        references: Vec::new(),
        attachments: Vec::new(),
        from: "HCPCS Watch <alerts@example.test>".parse().unwrap(),
        to: to.parse().unwrap(),
        date: "2023-06-20T12:00:00Z".parse().unwrap(),
        rendered: Rendered {
            subject: "Briumvi leaves J3590 for J2329 on July 1, 2023".to_owned(),
            text: "One line\n.\nFrom the end: ü\n".to_owned(),
            html: Some("<p>One line</p>".to_owned()),
        },
    }
}

/// The delivered message with this Message-ID, waited for up to ten seconds.
fn delivered(server: &Path, id: &str) -> Vec<u8> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        let mailbox = std::fs::read_dir(server.join("box/all/new"))
            .into_iter()
            .flatten()
            .flatten();
        for file in mailbox {
            let bytes = std::fs::read(file.path()).unwrap();
            if String::from_utf8_lossy(&bytes).contains(id) {
                return bytes;
            }
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{id} did not arrive");
}

#[test]
fn a_real_server_takes_and_delivers_messages() {
    let Some(server) = std::env::var_os("HCPCS_WATCH_REAL_SMTP").map(PathBuf::from) else {
        eprintln!("skipped: HCPCS_WATCH_REAL_SMTP names no running mail server");
        return;
    };
    for (port, tls) in [(2525, Tls::StartTls), (2465, Tls::Implicit)] {
        let id = format!("{port}.{}", std::process::id());
        let transport = SmtpTransport::from_config(&smtp(&server, port, tls)).unwrap();
        let sent = message(&id, "Billing <billing@example.test>");
        assert_eq!(transport.send(&sent), SendOutcome::Sent { file: None });
        let bytes = delivered(&server, &id);
        let read = MessageParser::default().parse(&bytes).unwrap();
        assert_eq!(read.subject(), Some(sent.rendered.subject.as_str()));
        assert_eq!(
            read.body_text(0).unwrap().replace("\r\n", "\n"),
            sent.rendered.text
        );
        let refused = transport.send(&message("refused", "someone@elsewhere.test"));
        assert!(matches!(&refused, SendOutcome::Permanent(_)), "{refused:?}");
        eprintln!("{refused:?}");
    }
    let mut wrong = smtp(&server, 2525, Tls::StartTls);
    if let Some(credentials) = &mut wrong.credentials {
        credentials.password_env = "CARGO_PKG_NAME".to_owned();
    }
    let refused = SmtpTransport::from_config(&wrong)
        .unwrap()
        .send(&message("login", "billing@example.test"));
    assert!(
        matches!(&refused, SendOutcome::Transient(reason) if reason.contains("refused the name or password")),
        "{refused:?}"
    );
    eprintln!("{refused:?}");
}

/// The program itself, from the drug list to the mailbox: what lies there is read by Python's own mail parser.
#[test]
fn the_program_sends_a_digest_that_arrives_whole() {
    let Some(server) = std::env::var_os("HCPCS_WATCH_REAL_SMTP").map(PathBuf::from) else {
        eprintln!("skipped: HCPCS_WATCH_REAL_SMTP names no running mail server");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(
        project.join("fixtures/drug_lists/example.csv"),
        folder.path().join("drugs.csv"),
    )
    .unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, std::env::var("HCPCS_WATCH_SMTP_PASSWORD").unwrap()).unwrap();
    set_owner_only(&password);
    let recipient = format!("run{}@example.test", std::process::id());
    let config = folder.path().join("hcpcs-watch.toml");
    let text = format!(
        "[practice]\nname = \"Büro & Söhne\"\ndrug_list = \"drugs.csv\"\n[source]\nlocation = {:?}\n[mail]\n\
         host = \"localhost\"\nport = 2525\nusername = \"watch\"\npassword_file = \"password\"\nca_file = {:?}\n\
         from = \"HCPCS Watch <alerts@example.test>\"\nreply_to = \"lead@example.test\"\nrecipients = [{recipient:?}]\n",
        project.join("fixtures/cms"),
        server.join("ca.pem"),
    );
    std::fs::write(&config, text).unwrap();
    let run = |arguments: &[&str]| {
        assert_cmd::Command::cargo_bin("hcpcs-watch")
            .unwrap()
            .arg("--config")
            .arg(&config)
            .args(arguments)
            .assert()
            .success();
    };
    run(&["mail", "test"]);
    run(&["--today", "2023-06-20", "run"]);
    let bytes = delivered_to(&server, &recipient, "multipart/mixed");
    let file = folder.path().join("delivered.eml");
    std::fs::write(&file, bytes).unwrap();
    let output = std::process::Command::new("python3")
        .arg(project.join("tests/support/read_mail.py"))
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let read: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read["defects"], serde_json::json!([]));
    assert_eq!(read["auto_submitted"], "auto-generated");
    assert_eq!(read["reply_to"], "lead@example.test");
    assert_eq!(
        read["files"],
        serde_json::json!(["crosswalk.csv", "crosswalk.xlsx", "effective-dates.ics"])
    );
    for words in ["Büro & Söhne", "J2329", "Briumvi"] {
        assert!(read["text"].as_str().unwrap().contains(words), "{read}");
    }
    assert!(
        read["html"].as_str().unwrap().contains("Büro &#38; Söhne"),
        "{read}"
    );
    assert!(read["calendar"].as_str().unwrap().starts_with("BEGIN:VCALENDAR"));
    assert_eq!(read["workbook"], "Briumvi in xl/sharedStrings.xml");
}

fn set_owner_only(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// The delivered message to an address that holds `words`, waited for up to ten seconds.
fn delivered_to(server: &Path, recipient: &str, words: &str) -> Vec<u8> {
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        let mailbox = std::fs::read_dir(server.join("box/all/new"));
        for file in mailbox.into_iter().flatten().flatten() {
            let bytes = std::fs::read(file.path()).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            if text.contains(&format!("To: {recipient}")) && text.contains(words) {
                return bytes;
            }
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("nothing arrived for {recipient}");
}

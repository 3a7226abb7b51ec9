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

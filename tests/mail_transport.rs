//! The mail transport against a server that does everything a server can do wrong.

#![cfg(test)]

#[path = "support/certificates.rs"]
mod certificates;
#[path = "support/smtp_server.rs"]
mod smtp_server;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use certificates::Certificate;
use hcpcs_watch::alerts::digest::Rendered;
use hcpcs_watch::config::{Credentials, Mail, Pace, Smtp, Tls, Transport};
use hcpcs_watch::mail::{MailError, MailTransport, Outgoing, SendOutcome, SmtpTransport, transport};
use mail_parser::MessageParser;
use smtp_server::{Script, Security, SmtpServer};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A variable that cargo sets for every test: the environment of a running test cannot be changed safely.
const PASSWORD_VARIABLE: &str = "CARGO_MANIFEST_DIR";

const PACE: Pace = Pace {
    repeat_every_days: 7,
    escalate_after_days: 14,
    quiet_quarter_mail: true,
    give_up_after_days: 5,
};

fn password() -> String {
    std::env::var(PASSWORD_VARIABLE).unwrap()
}

fn message() -> Outgoing {
    Outgoing {
        message_id: "<7.1@example.org>".to_owned(),
        reply_to: None,
        references: Vec::new(),
        attachments: Vec::new(),
        from: "HCPCS Watch <alerts@example.org>".parse().unwrap(),
        to: "Billing <billing.office@example.org>".parse().unwrap(),
        date: "2023-06-20T12:00:00Z".parse().unwrap(),
        rendered: Rendered {
            subject: "Briumvi leaves J3590 for J2329 on July 1, 2023".to_owned(),
            text: "Line one\n.\n..dots\nEnde: ü\n".to_owned(),
            html: Some("<p>Line one</p>\n".to_owned()),
        },
    }
}

fn smtp(server: &SmtpServer, tls: Tls) -> Smtp {
    Smtp {
        host: "localhost".to_owned(),
        port: server.port(),
        tls,
        credentials: None,
        ca_file: (tls != Tls::None).then(|| server.ca_file()),
    }
}

fn with_login(mut smtp: Smtp) -> Smtp {
    smtp.credentials = Some(Credentials {
        username: "alerts".to_owned(),
        password_env: PASSWORD_VARIABLE.to_owned(),
        password_file: None,
    });
    smtp
}

fn send(smtp: &Smtp) -> SendOutcome {
    let transport = SmtpTransport::from_config(smtp).unwrap();
    transport.with_timeout(Duration::from_secs(5)).send(&message())
}

fn transient(outcome: SendOutcome) -> String {
    match outcome {
        SendOutcome::Transient(reason) | SendOutcome::Deferred(reason) => reason,
        other => panic!("expected a transient failure, got {other:?}"),
    }
}

fn permanent(outcome: SendOutcome) -> String {
    match outcome {
        SendOutcome::Permanent(reason) => reason,
        other => panic!("expected a permanent failure, got {other:?}"),
    }
}

#[test]
fn a_message_arrives_as_it_was_written_over_each_protection() {
    for (security, tls) in [
        (Security::Plain, Tls::None),
        (Security::StartTls, Tls::StartTls),
        (Security::Implicit, Tls::Implicit),
    ] {
        let server = SmtpServer::start(security, Script::default());
        assert_eq!(send(&smtp(&server, tls)), SendOutcome::Sent { file: None });
        let received = server.received();
        assert_eq!((received.len(), server.connections()), (1, 1), "{security:?}");
        let one = &received[0];
        assert_eq!(one.encrypted, security != Security::Plain);
        assert_eq!(
            (one.from.as_str(), one.to.as_slice()),
            (
                "alerts@example.org",
                &["billing.office@example.org".to_owned()][..]
            )
        );
        let read = MessageParser::default().parse(&one.bytes).unwrap();
        assert_eq!(read.message_id(), Some("7.1@example.org"));
        assert_eq!(read.subject(), Some(message().rendered.subject.as_str()));
        assert_eq!(
            read.body_text(0).unwrap().replace("\r\n", "\n"),
            message().rendered.text
        );
        assert_eq!(read.body_html(0).unwrap().trim_end(), "<p>Line one</p>");
    }
}

#[test]
fn the_configured_transport_sends_and_logs_in() {
    let script = Script::default().wanting_login("alerts", &password());
    let server = SmtpServer::start(Security::StartTls, script);
    let mail = Mail {
        transport: Transport::Smtp(with_login(smtp(&server, Tls::StartTls))),
        from: message().from,
        recipients: vec![message().to],
        operator: None,
        reply_to: None,
        escalate_to: Vec::new(),
        pace: PACE,
    };
    assert_eq!(
        transport(&mail).unwrap().send(&message()),
        SendOutcome::Sent { file: None }
    );
    assert_eq!(server.received()[0].logged_in_as.as_deref(), Some("alerts"));
}

#[test]
fn what_a_server_answers_decides_whether_to_try_again() {
    let server = SmtpServer::start(Security::Plain, Script::default());
    let smtp = smtp(&server, Tls::None);
    for (verb, reply, is_permanent, words) in [
        (
            "RCPT",
            "550 5.1.1 <billing.office@example.org>: no such user",
            true,
            "refused the recipient b***@example.org",
        ),
        ("RCPT", "450 4.2.0 greylisted", false, "greylisted"),
        (
            "RCPT",
            "530 5.7.0 authentication required",
            false,
            "authentication required",
        ),
        ("MAIL", "550 5.7.1 sender not allowed", false, "check mail.from"),
        ("MAIL", "452 4.3.1 disk full", false, "disk full"),
        ("DATA", "554 5.5.0 no", true, "refused the message"),
        ("END", "554 5.7.1 spam", true, "spam"),
        ("END", "451 4.3.0 later", false, "later"),
        (
            "GREETING",
            "554 5.3.2 not here",
            false,
            "turned the connection away",
        ),
        ("GREETING", "421 4.3.2 busy", false, "busy"),
        ("RCPT", "garbage", false, "the next run tries again"),
    ] {
        server.follow(Script::default().answering(verb, reply));
        let outcome = send(&smtp);
        let reason = if is_permanent {
            permanent(outcome)
        } else {
            transient(outcome)
        };
        assert!(reason.contains(words), "{verb} {reply}: {reason}");
        assert!(!reason.contains("billing.office"), "{reason}");
    }
    assert!(server.received().is_empty());
    server.follow(Script::default().answering("RCPT someone.else@example.org", "550 no"));
    assert_eq!(send(&smtp), SendOutcome::Sent { file: None });
}

#[test]
fn a_broken_or_slow_connection_is_tried_again() {
    let server = SmtpServer::start(Security::Plain, Script::default().dropping_mid_data());
    let smtp = smtp(&server, Tls::None);
    let reason = transient(send(&smtp));
    assert!(
        reason.contains("handing a message to the mail server localhost"),
        "{reason}"
    );
    server.follow(Script::default().waiting(Duration::from_secs(3)));
    let impatient = SmtpTransport::from_config(&smtp).unwrap();
    let outcome = impatient
        .with_timeout(Duration::from_millis(200))
        .send(&message());
    let reason = transient(outcome);
    assert!(reason.contains("no answer in time"), "{reason}");
    assert!(server.received().is_empty());
}

#[test]
fn a_server_that_is_not_there_is_tried_again() {
    let server = SmtpServer::start(Security::Plain, Script::default());
    let mut gone = smtp(&server, Tls::None);
    drop(server);
    std::thread::sleep(Duration::from_millis(100));
    let reason = transient(send(&gone));
    assert!(
        reason.contains("check mail.host, mail.port and mail.tls"),
        "{reason}"
    );
    gone.host = "mail.invalid".to_owned();
    gone.tls = Tls::StartTls;
    let reason = transient(send(&gone));
    assert!(reason.contains("mail.invalid"), "{reason}");
}

#[test]
fn a_refused_login_is_the_operators_to_mend_and_leaks_nothing() {
    let server = SmtpServer::start(
        Security::Implicit,
        Script::default().wanting_login("alerts", "another"),
    );
    // This server repeats what it was given, name, password and all.
    let reason = transient(send(&with_login(smtp(&server, Tls::Implicit))));
    assert!(reason.contains("refused the name or password"), "{reason}");
    assert!(!reason.contains(&password()), "{reason}");
    assert!(reason.matches("***").count() >= 2, "{reason}");
    let reason = transient(send(&smtp(&server, Tls::Implicit)));
    assert!(reason.contains("Authentication required"), "{reason}");
    server.follow(Script::default());
    let reason = transient(send(&with_login(smtp(&server, Tls::Implicit))));
    assert!(reason.contains("offers no login"), "{reason}");
    assert!(server.received().is_empty());
}

#[test]
fn a_certificate_that_is_not_right_is_refused_with_what_to_do() {
    for (certificate, words) in [
        (Certificate::OtherName, "is for another name"),
        (Certificate::Expired, "is expired or not valid yet"),
        (Certificate::Untrusted, "mail.ca_file"),
    ] {
        for (security, tls) in [
            (Security::StartTls, Tls::StartTls),
            (Security::Implicit, Tls::Implicit),
        ] {
            let server = SmtpServer::start_with(security, certificate, Script::default());
            let reason = transient(send(&smtp(&server, tls)));
            assert!(reason.contains(words), "{certificate:?} {security:?}: {reason}");
            assert!(server.received().is_empty());
        }
    }
}

#[test]
fn protection_that_does_not_fit_the_server_sends_nothing() {
    let server = SmtpServer::start(Security::Plain, Script::default());
    let reason = transient(send(&smtp(&server, Tls::StartTls)));
    assert!(
        reason.contains("offers no STARTTLS and nothing was sent"),
        "{reason}"
    );
    let reason = transient(send(&smtp(&server, Tls::Implicit)));
    assert!(reason.contains("mail.tls"), "{reason}");
    let refusing = SmtpServer::start(
        Security::StartTls,
        Script::default().answering("STARTTLS", "454 not now"),
    );
    let reason = transient(send(&smtp(&refusing, Tls::StartTls)));
    assert!(reason.contains("refused STARTTLS"), "{reason}");
    assert!(server.received().is_empty() && refusing.received().is_empty());
}

#[test]
fn what_is_wrong_with_the_configuration_is_said_by_key() {
    let server = SmtpServer::start(Security::Plain, Script::default());
    let error = |smtp: &Smtp| match SmtpTransport::from_config(smtp) {
        Err(error) => error.to_string(),
        Ok(_) => panic!("accepted {smtp:?}"),
    };
    let mut away = smtp(&server, Tls::None);
    away.host = "mail.example.org".to_owned();
    assert!(error(&away).contains("mail.example.org"));
    let mut nameless = with_login(smtp(&server, Tls::None));
    if let Some(credentials) = &mut nameless.credentials {
        credentials.password_env = "HCPCS_WATCH_NO_SUCH_VARIABLE".to_owned();
    }
    assert!(error(&nameless).contains("HCPCS_WATCH_NO_SUCH_VARIABLE"));
    let mut without_file = smtp(&server, Tls::Implicit);
    without_file.ca_file = Some("no/such/file.pem".into());
    assert!(error(&without_file).contains("no/such/file.pem"));
    without_file.ca_file = Some(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").into());
    assert!(error(&without_file).contains("BEGIN CERTIFICATE"));
    let none = Mail {
        transport: Transport::None,
        from: message().from,
        recipients: Vec::new(),
        operator: None,
        reply_to: None,
        escalate_to: Vec::new(),
        pace: PACE,
    };
    assert!(matches!(transport(&none), Err(MailError::NoTransport)));
}

/// Everything that is logged, at the finest level.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_log_line_holds_an_address_or_a_password() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let script = Script::default().wanting_login("alerts", &password());
    let server = SmtpServer::start(Security::StartTls, script.clone());
    let smtp = with_login(smtp(&server, Tls::StartTls));
    tracing::subscriber::with_default(subscriber, || {
        assert_eq!(send(&smtp), SendOutcome::Sent { file: None });
        server.follow(script.answering("RCPT", "550 <billing.office@example.org> unknown"));
        permanent(send(&smtp));
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        log.contains("message sent") && log.contains("b***@example.org"),
        "{log}"
    );
    let plain = format!("\0alerts\0{}", password());
    for secret in [
        password(),
        BASE64.encode(password()),
        BASE64.encode(plain),
        "billing.office".to_owned(),
    ] {
        assert!(!log.contains(&secret), "{secret}: {log}");
    }
}

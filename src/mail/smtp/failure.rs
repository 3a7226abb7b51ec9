//! What can go wrong with a mail server, whose fault it is, and what to do.

use lettre::transport::smtp::Error as SmtpError;
use std::error::Error;
use std::io;

/// The step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Connect,
    StartTls,
    Auth,
    Sender,
    Recipient,
    Message,
}

/// Why one attempt failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The message itself could not be put together.
    Ours(String),
    /// The server's name is not known.
    Lookup(io::Error),
    /// The name leads nowhere, or away from this machine where it must not.
    NoAddress,
    /// The server offers no STARTTLS.
    NoStartTls,
    /// The server offers no AUTH we speak.
    NoAuth,
    /// The server takes no addresses outside ASCII.
    NonAsciiAddress,
    /// A step went wrong.
    At(Step, SmtpError),
}

/// What is the matter with a certificate.
enum CertificateFault {
    Untrusted,
    OtherName,
    Expired,
    Other,
}

impl Failure {
    pub(super) fn at(step: Step) -> impl FnOnce(SmtpError) -> Self {
        move |error| Self::At(step, error)
    }

    /// Whether this recipient or message is refused for good. A refusal of the connection, the login or the sender is
    /// not the recipient's fault, nor is one that asks for a login (530, 534, 535, 538: RFC 4954).
    pub(super) fn is_permanent(&self) -> bool {
        match self {
            Self::NonAsciiAddress => true,
            Self::At(Step::Recipient | Step::Message, error) => {
                let code = error.status().map(u16::from);
                error.is_permanent() && !matches!(code, Some(530 | 534 | 535 | 538))
            }
            _ => false,
        }
    }

    /// Whether the server took the login and the sender, and put off this recipient or message.
    pub(super) fn is_about_recipient(&self) -> bool {
        matches!(self, Self::At(Step::Recipient | Step::Message, error) if error.is_transient())
    }

    /// What happened with which server and what to do; `to` is the recipient.
    pub(super) fn describe(&self, server: &str, to: &str) -> String {
        match self {
            Self::Ours(what) => what.clone(),
            Self::Lookup(error) => {
                format!("the mail server {server} was not found ({error}); check mail.host and the network")
            }
            Self::NoAddress => format!(
                "the mail server {server} has no address that may be used; without TLS it must be on this machine: check mail.host and mail.tls"
            ),
            Self::NoStartTls => format!(
                "the mail server {server} offers no STARTTLS and nothing was sent; set mail.tls to \"implicit\" if this port speaks TLS from the start, or ask the mail provider for the right port"
            ),
            Self::NoAuth => format!(
                "the mail server {server} offers no login by name and password (AUTH PLAIN or LOGIN); remove mail.username or ask the mail provider for the right port"
            ),
            Self::NonAsciiAddress => format!(
                "the mail server {server} takes no address with letters outside ASCII, such as {to}; give another address in mail.recipients"
            ),
            Self::At(step, error) => describe_step(*step, error, server, to),
        }
    }
}

fn describe_step(step: Step, error: &SmtpError, server: &str, to: &str) -> String {
    if let Some(tls) = find::<rustls::Error>(error) {
        return describe_tls(tls, server);
    }
    let Some(code) = error.status() else {
        return describe_break(step, error, server);
    };
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    let answer = format!("{code} {said}");
    match step {
        Step::Connect => format!("the mail server {server} turned the connection away: {answer}"),
        Step::StartTls => {
            format!("the mail server {server} refused STARTTLS: {answer}; check mail.tls and mail.port")
        }
        Step::Auth if error.is_permanent() => format!(
            "the mail server {server} refused the name or password: {answer}; check mail.username and the password (mail.password_env or mail.password_file)"
        ),
        Step::Auth => format!("the mail server {server} did not take the login now: {answer}"),
        Step::Sender => format!("the mail server {server} refused the sender: {answer}; check mail.from"),
        Step::Recipient => format!("the mail server {server} refused the recipient {to}: {answer}"),
        Step::Message => format!("the mail server {server} refused the message for {to}: {answer}"),
    }
}

/// The connection was not made or broke off.
fn describe_break(step: Step, error: &SmtpError, server: &str) -> String {
    let doing = match step {
        Step::Connect => "connecting to",
        Step::StartTls => "starting TLS with",
        Step::Auth => "logging in to",
        Step::Sender | Step::Recipient | Step::Message => "handing a message to",
    };
    let timed_out = find::<io::Error>(error)
        .is_some_and(|error| matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock));
    if timed_out {
        return format!("{doing} the mail server {server}: no answer in time; the next run tries again");
    }
    let cause = error
        .source()
        .map_or_else(|| error.to_string(), ToString::to_string);
    let advice = match step {
        Step::Connect => "check mail.host, mail.port and mail.tls",
        _ => "the next run tries again",
    };
    format!("{doing} the mail server {server}: {cause}; {advice}")
}

fn describe_tls(error: &rustls::Error, server: &str) -> String {
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return format!(
            "no TLS connection with the mail server {server}: {error}; check that mail.tls fits mail.port (587 is usually \"starttls\", 465 \"implicit\")"
        );
    };
    match fault(certificate) {
        CertificateFault::Untrusted => format!(
            "the certificate of the mail server {server} is signed by nobody this machine trusts; if it is your own server's, name its certificate authority in mail.ca_file"
        ),
        CertificateFault::OtherName => format!(
            "the certificate of the mail server {server} is for another name; set mail.host to the name in the certificate"
        ),
        CertificateFault::Expired => format!(
            "the certificate of the mail server {server} is expired or not valid yet; check this machine's clock, else tell the mail provider"
        ),
        CertificateFault::Other => {
            format!(
                "the certificate of the mail server {server} is not valid: {certificate:?}; tell the mail provider"
            )
        }
    }
}

fn fault(error: &rustls::CertificateError) -> CertificateFault {
    use rustls::CertificateError as Invalid;
    match error {
        Invalid::UnknownIssuer => CertificateFault::Untrusted,
        Invalid::NotValidForName | Invalid::NotValidForNameContext { .. } => CertificateFault::OtherName,
        Invalid::Expired
        | Invalid::ExpiredContext { .. }
        | Invalid::NotValidYet
        | Invalid::NotValidYetContext { .. } => CertificateFault::Expired,
        // rustls-platform-verifier wraps what webpki says of a certificate authority used as a server's certificate.
        Invalid::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
            CertificateFault::Untrusted
        }
        _ => CertificateFault::Other,
    }
}

/// The first error of type `E` among the causes; an I/O error hides its cause from `source`.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        let hidden = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = match hidden {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    None
}

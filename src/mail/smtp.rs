//! Sending through a mail server: one connection a message, each step with its own failure.

mod failure;

use super::{MailError, MailTransport, Outgoing, SendOutcome, compose, mask_addresses};
use crate::config;
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use failure::{Failure, Step};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use secrecy::{ExposeSecret, SecretString};
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

/// How long to wait for a connection and for each answer.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A mail server with all it takes to talk to it.
pub struct SmtpTransport {
    host: String,
    port: u16,
    protection: Protection,
    login: Option<Login>,
    timeout: Duration,
}

enum Protection {
    StartTls(TlsParameters),
    Implicit(TlsParameters),
    /// Loopback only.
    None,
}

struct Login {
    username: String,
    password: SecretString,
}

impl Login {
    fn log_in(&self, connection: &mut SmtpConnection) -> Result<(), Failure> {
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        if connection.server_info().get_auth_mechanism(&mechanisms).is_none() {
            connection.abort();
            return Err(Failure::NoAuth);
        }
        let password = self.password.expose_secret().to_owned();
        let credentials = Credentials::new(self.username.clone(), password);
        let answered = connection.auth(&mechanisms, &credentials);
        if answered.is_err() {
            connection.abort();
        }
        answered.map(drop).map_err(Failure::at(Step::Auth))
    }

    /// The password as it stands and as AUTH LOGIN and AUTH PLAIN send it.
    fn secrets(&self) -> [String; 3] {
        let password = self.password.expose_secret();
        let plain = format!("\0{}\0{password}", self.username);
        [BASE64.encode(plain), BASE64.encode(password), password.to_owned()]
    }
}

impl SmtpTransport {
    /// A transport to the configured server. Reads the password from its environment variable and the own
    /// certificate authorities from their file; connects only when a message is sent.
    ///
    /// # Errors
    ///
    /// What of the configuration is missing or unusable, by key.
    pub fn from_config(smtp: &config::Smtp) -> Result<Self, MailError> {
        let protection = match smtp.tls {
            config::Tls::StartTls => Protection::StartTls(tls_parameters(smtp)?),
            config::Tls::Implicit => Protection::Implicit(tls_parameters(smtp)?),
            config::Tls::None if is_loopback_name(&smtp.host) => Protection::None,
            config::Tls::None => {
                return Err(MailError::Unprotected {
                    host: smtp.host.clone(),
                });
            }
        };
        Ok(Self {
            host: smtp.host.clone(),
            port: smtp.port,
            protection,
            login: smtp.credentials.as_ref().map(login).transpose()?,
            timeout: TIMEOUT,
        })
    }

    /// The same with another time to wait for a connection and for each answer (30 seconds otherwise).
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    fn attempt(&self, message: &Outgoing) -> Result<(), Failure> {
        let composed = compose::compose(message).map_err(|error| Failure::Ours(error.to_string()))?;
        let mut connection = self.connect()?;
        let handed_over = hand_over(&mut connection, message, &composed.formatted());
        match handed_over {
            // The server has the message; a failing goodbye changes nothing.
            Ok(()) => drop(connection.quit()),
            Err(_) => connection.abort(),
        }
        handed_over
    }

    fn connect(&self) -> Result<SmtpConnection, Failure> {
        let addresses = self.resolve()?;
        let own_name = ClientId::default();
        let timeout = Some(self.timeout);
        let implicit = match &self.protection {
            Protection::Implicit(tls) => Some(tls),
            Protection::StartTls(_) | Protection::None => None,
        };
        let mut connection = SmtpConnection::connect(&addresses[..], timeout, &own_name, implicit, None)
            .map_err(Failure::at(Step::Connect))?;
        if let Protection::StartTls(tls) = &self.protection {
            if !connection.can_starttls() {
                connection.abort();
                return Err(Failure::NoStartTls);
            }
            connection
                .starttls(tls, &own_name)
                .map_err(Failure::at(Step::StartTls))?;
        }
        if let Some(login) = &self.login {
            login.log_in(&mut connection)?;
        }
        Ok(connection)
    }

    /// The server's addresses; without protection only those of this machine, whatever the name resolves to.
    fn resolve(&self) -> Result<Vec<SocketAddr>, Failure> {
        let found = (self.host.as_str(), self.port)
            .to_socket_addrs()
            .map_err(Failure::Lookup)?;
        let unprotected = matches!(self.protection, Protection::None);
        let usable: Vec<_> = found
            .filter(|address| !unprotected || address.ip().is_loopback())
            .collect();
        if usable.is_empty() {
            return Err(Failure::NoAddress);
        }
        Ok(usable)
    }

    /// The reason as the operator reads it, addresses masked and the password, should a server repeat it, taken out.
    fn reason(&self, failure: &Failure, message: &Outgoing) -> String {
        let to = mask_addresses(message.to.email.as_ref());
        let mut reason = failure.describe(&self.server(), &to);
        for secret in self.login.iter().flat_map(Login::secrets) {
            reason = reason.replace(&secret, "***");
        }
        mask_addresses(&reason)
    }
}

impl MailTransport for SmtpTransport {
    fn send(&self, message: &Outgoing) -> SendOutcome {
        let to = mask_addresses(message.to.email.as_ref());
        match self.attempt(message) {
            Ok(()) => {
                tracing::info!(%to, server = %self.server(), "message sent");
                SendOutcome::Sent { file: None }
            }
            Err(failure) => {
                let reason = self.reason(&failure, message);
                tracing::warn!(%to, %reason, "message not sent");
                if failure.is_permanent() {
                    SendOutcome::Permanent(reason)
                } else if failure.is_about_recipient() {
                    SendOutcome::Deferred(reason)
                } else {
                    SendOutcome::Transient(reason)
                }
            }
        }
    }
}

/// The envelope and the message. Nothing is lost when the connection breaks before the last answer: the message is
/// sent again under the same Message-ID.
fn hand_over(connection: &mut SmtpConnection, message: &Outgoing, bytes: &[u8]) -> Result<(), Failure> {
    let (from, to) = (&message.from.email, &message.to.email);
    let non_ascii = |address: &lettre::Address| !<lettre::Address as AsRef<str>>::as_ref(address).is_ascii();
    let mut parameters = Vec::new();
    if non_ascii(from) || non_ascii(to) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Failure::NonAsciiAddress);
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    connection
        .command(Mail::new(Some(from.clone()), parameters))
        .map_err(Failure::at(Step::Sender))?;
    connection
        .command(Rcpt::new(to.clone(), Vec::new()))
        .map_err(Failure::at(Step::Recipient))?;
    connection.command(Data).map_err(Failure::at(Step::Message))?;
    connection.message(bytes).map_err(Failure::at(Step::Message))?;
    Ok(())
}

fn login(credentials: &config::Credentials) -> Result<Login, MailError> {
    Ok(Login {
        username: credentials.username.clone(),
        password: super::read_password(credentials)?,
    })
}

fn tls_parameters(smtp: &config::Smtp) -> Result<TlsParameters, MailError> {
    let mut builder = TlsParameters::builder(smtp.host.clone());
    if let Some(path) = &smtp.ca_file {
        builder = builder.add_root_certificate(own_authorities(path)?);
    }
    builder.build().map_err(|source| MailError::Tls {
        host: smtp.host.clone(),
        source,
    })
}

fn own_authorities(path: &Path) -> Result<Certificate, MailError> {
    let pem = std::fs::read(path).map_err(|source| MailError::CaFile {
        path: path.to_owned(),
        source,
    })?;
    let unusable = || MailError::CaPem {
        path: path.to_owned(),
    };
    // lettre takes a file without any certificate for an empty set.
    if !pem
        .windows(27)
        .any(|window| window == b"-----BEGIN CERTIFICATE-----")
    {
        return Err(unusable());
    }
    Certificate::from_pem(&pem).map_err(|_invalid_pem| unusable())
}

/// Whether a host name or address means this machine without asking anybody.
fn is_loopback_name(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

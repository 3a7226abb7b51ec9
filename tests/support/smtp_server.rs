//! A mail server inside the test: says what its script says, keeps what it was given. Plain, STARTTLS or TLS from
//! the start, with certificates made for the test.

use super::certificates::{Certificate, certify};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How the server protects its connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Security {
    Plain,
    StartTls,
    Implicit,
}

/// What the server does, changeable between connections.
#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    /// Answers other than the usual ones, by verb: `GREETING`, `EHLO`, `STARTTLS`, `AUTH`, `MAIL`, `RCPT`, `DATA`,
    /// or `END` for the answer to the whole message. Of several for one address, `RCPT <address>` wins.
    answers: HashMap<String, String>,
    /// Name and password it wants before MAIL.
    login: Option<(String, String)>,
    /// Breaks the connection in the middle of the message.
    drop_mid_data: bool,
    /// Waits before the greeting.
    delay: Duration,
}

impl Script {
    /// With `answer` to `verb`.
    pub(crate) fn answering(mut self, verb: &str, answer: &str) -> Self {
        self.answers.insert(verb.to_owned(), answer.to_owned());
        self
    }

    /// With a login that is asked for.
    pub(crate) fn wanting_login(mut self, name: &str, password: &str) -> Self {
        self.login = Some((name.to_owned(), password.to_owned()));
        self
    }

    /// With a connection that breaks in the middle of each message.
    pub(crate) fn dropping_mid_data(mut self) -> Self {
        self.drop_mid_data = true;
        self
    }

    /// With a pause before the greeting.
    pub(crate) fn waiting(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// A message that was taken over.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// The sender of the envelope.
    pub(crate) from: String,
    /// The recipients of the envelope.
    pub(crate) to: Vec<String>,
    /// Headers and body.
    pub(crate) bytes: Vec<u8>,
    /// Whether it came over TLS.
    pub(crate) encrypted: bool,
    /// The name it was sent under.
    pub(crate) logged_in_as: Option<String>,
}

struct Shared {
    script: Mutex<Script>,
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    over: AtomicBool,
    security: Security,
    tls: Arc<ServerConfig>,
}

/// A server that listens until it is dropped.
pub(crate) struct SmtpServer {
    shared: Arc<Shared>,
    port: u16,
    folder: tempfile::TempDir,
}

impl SmtpServer {
    /// A server with a good certificate on a free port of `localhost`.
    pub(crate) fn start(security: Security, script: Script) -> Self {
        Self::start_with(security, Certificate::Good, script)
    }

    /// A server with a certificate of choice.
    pub(crate) fn start_with(security: Security, certificate: Certificate, script: Script) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tls = certify(certificate, &folder.path().join("ca.pem"));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            received: Mutex::new(Vec::new()),
            connections: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            security,
            tls: Arc::new(tls),
        });
        let listening = Arc::clone(&shared);
        thread::spawn(move || listen(&listener, &listening));
        Self { shared, port, folder }
    }

    /// Its port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The PEM file of the authority that signs its certificates.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The messages taken over so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        held(&self.shared.received).clone()
    }

    /// How many connections were made.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Follows another script from the next connection on.
    pub(crate) fn follow(&self, script: Script) {
        *held(&self.shared.script) = script;
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it is over.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().flatten() {
        if shared.over.load(Ordering::SeqCst) {
            return;
        }
        shared.connections.fetch_add(1, Ordering::SeqCst);
        let shared = Arc::clone(shared);
        thread::spawn(move || {
            // A client that hangs up, or refuses the certificate, ends its session and nothing else.
            drop(serve(stream, &shared));
        });
    }
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let script = held(&shared.script).clone();
    thread::sleep(script.delay);
    let mut session = Session {
        shared,
        script,
        encrypted: false,
        greeted: false,
        logged_in_as: None,
    };
    let ended = if shared.security == Security::Implicit {
        session.encrypted = true;
        session.talk(&mut encrypt(stream.try_clone()?, shared)?)?
    } else {
        session.talk(&mut stream)?
    };
    if matches!(ended, Ended::ForTls) {
        session.encrypted = true;
        session.talk(&mut encrypt(stream.try_clone()?, shared)?)?;
    }
    stream.shutdown(Shutdown::Both)
}

fn encrypt(stream: TcpStream, shared: &Shared) -> io::Result<StreamOwned<ServerConnection, TcpStream>> {
    let connection = ServerConnection::new(Arc::clone(&shared.tls)).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, stream))
}

enum Ended {
    ForGood,
    ForTls,
}

struct Session<'a> {
    shared: &'a Shared,
    script: Script,
    encrypted: bool,
    greeted: bool,
    logged_in_as: Option<String>,
}

impl Session<'_> {
    fn talk(&mut self, stream: &mut (impl Read + Write)) -> io::Result<Ended> {
        if !self.greeted {
            self.greeted = true;
            self.say(stream, "GREETING", "220 test ESMTP")?;
        }
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let line = read_line(stream)?;
            let verb = line
                .split([' ', ':'])
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" => {
                    let features = self.features();
                    self.say(stream, "EHLO", &features)?;
                }
                "STARTTLS" => {
                    if self.say(stream, "STARTTLS", "220 go ahead")? {
                        return Ok(Ended::ForTls);
                    }
                }
                "AUTH" => self.log_in(stream, &line)?,
                "MAIL" if self.script.login.is_some() && self.logged_in_as.is_none() => {
                    self.say(stream, "MAIL", "530 5.7.0 Authentication required")?;
                }
                "MAIL" => {
                    if self.say(stream, "MAIL", "250 ok")? {
                        from = address(&line);
                    }
                }
                "RCPT" => {
                    let recipient = address(&line);
                    let special = format!("RCPT {recipient}");
                    let key = if self.script.answers.contains_key(&special) {
                        &special
                    } else {
                        "RCPT"
                    };
                    if self.say(stream, key, "250 ok")? {
                        to.push(recipient);
                    }
                }
                "DATA" => {
                    if self.say(stream, "DATA", "354 go ahead")? && !self.take(stream, &from, &to)? {
                        return Ok(Ended::ForGood);
                    }
                }
                "QUIT" => {
                    answer(stream, "221 bye")?;
                    return Ok(Ended::ForGood);
                }
                "" => return Ok(Ended::ForGood),
                _ => answer(stream, "500 what?")?,
            }
        }
    }

    fn features(&self) -> String {
        let offer = if self.shared.security == Security::StartTls && !self.encrypted {
            "250-STARTTLS\r\n"
        } else if self.script.login.is_some() {
            "250-AUTH PLAIN LOGIN\r\n"
        } else {
            ""
        };
        format!("250-test\r\n{offer}250 8BITMIME")
    }

    /// Answers with the script's words, else with `usual`; whether that was a yes.
    fn say(&self, stream: &mut impl Write, verb: &str, usual: &str) -> io::Result<bool> {
        let words = self.script.answers.get(verb).map_or(usual, String::as_str);
        answer(stream, words)?;
        Ok(words.starts_with(['2', '3']))
    }

    fn log_in(&mut self, stream: &mut impl Write, line: &str) -> io::Result<()> {
        let given = line.rsplit(' ').next().and_then(|text| BASE64.decode(text).ok());
        let given = given
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .unwrap_or_default();
        let wanted = self.script.login.clone().unwrap_or_default();
        if given != format!("\0{}\0{}", wanted.0, wanted.1) {
            return answer(
                stream,
                &format!("535 5.7.8 bad credentials in {line} ({given:?})"),
            );
        }
        if self.say(stream, "AUTH", "235 welcome")? {
            self.logged_in_as = Some(wanted.0);
        }
        Ok(())
    }

    /// Takes the message over; false where the connection is to be broken.
    fn take(&self, stream: &mut (impl Read + Write), from: &str, to: &[String]) -> io::Result<bool> {
        let mut bytes = Vec::new();
        loop {
            let line = read_line(stream)?;
            if self.script.drop_mid_data && bytes.len() > 200 {
                return Ok(false);
            }
            if line == "." {
                break;
            }
            bytes.extend_from_slice(line.strip_prefix('.').unwrap_or(&line).as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        if self.say(stream, "END", "250 taken")? {
            held(&self.shared.received).push(Received {
                from: from.to_owned(),
                to: to.to_vec(),
                bytes,
                encrypted: self.encrypted,
                logged_in_as: self.logged_in_as.clone(),
            });
        }
        Ok(true)
    }
}

/// One line without its end; empty when the client has hung up. Byte by byte, so that nothing of what follows
/// STARTTLS is swallowed.
fn read_line(stream: &mut impl Read) -> io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte)? == 1 {
        line.push(byte[0]);
        if line.ends_with(b"\r\n") {
            line.truncate(line.len() - 2);
            return Ok(String::from_utf8_lossy(&line).into_owned());
        }
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn answer(stream: &mut impl Write, words: &str) -> io::Result<()> {
    stream.write_all(format!("{words}\r\n").as_bytes())?;
    stream.flush()
}

/// The address between angle brackets.
fn address(line: &str) -> String {
    let inner = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(address, _)| address.to_owned())
}

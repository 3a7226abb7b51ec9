//! A small stand-in for www.cms.gov on loopback: two landing pages, files that are posted and re-posted on given days,
//! faults on demand, and a log of what was asked. Used by the tests of the network edge and by those of the binary.

use super::certificates::{Certificate, certify};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The landing page of the HCPCS files.
pub(crate) const HCPCS_PAGE: &str =
    "/medicare/coding-billing/healthcare-common-procedure-system/quarterly-update";
/// The landing page of the ASP files.
pub(crate) const ASP_PAGE: &str = "/medicare/payment/part-b-drugs/asp-pricing-files";

/// What goes wrong with every file (or, where it says so, with every page).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Landing pages answer with this status.
    Pages(u16),
    /// Pages and files answer with this status.
    Everything(u16),
    /// Files answer with this status.
    Files(u16),
    /// The first request for each path answers with this status and `Retry-After: 1`.
    FirstTime(u16),
    /// A licence page with status 200.
    Licence,
    /// Half the body under a full Content-Length.
    Truncated,
    /// Half the body and no Content-Length.
    Short,
    /// The whole body under half its Content-Length.
    Understated,
    /// Half the body, then silence.
    Stall,
    /// One byte each 20 ms.
    Drip,
    /// A head that comes byte by byte, one each 20 ms, and never ends.
    SlowHead,
    /// A head without an end, as fast as it is taken.
    EndlessHead,
    /// A body without an end.
    Endless,
    /// 325 bytes of gzip that unpack to 300,000.
    GzipBomb,
    /// Gzip that unpacks without an end, 158 bytes for each that is sent.
    EndlessGzip,
    /// A chunked body whose chunk sizes are nonsense.
    GarbledChunks,
    /// An answer that is not HTTP.
    NotHttp,
    /// Files answer 301 with this Location.
    Redirect(String),
    /// Begins like a zip and is none.
    Garbage,
}

/// A request as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) path: String,
    head: String,
}

impl Request {
    /// The value of a header, its name in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// What the client talks to.
trait Stream: Read + Write {}
impl<S: Read + Write> Stream for S {}

struct Posting {
    page: &'static str,
    path: String,
    text: String,
    /// ISO days and what was posted on them, in order.
    versions: Vec<(String, Vec<u8>)>,
}

struct State {
    as_of: String,
    fault: Fault,
    postings: Vec<Posting>,
    extra_html: String,
    log: Vec<Request>,
}

/// The running server; it stops when dropped.
pub(crate) struct FakeCms {
    address: SocketAddr,
    /// `http`, or `https` where it speaks TLS.
    scheme: &'static str,
    state: Arc<Mutex<State>>,
    stopped: Arc<AtomicBool>,
}

impl FakeCms {
    /// Starts on a free port of loopback, with nothing posted, as of the end of time.
    pub(crate) fn start() -> Self {
        Self::serve(None)
    }

    /// The same over TLS, with this certificate; the authority to trust is written to `ca_file`.
    pub(crate) fn start_tls(certificate: Certificate, ca_file: &Path) -> Self {
        Self::serve(Some(Arc::new(certify(certificate, ca_file))))
    }

    fn serve(tls: Option<Arc<ServerConfig>>) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            as_of: "9999-12-31".to_owned(),
            fault: Fault::None,
            postings: Vec::new(),
            extra_html: String::new(),
            log: Vec::new(),
        }));
        let stopped = Arc::new(AtomicBool::new(false));
        let (shared, stop) = (Arc::clone(&state), Arc::clone(&stopped));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (shared, stop, tls) = (Arc::clone(&shared), Arc::clone(&stop), tls.clone());
                // A client that hangs up in the middle is what many of the tests are about.
                thread::spawn(move || {
                    let mut stream = stream?;
                    let Some(tls) = tls else {
                        return answer(&mut stream, &shared, &stop);
                    };
                    let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
                    answer(&mut StreamOwned::new(connection, stream), &shared, &stop)
                });
            }
        });
        Self {
            address,
            scheme,
            state,
            stopped,
        }
    }

    /// The root address, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        let host = if self.scheme == "https" {
            "localhost"
        } else {
            "127.0.0.1"
        };
        format!("{}://{host}:{}", self.scheme, self.address.port())
    }

    /// Posts `bytes` at `path` on the ISO day `posted`, linked from `page` with the words `text`. The same path again
    /// is a re-posting.
    pub(crate) fn post(&self, page: &'static str, path: &str, text: &str, posted: &str, bytes: &[u8]) {
        let mut state = self.state.lock().unwrap();
        let version = (posted.to_owned(), bytes.to_vec());
        match state.postings.iter_mut().find(|posting| posting.path == path) {
            Some(posting) => posting.versions.push(version),
            None => state.postings.push(Posting {
                page,
                path: path.to_owned(),
                text: text.to_owned(),
                versions: vec![version],
            }),
        }
    }

    /// Shows the site as it was on an ISO day.
    pub(crate) fn set_as_of(&self, day: &str) {
        self.state.lock().unwrap().as_of = day.to_owned();
    }

    /// Lets something go wrong from now on.
    pub(crate) fn set_fault(&self, fault: Fault) {
        let mut state = self.state.lock().unwrap();
        state.fault = fault;
        state.log.clear();
    }

    /// Puts markup of the test's own before the list of both pages.
    pub(crate) fn set_extra_html(&self, html: &str) {
        self.state.lock().unwrap().extra_html = html.to_owned();
    }

    /// The requests since the start or the last change of fault.
    pub(crate) fn log(&self) -> Vec<Request> {
        self.state.lock().unwrap().log.clone()
    }
}

impl Drop for FakeCms {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        // Wakes the listener up so that it sees the flag.
        drop(TcpStream::connect(self.address));
    }
}

/// What the lock is needed for, taken out of it before anything is sent.
struct Plan {
    fault: Fault,
    first_time: bool,
    page: Option<String>,
    file: Option<Vec<u8>>,
}

fn answer(stream: &mut dyn Stream, state: &Mutex<State>, stopped: &AtomicBool) -> io::Result<()> {
    let request = read_request(stream)?;
    let plan = plan(&request, state);
    match (&plan.fault, &plan.page, &plan.file) {
        (Fault::Everything(status), ..)
        | (Fault::Pages(status), Some(_), _)
        | (Fault::Files(status), None, _) => send(stream, *status, "", b"<html>no</html>"),
        (Fault::FirstTime(status), ..) if plan.first_time => {
            send(stream, *status, "Retry-After: 1\r\n", b"busy")
        }
        (_, Some(html), _) => send(stream, 200, "Content-Type: text/html\r\n", html.as_bytes()),
        (_, None, None) => send(stream, 404, "", b"<html>Page not found</html>"),
        (fault, None, Some(bytes)) => send_file(stream, fault, bytes, &request, stopped),
    }
}

fn read_request(stream: &mut dyn Stream) -> io::Result<Request> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte)? == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    Ok(Request { path, head })
}

fn plan(request: &Request, state: &Mutex<State>) -> Plan {
    let mut state = state.lock().unwrap();
    let first_time = !state.log.iter().any(|seen| seen.path == request.path);
    state.log.push(request.clone());
    let is_page = [HCPCS_PAGE, ASP_PAGE].contains(&request.path.as_str());
    let posting = state.postings.iter().find(|posting| posting.path == request.path);
    Plan {
        fault: state.fault.clone(),
        first_time,
        page: is_page.then(|| page(&request.path, &state)),
        file: posting
            .and_then(|posting| visible(posting, &state.as_of))
            .map(<[u8]>::to_vec),
    }
}

/// The version of a posting that was up on a day.
fn visible<'a>(posting: &'a Posting, as_of: &str) -> Option<&'a [u8]> {
    let mut up = posting.versions.iter().filter(|(day, _)| day.as_str() <= as_of);
    up.next_back().map(|(_, bytes)| bytes.as_slice())
}

/// A landing page, the newest posting first.
fn page(path: &str, state: &State) -> String {
    let mut html = format!(
        "<!DOCTYPE html>\n<html><head><title>CMS</title></head><body>\n<a href=\"/\">Home</a>\n\
         <a href=\"/license/ama?file=/files/zip/january-2024-opps-addendum-b.zip\">Addendum B</a>\n{}<ul>\n",
        state.extra_html
    );
    for posting in state.postings.iter().rev() {
        if posting.page == path && visible(posting, &state.as_of).is_some() {
            let (path, text) = (&posting.path, &posting.text);
            writeln!(
                html,
                "<li><a href=\"{path}\" data-entity-type=\"media\">{text}</a></li>"
            )
            .unwrap();
        }
    }
    html + "</ul></body></html>\n"
}

fn send(stream: &mut dyn Stream, status: u16, headers: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Whatever\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
    )?;
    stream.write_all(body)
}

fn send_file(
    stream: &mut dyn Stream,
    fault: &Fault,
    bytes: &[u8],
    request: &Request,
    stopped: &AtomicBool,
) -> io::Result<()> {
    let half = &bytes[..bytes.len() / 2];
    let open = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
    let full = format!("{open}Content-Length: {}\r\n\r\n", bytes.len());
    match fault {
        Fault::Licence => send(stream, 200, "", b"\n<html><form>Accept the license</form></html>"),
        Fault::Garbage => send(stream, 200, "", &[b"PK\x03\x04".as_slice(), &[7; 3000]].concat()),
        Fault::Redirect(to) => send(stream, 301, &format!("Location: {to}\r\n"), b""),
        Fault::NotHttp => stream.write_all(b"220 mail.example.org ESMTP\r\n"),
        Fault::Truncated => stream.write_all(&[full.as_bytes(), half].concat()),
        Fault::Short => stream.write_all(&[open.as_bytes(), b"\r\n", half].concat()),
        Fault::Understated => {
            write!(stream, "{open}Content-Length: {}\r\n\r\n", half.len())?;
            stream.write_all(bytes)
        }
        Fault::SlowHead => open
            .bytes()
            .chain(b"X: ".iter().copied().cycle())
            .try_for_each(|byte| {
                thread::sleep(Duration::from_millis(20));
                stream.write_all(&[byte])
            }),
        Fault::EndlessHead => {
            stream.write_all(open.as_bytes())?;
            loop {
                stream.write_all(b"X-Filler: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n")?;
            }
        }
        Fault::Stall => {
            stream.write_all(&[full.as_bytes(), half].concat())?;
            wait_until(stopped);
            Ok(())
        }
        Fault::Drip => {
            stream.write_all(full.as_bytes())?;
            bytes.chunks(1).try_for_each(|byte| {
                thread::sleep(Duration::from_millis(20));
                stream.write_all(byte)
            })
        }
        Fault::Endless => {
            stream.write_all(&[open.as_bytes(), b"\r\n"].concat())?;
            loop {
                stream.write_all(&[7; 8192])?;
            }
        }
        Fault::GzipBomb => send(stream, 200, "Content-Encoding: gzip\r\n", &gzip_bomb()),
        Fault::EndlessGzip => {
            write!(stream, "{open}Content-Encoding: gzip\r\n\r\n")?;
            stream.write_all(b"\x1f\x8b\x08\0\0\0\0\0\x02\x03")?;
            // A block of the fixed codes that is not the last: the byte 0, then "258 bytes more of it" again and again. One
            // of these ends with a byte, and so do eight.
            let more = "1100010100000";
            stream.write_all(&packed(&format!("01000110000{more}")))?;
            let many = packed(&more.repeat(8)).repeat(1_000);
            loop {
                stream.write_all(&many)?;
            }
        }
        Fault::GarbledChunks => {
            let chunked = format!("{open}Transfer-Encoding: chunked\r\n\r\nzz\r\nPK");
            stream.write_all(chunked.as_bytes())
        }
        _ => send_tagged(stream, bytes, request),
    }
}

/// Bits in the order in which deflate has them, in bytes.
fn packed(bits: &str) -> Vec<u8> {
    let byte = |bits: &[u8]| bits.iter().rev().fold(0, |byte, bit| byte << 1 | (bit - b'0'));
    bits.as_bytes().chunks(8).map(byte).collect()
}

/// 300,000 zero bytes as gzip -9 packs them.
fn gzip_bomb() -> Vec<u8> {
    let head = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xed\xc1\x01\x0d\0\0\0\xc2\xa0\xf7\x4f\x6d\x0f\x07\x14";
    let tail = b"\xfc\x18\xfb\xe2\xb2\xf6\xe0\x93\x04\0";
    [&head[..], &[0; 290], &tail[..]].concat()
}

fn wait_until(stopped: &AtomicBool) {
    while !stopped.load(Ordering::SeqCst) {
        thread::sleep(Duration::from_millis(10));
    }
}

/// The file with its tag, or 304 where the request names it.
fn send_tagged(stream: &mut dyn Stream, bytes: &[u8], request: &Request) -> io::Result<()> {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let tag = format!("\"{:016x}\"", hasher.finish());
    let headers = format!("ETag: {tag}\r\nLast-Modified: Thu, 15 Jan 2026 12:00:00 GMT\r\n");
    if request.header("if-none-match") == Some(&tag) {
        return write!(
            stream,
            "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n{headers}\r\n"
        );
    }
    send(stream, 200, &headers, bytes)
}

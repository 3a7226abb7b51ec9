//! A body on its way: counted, timed, and looked at before it is kept.

use super::error::FetchError;
use super::raw_archive::{ArchiveError, Incoming};
use crate::cms::site::extension;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use url::Url;

/// Bytes of the beginning that are kept to tell what came.
const HEAD: usize = 1024;
/// The record every zip ends with has 22 bytes and may be followed by a comment of at most 65,535.
const ZIP_END: &[u8; 4] = b"PK\x05\x06";
const ZIP_TAIL: u64 = 22 + 65_535;

/// What is known of a body before it comes, and its bounds.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) url: String,
    /// The folder it goes to, for messages.
    pub(super) into: PathBuf,
    /// The most bytes taken.
    pub(super) limit: u64,
    /// The size the site tells, where it does.
    pub(super) expected: Option<u64>,
    /// The span in which at least `slowest` bytes must come.
    pub(super) stall: Duration,
    pub(super) slowest: u64,
    /// When the time of the run is used up, and how long that is.
    pub(super) deadline: Instant,
    pub(super) total: Duration,
}

/// Copies `from` into `to` within the bounds of `body`, telling `progress` the bytes so far; gives the first bytes.
pub(super) fn copy(
    body: &Body,
    mut from: impl Read,
    to: &mut dyn Write,
    progress: &mut dyn FnMut(u64),
) -> Result<Vec<u8>, FetchError> {
    let mut head = Vec::with_capacity(HEAD);
    let mut chunk = vec![0; 64 * 1024];
    let mut received = 0;
    let mut span = (Instant::now(), 0);
    loop {
        let count = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => return Err(read_error(body, received, cause)),
        };
        received += u64::try_from(count).unwrap_or(u64::MAX);
        check_bounds(body, received, &mut span)?;
        let bytes = &chunk[..count];
        head.extend(bytes.iter().take(HEAD - head.len()));
        to.write_all(bytes).map_err(|cause| {
            let path = body.into.clone();
            FetchError::Archive(ArchiveError::Write { path, cause })
        })?;
        progress(received);
    }
    if body.expected.is_some_and(|expected| expected != received) {
        return Err(cut_off(body, received, None));
    }
    Ok(head)
}

/// `span` is when the present span began and how many bytes were there by then.
fn check_bounds(body: &Body, received: u64, span: &mut (Instant, u64)) -> Result<(), FetchError> {
    let (url, now) = (|| body.url.clone(), Instant::now());
    if received > body.limit {
        let limit = body.limit;
        return Err(FetchError::TooLarge { url: url(), limit });
    }
    if now >= body.deadline {
        let limit = body.total;
        return Err(FetchError::TimeUsedUp { url: url(), limit });
    }
    if now.duration_since(span.0) >= body.stall {
        if received - span.1 < body.slowest {
            let after = body.stall;
            return Err(FetchError::Stalled {
                url: url(),
                received,
                after,
            });
        }
        *span = (now, received);
    }
    Ok(())
}

fn read_error(body: &Body, received: u64, cause: io::Error) -> FetchError {
    let reqwest = cause
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<reqwest::Error>());
    if cause.kind() == io::ErrorKind::TimedOut || reqwest.is_some_and(reqwest::Error::is_timeout) {
        let (url, after) = (body.url.clone(), body.stall);
        return FetchError::Stalled { url, received, after };
    }
    cut_off(body, received, Some(cause))
}

fn cut_off(body: &Body, received: u64, cause: Option<io::Error>) -> FetchError {
    FetchError::CutOff {
        url: body.url.clone(),
        received,
        expected: body.expected,
        cause,
    }
}

/// Whether what came from `url` can be the file `name` is named for: no web page, and for a zip its beginning and its
/// end record. What is inside is looked at later.
pub(super) fn check(url: &Url, name: &str, head: &[u8], incoming: &mut Incoming) -> Result<(), FetchError> {
    let url = url.to_string();
    if is_html(head) {
        return Err(FetchError::HtmlInsteadOfFile { url });
    }
    if extension(name) != Some("zip") {
        return Ok(());
    }
    if !head.starts_with(b"PK") {
        let beginning = beginning(head);
        return Err(FetchError::NotAZip { url, beginning });
    }
    let tail = incoming.tail(ZIP_TAIL)?;
    if tail.windows(ZIP_END.len()).any(|window| window == ZIP_END) {
        return Ok(());
    }
    let size = incoming.size();
    Err(FetchError::IncompleteZip { url, size })
}

/// Whether a body that begins with `head` is a web page.
pub(super) fn is_html(head: &[u8]) -> bool {
    let head = head
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(head)
        .trim_ascii_start();
    [
        &b"<!doctype"[..],
        b"<html",
        b"<head",
        b"<body",
        b"<!--",
        b"<script",
        b"<title",
    ]
    .iter()
    .any(|mark| {
        head.get(..mark.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(mark))
    })
}

/// The first bytes of a file for a message: `"%PDF-1.7"`, or `nothing`.
fn beginning(head: &[u8]) -> String {
    if head.is_empty() {
        return "nothing".to_owned();
    }
    format!(
        "\"{}\"",
        head.iter().take(16).copied().collect::<Vec<u8>>().escape_ascii()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_web_page_is_told_from_a_file() {
        for page in [
            &b"<html>"[..],
            b"\xef\xbb\xbf \r\n<!DOCTYPE HTML>",
            b"<!-- x -->",
            b"<Body>",
        ] {
            assert!(is_html(page), "{page:?}");
        }
        for file in [&b""[..], b"PK\x03\x04<html>", b"<", b"A,B,<html>"] {
            assert!(!is_html(file), "{file:?}");
        }
    }
}

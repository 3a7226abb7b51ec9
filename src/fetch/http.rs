//! The network edge: one site, asked politely, its answers told apart.

use super::error::FetchError;
use super::limits::Limits;
use super::progress::{Event, Progress};
use super::raw_archive::{RawArchive, Stored};
use super::retry::{Patience, retry_after};
use super::transfer::{self, Body};
use crate::cms::site::{LandingPage, file_name};
use reqwest::StatusCode;
use reqwest::blocking::{Client, Response};
use reqwest::header::{self, HeaderMap, HeaderValue};
use std::error::Error as _;
use std::path::Path;
use std::time::Instant;
use url::{Host, Url};

/// A site and the client that talks to it, within one run's time.
#[derive(Debug)]
pub(super) struct Site {
    client: Client,
    limits: Limits,
    patience: Patience,
}

/// What the tool knows of a file it may already have.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tags<'a> {
    pub(super) etag: Option<&'a str>,
    pub(super) last_modified: Option<&'a str>,
}

/// What came of asking for a file.
#[derive(Debug)]
pub(super) enum Answer {
    /// 304: what the tags describe is still what lies there.
    NotModified,
    /// The file.
    File(Box<Download>),
}

/// A file as it came over the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// Where it lies now.
    pub stored: Stored,
    /// Its name, from the address asked for.
    pub name: String,
    /// The address it came from, after redirects.
    pub url: Url,
    /// The site's tag for this version.
    pub etag: Option<String>,
    /// When the site says it was last changed.
    pub last_modified: Option<String>,
}

impl Site {
    /// A client for the site of `root`, which calls itself `user_agent`. System proxies are used, except to loopback.
    pub(super) fn new(root: &Url, user_agent: &str, limits: &Limits) -> Result<Self, FetchError> {
        secure(root)?;
        if rustls::crypto::ring::default_provider()
            .install_default()
            .is_err()
        {
            tracing::trace!("a TLS provider was already installed");
        }
        let mut builder = Client::builder()
            .user_agent(user_agent)
            .connect_timeout(limits.connect)
            .timeout(limits.stall)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never());
        if is_loopback(root) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|cause| FetchError::Client { cause })?;
        Ok(Self {
            client,
            limits: limits.clone(),
            patience: Patience::new(limits),
        })
    }

    /// The text of the landing page at `url`; bytes that are not UTF-8 are replaced.
    pub(super) fn page(
        &self,
        page: LandingPage,
        url: &Url,
        progress: &dyn Progress,
    ) -> Result<String, FetchError> {
        let name = page.to_string();
        self.patience.with_retries(&name, progress, || {
            let response = self.get(url, Tags::default(), &|_| Ok(()))?;
            let mut text = Vec::new();
            let body = self.body(url, Path::new("memory"), self.limits.max_page, &response);
            transfer::copy(&body, response, &mut text, &mut |_| {})?;
            Ok(String::from_utf8_lossy(&text).into_owned())
        })
    }

    /// The file at `url`, kept in `archive`, unless it is still what `tags` describe. `accept` judges each address
    /// the site redirects to.
    pub(super) fn file(
        &self,
        url: &Url,
        tags: Tags<'_>,
        archive: &RawArchive,
        progress: &dyn Progress,
        accept: &dyn Fn(&Url) -> Result<(), FetchError>,
    ) -> Result<Answer, FetchError> {
        let name = file_name(url);
        let settled = self.patience.with_retries(&name, progress, || {
            let response = self.get(url, tags, accept)?;
            if response.status() == StatusCode::NOT_MODIFIED {
                return Ok(Answer::NotModified);
            }
            let download = self.download(url, response, archive, progress)?;
            Ok(Answer::File(Box::new(download)))
        });
        let name = &name;
        match &settled {
            Ok(Answer::NotModified) => progress.report(&Event::Unchanged { name }),
            Ok(Answer::File(download)) => progress.report(&Event::Kept {
                name,
                size: download.stored.size,
                sha256: download.stored.sha256,
            }),
            Err(_) => progress.report(&Event::Failed { name }),
        }
        settled
    }

    fn download(
        &self,
        url: &Url,
        response: Response,
        archive: &RawArchive,
        progress: &dyn Progress,
    ) -> Result<Download, FetchError> {
        let (name, size) = (file_name(url), response.content_length());
        progress.report(&Event::Started { name: &name, size });
        let (etag, last_modified) = (
            text(response.headers(), &header::ETAG),
            text(response.headers(), &header::LAST_MODIFIED),
        );
        let final_url = response.url().clone();
        let mut incoming = archive.begin()?;
        let body = self.body(url, archive.root(), self.limits.max_file, &response);
        let head = transfer::copy(&body, response, &mut incoming, &mut |received| {
            progress.report(&Event::Received { received });
        })?;
        transfer::check(url, &name, &head, &mut incoming)?;
        let stored = incoming.keep(&name)?;
        Ok(Download {
            stored,
            name,
            url: final_url,
            etag,
            last_modified,
        })
    }

    fn body(&self, url: &Url, into: &Path, limit: u64, response: &Response) -> Body {
        Body {
            url: url.to_string(),
            into: into.to_owned(),
            limit,
            expected: response.content_length(),
            stall: self.limits.stall,
            slowest: self.limits.slowest,
            deadline: self.patience.deadline(),
            total: self.limits.total,
        }
    }

    /// The answer to a GET of `url`, redirects followed within the same scheme, host and port: 200, or 304 where
    /// `tags` were sent.
    fn get(
        &self,
        url: &Url,
        tags: Tags<'_>,
        accept: &dyn Fn(&Url) -> Result<(), FetchError>,
    ) -> Result<Response, FetchError> {
        secure(url)?;
        let asked = url.to_string();
        let mut at = url.clone();
        for _ in 0..=self.limits.redirects {
            let limit = self.limits.total;
            if Instant::now() >= self.patience.deadline() {
                return Err(FetchError::TimeUsedUp { url: asked, limit });
            }
            let request = self.client.get(at.clone()).headers(conditions(tags));
            let response = request.send().map_err(|cause| self.send_error(&asked, cause))?;
            let Some(to) = redirect(&at, &response) else {
                return settled(&asked, tags, response);
            };
            if to.origin() != url.origin() {
                let to = to.to_string();
                return Err(FetchError::RedirectElsewhere { url: asked, to });
            }
            accept(&to)?;
            at = to;
        }
        let limit = self.limits.redirects;
        Err(FetchError::TooManyRedirects { url: asked, limit })
    }

    fn send_error(&self, url: &str, cause: reqwest::Error) -> FetchError {
        let url = url.to_owned();
        if cause.is_dns() {
            FetchError::Dns { url, cause }
        } else if is_tls(&cause) {
            FetchError::Tls { url, cause }
        } else if cause.is_connect() {
            FetchError::Unreachable { url, cause }
        } else if cause.is_timeout() {
            let after = self.limits.stall;
            FetchError::Stalled {
                url,
                received: 0,
                after,
            }
        } else {
            FetchError::Garbled { url, cause }
        }
    }
}

/// Refuses an address that is neither `https` nor plain `http` to this machine.
fn secure(url: &Url) -> Result<(), FetchError> {
    if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url)) {
        return Ok(());
    }
    let url = url.to_string();
    Err(FetchError::InsecureAddress { url })
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Whether a failure to connect was one of TLS, not of the network. An I/O error names the cause of what it wraps as its
/// own, so what it wraps is looked at too.
fn is_tls(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<rustls::Error>() {
            return true;
        }
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    false
}

/// The headers that ask for the file only if it is not what `tags` describe. A tag that is no header value is left
/// out: it is a hint, never the truth.
fn conditions(tags: Tags<'_>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let pairs = [
        (header::IF_NONE_MATCH, tags.etag),
        (header::IF_MODIFIED_SINCE, tags.last_modified),
    ];
    for (name, tag) in pairs {
        if let Some(Ok(value)) = tag.map(HeaderValue::from_str) {
            headers.insert(name, value);
        }
    }
    headers
}

/// Where `response` redirects to, seen from `at`, where it does.
fn redirect(at: &Url, response: &Response) -> Option<Url> {
    let follows = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = text(response.headers(), &header::LOCATION)?;
    follows.then(|| at.join(&location).ok()).flatten()
}

/// `response` where it is what was asked for, else what its status says.
fn settled(url: &str, tags: Tags<'_>, response: Response) -> Result<Response, FetchError> {
    let url = url.to_owned();
    let wait = text(response.headers(), &header::RETRY_AFTER);
    let retry_after = wait.and_then(|wait| retry_after(&wait, chrono::Utc::now()));
    let conditional = tags.etag.is_some() || tags.last_modified.is_some();
    match response.status().as_u16() {
        200 => Ok(response),
        304 if conditional => Ok(response),
        status @ (401 | 403) => Err(FetchError::Forbidden { url, status }),
        status @ (404 | 410) => Err(FetchError::NotFound { url, status }),
        429 => Err(FetchError::TooManyRequests { url, retry_after }),
        status @ (408 | 500..=599) => Err(FetchError::ServerError {
            url,
            status,
            retry_after,
        }),
        status => Err(FetchError::UnexpectedStatus { url, status }),
    }
}

fn text(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    Some(headers.get(name)?.to_str().ok()?.to_owned())
}

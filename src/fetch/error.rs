//! Why a file did not come, and what to do next.

use super::raw_archive::ArchiveError;
use crate::cms::site::{LandingPage, PageTooLarge};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a page, a file or a folder could not be had. Each message ends with what to do next.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are named in each variant's message")]
pub enum FetchError {
    /// The HTTP client could not be set up.
    #[error(
        "setting up the HTTP client failed: check [source] user_agent and the proxy settings of the environment"
    )]
    Client {
        #[source]
        cause: reqwest::Error,
    },
    /// A plain `http` address that is not loopback, or no web address at all.
    #[error("{url}: not fetched, because it is neither https nor http to this machine: use an https address")]
    InsecureAddress { url: String },
    /// 401 or 403.
    #[error(
        "{url}: the site refuses programs (HTTP {status}): open it in a browser, download the file by hand and run `hcpcs-watch releases import FILE`"
    )]
    Forbidden { url: String, status: u16 },
    /// 404 or 410.
    #[error(
        "{url}: no such file on the site (HTTP {status}): it may be about to be replaced, so run again tomorrow; if it stays away, look for it on the CMS page and run `hcpcs-watch releases import FILE`"
    )]
    NotFound { url: String, status: u16 },
    /// 429.
    #[error("{url}: the site asks for fewer requests (HTTP 429): run again in an hour")]
    TooManyRequests {
        url: String,
        retry_after: Option<Duration>,
    },
    /// 408 or 5xx.
    #[error("{url}: the site is out of order (HTTP {status}): run again later")]
    ServerError {
        url: String,
        status: u16,
        retry_after: Option<Duration>,
    },
    /// Any other status.
    #[error(
        "{url}: unexpected answer (HTTP {status}): open the address in a browser; if the file is there, run `hcpcs-watch releases import FILE`"
    )]
    UnexpectedStatus { url: String, status: u16 },
    /// A web page came where a file was expected.
    #[error(
        "{url}: a web page came instead of the file, most likely a licence to accept: download it by hand in a browser and run `hcpcs-watch releases import FILE`"
    )]
    HtmlInsteadOfFile { url: String },
    /// The body of a `.zip` address does not begin as a zip does.
    #[error(
        "{url}: not a zip (it begins with {beginning}): open the address in a browser and run `hcpcs-watch releases import FILE` on the right file"
    )]
    NotAZip { url: String, beginning: String },
    /// The body begins as a zip does and lacks the record every zip ends with.
    #[error(
        "{url}: the zip is cut off or damaged (its end record is missing in {size} bytes): run again; if it stays so, download it by hand and run `hcpcs-watch releases import FILE`"
    )]
    IncompleteZip { url: String, size: u64 },
    /// The body ended before it was complete.
    #[error("{url}: the download was cut off after {received} bytes{}: run again", expected.map(|size| format!(" of {size}")).unwrap_or_default())]
    CutOff {
        url: String,
        received: u64,
        expected: Option<u64>,
        #[source]
        cause: Option<io::Error>,
    },
    /// The body is larger than is taken.
    #[error(
        "{url}: larger than the {limit} bytes that are taken: no CMS file is; check what lies at the address"
    )]
    TooLarge { url: String, limit: u64 },
    /// No bytes, or next to none, came for a while.
    #[error("{url}: the site went silent: {received} bytes came, then next to nothing for {} s: run again later", after.as_secs_f32())]
    Stalled {
        url: String,
        received: u64,
        after: Duration,
    },
    /// The time for all downloads is used up.
    #[error("{url}: the time for downloads ({} s) is used up: run again later", limit.as_secs())]
    TimeUsedUp { url: String, limit: Duration },
    /// The host's name could not be resolved.
    #[error("{url}: the host name cannot be resolved: check the network, the DNS and [source] location")]
    Dns {
        url: String,
        #[source]
        cause: reqwest::Error,
    },
    /// No connection.
    #[error("{url}: no connection: check the network, the proxy and [source] location, then run again")]
    Unreachable {
        url: String,
        #[source]
        cause: reqwest::Error,
    },
    /// The secured connection could not be set up.
    #[error(
        "{url}: no secure connection: check this machine's clock and its certificates; an inspecting proxy must be trusted by the system"
    )]
    Tls {
        url: String,
        #[source]
        cause: reqwest::Error,
    },
    /// The answer breaks the protocol.
    #[error("{url}: the answer is garbled: run again; if it stays so, check the proxy")]
    Garbled {
        url: String,
        #[source]
        cause: reqwest::Error,
    },
    /// A redirect to another host, port or scheme.
    #[error(
        "{url}: redirected to {to}, which is not the same host and scheme, and not followed: if that is where CMS keeps the file now, download it by hand and run `hcpcs-watch releases import FILE`"
    )]
    RedirectElsewhere { url: String, to: String },
    /// More redirects than are followed.
    #[error(
        "{url}: more than {limit} redirects, most likely in a circle: open the address in a browser and run `hcpcs-watch releases import FILE`"
    )]
    TooManyRedirects { url: String, limit: usize },
    /// The address the site redirected to is named for another file.
    #[error(
        "{url}: asked for the {asked}, was sent to {to}, which is named as {found}: not used; look for the file on the CMS page and run `hcpcs-watch releases import FILE`"
    )]
    WrongFile {
        url: String,
        asked: String,
        to: String,
        found: String,
    },
    /// The page is too large.
    #[error("{url}: {cause}: check [source] location")]
    PageTooLarge {
        url: String,
        #[source]
        cause: PageTooLarge,
    },
    /// The page came and links to nothing known.
    #[error(
        "{url}: this is not the {page}, or its layout has changed: none of its {links} links is a file of its series; download the files by hand and run `hcpcs-watch releases import FILE`"
    )]
    PageUnrecognised {
        url: String,
        page: LandingPage,
        links: usize,
    },
    /// A folder, or a file in it, cannot be read.
    #[error("reading {} failed: check that it exists and may be read, or correct [source] location", path.display())]
    Unreadable {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    /// The folder holds more files than are looked through.
    #[error("{} holds more than {limit} files: point [source] location at the folder of CMS files", path.display())]
    FolderTooFull { path: PathBuf, limit: usize },
    /// The archive cannot keep the file.
    #[error("keeping the file in the archive failed")]
    Archive(#[from] ArchiveError),
}

impl FetchError {
    /// Whether another attempt may help: the site is busy, silent, gone for a moment, or cut the body off.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::TooManyRequests { .. }
                | Self::ServerError { .. }
                | Self::IncompleteZip { .. }
                | Self::CutOff { .. }
                | Self::Stalled { .. }
                | Self::Dns { .. }
                | Self::Unreachable { .. }
                | Self::Garbled { .. }
        )
    }

    /// Whether the site answered that programs may not have the page, or gave another page in its place.
    #[must_use]
    pub fn is_refused_page(&self) -> bool {
        matches!(self, Self::Forbidden { .. } | Self::PageUnrecognised { .. })
    }

    /// Whether something came that is not the file: the source was reached, and what it gave is refused.
    #[must_use]
    pub fn is_bad_data(&self) -> bool {
        matches!(
            self,
            Self::HtmlInsteadOfFile { .. }
                | Self::NotAZip { .. }
                | Self::IncompleteZip { .. }
                | Self::TooLarge { .. }
                | Self::WrongFile { .. }
        )
    }

    /// Whether the site has no such file.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// How long the site asked to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::TooManyRequests { retry_after, .. } | Self::ServerError { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

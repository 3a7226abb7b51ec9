//! The two landing pages of www.cms.gov and the names of the files they link to.
//!
//! A page is scraped for links; no address is made up while a page can be read. Each link is judged by its page, its
//! address and its words, and the judgement is kept with the link, so that what was left alone can be shown.

mod choice;
mod naming;
mod templates;

#[cfg(test)]
mod tests;

pub(crate) use choice::rank;
pub use choice::{Choice, choose};
pub use naming::{Naming, Posting, Stage};
pub use templates::usual_names;

use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use naming::foreign_word;
use scraper::{ElementRef, Html, Selector};
use std::fmt;
use url::Url;

/// The largest landing page that is parsed, in bytes. The real ones have about 0.3 MB.
pub const MAX_PAGE_BYTES: usize = 8 * 1024 * 1024;

/// The most tags a landing page may hold: parsing takes time by the square of the depth of nested tags. The real ones
/// have a few thousand; 10,000 links in a list make 40,000.
pub const MAX_PAGE_TAGS: usize = 100_000;

/// Endings of the files CMS posts, in lower case.
pub const FILE_EXTENSIONS: [&str; 5] = ["zip", "csv", "txt", "xls", "xlsx"];

/// A page of the CMS site that links to quarterly files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LandingPage {
    /// "HCPCS Quarterly Update".
    Hcpcs,
    /// "ASP Pricing Files": payment limits, crosswalks and NOC files.
    Asp,
}

impl LandingPage {
    /// Both pages, in the order they are read.
    pub const ALL: [Self; 2] = [Self::Hcpcs, Self::Asp];

    /// The path on the site.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Hcpcs => "/medicare/coding-billing/healthcare-common-procedure-system/quarterly-update",
            Self::Asp => "/medicare/payment/part-b-drugs/asp-pricing-files",
        }
    }

    /// The page that links to files of `source`; none for the Purple Book, which is not CMS's.
    #[must_use]
    pub fn of(source: Source) -> Option<Self> {
        match source {
            Source::Hcpcs => Some(Self::Hcpcs),
            Source::AspPricing | Source::NdcCrosswalk | Source::Noc => Some(Self::Asp),
            Source::PurpleBook => None,
        }
    }
}

impl fmt::Display for LandingPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hcpcs => "HCPCS quarterly update page",
            Self::Asp => "ASP pricing files page",
        })
    }
}

/// A link of a landing page and what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The page it stands on.
    pub page: LandingPage,
    /// Its words, blanks collapsed.
    pub text: String,
    /// Its address as written in the page.
    pub href: String,
    /// Its full address, or none where what is written is no address.
    pub url: Option<Url>,
    /// What it was taken for.
    pub verdict: Verdict,
}

/// What a link was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// A quarterly file of a series the tool reads.
    File(Posting),
    /// Not a file the tool reads.
    LeftAlone(Reason),
    /// Its words and its address name different files: it is not used, and said so.
    Contradiction {
        /// What the words name.
        text: String,
        /// What the address names.
        href: String,
    },
}

/// Why a link was left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The address cannot be read.
    #[error("not an address")]
    NotAnAddress,
    /// The address is on another host, or not a web address.
    #[error("on another host")]
    OtherHost,
    /// It asks to accept a licence.
    #[error("a licence page")]
    Licence,
    /// It leads to a page, not to a file.
    #[error("not a file")]
    NotAFile,
    /// It names another publication: the word that says so.
    #[error("another publication (`{0}`)")]
    OtherPublication(&'static str),
    /// It is a file, and none of the series of this page.
    #[error("not a file of this page's series")]
    OtherSeries,
    /// It is of a series the tool reads, and names no quarter.
    #[error("names no quarter")]
    NoQuarter,
}

/// A page too large to be a landing page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {page} has {size} bytes and {tags} tags; at most {MAX_PAGE_BYTES} bytes and {MAX_PAGE_TAGS} tags are read"
)]
pub struct PageTooLarge {
    /// Which page.
    pub page: LandingPage,
    /// Its size in bytes.
    pub size: usize,
    /// Its opening and closing tags.
    pub tags: usize,
}

/// Every link of `page`, whose text is `html` and whose address is `base`, in page order.
///
/// Relative and absolute links are taken; `<base>` is not heeded, so a relative link never leaves the host. A link
/// with plain `http` to the same host of an `https` page is read as `https`.
pub fn links(page: LandingPage, html: &str, base: &Url) -> Result<Vec<Link>, PageTooLarge> {
    let (size, tags) = (html.len(), html.bytes().filter(|byte| *byte == b'<').count());
    if size > MAX_PAGE_BYTES || tags > MAX_PAGE_TAGS {
        return Err(PageTooLarge { page, size, tags });
    }
    let Ok(anchors) = Selector::parse("a[href]") else {
        return Ok(Vec::new());
    };
    let document = Html::parse_document(html);
    Ok(document
        .select(&anchors)
        .map(|anchor| link(page, base, anchor))
        .collect())
}

fn link(page: LandingPage, base: &Url, anchor: ElementRef<'_>) -> Link {
    let href = anchor.attr("href").unwrap_or_default().trim().to_owned();
    let words: Vec<&str> = anchor.text().flat_map(str::split_whitespace).collect();
    let text = words.join(" ");
    let url = base.join(&href).ok().map(|url| kept_secure(base, url));
    let verdict = match &url {
        None => Verdict::LeftAlone(Reason::NotAnAddress),
        Some(url) => verdict(page, base, url, &text),
    };
    Link {
        page,
        text,
        href,
        url,
        verdict,
    }
}

/// `url` with `https` where the page itself came by `https` and the link names the same host with plain `http`.
fn kept_secure(base: &Url, mut url: Url) -> Url {
    let downgraded = base.scheme() == "https" && url.scheme() == "http";
    if downgraded && url.port().is_none() && url.host() == base.host() && url.set_scheme("https").is_err() {
        tracing::debug!(%url, "kept with plain http; it will not be followed");
    }
    url
}

/// What the link to `url` with the words `text` on `page` at `base` is.
fn verdict(page: LandingPage, base: &Url, url: &Url, text: &str) -> Verdict {
    if url.origin() != base.origin() {
        return Verdict::LeftAlone(Reason::OtherHost);
    }
    let path = url.path().to_ascii_lowercase();
    if path.contains("license") || path.contains("licence") {
        return Verdict::LeftAlone(Reason::Licence);
    }
    if extension(&path).is_none() {
        return Verdict::LeftAlone(Reason::NotAFile);
    }
    let (href, text) = (Naming::of(&path_name(url)), Naming::of(text));
    if let Some(word) = foreign_word(&href, &text) {
        return Verdict::LeftAlone(Reason::OtherPublication(word));
    }
    agreed(page, &href, &text)
}

/// The file that address and words name together, where they agree and `page` is the page of its series.
fn agreed(page: LandingPage, href: &Naming, text: &Naming) -> Verdict {
    let Some(source) = href.source.or(text.source) else {
        return Verdict::LeftAlone(Reason::OtherSeries);
    };
    if LandingPage::of(source) != Some(page) {
        return Verdict::LeftAlone(Reason::OtherSeries);
    }
    let mut quarters: Vec<Quarter> = [&href.quarters[..], &text.quarters[..]].concat();
    quarters.sort_unstable();
    quarters.dedup();
    let same_source = text.source.is_none_or(|said| said == source);
    match quarters[..] {
        [] => Verdict::LeftAlone(Reason::NoQuarter),
        [quarter] if same_source => Verdict::File(Posting::new(source, quarter, href, text)),
        _ => Verdict::Contradiction {
            text: text.to_string(),
            href: href.to_string(),
        },
    }
}

/// The ending of `name` where it is one of [`FILE_EXTENSIONS`], in lower case.
#[must_use]
pub fn extension(name: &str) -> Option<&'static str> {
    let (_, ending) = name.rsplit_once('.')?;
    FILE_EXTENSIONS
        .into_iter()
        .find(|known| ending.eq_ignore_ascii_case(known))
}

/// The name of the file at `url`: what follows `/files/zip/` (or `/files/document/`), else the last part of the path.
/// CMS writes dates with slashes into some names; they become dashes, as does every `%..` sequence.
#[must_use]
pub fn file_name(url: &Url) -> String {
    path_name(url)
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || "._".contains(letter) {
                letter
            } else {
                '-'
            }
        })
        .collect()
}

/// The part of the path of `url` that names the file, slashes kept, each `%..` sequence a dash.
fn path_name(url: &Url) -> String {
    let path = url.path();
    let folders = ["/files/zip/", "/files/document/", "/files/"];
    let after_folder = folders
        .iter()
        .find_map(|folder| path.split_once(folder).map(|(_, rest)| rest));
    let name = after_folder.unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path));
    let mut parts = name.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_sequence = part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
        plain.push('-');
        plain.push_str(if is_sequence { &part[2..] } else { part });
    }
    plain
}

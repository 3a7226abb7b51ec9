//! What is told while files come: to a terminal as a bar, elsewhere as plain lines.

use super::error::FetchError;
use crate::cms::site::LandingPage;
use crate::domain::source::Sha256;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Something that happened while files were fetched.
#[derive(Debug)]
#[expect(missing_docs, reason = "fields say what their names say")]
pub enum Event<'a> {
    /// A landing page was read; `links` of its links are files of its series.
    PageRead { page: LandingPage, links: usize },
    /// A file's body begins; `size` in bytes where the site tells it.
    Started { name: &'a str, size: Option<u64> },
    /// `received` bytes of the file are here.
    Received { received: u64 },
    /// A file is in the archive.
    Kept {
        name: &'a str,
        size: u64,
        sha256: Sha256,
    },
    /// The site has nothing newer.
    Unchanged { name: &'a str },
    /// A request failed and is made again after `wait`.
    Retrying {
        name: &'a str,
        error: &'a FetchError,
        wait: Duration,
    },
    /// A file did not come.
    Failed { name: &'a str },
}

/// Who is told. Reports come from one thread, in order.
pub trait Progress {
    /// Takes note of `event`.
    fn report(&self, event: &Event<'_>);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn report(&self, _event: &Event<'_>) {}
}

/// Writes a line for each event that ends something, and none while bytes come.
#[derive(Debug)]
pub struct Lines<W>(Mutex<W>);

impl<W: Write> Lines<W> {
    /// Lines to `writer`.
    pub fn new(writer: W) -> Self {
        Self(Mutex::new(writer))
    }

    /// The writer, to look at what was written.
    pub fn into_inner(self) -> W {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: Write> Progress for Lines<W> {
    fn report(&self, event: &Event<'_>) {
        let Some(line) = line(event) else { return };
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(writer, "{line}") {
            // Nobody may be listening any more; that is no reason to stop fetching.
            tracing::debug!(%error, line, "progress could not be written");
        }
    }
}

/// A bar on standard error for the file that is coming, and the lines of [`Lines`] above it.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// A bar that shows nothing until a file comes.
    #[must_use]
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar }
    }
}

impl Default for Bar {
    fn default() -> Self {
        Self::new()
    }
}

impl Progress for Bar {
    fn report(&self, event: &Event<'_>) {
        match event {
            Event::Started { name, size } => {
                self.bar.reset();
                self.bar.set_length(size.unwrap_or(0));
                self.bar.set_message((*name).to_owned());
            }
            Event::Received { received } => self.bar.set_position(*received),
            _ => {}
        }
        self.bar.suspend(|| Lines::new(std::io::stderr()).report(event));
        if matches!(event, Event::Kept { .. } | Event::Failed { .. }) {
            self.bar.finish_and_clear();
        }
    }
}

/// The progress to show on standard error: a bar on a terminal, lines elsewhere, nothing where `quiet`.
#[must_use]
pub fn on_stderr(quiet: bool) -> Box<dyn Progress> {
    if quiet {
        Box::new(Silent)
    } else if std::io::stderr().is_terminal() {
        Box::new(Bar::new())
    } else {
        Box::new(Lines::new(std::io::stderr()))
    }
}

/// The line for `event`, or none while bytes come.
fn line(event: &Event<'_>) -> Option<String> {
    Some(match event {
        Event::Started { .. } | Event::Received { .. } | Event::Failed { .. } => return None,
        Event::PageRead { page, links } => format!("read the {page}: {links} files"),
        Event::Kept { name, size, sha256 } => {
            let start = sha256.to_string();
            format!("fetched {name} {} sha256 {}…", size_text(*size), &start[..8])
        }
        Event::Unchanged { name } => format!("unchanged {name}"),
        Event::Retrying { name, error, wait } => {
            format!(
                "{name}: trying again in {} s: {error}",
                wait.as_millis().div_ceil(1000)
            )
        }
    })
}

/// `bytes` in whole KB or, from ten on, whole MB.
fn size_text(bytes: u64) -> String {
    if bytes < 10_000_000 {
        format!("{} KB", bytes.div_ceil(1000))
    } else {
        format!("{} MB", bytes.div_ceil(1_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_tell_what_came_and_how_large_it_is() {
        let lines = Lines::new(Vec::new());
        let (name, sha256) = ("x.zip", Sha256::of(b""));
        lines.report(&Event::Started { name, size: None });
        lines.report(&Event::Received { received: 3 });
        lines.report(&Event::Kept {
            name,
            size: 382_400,
            sha256,
        });
        lines.report(&Event::Unchanged { name });
        let said = String::from_utf8(lines.into_inner()).unwrap();
        assert_eq!(said, "fetched x.zip 383 KB sha256 e3b0c442…\nunchanged x.zip\n");
        assert_eq!(size_text(12_000_001), "13 MB");
    }
}

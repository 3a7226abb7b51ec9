//! Fetching from the CMS site: pages, links, files.

use super::Job;
use super::error::FetchError;
use super::http::{Answer, Download, Site, Tags};
use super::progress::{Event, Progress};
use super::report::{FetchReport, Fetched, FileOutcome, Note, Unchanged};
use super::wanted::{Known, Wanted};
use crate::cms::site::{self, LandingPage, Link, Naming, Verdict};
use crate::domain::source::SourceFile;
use std::sync::Arc;
use url::Url;

/// A landing page as it was read, or why it was not.
type PageLinks = Result<Vec<Link>, Arc<FetchError>>;

/// Fetches what `job` wants from the site at `root`.
pub(super) fn fetch(job: &Job<'_>, root: &Url, progress: &dyn Progress) -> FetchReport {
    let mut report = FetchReport::default();
    let site = match Site::new(root, &job.config.user_agent, &job.limits) {
        Ok(site) => site,
        Err(error) => return no_site(job, root, &Arc::new(error)),
    };
    let errand = Errand {
        job,
        root,
        site: &site,
        progress,
    };
    for page in LandingPage::ALL {
        let wanted = |wanted: &&Wanted| LandingPage::of(wanted.source) == Some(page);
        if job.wanted.iter().any(|one| wanted(&one)) {
            let links = errand.read_page(page, &mut report);
            for wanted in job.wanted.iter().filter(wanted) {
                let outcome = errand.outcome(page, &links, *wanted, &mut report);
                report.outcomes.push(outcome);
            }
        }
    }
    let place = |outcome: &FileOutcome| {
        let file = outcome.source_and_quarter();
        job.wanted
            .iter()
            .position(|wanted| (wanted.source, wanted.quarter) == file)
    };
    report.outcomes.sort_by_key(place);
    report
}

/// The report of a run that could not even begin to ask.
fn no_site(job: &Job<'_>, root: &Url, error: &Arc<FetchError>) -> FetchReport {
    let failed = |wanted: &Wanted| FileOutcome::Failed {
        wanted: *wanted,
        origin: root.to_string(),
        error: Arc::clone(error),
    };
    FetchReport {
        outcomes: job.wanted.iter().map(failed).collect(),
        page_failures: LandingPage::ALL.map(|page| (page, Arc::clone(error))).to_vec(),
        ..FetchReport::default()
    }
}

/// One run's errand to one site.
struct Errand<'a> {
    job: &'a Job<'a>,
    root: &'a Url,
    site: &'a Site,
    progress: &'a dyn Progress,
}

/// An address to fetch a file from, and how it was come by.
struct Lead<'a> {
    url: &'a Url,
    link_text: Option<&'a str>,
}

impl Errand<'_> {
    /// The links of `page`; a failure and contradictions are noted in `report`.
    fn read_page(&self, page: LandingPage, report: &mut FetchReport) -> PageLinks {
        let links = self.links(page).map_err(Arc::new);
        match &links {
            Ok(links) => report.notes.extend(links.iter().filter_map(contradiction)),
            Err(error) => report.page_failures.push((page, Arc::clone(error))),
        }
        links
    }

    fn links(&self, page: LandingPage) -> Result<Vec<Link>, FetchError> {
        let url = self.page_url(page);
        let html = self.site.page(page, &url, self.progress)?;
        let links = site::links(page, &html, &url).map_err(|cause| FetchError::PageTooLarge {
            url: url.to_string(),
            cause,
        })?;
        let files = links
            .iter()
            .filter(|link| matches!(link.verdict, Verdict::File(_)))
            .count();
        if files == 0 {
            return Err(FetchError::PageUnrecognised {
                url: url.to_string(),
                page,
                links: links.len(),
            });
        }
        self.progress.report(&Event::PageRead { page, links: files });
        Ok(links)
    }

    fn page_url(&self, page: LandingPage) -> Url {
        let mut url = self.root.clone();
        url.set_path(page.path());
        url
    }

    fn outcome(
        &self,
        page: LandingPage,
        links: &PageLinks,
        wanted: Wanted,
        report: &mut FetchReport,
    ) -> FileOutcome {
        match links {
            Ok(links) => self.by_link(links, wanted, report),
            Err(error) if error.is_refused_page() => self.by_guess(page, wanted, error, report),
            Err(error) => FileOutcome::Failed {
                wanted,
                origin: self.page_url(page).to_string(),
                error: Arc::clone(error),
            },
        }
    }

    fn by_link(&self, links: &[Link], wanted: Wanted, report: &mut FetchReport) -> FileOutcome {
        let choice = site::choose(links, wanted.source, wanted.quarter, self.job.today);
        let chosen = choice.chosen.and_then(|link| Some((link, link.url.as_ref()?)));
        let Some((link, url)) = chosen else {
            let overdue = wanted.quarter.first_day() <= self.job.today;
            return FileOutcome::NotPosted { wanted, overdue };
        };
        report
            .notes
            .extend(choice.passed_over.iter().map(|other| Note::PassedOver {
                series: wanted.source,
                quarter: wanted.quarter,
                chosen: link.href.clone(),
                passed_over: other.href.clone(),
            }));
        let link_text = Some(link.text.as_str());
        match self.ask(&Lead { url, link_text }, wanted) {
            Ok(outcome) => outcome,
            Err(error) => FileOutcome::Failed {
                wanted,
                origin: url.to_string(),
                error: Arc::new(error),
            },
        }
    }

    /// The last resort where the page could not be read: CMS's usual names, most usual first.
    fn by_guess(
        &self,
        page: LandingPage,
        wanted: Wanted,
        page_error: &Arc<FetchError>,
        report: &mut FetchReport,
    ) -> FileOutcome {
        for path in site::usual_names(wanted.source, wanted.quarter) {
            let mut url = self.root.clone();
            url.set_path(&path);
            let lead = Lead {
                url: &url,
                link_text: None,
            };
            match self.ask(&lead, wanted) {
                Ok(outcome) => {
                    let url = url.to_string();
                    report.notes.push(Note::Guessed { page, url });
                    return outcome;
                }
                Err(error) if error.is_not_found() => {}
                // The whole site refuses programs; the page's own error names an address that is no guess.
                Err(error) if error.is_refused_page() => break,
                Err(error) => {
                    return FileOutcome::Failed {
                        wanted,
                        origin: url.to_string(),
                        error: Arc::new(error),
                    };
                }
            }
        }
        FileOutcome::Failed {
            wanted,
            origin: self.page_url(page).to_string(),
            error: Arc::clone(page_error),
        }
    }

    /// Asks for the file, only if changed where the revision known came from the same address and still lies
    /// undamaged in the archive.
    fn ask(&self, lead: &Lead<'_>, wanted: Wanted) -> Result<FileOutcome, FetchError> {
        let known = self.job.known.iter().find(|known| known.is_of(wanted));
        let same_address = |known: &&Known| known.url == lead.url.as_str();
        let held = known.filter(same_address).filter(|known| {
            self.job
                .archive
                .unharmed(known.sha256)
                .is_ok_and(|path| path.is_some())
        });
        let tags = held.map(|known| Tags {
            etag: known.etag.as_deref(),
            last_modified: known.last_modified.as_deref(),
        });
        let accept = |to: &Url| named_for(wanted, lead.url, to);
        let (archive, progress) = (self.job.archive, self.progress);
        let answer = self
            .site
            .file(lead.url, tags.unwrap_or_default(), archive, progress, &accept)?;
        let unchanged = |known: &Known, etag, last_modified| {
            FileOutcome::Unchanged(Unchanged {
                wanted,
                origin: lead.url.to_string(),
                sha256: known.sha256,
                etag,
                last_modified,
            })
        };
        match (answer, held, known) {
            (Answer::NotModified, Some(held), _) => {
                Ok(unchanged(held, held.etag.clone(), held.last_modified.clone()))
            }
            // Unasked for: `Site` gives it only where tags were sent.
            (Answer::NotModified, None, _) => Err(FetchError::UnexpectedStatus {
                url: lead.url.to_string(),
                status: 304,
            }),
            (Answer::File(download), _, Some(known)) if known.sha256 == download.stored.sha256 => {
                Ok(unchanged(known, download.etag, download.last_modified))
            }
            (Answer::File(download), _, _) => {
                Ok(FileOutcome::Fetched(Box::new(fetched(lead, wanted, *download))))
            }
        }
    }
}

fn fetched(lead: &Lead<'_>, wanted: Wanted, download: Download) -> Fetched {
    let redirected = download.url != *lead.url;
    Fetched {
        file: SourceFile {
            source: wanted.source,
            quarter: wanted.quarter,
            origin: lead.url.to_string(),
            name: download.name,
            sha256: download.stored.sha256,
        },
        path: download.stored.path,
        size: download.stored.size,
        etag: download.etag,
        last_modified: download.last_modified,
        link_text: lead.link_text.map(str::to_owned),
        redirected_to: redirected.then(|| download.url.to_string()),
        guessed: lead.link_text.is_none(),
    }
}

/// Refuses an address `to` that is named for another series or quarter than `wanted`; one that names none passes, the
/// file's own words are checked later.
fn named_for(wanted: Wanted, asked_at: &Url, to: &Url) -> Result<(), FetchError> {
    let naming = Naming::of(&site::file_name(to));
    let same_source = naming.source.is_none_or(|source| source == wanted.source);
    let same_quarter = naming.quarters.iter().all(|quarter| *quarter == wanted.quarter);
    if same_source && same_quarter {
        return Ok(());
    }
    Err(FetchError::WrongFile {
        url: asked_at.to_string(),
        asked: format!("{}, {}", wanted.source.title(), wanted.quarter),
        to: to.to_string(),
        found: naming.to_string(),
    })
}

fn contradiction(link: &Link) -> Option<Note> {
    let Verdict::Contradiction { text, href } = &link.verdict else {
        return None;
    };
    Some(Note::Contradiction {
        page: link.page,
        text: link.text.clone(),
        text_says: text.clone(),
        href: link.href.clone(),
        href_says: href.clone(),
    })
}

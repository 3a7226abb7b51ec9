//! The whole of fetching against a fake site and against folders.

#[expect(dead_code, reason = "certificates are for the tests of the binary")]
#[path = "../../tests/support/certificates.rs"]
mod certificates;
#[expect(dead_code, reason = "certificates are for the tests of the binary")]
#[path = "../../tests/support/fake_cms.rs"]
mod fake_cms;

use super::*;
use crate::cms::site::LandingPage;
use crate::domain::source::Sha256;
use fake_cms::{ASP_PAGE, FakeCms, Fault, HCPCS_PAGE};
use std::fs;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const TODAY: &str = "2023-06-20";
const Q2: &str = "/files/zip/april-2023-alpha-numeric-hcpcs-file.zip";
const Q3: &str = "/files/zip/july-2023-alpha-numeric-hcpcs-file.zip";
const OLD: &str = "/files/zip/january-2019-alpha-numeric-hcpcs-file.zip";
const PRICES: &str = "/files/zip/april-2023-asp-pricing-file.zip";

/// Bytes with the beginning and the end of a zip.
fn zip(content: &str) -> Vec<u8> {
    format!("PK\x03\x04{}PK\x05\x06{}", content.repeat(300), "\0".repeat(18)).into_bytes()
}

/// A site with two quarters of HCPCS, one of prices and some decoys.
fn site() -> FakeCms {
    let site = FakeCms::start();
    let name = "2023 Alpha-Numeric HCPCS File (ZIP)";
    site.post(
        HCPCS_PAGE,
        OLD,
        "January 2019 Alpha-Numeric HCPCS File",
        "2018-12-17",
        &zip("old"),
    );
    site.post(HCPCS_PAGE, Q2, &format!("April {name}"), "2023-03-17", &zip("q2"));
    site.post(HCPCS_PAGE, Q3, &format!("July {name}"), "2023-06-16", &zip("q3"));
    site.post(
        ASP_PAGE,
        PRICES,
        "April 2023 ASP Pricing File (ZIP)",
        "2023-03-20",
        &zip("price"),
    );
    site.post(
        ASP_PAGE,
        "/files/zip/2023-seasonal-vaccine-price-file.zip",
        "Prices",
        "2023-01-01",
        &zip("no"),
    );
    site
}

/// A practice's machine: a configuration, an archive and what is known.
struct Practice {
    config: SourceConfig,
    archive: RawArchive,
    known: Vec<Known>,
    limits: Limits,
    _folder: TempDir,
}

impl Practice {
    fn at(location: Location) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            config: SourceConfig {
                location,
                user_agent: "hcpcs-watch-test/1 (+mailto:it@example.org)".to_owned(),
                purple_book: None,
            },
            archive: RawArchive::new(folder.path()),
            known: Vec::new(),
            limits: Limits {
                stall: Duration::from_millis(300),
                slowest: 100,
                first_wait: Duration::from_millis(5),
                max_file: 200_000,
                ..Limits::default()
            },
            _folder: folder,
        }
    }

    fn of(site: &FakeCms) -> Self {
        Self::at(Location::Site(site.url().parse().unwrap()))
    }

    fn fetch(&self) -> FetchReport {
        self.fetch_on(TODAY, &Silent)
    }

    fn fetch_on(&self, today: &str, progress: &dyn Progress) -> FetchReport {
        let today = today.parse().unwrap();
        let wanted = wanted_for(today);
        let job = Job {
            config: &self.config,
            archive: &self.archive,
            today,
            wanted: &wanted,
            known: &self.known,
            identify: &identify,
            limits: self.limits.clone(),
        };
        let report = fetch(&job, progress);
        let asked: Vec<_> = wanted.iter().map(|one| (one.source, one.quarter)).collect();
        let told: Vec<_> = report
            .outcomes
            .iter()
            .map(FileOutcome::source_and_quarter)
            .collect();
        assert_eq!(asked, told, "an outcome for each file, in order");
        report
    }

    /// Takes over what a report brought, as the store would.
    fn learn(&mut self, report: &FetchReport) {
        self.known = report
            .fetched()
            .map(|fetched| Known {
                source: fetched.file.source,
                quarter: fetched.file.quarter,
                url: fetched.file.origin.clone(),
                etag: fetched.etag.clone(),
                last_modified: fetched.last_modified.clone(),
                sha256: fetched.file.sha256,
            })
            .collect();
    }
}

/// Stands in for the look into a file: its first line is `<source> <quarter>`.
fn identify(_name: &str, bytes: &[u8]) -> Result<(Source, Quarter), String> {
    let text = String::from_utf8_lossy(bytes);
    let mut words = text.split_whitespace();
    let source = words.next().and_then(|word| word.parse().ok());
    let quarter = words.next().and_then(|word| word.parse().ok());
    source.zip(quarter).ok_or_else(|| "not a file of CMS".to_owned())
}

/// The outcomes in one word each, in the order wanted: HCPCS, pricing, crosswalk, NOC of the two quarters.
fn words(report: &FetchReport) -> Vec<&'static str> {
    let word = |outcome: &FileOutcome| match outcome {
        FileOutcome::Fetched(fetched) if fetched.guessed => "guessed",
        FileOutcome::Fetched(_) => "fetched",
        FileOutcome::Unchanged(_) => "unchanged",
        FileOutcome::NotPosted { overdue: true, .. } => "overdue",
        FileOutcome::NotPosted { overdue: false, .. } => "not yet",
        FileOutcome::Failed { .. } => "failed",
    };
    report.outcomes.iter().map(word).collect()
}

fn error(report: &FetchReport, place: usize) -> &FetchError {
    match &report.outcomes[place] {
        FileOutcome::Failed { error, .. } => error,
        other => panic!("{other:?}"),
    }
}

/// The error of the HCPCS file in force under `fault`; nothing may have been left in the archive.
fn error_under(fault: &Fault, shown: &str) -> Vec<fake_cms::Request> {
    let site = site();
    site.set_fault(fault.clone());
    let practice = Practice::of(&site);
    let report = practice.fetch();
    let message = error(&report, 0).to_string();
    assert!(message.contains(shown), "{fault:?}: {message}");
    assert!(message.contains(Q2) && message.contains(": "), "{message}");
    assert!(report.outcomes[0].lacks_required() && !report.is_unreachable());
    let left: Vec<_> = fs::read_dir(practice.archive.root()).unwrap().collect();
    assert!(left.is_empty(), "{fault:?}: {left:?}");
    site.log()
        .into_iter()
        .filter(|request| request.path == Q2)
        .collect()
}

#[test]
fn files_of_both_quarters_come_and_absent_ones_are_told_apart() {
    let site = site();
    site.set_as_of("2023-06-20");
    let practice = Practice::of(&site);
    let lines = Lines::new(Vec::new());
    let report = practice.fetch_on(TODAY, &lines);
    assert_eq!(
        words(&report),
        [
            "fetched", "fetched", "overdue", "overdue", "fetched", "not yet", "not yet", "not yet"
        ]
    );
    assert!(report.notes.is_empty() && !report.is_unreachable());
    let first = report.fetched().next().unwrap();
    assert_eq!(first.file.name, "april-2023-alpha-numeric-hcpcs-file.zip");
    assert_eq!(
        first.link_text.as_deref(),
        Some("April 2023 Alpha-Numeric HCPCS File (ZIP)")
    );
    assert_eq!(practice.archive.read(first.file.sha256).unwrap(), zip("q2"));
    assert_eq!(fs::read(&first.path).unwrap(), zip("q2"));
    let said = String::from_utf8(lines.into_inner()).unwrap();
    assert!(
        said.starts_with("read the HCPCS quarterly update page: 3 files\nfetched april-2023-"),
        "{said}"
    );
    let agents: Vec<_> = site
        .log()
        .iter()
        .map(|request| request.header("user-agent").unwrap().to_owned())
        .collect();
    assert_eq!(agents, vec![practice.config.user_agent.clone(); 5]);
}

#[test]
fn a_known_file_is_asked_for_by_its_tag_and_a_re_posted_one_comes() {
    let site = site();
    site.post(HCPCS_PAGE, Q2, "", "2023-06-21", &zip("q2 again"));
    site.set_as_of("2023-06-20");
    let mut practice = Practice::of(&site);
    practice.learn(&practice.fetch());
    site.set_fault(Fault::None);
    assert_eq!(words(&practice.fetch())[..2], ["unchanged", "unchanged"]);
    let asked = site.log().into_iter().find(|request| request.path == Q2).unwrap();
    assert!(asked.header("if-none-match").is_some() && asked.header("if-modified-since").is_some());
    site.set_as_of("2023-06-21");
    let report = practice.fetch();
    assert_eq!(words(&report)[..2], ["fetched", "unchanged"]);
    assert_eq!(
        report.fetched().next().unwrap().file.sha256,
        Sha256::of(&zip("q2 again"))
    );
}

#[test]
fn the_same_bytes_without_a_tag_are_unchanged_and_a_damaged_copy_is_mended() {
    let site = site();
    let mut practice = Practice::of(&site);
    practice.learn(&practice.fetch());
    for known in &mut practice.known {
        (known.etag, known.last_modified) = (None, None);
    }
    assert_eq!(words(&practice.fetch())[0], "unchanged");
    practice.learn(&Practice::of(&site).fetch());
    let sha256 = practice.known[0].sha256;
    let path = practice.archive.find(sha256).unwrap().unwrap();
    fs::write(&path, b"damaged").unwrap();
    assert_eq!(
        words(&practice.fetch())[0],
        "unchanged",
        "asked for without a tag, and kept anew"
    );
    assert_eq!(practice.archive.read(sha256).unwrap(), zip("q2"));
}

#[test]
fn each_fault_of_a_file_has_its_own_message() {
    error_under(&Fault::Files(403), "releases import FILE");
    error_under(&Fault::Files(404), "no such file");
    error_under(&Fault::Files(418), "HTTP 418");
    error_under(&Fault::Licence, "licence to accept");
    error_under(&Fault::NotHttp, "garbled");
    let whole = zip("q2").len();
    error_under(
        &Fault::Truncated,
        &format!("cut off after {} bytes of {whole}", whole / 2),
    );
    error_under(&Fault::Short, "cut off or damaged");
    error_under(&Fault::Garbage, "cut off or damaged");
    error_under(&Fault::GarbledChunks, "cut off");
    error_under(&Fault::Endless, "larger than the 200000 bytes");
    error_under(&Fault::GzipBomb, "larger than the 200000 bytes");
    error_under(&Fault::EndlessGzip, "larger than the 200000 bytes");
    error_under(&Fault::Understated, "cut off or damaged");
    error_under(&Fault::Stall, "went silent");
    error_under(&Fault::Drip, "next to nothing");
}

#[test]
fn a_head_that_never_ends_is_given_up_in_bounded_time() {
    let begun = Instant::now();
    let asked = error_under(&Fault::SlowHead, "0 bytes came, then next to nothing");
    assert_eq!(asked.len(), 3);
    error_under(&Fault::EndlessHead, "garbled");
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn only_what_may_pass_is_tried_again() {
    assert_eq!(error_under(&Fault::Files(403), "").len(), 1);
    assert_eq!(error_under(&Fault::Licence, "").len(), 1);
    assert_eq!(error_under(&Fault::Endless, "").len(), 1);
    assert_eq!(error_under(&Fault::Files(503), "out of order").len(), 3);
    assert_eq!(error_under(&Fault::Files(429), "fewer requests").len(), 3);
    assert_eq!(error_under(&Fault::Short, "").len(), 3);
    let site = site();
    site.set_fault(Fault::Files(503));
    assert_eq!(words(&Practice::of(&site).fetch())[..2], ["failed", "failed"]);
    let asked = |path| site.log().iter().filter(|request| request.path == path).count();
    // The page of prices was read in between: the site is there, and patience is fresh for one more file.
    assert_eq!((asked(Q2), asked(Q3), asked(PRICES)), (3, 1, 3));
}

#[test]
fn a_busy_site_is_asked_again_after_the_time_it_names() {
    for status in [503, 429] {
        let site = site();
        site.set_fault(Fault::FirstTime(status));
        let mut practice = Practice::of(&site);
        practice.limits.longest_wait = Duration::from_millis(150);
        let begun = Instant::now();
        let lines = Lines::new(Vec::new());
        let report = practice.fetch_on(TODAY, &lines);
        assert_eq!(words(&report)[0], "fetched");
        // Two pages and three files, each once refused with a wait of a second that is capped.
        assert!(
            begun.elapsed() >= Duration::from_millis(5 * 150),
            "{:?}",
            begun.elapsed()
        );
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        assert!(
            String::from_utf8(lines.into_inner())
                .unwrap()
                .contains("trying again in 1 s")
        );
    }
}

#[test]
fn redirects_stay_on_the_site_and_with_the_file() {
    error_under(
        &Fault::Redirect("https://cdn.example.org/x.zip".to_owned()),
        "not the same host",
    );
    error_under(
        &Fault::Redirect("//127.0.0.1:1/x.zip".to_owned()),
        "not the same host",
    );
    error_under(&Fault::Redirect(Q2.to_owned()), "more than 5 redirects");
    error_under(
        &Fault::Redirect(OLD.to_owned()),
        "named as HCPCS quarterly file, 2019Q1",
    );
    error_under(&Fault::Redirect(PRICES.to_owned()), "named as ASP pricing file");
    assert_eq!(
        error_under(&Fault::Redirect("http://".to_owned()), "HTTP 301").len(),
        1
    );
}

#[test]
fn a_refused_page_is_made_up_for_by_usual_names_and_said() {
    let site = site();
    site.set_fault(Fault::Pages(403));
    let report = Practice::of(&site).fetch();
    assert_eq!(
        words(&report),
        [
            "guessed", "guessed", "failed", "failed", "guessed", "failed", "failed", "failed"
        ]
    );
    assert!(matches!(error(&report, 2), FetchError::Forbidden { .. }));
    assert!(!report.is_unreachable());
    assert_eq!(report.page_failures.len(), 2);
    let notes: Vec<String> = report.notes.iter().map(Note::to_string).collect();
    assert!(
        notes.len() == 3 && notes[0].contains(Q2) && notes[0].contains("guessed"),
        "{notes:?}"
    );
}

#[test]
fn a_site_that_is_down_refuses_all_or_shows_another_page_is_unreachable() {
    for status in [403, 500] {
        let site = site();
        site.set_fault(Fault::Everything(status));
        let report = Practice::of(&site).fetch();
        assert!(
            report.is_unreachable() && report.outcomes[0].lacks_required(),
            "{status}"
        );
        assert_eq!(words(&report), ["failed"; 8]);
    }
    let empty = FakeCms::start();
    let report = Practice::of(&empty).fetch();
    assert!(report.is_unreachable());
    assert!(
        error(&report, 0).to_string().contains("layout has changed"),
        "{}",
        error(&report, 0)
    );
    let gone = Practice::of(&empty);
    drop(empty);
    std::thread::sleep(Duration::from_millis(50));
    let report = gone.fetch();
    assert!(report.is_unreachable());
    assert!(
        error(&report, 0).to_string().contains("no connection"),
        "{}",
        error(&report, 0)
    );
}

#[test]
fn a_name_that_does_not_resolve_and_an_insecure_address_are_told() {
    let mut practice = Practice::at(Location::Site("https://cms.invalid".parse().unwrap()));
    practice.limits.attempts = 1;
    let report = practice.fetch();
    let message = error(&report, 0).to_string();
    // Behind a proxy the name is the proxy's to resolve.
    assert!(
        report.is_unreachable() && message.contains("check the network"),
        "{message}"
    );
    let report = Practice::at(Location::Site("http://www.example.org".parse().unwrap())).fetch();
    assert!(report.is_unreachable());
    assert!(matches!(error(&report, 0), FetchError::InsecureAddress { .. }));
}

#[test]
fn links_that_contradict_themselves_and_postings_passed_over_are_noted() {
    let site = site();
    site.set_extra_html(&format!(
        "<a href='{OLD}'>July 2023 Alpha-Numeric HCPCS File</a><a href='{Q2}'>x</a>"
    ));
    let newer = "/files/zip/april-2023-asp-pricing-file-05/01/23-final-file.zip";
    site.post(
        ASP_PAGE,
        newer,
        "April 2023 ASP Pricing File - 05/01/23 - final file",
        "2023-05-01",
        &zip("new"),
    );
    let report = Practice::of(&site).fetch();
    let names: Vec<&str> = report
        .fetched()
        .map(|fetched| fetched.file.name.as_str())
        .collect();
    assert_eq!(names[1], "april-2023-asp-pricing-file-05-01-23-final-file.zip");
    let notes: Vec<String> = report.notes.iter().map(Note::to_string).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(
        notes[0].contains("2023Q3") && notes[0].contains("2019Q1"),
        "{notes:?}"
    );
    assert!(
        notes[1].contains(newer) && notes[1].contains("passed over"),
        "{notes:?}"
    );
}

#[test]
fn a_page_without_end_is_refused() {
    let site = site();
    site.set_extra_html(&"<p>x</p>".repeat(2_000));
    let mut practice = Practice::of(&site);
    practice.limits.max_page = 10_000;
    let report = practice.fetch();
    assert!(report.is_unreachable());
    assert!(matches!(
        error(&report, 0),
        FetchError::TooLarge { limit: 10_000, .. }
    ));
}

#[test]
fn the_time_of_a_run_is_bounded() {
    let site = site();
    site.set_fault(Fault::Drip);
    let mut practice = Practice::of(&site);
    (practice.limits.slowest, practice.limits.total) = (0, Duration::from_millis(400));
    let begun = Instant::now();
    let report = practice.fetch();
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(
        matches!(error(&report, 0), FetchError::TimeUsedUp { .. }),
        "{}",
        error(&report, 0)
    );
}

#[test]
fn an_address_or_a_file_given_by_hand_is_kept() {
    let site = site();
    let practice = Practice::of(&site);
    let url = format!("{}{Q3}", site.url()).parse().unwrap();
    let (agent, archive) = (&practice.config.user_agent, &practice.archive);
    let download = fetch_address(&url, agent, archive, &practice.limits, &Silent).unwrap();
    assert_eq!(archive.read(download.stored.sha256).unwrap(), zip("q3"));
    assert_eq!(
        keep_file(&download.stored.path, archive).unwrap(),
        download.stored
    );
    let absent = keep_file(Path::new("/nowhere/x.zip"), archive).unwrap_err();
    assert!(absent.to_string().contains("/nowhere/x.zip"));
}

#[test]
fn a_folder_gives_the_newest_of_each_file_and_names_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("renamed.zip", "hcpcs 2023Q2 first");
    write("2023/hcpcs_v4.csv", "hcpcs 2023Q2 fourth");
    write("hcpcs_v2.csv", "hcpcs 2023Q2 second");
    write("july-2023-alpha-numeric-hcpcs-file.zip", "hcpcs 2023Q3");
    write(
        "january-2019-alpha-numeric-hcpcs-file.zip",
        "hcpcs 2023Q2 not opened",
    );
    write("price 03-01-2023.csv", "asp-pricing 2023Q2 b");
    write("price 03-20-2023.csv", "asp-pricing 2023Q2 c");
    write("price 06-25-2023.csv", "asp-pricing 2023Q2 after today");
    write("2023/deeper/noc.csv", "noc 2023Q2");
    write("licence.zip", "<html>accept</html>");
    write("what.csv", "hello");
    write("notes.md", "hello");
    write(".hidden.csv", "noc 2023Q2");
    let mut practice = Practice::at(Location::Folder(folder.path().to_owned()));
    let report = practice.fetch();
    assert_eq!(
        words(&report),
        [
            "fetched", "fetched", "overdue", "overdue", "fetched", "not yet", "not yet", "not yet"
        ]
    );
    let names: Vec<&str> = report
        .fetched()
        .map(|fetched| fetched.file.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "hcpcs_v4.csv",
            "price 03-20-2023.csv",
            "july-2023-alpha-numeric-hcpcs-file.zip"
        ]
    );
    let notes: Vec<String> = report.notes.iter().map(Note::to_string).collect();
    let of = |part: &str| notes.iter().filter(|note| note.contains(part)).count();
    assert_eq!(
        (notes.len(), of("passed over"), of("was not used")),
        (7, 4, 3),
        "{notes:#?}"
    );
    practice.learn(&report);
    assert_eq!(words(&practice.fetch())[..2], ["unchanged", "unchanged"]);

    // A copy that was damaged is kept anew; a file that was changed is news.
    let sha256 = practice.known[0].sha256;
    let copy = practice.archive.find(sha256).unwrap().unwrap();
    fs::write(&copy, b"damaged").unwrap();
    assert_eq!(words(&practice.fetch())[0], "unchanged");
    assert!(practice.archive.unharmed(sha256).unwrap().is_some());
    write("2023/hcpcs_v4.csv", "hcpcs 2023Q2 changed");
    assert_eq!(words(&practice.fetch())[0], "fetched");
}

#[test]
fn a_folder_that_is_not_there_is_unreachable() {
    let practice = Practice::at(Location::Folder("/nowhere/cms".into()));
    let report = practice.fetch();
    assert!(report.is_unreachable() && report.outcomes[0].lacks_required());
    assert!(error(&report, 0).to_string().contains("/nowhere/cms"));
}

#[test]
fn only_the_hcpcs_file_in_force_is_required() {
    let wanted = wanted_for("2023-12-31".parse().unwrap());
    let required: Vec<_> = wanted.iter().filter(|one| one.required).collect();
    assert_eq!(required.len(), 1);
    assert_eq!(
        (required[0].source, required[0].quarter.to_string().as_str()),
        (Source::Hcpcs, "2023Q4")
    );
    assert_eq!(wanted.last().unwrap().quarter.to_string(), "2024Q1");
    assert!(LandingPage::of(Source::PurpleBook).is_none());
}

//! What a run does where the site fails it: its exit code, what it says to do next, and that the next good run makes up
//! for it.

use crate::certificates::Certificate;
use crate::fake_cms::{ASP_PAGE, FakeCms, Fault, HCPCS_PAGE};
use crate::practice::{Ended, FILES, Measured, Practice, fixtures, text};
use std::fmt::Write;
use std::time::Duration;

/// The HCPCS file of the second quarter posted on March 20, that of the third on June 12, and of the other series none
/// that is wanted, so that a fault is told twice only.
fn site() -> FakeCms {
    let site = FakeCms::start();
    post(&site);
    site
}

fn post(site: &FakeCms) {
    for (page, name, day) in [
        (HCPCS_PAGE, "april-2023-alpha-numeric-hcpcs-file", "2023-03-20"),
        (ASP_PAGE, "january-2023-asp-pricing-file", "2022-12-20"),
        (HCPCS_PAGE, "july-2023-alpha-numeric-hcpcs-file", "2023-06-12"),
    ] {
        let bytes = std::fs::read(fixtures().join("cms").join(format!("{name}.zip"))).unwrap();
        let words = format!("{} (ZIP)", name.replace('-', " "));
        site.post(page, &format!("/files/zip/{name}.zip"), &words, day, &bytes);
    }
    // What a redirect may lead to that names no quarter, and where it goes in a circle.
    site.post(
        HCPCS_PAGE,
        "/files/zip/latest.zip",
        "The latest file",
        "2022-12-20",
        b"",
    );
}

/// A practice that holds the second quarter.
fn ready(site: &FakeCms) -> Practice {
    let practice = Practice::at(&site.url());
    site.set_as_of("2023-04-03");
    practice.run("2023-04-03").with(0);
    site.set_as_of("2023-06-20");
    practice
}

/// The last good release is in force, nothing else was stored, and a good run then finds the news.
fn is_made_up_for(site: &FakeCms, practice: &Practice) {
    assert_eq!(practice.releases("hcpcs"), ["2023Q2 1"]);
    assert!(practice.alerts().iter().all(|alert| alert["to_code"] != "J2329"));
    site.set_fault(Fault::None);
    practice.run("2023-06-21").with(0);
    assert_eq!(practice.releases("hcpcs"), ["2023Q2 1", "2023Q3 1"]);
    let briumvi = practice
        .alerts()
        .into_iter()
        .find(|alert| alert["to_code"] == "J2329")
        .unwrap();
    assert_eq!(text(&briumvi, "effective_date"), "2023-07-01");
    assert_eq!(
        practice.status("2023-06-21")["refused"].as_array().unwrap().len(),
        0
    );
}

fn under(fault: &Fault) -> Ended {
    let site = site();
    let practice = ready(&site);
    site.set_fault(fault.clone());
    let Measured {
        mut ended,
        took,
        peak,
    } = practice.measured(&["run", "--today", "2023-06-20"]);
    eprintln!(
        "{fault:?}: exit {}, {:.1} s, {peak} KiB",
        ended.code,
        took.as_secs_f32()
    );
    let told_operator = practice
        .mails()
        .into_iter()
        .any(|mail| mail.to == "it@example.org");
    assert_eq!(told_operator, ended.code != 0, "{fault:?}");
    is_made_up_for(&site, &practice);
    ended.stderr = practice.steady(&ended.stderr);
    ended
}

#[test]
fn each_fault_has_its_exit_code_and_says_what_to_do_next() {
    let elsewhere = Fault::Redirect("https://files.example.org/july.zip".to_owned());
    let circle = Fault::Redirect("/files/zip/latest.zip".to_owned());
    let other_port = Fault::Redirect("http://127.0.0.1:9/july.zip".to_owned());
    let old = Fault::Redirect("/files/zip/april-2023-alpha-numeric-hcpcs-file.zip".to_owned());
    let faults = [
        (Fault::Everything(403), 4),
        (Fault::Files(403), 4),
        (Fault::Files(404), 4),
        (Fault::Files(410), 4),
        (Fault::Files(302), 4),
        (Fault::Licence, 5),
        (Fault::Garbage, 5),
        (Fault::GzipBomb, 5),
        (Fault::EndlessGzip, 5),
        (Fault::Endless, 5),
        (Fault::EndlessHead, 4),
        (Fault::NotHttp, 4),
        (Fault::GarbledChunks, 4),
        (elsewhere, 4),
        (other_port, 4),
        (circle, 4),
        (old, 5),
    ];
    let told = std::thread::scope(|scope| {
        let runs =
            faults.map(|(fault, code)| scope.spawn(move || (format!("{fault:?}"), under(&fault), code)));
        runs.map(|run| run.join().unwrap())
    });
    let mut snapshot = String::new();
    for (fault, ended, code) in told {
        assert_eq!(ended.code, code, "{fault}: {}", ended.stderr);
        writeln!(snapshot, "{fault}: {code}\n{}\n", ended.errors()).unwrap();
    }
    insta::assert_snapshot!("site_faults", snapshot);
}

#[test]
fn faults_that_pass_are_tried_again_and_then_told() {
    let faults = [
        (Fault::Truncated, 4),
        (Fault::Short, 5),
        (Fault::Understated, 5),
        (Fault::Files(429), 4),
        (Fault::Everything(503), 4),
    ];
    let told = std::thread::scope(|scope| {
        let runs =
            faults.map(|(fault, code)| scope.spawn(move || (format!("{fault:?}"), under(&fault), code)));
        runs.map(|run| run.join().unwrap())
    });
    let mut snapshot = String::new();
    for (fault, ended, code) in told {
        assert_eq!(ended.code, code, "{fault}: {}", ended.stderr);
        writeln!(snapshot, "{fault}: {code}\n{}\n", ended.errors()).unwrap();
    }
    insta::assert_snapshot!("site_faults_that_pass", snapshot);
}

#[test]
fn a_site_that_keeps_the_run_waiting_is_given_up() {
    if std::env::var_os("HCPCS_WATCH_SLOW_FAULTS").is_none() {
        eprintln!("skipped: takes four minutes; set HCPCS_WATCH_SLOW_FAULTS=1");
        return;
    }
    std::thread::scope(|scope| {
        for fault in [Fault::SlowHead, Fault::Stall, Fault::Drip] {
            scope.spawn(move || {
                let ended = under(&fault).with(4);
                assert!(ended.errors().contains("run again later"), "{}", ended.stderr);
            });
        }
    });
}

#[test]
fn pages_of_many_links_and_broken_markup_are_read_in_bounded_time_and_memory() {
    let link = "<li><a href='/files/zip/2023-seasonal-vaccine-price-file.zip'>Prices</a>";
    let markups = [
        ("10,000 links", link.repeat(10_000)),
        (
            "never closed",
            "<div><table><b><a href='/x'><!-- --!><p class=\"".repeat(2_000),
        ),
        (
            "nested 30,000 deep",
            format!("{}x{}", "<div>".repeat(30_000), "</div>".repeat(30_000)),
        ),
        ("nested formatting", "<b><i><a href=/x><font>".repeat(5_000)),
        ("8 MB of one word", "x".repeat(7 << 20)),
    ];
    for (what, html) in markups {
        let site = site();
        let practice = ready(&site);
        site.set_extra_html(&html);
        let measured = practice.measured(&["run", "--today", "2023-06-20"]);
        eprintln!(
            "{what}: exit {}, {:?}, {} KiB",
            measured.ended.code, measured.took, measured.peak
        );
        assert!(
            measured.took < Duration::from_mins(1),
            "{what}: {:?}",
            measured.took
        );
        if measured.ended.code == 0 {
            assert_eq!(practice.releases("hcpcs"), ["2023Q2 1", "2023Q3 1"], "{what}");
        } else {
            measured.ended.with(4);
            site.set_extra_html("");
            is_made_up_for(&site, &practice);
        }
    }
}

#[test]
fn a_site_whose_certificate_cannot_be_trusted_is_not_spoken_to() {
    for certificate in [
        Certificate::Good,
        Certificate::Untrusted,
        Certificate::OtherName,
        Certificate::Expired,
    ] {
        let practice = Practice::new();
        let ca_file = practice.path("ca.pem");
        let site = FakeCms::start_tls(certificate, &ca_file);
        post(&site);
        practice.configure(&site.url(), FILES);
        let run = |day: &str| {
            let mut command = practice.command(&["run", "--today", day]);
            Practice::ended(command.env("SSL_CERT_FILE", &ca_file))
        };
        if certificate == Certificate::Good {
            run("2023-04-03").with(0);
            // From https nothing leads to plain http, not even on the same host.
            site.set_fault(Fault::Redirect(site.url().replace("https", "http") + "/july.zip"));
            let ended = run("2023-06-20").with(4);
            assert!(
                ended.errors().contains("not the same host and scheme"),
                "{}",
                ended.stderr
            );
            continue;
        }
        let ended = run("2023-04-03").with(4);
        assert!(
            ended
                .errors()
                .contains("no secure connection: check this machine's clock and its certificates"),
            "{certificate:?}: {}",
            ended.stderr
        );
        assert_eq!(site.log(), [], "{certificate:?}");
        assert_eq!(practice.releases("hcpcs"), [] as [String; 0]);
    }
}

#[test]
fn a_site_that_is_busy_at_first_is_asked_again() {
    let site = site();
    let practice = ready(&site);
    site.set_fault(Fault::FirstTime(503));
    practice.run("2023-06-20").with(0);
    assert_eq!(practice.releases("hcpcs"), ["2023Q2 1", "2023Q3 1"]);
}

#[test]
fn pages_that_refuse_programs_do_not_keep_the_files_away() {
    let site = site();
    let practice = ready(&site);
    site.set_fault(Fault::Pages(403));
    let ended = practice.run("2023-06-20").with(4);
    insta::assert_snapshot!("pages_403", practice.steady(&ended.errors()));
    assert_eq!(
        practice.releases("hcpcs"),
        ["2023Q2 1", "2023Q3 1"],
        "guessed from the usual names"
    );
    assert!(practice.alerts().iter().any(|alert| alert["to_code"] == "J2329"));
}

#[test]
fn pages_that_refuse_programs_are_a_note_where_every_file_in_force_came_by_its_usual_name() {
    let site = FakeCms::start();
    for (page, name) in [
        (HCPCS_PAGE, "april-2023-alpha-numeric-hcpcs-file"),
        (ASP_PAGE, "april-2023-asp-pricing-file"),
        (ASP_PAGE, "april-2023-asp-ndc-hcpcs-crosswalk"),
    ] {
        let bytes = std::fs::read(fixtures().join("cms").join(format!("{name}.zip"))).unwrap();
        site.post(
            page,
            &format!("/files/zip/{name}.zip"),
            name,
            "2023-03-20",
            &bytes,
        );
    }
    site.set_fault(Fault::Pages(403));
    let practice = Practice::at(&site.url());
    for _ in 0..2 {
        let ended = practice.call(&["run", "-v", "--today", "2023-06-20"]).with(0);
        assert!(
            ended.stderr.contains("the site refuses programs (HTTP 403)"),
            "{}",
            ended.stderr
        );
    }
    assert!(practice.mails().iter().all(|mail| mail.to != "it@example.org"));
    assert_eq!(practice.releases("ndc-crosswalk"), ["2023Q2 1"]);
}

#[test]
fn a_page_without_links_is_told_and_nothing_is_lost() {
    let site = FakeCms::start();
    let practice = Practice::at(&site.url());
    let ended = practice.run("2023-06-20").with(4);
    insta::assert_snapshot!("empty_page", practice.steady(&ended.errors()));
    let drugs = practice.status("2023-06-20")["drugs"].clone();
    assert_eq!(
        (&drugs["unclassified"], &drugs["out_of_sight"]),
        (&11.into(), &1.into())
    );
}

#[test]
fn a_site_that_is_not_there_is_told() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let practice = Practice::at(&gone);
    let ended = practice.run("2023-06-20").with(4);
    insta::assert_snapshot!("site_gone", practice.steady(&ended.errors()));
    let practice = Practice::at("no/such/folder");
    let ended = practice.run("2023-06-20").with(3);
    assert!(
        ended.errors().contains("there is no folder no/such/folder"),
        "{}",
        ended.stderr
    );
}

#[test]
fn the_site_is_asked_politely() {
    let site = site();
    let practice = ready(&site);
    practice.run("2023-06-20").with(0);
    site.set_fault(Fault::None);
    practice.run("2023-06-20").with(0);
    let log = site.log();
    assert!(
        log.iter()
            .all(|request| request.header("user-agent").unwrap().starts_with("hcpcs-watch/"))
    );
    let files: Vec<_> = log
        .iter()
        .filter(|request| request.path.starts_with("/files/zip/"))
        .collect();
    assert_eq!(files.len(), 2);
    assert!(
        files
            .iter()
            .all(|request| request.header("if-none-match").is_some())
    );
}

#[test]
fn other_links_of_the_pages_are_left_alone() {
    let site = site();
    site.set_extra_html(
        "<a href=\"/files/zip/2023-seasonal-vaccine-price-file.zip\">2023 Vaccine Price File</a>\
         <a href=\"/files/zip/july-2023-opps-ndc-hcpcs-crosswalk.zip\">July 2023 OPPS NDC-HCPCS Crosswalk</a>\
         <a href=\"/license/ama?file=/files/zip/july-2023-alpha-numeric-hcpcs-file.zip\">July 2023 Alpha-Numeric HCPCS File</a>",
    );
    let practice = ready(&site);
    practice.run("2023-06-20").with(0);
    let asked: Vec<String> = site.log().into_iter().map(|request| request.path).collect();
    assert!(
        asked
            .iter()
            .all(|path| !path.contains("seasonal") && !path.contains("opps") && !path.contains("license")),
        "{asked:?}"
    );
    assert_eq!(practice.releases("hcpcs"), ["2023Q2 1", "2023Q3 1"]);
}

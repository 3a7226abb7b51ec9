use super::*;
use crate::shared::shared;
use chrono::NaiveDate;
use proptest::prelude::*;
use std::fmt::Write;

fn base(page: LandingPage) -> Url {
    Url::parse("https://www.cms.gov")
        .unwrap()
        .join(page.path())
        .unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn quarter(text: &str) -> Quarter {
    text.parse().unwrap()
}

/// The only link of a page that holds `href` with the words `text`.
fn only(page: LandingPage, href: &str, text: &str) -> Link {
    let html = format!("<p><a href=\"{href}\">{text}</a>");
    let mut found = links(page, &html, &base(page)).unwrap();
    assert_eq!(found.len(), 1, "{html}");
    found.remove(0)
}

fn posting(link: &Link) -> &Posting {
    match &link.verdict {
        Verdict::File(posting) => posting,
        other => panic!("{}: {other:?}", link.href),
    }
}

/// Series, quarter, address and words of links as they were seen.
const NAMINGS: &str = "\
hcpcs | 2025Q4 | /files/zip/october-2025-alpha-numeric-hcpcs-file.zip |
hcpcs | 2023Q4 | /files/zip/october-2023-alpha-numeric-hcpcs-files.zip | October 2023 Alpha-Numeric HCPCS File (ZIP)
hcpcs | 2026Q3 | https://www.cms.gov/files/zip/july-2026-alpha-numeric-hcpcs-file.zip | July 2026 Alpha-Numeric HCPCS File (ZIP) - Updated 09/10/2026
hcpcs | 2021Q3 | ../../../files/zip/july-2021-alpha-numeric-hcpcs-file-v2.zip | July&nbsp;2021 \t Alpha-Numeric <b>HCPCS</b> File
hcpcs | 2019Q1 | /Medicare/Coding/Downloads/2019-January-Alpha-Numeric-HCPCS-File.ZIP | Download
hcpcs | 2025Q2 | /files/zip/hcpcs.zip | April 2025 Alpha-Numeric HCPCS File (ZIP) - Updated January 2025
asp-pricing | 2020Q3 | /files/zip/july-2020-asp-pricing-file-updated-06012020.zip | July 2020 ASP Pricing File (ZIP)
asp-pricing | 2025Q1 | /files/zip/january-2025-asp-pricing-file-12/19/24-final-file.zip | January 2025 ASP Pricing File - 12/19/24 - final file (ZIP)
asp-pricing | 2025Q4 | /files/zip/october-2025-asp-pricing-final-file.zip | October 2025 ASP Pricing File - final file (ZIP)
asp-pricing | 2026Q1 | /files/zip/january-2026-medicare-part-b-payment-limit-files.zip | January 2026 Medicare Part B Payment Limit Files
asp-pricing | 2026Q2 | /files/zip/april-2026-medicare-part-b-payment-limit-files-03-30-2026-final-file.zip |
asp-pricing | 2026Q4 | /files/zip/october-2026-medicare-part-b-payment-limit-files-final.zip | ZIP
ndc-crosswalk | 2024Q1 | /files/zip/january-2024-ndc-hcpcs-crosswalk.zip | January 2024 ASP NDC-HCPCS Crosswalk (ZIP)
ndc-crosswalk | 2025Q4 | /files/zip/october-2025-asp-ndc-hcpcs-crosswalk-final-file.zip |
ndc-crosswalk | 2026Q4 | /files/zip/october-2026-ndc-hcpcs-crosswalk-final.zip |
noc | 2025Q4 | /files/zip/october-2025-noc-pricing-final-file.zip | October 2025 NOC Pricing File - final file (ZIP)";

#[test]
fn every_naming_seen_is_told() {
    for line in NAMINGS.lines() {
        let [source, name, href, text] = cells(line);
        let source: Source = source.parse().unwrap();
        let link = only(LandingPage::of(source).unwrap(), href, text);
        let found = posting(&link);
        assert_eq!((found.source, found.quarter), (source, quarter(name)), "{line}");
    }
}

/// The cells of a line of a table.
fn cells<const N: usize>(line: &str) -> [&str; N] {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    cells.try_into().unwrap()
}

/// Page, address and words of links that are to be left alone, and why.
const DECOYS: &str = "\
asp | /files/zip/2025-2026-ndc-hcpcs-crosswalk-seasonal-vaccines.zip | | another publication (`seasonal`)
asp | /files/zip/october-2025-asp-pricing-file.zip | October 2025 Vaccine prices | another publication (`vaccine`)
asp | /files/zip/january-2024-awp-ndc-hcpcs-crosswalk.zip | | another publication (`awp`)
asp | /files/zip/january-2024-opps-ndc-hcpcs-crosswalk.zip | | another publication (`opps`)
hcpcs | /files/zip/january-2024-alpha-numeric-hcpcs-file-addendum-b.zip | | another publication (`addendum`)
hcpcs | /files/zip/january-2024-alpha-numeric-hcpcs-corrections-file.zip | | another publication (`corrections`)
asp | /license/ama?file=/files/zip/january-2024-asp-pricing-file.zip | January 2024 ASP Pricing File | a licence page
asp | /apps/ama/license.asp?file=/files/zip/january-2024-asp-pricing-file.zip | x | a licence page
asp | https://example.org/files/zip/january-2024-asp-pricing-file.zip | | on another host
asp | https://www.cms.gov:8443/files/zip/january-2024-asp-pricing-file.zip | | on another host
asp | //evil.example/files/zip/january-2024-asp-pricing-file.zip | | on another host
asp | javascript:alert('january-2024-asp-pricing-file.zip') | | on another host
asp | mailto:asp@example.org | | on another host
asp | https://[::1 | | not an address
asp | /medicare/payment/january-2024-asp-pricing-file | January 2024 ASP Pricing File | not a file
asp | #top | January 2024 ASP Pricing File | not a file
asp | /files/zip/january-2024-alpha-numeric-hcpcs-file.zip | | not a file of this page's series
hcpcs | /files/zip/january-2024-asp-pricing-file.zip | | not a file of this page's series
hcpcs | /files/zip/2024-table-drugs.zip | | not a file of this page's series
hcpcs | /files/zip/2018-alpha-numeric-hcpcs-file.zip | 2018 Alpha-Numeric HCPCS File | names no quarter";

#[test]
fn a_link_that_is_no_file_of_the_page_is_left_alone_with_its_reason() {
    for line in DECOYS.lines() {
        let [page, href, text, reason] = cells(line);
        let page = if page == "asp" {
            LandingPage::Asp
        } else {
            LandingPage::Hcpcs
        };
        match only(page, href, text).verdict {
            Verdict::LeftAlone(found) => assert_eq!(found.to_string(), reason, "{line}"),
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[test]
fn words_and_address_that_disagree_are_not_used() {
    let table = [
        (
            "/files/zip/january-2024-asp-pricing-file.zip",
            "April 2024 ASP Pricing File",
        ),
        (
            "/files/zip/january-2024-asp-pricing-file.zip",
            "January 2024 ASP NDC-HCPCS Crosswalk",
        ),
        (
            "/files/zip/asp-pricing-file.zip",
            "January 2024 and April 2024 ASP Pricing File",
        ),
    ];
    for (href, text) in table {
        let verdict = only(LandingPage::Asp, href, text).verdict;
        assert!(
            matches!(verdict, Verdict::Contradiction { .. }),
            "{href}: {verdict:?}"
        );
    }
    let Verdict::Contradiction { text, href } = only(LandingPage::Asp, table[0].0, table[0].1).verdict else {
        unreachable!()
    };
    assert_eq!(
        (text.as_str(), href.as_str()),
        ("ASP pricing file, 2024Q2", "ASP pricing file, 2024Q1")
    );
}

#[test]
fn days_of_posting_are_read_from_words_and_address() {
    let table = [
        ("x-12/19/24-final", Some("2024-12-19")),
        ("x 03-30-2026 y", Some("2026-03-30")),
        ("January 2024 x - Updated 9/1/2026", Some("2026-09-01")),
        ("updated-06012020", Some("2020-06-01")),
        ("x 20250311", Some("2025-03-11")),
        ("x_121924", Some("2024-12-19")),
        ("x 2025-03-11", Some("2025-03-11")),
        ("Updated March 11, 2025, posted Feb 1, 2025", Some("2025-03-11")),
        ("january-2025-12-19-24", Some("2024-12-19")),
        ("January 2025 2 3", None),
        ("13/45/2024 99999999 000000", None),
        ("2025-2026 x", None),
    ];
    for (text, posted) in table {
        assert_eq!(Naming::of(text).posted, posted.map(date), "{text}");
    }
    let naming = Naming::of("HCPC2024_JAN_ANWEB_v4");
    assert_eq!((naming.version, naming.stage), (4, Stage::Plain));
}

#[test]
fn the_newest_posting_up_on_the_day_wins_and_the_others_are_named() {
    let page = LandingPage::Asp;
    let names = [
        "january-2025-asp-pricing-file-12/19/24-final-file",
        "january-2025-asp-pricing-file",
        "january-2025-asp-pricing-file-03/11/25-final-file",
        "january-2025-asp-pricing-file-03/11/25-final-file",
        "april-2025-asp-pricing-file",
        "april-2025-asp-pricing-file-copy",
        "april-2025-asp-pricing-preliminary-file",
        "july-2025-asp-pricing-file-07/02/25",
    ];
    let html = names.iter().fold(String::new(), |mut html, name| {
        write!(html, "<a href='/files/zip/{name}.zip'></a>").unwrap();
        html
    });
    let found = links(page, &html, &base(page)).unwrap();
    let chosen = |name: &str, today: &str| {
        let choice = choose(&found, Source::AspPricing, quarter(name), date(today));
        let href = choice.chosen.map(|link| {
            link.href
                .trim_start_matches("/files/zip/")
                .trim_end_matches(".zip")
        });
        (href, choice.passed_over.len())
    };
    assert_eq!(chosen("2025Q1", "2025-04-01"), (Some(names[2]), 2));
    assert_eq!(
        chosen("2025Q1", "2025-01-02"),
        (Some(names[0]), 2),
        "the later one was not up yet"
    );
    assert_eq!(
        chosen("2025Q1", "2024-12-01"),
        (Some(names[1]), 2),
        "the undated one before those ahead"
    );
    assert_eq!(
        chosen("2025Q2", "2025-04-01"),
        (Some(names[4]), 2),
        "of equals the first on the page"
    );
    assert_eq!(
        chosen("2025Q3", "2025-06-20"),
        (Some(names[7]), 0),
        "dated ahead, but the only one"
    );
    assert_eq!(chosen("2025Q4", "2025-06-20"), (None, 0));
}

#[test]
fn broken_and_nested_markup_gives_its_links() {
    let html = "<!DOCTYPE html><body><ul><li><a href=/files/zip/july-2023-alpha-numeric-hcpcs-file.zip>July 2023 <span>Alpha-Numeric\
        <li><a class=x HREF='/files/zip/april-2023-alpha-numeric-hcpcs-file.zip'\n>April 2023 Alpha&#45;Numeric HCPCS File</li></a></div>\
        <a>no address</a><a href=\"\"></a><a href='/files/zip/october-2023-alpha-numeric-hcpcs-file.zip'><img alt=zip>";
    let found = links(LandingPage::Hcpcs, html, &base(LandingPage::Hcpcs)).unwrap();
    let quarters: Vec<String> = found
        .iter()
        .filter_map(|link| match &link.verdict {
            Verdict::File(posting) => Some(posting.quarter.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(quarters, ["2023Q3", "2023Q2", "2023Q4"]);
    assert_eq!(found[1].text, "April 2023 Alpha-Numeric HCPCS File");
}

#[test]
fn plain_http_on_a_secure_page_is_never_followed() {
    let link = only(
        LandingPage::Asp,
        "http://www.cms.gov/files/zip/april-2025-asp-pricing-file.zip",
        "",
    );
    assert_eq!(link.url.as_ref().map(Url::scheme), Some("https"));
    posting(&link);
    let port = only(
        LandingPage::Asp,
        "http://www.cms.gov:81/files/zip/april-2025-asp-pricing-file.zip",
        "",
    );
    assert_eq!(port.verdict, Verdict::LeftAlone(Reason::OtherHost));
}

#[test]
fn ten_thousand_links_are_read_and_a_huge_page_is_refused() {
    let page = LandingPage::Hcpcs;
    let one = "<a href='/files/zip/july-2023-alpha-numeric-hcpcs-file.zip'>x</a>";
    assert_eq!(
        links(page, &one.repeat(10_000), &base(page)).unwrap().len(),
        10_000
    );
    let huge = " ".repeat(MAX_PAGE_BYTES + 1);
    assert_eq!(
        links(page, &huge, &base(page)).unwrap_err().size,
        MAX_PAGE_BYTES + 1
    );
    let deep = format!("{}{one}", "<div>".repeat(10_000));
    assert_eq!(links(page, &deep, &base(page)).unwrap().len(), 1);
    let deeper = "<b>".repeat(MAX_PAGE_TAGS + 1);
    assert_eq!(
        links(page, &deeper, &base(page)).unwrap_err().tags,
        MAX_PAGE_TAGS + 1
    );
}

#[test]
fn names_keep_no_slash_and_usual_names_are_told_as_what_they_stand_for() {
    let url = base(LandingPage::Asp)
        .join("/files/zip/january-2025-asp-pricing-file-12/19/24-final%20file.zip?x=1")
        .unwrap();
    assert_eq!(
        file_name(&url),
        "january-2025-asp-pricing-file-12-19-24-final-file.zip"
    );
    for source in [
        Source::Hcpcs,
        Source::AspPricing,
        Source::NdcCrosswalk,
        Source::Noc,
    ] {
        for quarter in ["2023Q2", "2026Q1"].map(quarter) {
            for path in usual_names(source, quarter) {
                let link = only(LandingPage::of(source).unwrap(), &path, "");
                assert_eq!((posting(&link).source, posting(&link).quarter), (source, quarter));
            }
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(href in ".{0,80}", text in ".{0,80}") {
        let page = LandingPage::Asp;
        links(page, &format!("<a href='{href}'>{text}</a>"), &base(page)).unwrap();
        prop_assert!(Naming::of(&text).quarters.len() <= text.len());
        if let Ok(url) = base(page).join(&href) {
            prop_assert!(!file_name(&url).contains(['/', '\\', '%']));
        }
    }
}

/// The catalogue of the mirror of real CMS files, where it is at hand.
fn catalog() -> Option<Vec<serde_json::Value>> {
    let path = shared("cms/mirror/catalog.json")?.join("cms/mirror/catalog.json");
    let text = std::fs::read_to_string(path).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

/// What a file of the mirror is, by the mirror's own naming: `xwalk-2024-jan.zip`.
fn stands_for(entry: &serde_json::Value) -> Option<(Source, Quarter)> {
    let file = entry["versions"][0]["file"].as_str().unwrap();
    let parts: Vec<&str> = file.trim_end_matches(".zip").split('-').collect();
    let source = match parts[0] {
        "hcpcs" => Source::Hcpcs,
        "asp" => Source::AspPricing,
        "xwalk" => Source::NdcCrosswalk,
        "noc" => Source::Noc,
        _ => return None,
    };
    Some((
        source,
        Quarter::from_release_month(parts[2], parts[1].parse().unwrap()).unwrap(),
    ))
}

#[test]
fn every_entry_of_the_real_catalogue_is_told_by_words_by_address_and_by_both() {
    let Some(catalog) = catalog() else { return };
    assert!(catalog.len() > 60);
    for entry in &catalog {
        let page = if entry["page"] == "hcpcs" {
            LandingPage::Hcpcs
        } else {
            LandingPage::Asp
        };
        let (path, text) = (entry["path"].as_str().unwrap(), entry["text"].as_str().unwrap());
        for (href, words) in [(path, text), (path, ""), ("/files/zip/x.zip", text)] {
            let link = only(page, href, words);
            let found = match &link.verdict {
                Verdict::File(posting) => Some((posting.source, posting.quarter)),
                Verdict::LeftAlone(_) => None,
                Verdict::Contradiction { .. } => panic!("{link:?}"),
            };
            assert_eq!(found, stands_for(entry), "{href} {words}");
        }
    }
}

//! The page in a real browser: it filters, sorts, prints, asks nothing of the network, and can be read by everybody.
//!
//! Needs Chromium and chromedriver; says so and passes where they are not there. Pictures are kept where
//! `HCPCS_WATCH_KEEP_REPORTS` names a folder.

use crate::practice::{Practice, day};
use crate::webdriver::Browser;
use hcpcs_watch::domain::drug::DrugEntry;
use hcpcs_watch::report::audit::AuditFormat;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const VISIBLE: &str =
    "return [...document.querySelectorAll('#drugs tbody tr')].filter(row => row.offsetParent !== null)";

/// What an accessibility checker looks for, as a list of faults.
const FAULTS: &str = include_str!("faults.js");

fn keep() -> Option<PathBuf> {
    std::env::var_os("HCPCS_WATCH_KEEP_REPORTS").map(PathBuf::from)
}

fn page() -> (Practice, PathBuf) {
    let mut practice = Practice::with_history();
    let today = day("2025-08-01");
    let entry = DrugEntry {
        brand: Some("Verylongbrandnamewithoutanyblankinitatallforsure <b>bold</b>".to_owned()),
        ..DrugEntry::default()
    };
    let now = practice.moment(today).now;
    let mut store = practice.store(today);
    let transaction = store.begin(now, "command").unwrap();
    transaction.add_drug(&entry, today).unwrap();
    transaction.commit().unwrap();
    practice.acknowledge(today, 1, "Pat");
    let written = practice.rendered(today, AuditFormat::Html);
    let file = practice.folder.path().join("report.html");
    std::fs::write(&file, written).unwrap();
    (practice, file)
}

fn names(browser: &Browser) -> Vec<String> {
    let names = browser.evaluate(&format!(
        "{VISIBLE}.map(row => row.cells[0].querySelector('a').textContent)"
    ));
    serde_json::from_value(names).unwrap()
}

fn picture(browser: &Browser, name: &str) {
    if let Some(folder) = keep() {
        browser.screenshot(&folder.join(name));
    }
}

#[test]
fn the_page_works_in_a_real_browser() {
    let Some(browser) = Browser::start() else {
        eprintln!("skipped: no chromedriver; apt-get install chromium chromium-driver");
        return;
    };
    let (_practice, file) = page();
    // What the browser loads for its own first page does not count.
    browser.open(Path::new("/dev/null"), 1200, 900);
    let _ = (browser.log("browser"), browser.log("performance"));
    browser.open(&file, 1200, 900);
    filters(&browser);
    sorts(&browser);
    assert_eq!(browser.evaluate(FAULTS), json!([]), "light");
    picture(&browser, "audit-light.png");
    browser.emulate("dark", "screen");
    assert_eq!(browser.evaluate(FAULTS), json!([]), "dark");
    picture(&browser, "audit-dark.png");
    browser.emulate("light", "screen");
    keyboard(&browser);
    narrow(&browser, &file);
    printed(&browser, &file);
    without_script(&browser, &file);
    asks_nothing(&browser, &file);
}

fn filters(browser: &Browser) {
    assert_eq!(names(browser).len(), 13);
    browser.type_into("#filter", "ublituximab j2329");
    assert_eq!(names(browser), ["Briumvi"]);
    assert_eq!(
        browser.evaluate("return document.getElementById('shown').textContent"),
        "1 of 13 drugs shown"
    );
    browser.type_into("#filter", "<b>");
    assert_eq!(names(browser).len(), 1, "markup in a name is text");
    browser.type_into("#filter", "nosuchword");
    assert_eq!(names(browser), Vec::<String>::new());
    browser.evaluate(
        "const f = document.getElementById('filter'); f.value = ''; f.dispatchEvent(new Event('input'))",
    );
    browser.click("#state option[value=review]");
    assert_eq!(names(browser), ["Tecvayli"]);
    browser.click("#state option[value='']");
    assert_eq!(names(browser).len(), 13);
}

fn sorts(browser: &Browser) {
    let sorted = |by: &[String]| {
        let mut sorted = by.to_vec();
        sorted.sort_by_key(|name| name.to_lowercase());
        sorted
    };
    browser.click("#drugs thead th:nth-child(1) button");
    let up = names(browser);
    assert_eq!(up, sorted(&up));
    browser.click("#drugs thead th:nth-child(1) button");
    let down = names(browser);
    assert_eq!(down, up.iter().rev().cloned().collect::<Vec<_>>());
    browser.click("#drugs thead th:nth-child(4) button");
    let days = browser.evaluate(&format!("{VISIBLE}.map(row => row.cells[3].textContent)"));
    let days: Vec<String> = serde_json::from_value(days).unwrap();
    assert!(days.is_sorted(), "{days:?}");
    let marks =
        browser.evaluate("return [...document.querySelectorAll('th[aria-sort]')].map(head => head.ariaSort)");
    assert_eq!(marks, json!(["ascending"]));
}

/// Every control and link can be reached and shows that it is.
fn keyboard(browser: &Browser) {
    let unreachable = browser.evaluate(
        "return [...document.querySelectorAll('button, input, select, summary, a[href]')]
             .filter(element => element.offsetParent !== null && element.tabIndex < 0).length",
    );
    assert_eq!(unreachable, 0);
    let opened = browser.evaluate(
        "document.querySelector('#drugs tbody a').click();
         const target = document.querySelector(location.hash);
         target.querySelector('summary').click(); target.open = true; return target.open",
    );
    assert_eq!(opened, true);
}

fn narrow(browser: &Browser, file: &Path) {
    for width in [360, 320] {
        browser.open(file, width, 740);
        browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)");
        let wide = browser.evaluate(
            "const wide = [...document.querySelectorAll('body *')].filter(element =>
                 !element.closest('svg') && element.getBoundingClientRect().right > innerWidth + 1 && !element.matches('.skip'));
             return [document.documentElement.scrollWidth, wide.map(element => element.outerHTML.slice(0, 80))]",
        );
        assert!(wide[0].as_u64().unwrap() <= u64::from(width), "{width}: {wide}");
        assert_eq!(wide[1], json!([]), "{width}");
        let squeezed = browser.evaluate(
            "return [...document.querySelectorAll('caption, p, td, li, summary')].filter(element =>
                 element.offsetParent !== null && element.textContent.length > 30 && element.offsetWidth < 120).length",
        );
        assert_eq!(squeezed, 0, "{width}: words are set in a column of letters");
        browser
            .evaluate("document.querySelectorAll('details').forEach((one, place) => one.open = place === 0)");
        if width == 360 {
            picture(browser, "audit-360.png");
        }
    }
}

fn printed(browser: &Browser, file: &Path) {
    browser.emulate("light", "");
    browser.open(file, 1200, 900);
    let folder = tempfile::tempdir().unwrap();
    let kept = keep();
    let pdf = kept.as_deref().unwrap_or(folder.path()).join("audit.pdf");
    browser.print(&pdf);
    let bytes = std::fs::read(&pdf).unwrap();
    assert!(bytes.starts_with(b"%PDF"));
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("[0 0 612 792]"), "the pages are Letter");
    browser.emulate("dark", "print");
    let paper = browser.evaluate(
        "const seen = (selector) => getComputedStyle(document.querySelector(selector)).display !== 'none';
         return [getComputedStyle(document.body).backgroundColor, seen('nav'), seen('.controls'), seen('main')]",
    );
    assert_eq!(paper, json!(["rgb(255, 255, 255)", false, false, true]));
    browser.emulate("light", "screen");
}

fn without_script(browser: &Browser, file: &Path) {
    browser.allow_script(false);
    browser.open(file, 1200, 900);
    browser.allow_script(true);
    assert_eq!(names(browser).len(), 13);
    let seen = browser.evaluate(
        "return ['#controls', '#print'].map(selector => document.querySelector(selector).offsetParent !== null)",
    );
    assert_eq!(
        seen,
        json!([false, false]),
        "nothing is offered that does not work"
    );
    assert_eq!(browser.evaluate(FAULTS), json!([]), "without script");
}

/// Nothing but the page itself is asked for, and the console says nothing: a style or script that the policy forbids would
/// be told there.
fn asks_nothing(browser: &Browser, file: &Path) {
    assert_eq!(browser.log("browser"), Vec::<Value>::new());
    let own = format!("file://{}", file.display());
    let asked: Vec<String> = browser
        .log("performance")
        .iter()
        .filter_map(|entry| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &message["message"];
            (message["method"] == "Network.requestWillBeSent")
                .then(|| message["params"]["request"]["url"].as_str().map(str::to_owned))?
        })
        .filter(|url| !url.starts_with(&own) && !url.starts_with("data:"))
        .collect();
    assert_eq!(asked, Vec::<String>::new());
}

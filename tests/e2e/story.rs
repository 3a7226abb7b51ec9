//! Eleven quarters as a practice lives them: a run each time CMS posts, and on the days on which codes start.

use crate::fake_cms::{ASP_PAGE, FakeCms, HCPCS_PAGE};
use crate::practice::{Practice, files_of, fixtures, text};
use calamine::Reader;
use serde_json::Value;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

/// The drugs, with one whose code was another drug's before, one whose code ends without a successor, and a second
/// package of the example list's.
const DRUGS: &str = "\
brand,proper_name,ndc,noc_code,route,dose,started_on
Briumvi,ublituximab-xiiy,73150-0150-06,,intravenous,450 mg,2023-02-01
Leqembi,lecanemab-irmb,62856-0212-01,,intravenous,700 mg,2023-03-01
Hemgenix,etranacogene dezaparvovec-drlb,,,intravenous,,2023-04-10
Tecvayli,teclistamab-cqyv,,J9999,subcutaneous,,2023-01-15
Eylea HD,aflibercept hd,61755-0050-01,,intravitreal,8 mg,2023-09-01
Soliris,eculizumab,25682-0001-01,,intravenous,900 mg,
Idacio,adalimumab-aacf,,,subcutaneous,40 mg,2023-03-01
Bkemv,eculizumab-aeeb,,,intravenous,,2024-07-01
Blenrep,belantamab mafodotin-blmf,,J9999,intravenous,,
";

/// The day a quarter's files are posted, and the quarter.
const POSTED: [(&str, &str); 10] = [
    ("2023-03-20", "april-2023"),
    ("2023-06-12", "july-2023"),
    ("2023-09-18", "october-2023"),
    ("2023-12-18", "january-2024"),
    ("2024-03-18", "april-2024"),
    ("2024-06-17", "july-2024"),
    ("2024-09-16", "october-2024"),
    ("2024-12-16", "january-2025"),
    ("2025-03-17", "april-2025"),
    ("2025-06-16", "july-2025"),
];

/// The days of the runs: now and then between the quarters, some days late, and never on a posting day itself.
const RUNS: [&str; 21] = [
    "2023-03-21",
    "2023-06-20",
    "2023-06-30",
    "2023-07-03",
    "2023-07-06",
    "2023-09-20",
    "2023-10-01",
    "2023-12-20",
    "2024-01-01",
    "2024-03-20",
    "2024-04-01",
    "2024-06-20",
    "2024-07-01",
    "2024-09-20",
    "2024-10-01",
    "2024-12-20",
    "2025-01-02",
    "2025-03-20",
    "2025-04-01",
    "2025-06-20",
    "2025-07-01",
];

/// A line an alert: what was told on which day.
fn told(alerts: &[Value]) -> String {
    let line = |alert: &Value| {
        let or_dash = |field| match text(alert, field) {
            "" => "-",
            text => text,
        };
        format!(
            "{}  {:9} {:26} {} -> {:5} from {:10} to {:10} unit {}",
            text(alert, "raised_on"),
            text(&alert["drug"], "brand"),
            text(alert, "kind"),
            text(alert, "from_code"),
            or_dash("to_code"),
            or_dash("effective_date"),
            or_dash("end_date"),
            or_dash("billing_unit"),
        )
    };
    alerts.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn in_a_folder() -> Practice {
    let practice = Practice::new();
    practice.write("drugs.csv", DRUGS);
    let mut posted = POSTED.iter().peekable();
    practice.post_quarters(&["january-2023"]);
    for day in RUNS {
        while let Some((_, quarter)) = posted.next_if(|(posted, _)| *posted < day) {
            practice.post_quarters(&[quarter]);
        }
        practice.run(day).with(0);
    }
    practice
}

fn is_named(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|given| given == extension)
}

/// Posts a quarter's files on a site; bare CSV files, which CMS's site has inside zips, are left to the folder.
fn post(site: &FakeCms, day: &str, quarter: &str) {
    for name in files_of(quarter).iter().filter(|name| is_named(name, "zip")) {
        let page = if name.contains("alpha-numeric") {
            HCPCS_PAGE
        } else {
            ASP_PAGE
        };
        let words = name.trim_end_matches(".zip").replace('-', " ");
        let bytes = std::fs::read(fixtures().join("cms").join(name)).unwrap();
        site.post(page, &format!("/files/zip/{name}"), &words, day, &bytes);
    }
}

#[test]
fn each_drug_is_told_of_each_change_once_with_its_exact_date() {
    let practice = in_a_folder();
    insta::assert_snapshot!("story", told(&practice.alerts()));
    for mail in practice.mails() {
        assert_eq!(mail.to, "billing@example.org", "{}", mail.text);
    }
    assert_evidence_holds(&practice);
}

#[test]
fn a_site_tells_the_same_story_as_a_folder() {
    let site = FakeCms::start();
    post(&site, "2023-01-01", "january-2023");
    for (day, quarter) in POSTED {
        post(&site, day, quarter);
    }
    let practice = Practice::at(&site.url());
    practice.write("drugs.csv", DRUGS);
    for day in RUNS {
        site.set_as_of(day);
        practice.run(day).with(0);
    }
    let folder = in_a_folder();
    assert_eq!(told(&practice.alerts()), told(&folder.alerts()));
    assert_evidence_holds(&practice);
}

/// Every piece of evidence of every alert names a file of the archive and a line in it that says what is quoted.
fn assert_evidence_holds(practice: &Practice) {
    let mut checked = 0;
    for alert in practice.alerts() {
        for evidence in alert["evidence"].as_array().unwrap() {
            assert!(is_in_its_file(practice, evidence), "{evidence:#}");
            checked += 1;
        }
    }
    assert!(checked > 20);
}

fn is_in_its_file(practice: &Practice, evidence: &Value) -> bool {
    let (sha256, member, quoted) = (
        text(evidence, "sha256"),
        text(evidence, "member"),
        text(evidence, "text"),
    );
    let bytes = member_bytes(&archived(practice, sha256), member);
    if is_named(member, "xlsx") {
        return is_in_workbook(bytes, evidence, quoted);
    }
    let (content, ..) = encoding_rs::WINDOWS_1252.decode(&bytes);
    let line = usize::try_from(evidence["line"].as_u64().unwrap()).unwrap();
    let lines: Vec<&str> = content.lines().skip(line - 1).collect();
    if text(evidence, "source") == "ndc-crosswalk" {
        let first = lines[0].to_uppercase();
        return quoted
            .to_uppercase()
            .split([' ', ','])
            .all(|word| first.contains(word));
    }
    // The long description stands in columns 12 to 91 and goes on in the lines of the same code.
    let code = &lines[0][..5];
    let same_code = lines.iter().take_while(|line| line.starts_with(code));
    let parts: Vec<&str> = same_code
        .map(|line| line.get(11..91).unwrap_or(&line[11..]).trim())
        .collect();
    let normal = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    normal(&parts.join(" ")) == normal(quoted)
}

/// Whether the row named holds the long description in its fourth column.
fn is_in_workbook(bytes: Vec<u8>, evidence: &Value, quoted: &str) -> bool {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let sheet = workbook.worksheet_range_at(0).unwrap().unwrap();
    let row = u32::try_from(evidence["line"].as_u64().unwrap()).unwrap() - 1;
    let cell = sheet.get_value((row, 3)).unwrap().to_string();
    cell.split_whitespace().eq(quoted.split_whitespace())
}

/// The file of the archive that has this hash, by its name and by its bytes.
fn archived(practice: &Practice, sha256: &str) -> PathBuf {
    let folder = practice.path("archive").join(&sha256[..2]);
    let is_it = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == sha256);
    let path = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(is_it)
        .unwrap();
    let hash = hcpcs_watch::domain::source::Sha256::of(&std::fs::read(&path).unwrap());
    assert_eq!(hash.to_string(), sha256);
    path
}

fn member_bytes(path: &PathBuf, member: &str) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if !bytes.starts_with(b"PK") {
        return bytes;
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut content = Vec::new();
    archive
        .by_name(member)
        .unwrap()
        .read_to_end(&mut content)
        .unwrap();
    content
}

const REPOSTED: [&str; 2] = [
    "reposted/july-2023-alpha-numeric-hcpcs-file.zip",
    "reposted/july-2023-asp-pricing-file.zip",
];

#[test]
fn a_reposted_file_withdraws_moves_and_adds_codes_and_is_a_new_posting() {
    let practice = Practice::new();
    practice.write(
        "drugs.csv",
        "brand,proper_name,noc_code\nIdacio,adalimumab-aacf,\nElahere,mirvetuximab soravtansine-gynx,J9999\n\
         Leqembi,lecanemab-irmb,\nBriumvi,ublituximab-xiiy,\n",
    );
    practice.post_quarters(&["april-2023", "july-2023"]);
    practice.run("2023-06-20").with(0);
    practice.post(&REPOSTED);
    let before = practice.alerts().len();
    let ended = practice.run("2023-06-28").with(0);
    assert_eq!(practice.releases("hcpcs"), ["2023Q2 1", "2023Q3 1", "2023Q3 2"]);
    assert_eq!(
        practice.releases("asp-pricing"),
        ["2023Q2 1", "2023Q3 1", "2023Q3 2"]
    );
    insta::assert_snapshot!("reposted_stdout", practice.steady(&ended.stdout));
    insta::assert_snapshot!("reposted_alerts", told(&practice.alerts()[before..]));
    insta::assert_snapshot!("reposted_text", practice.mails().last().unwrap().text);
    // In July each starts once more, at the date that now holds; the one that was withdrawn does not.
    let before = practice.alerts().len();
    for day in ["2023-07-01", "2023-07-06", "2023-08-01"] {
        practice.run(day).with(0);
    }
    insta::assert_snapshot!("reposted_in_force", told(&practice.alerts()[before..]));
}

#[test]
fn restated_prices_are_a_new_posting_and_no_news() {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023", "july-2023"]);
    practice.run("2023-06-20").with(0);
    let alerts = practice.alerts();
    practice.post(&REPOSTED[1..]);
    let ended = practice.run("2023-06-26").with(0);
    assert!(
        ended
            .stdout
            .contains("Loaded: ASP pricing file 2023Q3, posting 2"),
        "{}",
        ended.stdout
    );
    assert!(ended.stdout.contains("no news"), "{}", ended.stdout);
    assert_eq!(practice.alerts(), alerts);
}

#[test]
fn a_code_that_ends_without_a_successor_is_told_and_nothing_is_put_in_its_place() {
    let practice = Practice::new();
    practice.write("drugs.csv", DRUGS);
    practice.post_quarters(&["january-2025"]);
    practice.run("2025-01-02").with(0);
    practice.post_quarters(&["april-2025"]);
    practice.run("2025-03-20").with(0);
    let alerts = practice.alerts();
    let ended = alerts
        .iter()
        .find(|alert| alert["drug"]["brand"] == "Blenrep" && alert["kind"] == "code-ended")
        .unwrap();
    assert_eq!(
        ["from_code", "to_code", "end_date"].map(|field| text(ended, field)),
        ["J9037", "", "2025-03-31"]
    );
    let mails = practice.mails();
    let text = &mails.last().unwrap().text;
    assert!(text.contains("Blenrep") && text.contains("J9037"), "{text}");
}

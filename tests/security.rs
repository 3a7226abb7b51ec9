//! What docs/SECURITY.md claims, tried with hostile lists, files, configurations and neighbours on the real binary.
#![cfg(test)]
#![cfg(unix)]

#[expect(dead_code, reason = "shared with the tests of the transport")]
#[path = "support/certificates.rs"]
mod certificates;
#[expect(dead_code, reason = "shared with the tests from end to end")]
#[path = "support/fake_cms.rs"]
mod fake_cms;
#[expect(dead_code, reason = "shared with the tests from end to end")]
#[path = "e2e/practice.rs"]
mod practice;
#[expect(dead_code, reason = "shared with the tests of the transport")]
#[path = "support/smtp_server.rs"]
mod smtp_server;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use fake_cms::{ASP_PAGE, FakeCms, HCPCS_PAGE};
use hcpcs_watch::report::terminal::is_unprintable;
use mail_parser::{Header, MessageParser};
use practice::{BINARY, PASSWORD, Practice, fixtures};
use rusqlite::Connection;
use smtp_server::{Script, Security, SmtpServer};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{Cursor, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The file of July that announces Briumvi's code.
const JULY: &str = "july-2023-alpha-numeric-hcpcs-file.zip";

/// A practice whose list and whose CMS file try to be formulas, markup, mail headers and SQL, after a run.
fn hostile() -> Practice {
    let practice = Practice::new();
    practice.write(
        "drugs.csv",
        "brand,proper_name,noc_code,manufacturer,notes\n\
         Briumvi,ublituximab-xiiy,J3590,=cmd|' /C calc'!A0,<img src=x onerror=alert(1)>\n\
         Hemgenix,etranacogene dezaparvovec-drlb,J3590,,\n\
         \"=HYPERLINK(\"\"x\"\")<script>alert(1)</script>\",mirvetuximab soravtansine-gynx,J9999,,@SUM(A1)\n\
         \"Tzield\r\nBcc: evil@example.com\",teplizumab-mzwv,J3590,,\"-2+3\"\n\
         \"'); DROP TABLE drug;--\",tremelimumab-actl,J9999,,+1\n",
    );
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-04-02").with(0);
    practice.post_quarters(&["july-2023"]);
    let july = practice.path("cms").join(JULY);
    rewrite(&july, "Injection, ublituximab", "=1+2|<b>x, ublituximab");
    rewrite(&july, "per therapeutic dose", "per <b>|=1+2|xy dose");
    practice.run("2023-06-20").with(0);
    practice
}

/// Puts `to` for `from`, of the same length, into every member of a zip.
fn rewrite(path: &Path, from: &str, to: &str) {
    assert_eq!(from.len(), to.len());
    let mut members = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut written = ZipWriter::new(Cursor::new(Vec::new()));
    let mut changes = 0;
    for place in 0..members.len() {
        let mut member = members.by_index(place).unwrap();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        while let Some(at) = bytes
            .windows(from.len())
            .position(|window| window == from.as_bytes())
        {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
            changes += 1;
        }
        written
            .start_file(member.name().unwrap().into_owned(), SimpleFileOptions::default())
            .unwrap();
        written.write_all(&bytes).unwrap();
    }
    assert!(changes > 0, "{from} is in {}", path.display());
    fs::write(path, written.finish().unwrap().into_inner()).unwrap();
}

/// Every command that shows what came from outside.
const SHOWING: [&str; 13] = [
    "drugs list",
    "drugs export",
    "alerts list",
    "review list",
    "releases list",
    "releases diff 2023Q2 2023Q3",
    "payers list",
    "code Briumvi --dos 2023-07-02",
    "explain Briumvi",
    "audit --today 2023-07-02",
    "status --today 2023-06-20",
    "deliver --dry-run",
    "config show",
];

fn words(command: &str) -> Vec<&str> {
    command.split(' ').collect()
}

#[test]
fn names_and_cms_text_that_try_to_be_formulas_markup_or_sql_stay_text_wherever_they_are_shown() {
    let practice = hostile();
    let told = serde_json::to_string(&practice.alerts()).unwrap();
    assert!(told.contains("<b>|=1+2|xy"), "{told}");
    for command in SHOWING {
        let shown = practice.call(&words(command));
        let steering: String = (shown.stdout + &shown.stderr)
            .chars()
            .filter(|c| *c != '\n' && is_unprintable(*c))
            .collect();
        assert!(steering.is_empty(), "{command}: {steering:?}");
        let csv = practice.call(&[words(command), words("--format csv")].concat());
        if csv.code == 0 {
            for record in csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(csv.stdout.as_bytes())
                .records()
            {
                for cell in &record.unwrap() {
                    assert!(
                        !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                        "{command}: {cell}"
                    );
                }
            }
        }
    }
    let page = practice
        .call(&words("audit --today 2023-07-02 --format html"))
        .with(0)
        .stdout;
    for markup in ["<b>x", "<img", "<script>alert"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(
        page.contains("&#60;script&#62;alert(1)"),
        "the name is shown as it was written"
    );
    // The drug whose name is SQL is found by that name, and so is the table.
    let named = practice
        .call(&["explain", "'); DROP TABLE drug;--"])
        .with(0)
        .stdout;
    assert!(named.contains("tremelimumab-actl"), "{named}");
    practice.call(&["payers", "list"]).with(0);
    assert_eq!(
        practice
            .call(&words("drugs list --format csv"))
            .stdout
            .lines()
            .count(),
        6
    );
}

#[test]
fn a_name_with_a_line_break_adds_no_header_to_a_mail_and_no_recipient() {
    let practice = hostile();
    let mails = practice.path("outbox").read_dir().unwrap();
    let mut seen = 0;
    for path in mails.map(|entry| entry.unwrap().path()) {
        let bytes = fs::read(&path).unwrap();
        let message = MessageParser::default().parse(&bytes).unwrap();
        assert!(message.bcc().is_none() && message.cc().is_none());
        assert_eq!(message.to().unwrap().iter().count(), 1);
        let names: Vec<&str> = message.headers().iter().map(Header::name).collect();
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len(), "{names:?}");
        seen += usize::from(
            message
                .body_text(0)
                .unwrap()
                .contains("Tzield Bcc: evil@example.com"),
        );
        let html = message.body_html(0).unwrap_or_default();
        assert!(!html.contains("<script") && !html.contains("<img") && !html.contains("<b>x"));
    }
    assert_ne!(seen, 0, "the name is told, on one line");
}

#[test]
fn addresses_of_the_configuration_with_a_line_break_or_a_second_address_are_refused() {
    let practice = Practice::new();
    for (key, value) in [
        ("from", "\"Watch <a@example.org>\\r\\nBcc: evil@example.com\""),
        ("from", "\"Watch\\r\\nBcc: evil@example.com <a@example.org>\""),
        ("reply_to", "\"a@example.org, evil@example.com\""),
        ("recipients", "[\"a@example.org\\nBcc: evil@example.com\"]"),
        ("operator", "\"a@example.org\\u0000\""),
    ] {
        let table = format!("transport = \"file\"\n{key} = {value}\n");
        practice.configure("cms", &table);
        let config = fs::read_to_string(practice.path("hcpcs-watch.toml")).unwrap();
        if key == "from" {
            let usual = "from = \"HCPCS Watch <alerts@example.org>\"\n";
            practice.write("hcpcs-watch.toml", &config.replace(usual, ""));
        }
        let ended = practice.call(&["config", "check"]).with(3);
        assert!(ended.stderr.contains(key), "{}", ended.stderr);
        assert!(!ended.stderr.contains("\nBcc"), "{}", ended.stderr);
    }
}

#[test]
fn what_steers_a_terminal_is_refused_or_spelled_out_wherever_it_comes_from() {
    let practice = Practice::new();
    practice.post_quarters(&["july-2023"]);
    rewrite(
        &practice.path("cms").join(JULY),
        "Injection, ublituximab",
        "\u{1b}]0;owne\u{7}, ublituximab",
    );
    practice.write("drugs.csv", "brand,notes\nBriumvi\u{1b}[2J,\u{202e}note\n");
    fs::copy(
        practice.path("cms").join(JULY),
        practice.path("\u{1b}[2Jjuly.zip"),
    )
    .unwrap();
    for command in [
        &["run", "-vv", "--today", "2023-06-20"][..],
        &["status", "-v", "--today", "2023-06-20"],
        &["releases", "import", "\u{1b}[2Jjuly.zip"],
        &["releases", "import", "no\u{1b}[2Jfile"],
        &["drugs", "import", "drugs.csv"],
        &["drugs", "add", "--brand", "x\u{1b}[2J"],
        &["explain", "x\u{1b}[2J"],
        &["code", "x\u{202e}", "--dos", "2023-07-02"],
        &["payers", "set", "x\u{1b}[2J"],
        &["alerts", "ack", "1", "--by", "x\u{1b}[2J"],
        &["--config", "no\u{1b}[2J.toml", "status"],
        &["backup", "no\u{1b}[2J/x.db"],
    ] {
        let ended = practice.call(command);
        // What the file holds is held already: nothing to refuse.
        let is_refused = ended.code != 0;
        assert_eq!(is_refused, !command.contains(&"\u{1b}[2Jjuly.zip"), "{command:?}");
        let steering: String = (ended.stdout.clone() + &ended.stderr)
            .chars()
            .filter(|c| *c != '\n' && is_unprintable(*c))
            .collect();
        assert!(
            steering.is_empty(),
            "{command:?}: {steering:?} in {}",
            ended.stderr
        );
    }
    let listed = practice.call(&["drugs", "list", "--format", "csv"]).stdout;
    assert_eq!(listed.lines().count(), 1, "{listed}");
}

/// Every file and folder below `folder` that others than its owner may read or enter.
fn exposed(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if fs::metadata(&path).unwrap().permissions().mode() & 0o077 != 0 {
            found.push(path.clone());
        }
        if path.is_dir() {
            found.extend(exposed(&path));
        }
    }
    found
}

#[test]
fn whatever_the_umask_only_the_owner_may_read_what_is_written() {
    let practice = Practice::new();
    practice.post_quarters(&["july-2023"]);
    let given = exposed(&practice.path(""));
    let config = fs::read_to_string(practice.path("hcpcs-watch.toml")).unwrap();
    let storage = "[storage]\ndatabase = \"data/deep/watch.db\"\narchive = \"raw/archive\"\n";
    practice.write(
        "hcpcs-watch.toml",
        &format!("{config}folder = \"mail/outbox\"\n{storage}"),
    );
    let mut holder = None;
    for command in [
        "run --today 2023-06-20",
        "backup copy.db",
        "audit -o audit.html --format html --today 2023-06-20",
        "alerts list -o alerts.csv --format csv",
        "drugs export -o list.csv",
    ] {
        let ended = Command::new("sh")
            .args(["-c", "umask 000; exec \"$0\" \"$@\"", BINARY])
            .args(words(command))
            .current_dir(practice.path(""))
            .status()
            .unwrap();
        assert!([0, 8].contains(&ended.code().unwrap()), "{command}: {ended}");
        // Held open, so that the write-ahead log stays beside the database.
        if holder.is_none() {
            let open = Connection::open(practice.path("data/deep/watch.db")).unwrap();
            open.execute_batch("BEGIN; SELECT count(*) FROM drug").unwrap();
            holder = Some(open);
        }
    }
    assert!(practice.path("data/deep/watch.db-wal").exists());
    assert!(practice.path("data/deep/watch.db.lock").exists());
    for made in [
        "copy.db",
        "audit.html",
        "alerts.csv",
        "list.csv",
        "mail/outbox",
        "raw/archive",
    ] {
        assert!(practice.path(made).exists(), "{made}");
    }
    assert_eq!(
        exposed(&practice.path("")),
        given,
        "only the files given by the test are for all"
    );
}

#[test]
fn the_password_is_in_no_output_no_log_no_database_and_no_shown_configuration() {
    let password = "s3cret-Passw0rd";
    let script = Script::default().wanting_login("alerts", password);
    let server = SmtpServer::start(Security::StartTls, script.clone());
    let practice = Practice::new();
    practice.post_quarters(&["july-2023"]);
    let ca_file = server.ca_file();
    let table = format!(
        "host = \"localhost\"\nport = {}\ntls = \"starttls\"\nca_file = {ca_file:?}\nusername = \"alerts\"\n\
         recipients = [\"billing@example.org\"]\noperator = \"it@example.org\"\n",
        server.port()
    );
    practice.configure("cms", &table);
    let mut said = String::new();
    let wrong_login = Script::default().wanting_login("alerts", "another");
    for (command, script) in [
        ("run -vv --today 2023-06-20", wrong_login),
        ("deliver -vv", script),
        ("mail test -vv", Script::default().answering("AUTH", "535 no")),
        ("deliver --dry-run -vv", Script::default()),
        ("config show", Script::default()),
        ("config check -vv", Script::default()),
        ("status -vv", Script::default()),
    ] {
        server.follow(script);
        let ended = Practice::ended(
            practice
                .command(&words(command))
                .env(PASSWORD, password)
                .env("RUST_LOG", "trace"),
        );
        writeln!(said, "{command}\n{}{}", ended.stdout, ended.stderr).unwrap();
    }
    assert!(!server.received().is_empty(), "the login was good once: {said}");
    assert!(said.contains("DEBUG"), "the finest log was on");
    let database = fs::read(practice.path("hcpcs-watch.db")).unwrap();
    let kept = said + &String::from_utf8_lossy(&database);
    let login = format!("\0alerts\0{password}");
    for secret in [password.to_owned(), BASE64.encode(password), BASE64.encode(login)] {
        assert!(!kept.contains(&secret), "{secret}");
    }
}

#[test]
fn names_on_the_site_that_lead_elsewhere_write_nothing_outside_of_the_archive() {
    let site = FakeCms::start();
    let folder = fixtures().join("cms");
    let path = format!("/files/zip/..%2f..%2f..%2f..%2f{JULY}");
    let text = "../../../july 2023 alpha numeric HCPCS file (ZIP)";
    site.post(
        HCPCS_PAGE,
        &path,
        text,
        "2023-06-12",
        &fs::read(folder.join(JULY)).unwrap(),
    );
    let price = "july-2023-asp-pricing-file.zip";
    site.post(
        ASP_PAGE,
        &format!("/files/zip/../../../../{price}"),
        "/etc/passwd July 2023 ASP Pricing File (ZIP)",
        "2023-06-12",
        &fs::read(folder.join(price)).unwrap(),
    );
    let practice = Practice::at(&site.url());
    let nested = practice.path("a/b/c");
    fs::create_dir_all(&nested).unwrap();
    let config = fs::read_to_string(practice.path("hcpcs-watch.toml")).unwrap();
    practice.write(
        "hcpcs-watch.toml",
        &format!("{config}[storage]\narchive = \"a/b/c/archive\"\n"),
    );
    practice.run("2023-06-20");
    let beside = |folder: &Path| -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    assert_eq!(beside(&practice.path("a")), ["b"]);
    assert_eq!(beside(&practice.path("a/b")), ["c"]);
    assert_eq!(beside(&nested), ["archive"]);
    let expected = [
        "a",
        "cms",
        "drugs.csv",
        "hcpcs-watch.db",
        "hcpcs-watch.db.lock",
        "hcpcs-watch.toml",
        "outbox",
    ];
    assert_eq!(beside(&practice.path("")), expected);
    let is_a_hash = |name: &str| name.len() == 2 && name.chars().all(|c| c.is_ascii_hexdigit());
    let kept = beside(&nested.join("archive"));
    assert!(
        !kept.is_empty() && kept.iter().all(|name| is_a_hash(name)),
        "{kept:?}"
    );
}

/// Every source file of the program.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

#[test]
fn the_program_starts_no_other_and_speaks_sql_in_one_place_only() {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 100);
    for (path, text) in &found {
        assert!(
            !text.contains("process::Command"),
            "{} starts a program",
            path.display()
        );
        let is_store = path
            .components()
            .any(|part| part.as_os_str() == "store" || part.as_os_str() == "store.rs");
        assert!(
            is_store || !text.contains("rusqlite"),
            "{} speaks SQL",
            path.display()
        );
    }
}

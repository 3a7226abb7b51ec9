//! Which code was right on a date of service: for every real transition the day before and the day itself, and the
//! commands `code`, `review`, `payers` and `releases diff` of the real binary over the fixtures.
#![cfg(test)]

#[path = "support/shared.rs"]
mod shared;

use assert_cmd::Command;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use hcpcs_watch::code_on_date::{Ask, Certainty};
use hcpcs_watch::config::Config;
use hcpcs_watch::domain::code::{CodeClass, HcpcsCode};
use hcpcs_watch::domain::drug::{DrugEntry, DrugId, Setting};
use hcpcs_watch::domain::quarter::Quarter;
use hcpcs_watch::pipeline::{self, CodeBook, Moment, Published};
use hcpcs_watch::store::Store;
use serde_json::Value;
use shared::shared;
use std::path::{Path, PathBuf};

struct Transition {
    entry: DrugEntry,
    code: HcpcsCode,
    effective: NaiveDate,
    published_in: Quarter,
    /// What may have been billed the day before.
    before: Vec<String>,
    /// The interim code with its last day.
    interim: Option<(String, NaiveDate)>,
}

/// "C9015 (2018-01-01 to 2018-12-31)"; other notes say nothing sure.
fn interim(text: &str) -> Option<(String, NaiveDate)> {
    let (code, span) = text.split_once(" (")?;
    let (_, last) = span.strip_suffix(')')?.split_once(" to ")?;
    Some((code.to_owned(), last.parse().ok()?))
}

fn transitions(shared: &Path) -> Vec<Transition> {
    let text = std::fs::read_to_string(shared.join("truth/transitions.tsv")).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b'\t')
        .quoting(false)
        .from_reader(text.as_bytes());
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let transition = |row: csv::StringRecord| {
        let mut before: Vec<String> = row[9]
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.parse::<HcpcsCode>().is_ok())
            .map(str::to_owned)
            .collect();
        // "J9999/J3590": the list here names J3590.
        if before.is_empty() || before.iter().any(|code| code == "J3590") {
            before = vec!["J3590".to_owned()];
        }
        let noc_code = before
            .iter()
            .filter_map(|code| code.parse::<HcpcsCode>().ok())
            .find(|code| code.class() == CodeClass::NotOtherwiseClassified)
            .unwrap_or(HcpcsCode::UNCLASSIFIED_BIOLOGICS);
        Transition {
            interim: interim(&row[8]),
            entry: DrugEntry {
                brand: given(&row[0]),
                proper_name: given(&row[1]),
                ndcs: row[2].parse().into_iter().collect(),
                noc_code,
                ..DrugEntry::default()
            },
            code: row[3].parse().unwrap(),
            effective: row[4].parse().unwrap(),
            published_in: row[5].parse().unwrap(),
            before,
        }
    };
    reader.records().map(Result::unwrap).map(transition).collect()
}

/// Every HCPCS posting in the order of posting, and the Purple Book.
fn files(shared: &Path) -> Vec<PathBuf> {
    let mirror = shared.join("cms/mirror");
    let catalog: Value =
        serde_json::from_str(&std::fs::read_to_string(mirror.join("catalog.json")).unwrap()).unwrap();
    let mut postings: Vec<(String, PathBuf)> = Vec::new();
    for entry in catalog.as_array().unwrap() {
        if !entry["path"].as_str().unwrap().contains("alpha-numeric") {
            continue;
        }
        for version in entry["versions"].as_array().unwrap() {
            let file = mirror.join("files").join(version["file"].as_str().unwrap());
            postings.push((version["posted"].as_str().unwrap().to_owned(), file));
        }
    }
    postings.sort();
    let mut files: Vec<PathBuf> = postings.into_iter().map(|(_, file)| file).collect();
    files.push(shared.join("cms/purple-book.csv"));
    files
}

fn at(today: NaiveDate) -> Moment {
    let now: DateTime<Utc> = today.and_time(NaiveTime::MIN).and_utc();
    Moment { today, now }
}

/// How the answers stand to what is known.
#[derive(Default)]
struct Tally {
    days: usize,
    right: usize,
    open: Vec<String>,
    wrong: Vec<String>,
}

/// Asks for the day before and the day itself of every transition. `listed_on` gives the day a drug comes on the list.
fn tally(shared: &Path, listed_on: impl Fn(&Transition) -> NaiveDate) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hcpcs-watch.toml");
    let text = "[practice]\nname = \"Replay\"\ntime_zone = \"America/New_York\"\n[source]\nlocation = \".\"\n[mail]\ntransport = \"none\"\n";
    std::fs::write(&path, text).unwrap();
    let config = Config::load(&path).unwrap();
    let transitions = transitions(shared);
    let mut store = Store::open(&config.storage.database).unwrap();
    let transaction = store.begin(at(today()).now, "replay").unwrap();
    let list = |transition: &Transition| -> DrugId {
        let day = listed_on(transition);
        transaction.add_drug(&transition.entry, day).unwrap()
    };
    let drugs: Vec<DrugId> = transitions.iter().map(list).collect();
    transaction.commit().unwrap();
    drop(store);
    let report = pipeline::import(&config, at(today()), &files(shared)).unwrap();
    assert_eq!(report.problems, []);

    let store = Store::open_read_only(&config.storage.database).unwrap();
    let published = Published::read(&store).unwrap();
    let mut book = CodeBook::new(&config, &store, &published, today()).unwrap();
    let mut tally = Tally::default();
    for (transition, id) in transitions.iter().zip(drugs) {
        let drug = store.listed_drug(id).unwrap().unwrap().drug;
        let mut check = |dos: NaiveDate, setting: Setting, expected: &[String]| {
            let ask = Ask {
                dos,
                payer: None,
                setting: Some(setting),
                dose: None,
            };
            let answer = book.answer(&drug, &ask).unwrap().answer;
            let told = format!("{} {dos}: {}", drug.entry.display_name(), answer.reason);
            assert_ne!(answer.certainty, Certainty::Unknown, "{told}");
            tally.days += 1;
            match answer.code {
                Some(code) if expected.contains(&code.to_string()) => tally.right += 1,
                Some(code) => tally.wrong.push(format!("{code} not {expected:?}: {told}")),
                None => tally.open.push(told),
            }
        };
        let day_before = transition.effective.pred_opt().unwrap();
        let own = [transition.code.to_string()];
        check(day_before, Setting::Office, &transition.before);
        check(transition.effective, Setting::Office, &own);
        check(transition.effective, Setting::Opps, &own);
        if let Some((code, last)) = &transition.interim {
            check(*last, Setting::Opps, std::slice::from_ref(code));
        }
    }
    tally
}

fn today() -> NaiveDate {
    "2025-12-01".parse().unwrap()
}

#[test]
fn the_day_before_and_the_day_itself_are_right_for_every_real_transition() {
    let Some(shared) = shared("cms/mirror/catalog.json") else {
        return;
    };
    let before_the_code = |transition: &Transition| transition.published_in.previous().previous().first_day();
    let long_after = |_transition: &Transition| today();
    let listed_in_time = tally(&shared, before_the_code);
    let listed_late = tally(&shared, long_after);
    for (when, tally, least) in [("in time", listed_in_time, 100), ("late", listed_late, 99)] {
        let Tally { days, right, .. } = tally;
        eprintln!(
            "listed {when}: {right} of {days} days right, for a person {:#?}, wrong {:#?}",
            tally.open, tally.wrong
        );
        assert_eq!(tally.wrong, Vec::<String>::new());
        assert!(right * 100 >= days * least, "listed {when}: {right} of {days}");
    }
}

/// A practice over the fixtures with every fixture release loaded on 2025-08-01.
struct Practice {
    folder: tempfile::TempDir,
}

impl Practice {
    fn new(list: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cms");
        let text = format!(
            "[practice]\nname = \"Clinic\"\ntime_zone = \"America/New_York\"\n[source]\nlocation = {:?}\n[mail]\ntransport = \"file\"\nfrom = \"a@example.org\"\nrecipients = [\"b@example.org\"]\n",
            fixtures.display().to_string()
        );
        std::fs::write(folder.path().join("hcpcs-watch.toml"), text).unwrap();
        std::fs::write(folder.path().join("drugs.csv"), list).unwrap();
        let practice = Self { folder };
        practice
            .run("2023-01-10", &["drugs", "import", "drugs.csv"])
            .success();
        let mut files: Vec<String> = std::fs::read_dir(fixtures)
            .unwrap()
            .map(|entry| entry.unwrap().path().display().to_string())
            .filter(|name| !name.contains("seasonal"))
            .collect();
        files.sort();
        let words: Vec<&str> = ["releases", "import"]
            .into_iter()
            .chain(files.iter().map(String::as_str))
            .collect();
        practice.run("2025-08-01", &words).success();
        practice
    }

    fn run(&self, today: &str, words: &[&str]) -> assert_cmd::assert::Assert {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hcpcs-watch"));
        command
            .current_dir(self.folder.path())
            .env("XDG_CONFIG_HOME", self.folder.path());
        command.args(["--today", today]).args(words).assert()
    }

    fn json(&self, words: &[&str]) -> Value {
        let words: Vec<&str> = words.iter().copied().chain(["--format", "json"]).collect();
        let done = self.run("2025-08-01", &words).success();
        serde_json::from_slice(&done.get_output().stdout).unwrap()
    }

    fn said(&self, words: &[&str]) -> String {
        let done = self.run("2025-08-01", words).success();
        String::from_utf8(done.get_output().stdout.clone()).unwrap()
    }

    fn refused(&self, code: i32, words: &[&str]) -> String {
        let done = self.run("2025-08-01", words).code(code);
        String::from_utf8(done.get_output().stderr.clone()).unwrap()
    }
}

const LIST: &str = "brand,proper_name,ndc,route,dose,started_on
Briumvi,ublituximab-xiiy,73150-0150-06,intravenous,450 mg,2023-01-10
Soliris,eculizumab,25682-0001-01,intravenous,900 mg,2025-06-01
Eylea HD,aflibercept hd,61755-0050-01,intravitreal,8 mg,2023-09-01
Tecvayli,,,,,2023-01-10
Avastin,bevacizumab,50242-0061-01,intravitreal,1.25 mg,2023-01-10
";

#[test]
fn codes_reviews_payers_and_prices_over_the_fixtures() {
    let practice = Practice::new(LIST);
    codes(&practice);
    day_sheet(&practice);
    reviews(&practice);
    payers(&practice);
    prices(&practice);
}

/// The words after `code`, separated by `|`; code, status and units.
const CODES: [(&str, &str, &str, Option<u64>); 9] = [
    ("Briumvi|--dos|2023-06-30", "J3590", "unclassified", None),
    ("Briumvi|--dos|2023-07-01", "J2329", "permanent", Some(450)),
    (
        "73150-0150-06|--dos|2023-07-01|--dose|0.5 mg",
        "J2329",
        "permanent",
        Some(1),
    ),
    ("Soliris|--dos|2025-03-31", "J1300", "permanent", Some(90)),
    ("Soliris|--dos|2025-04-01", "J1299", "permanent", Some(450)),
    ("Eylea HD|--dos|2024-03-31", "J3590", "unclassified", None),
    (
        "Eylea HD|--dos|2024-03-31|--setting|opps",
        "C9161",
        "interim",
        Some(8),
    ),
    (
        "Eylea HD|--dos|2024-04-01|--setting|opps",
        "J0177",
        "permanent",
        Some(8),
    ),
    ("Avastin|--dos|2024-04-01", "J9035", "permanent", Some(1)),
];

fn codes(practice: &Practice) {
    for (question, code, status, units) in CODES {
        let words: Vec<&str> = question.split('|').collect();
        let answer = practice.json(&[&["code"], &words[..]].concat());
        assert_eq!(answer["code"], code, "{words:?} {answer}");
        assert_eq!(answer["status"], status, "{words:?}");
        assert_eq!(answer["units"].as_u64(), units, "{words:?}");
        assert!(answer["evidence"][0]["sha256"].is_string(), "{words:?}");
    }
    let soliris = practice.json(&["code", "Soliris", "--dos", "2025-03-31"]);
    assert_eq!(soliris["valid_to"], "2025-03-31");
    assert_eq!(soliris["allowed_amount"], "20174.31");
    let unknown = practice.json(&["code", "Briumvi", "--dos", "2001-01-01"]);
    assert_eq!(
        (&unknown["code"], &unknown["certainty"]),
        (&Value::Null, &"unknown".into())
    );
    let ahead = practice.json(&["code", "Briumvi", "--dos", "2025-10-01"]);
    assert_eq!(ahead["certainty"], "not-yet-known");
    assert!(practice.refused(2, &["code", "Briumvi"]).contains("--dos"));
    assert!(
        practice
            .refused(2, &["code", "Nope", "--dos", "2024-01-01"])
            .contains("no drug")
    );
}

fn day_sheet(practice: &Practice) {
    let sheet =
        "Drug,DOS,Payer,Dose\nBriumvi,2023-07-01,,300 mg\nNope,2023-07-01,,\nSoliris,3/31/2025,Aetna,\n";
    std::fs::write(practice.folder.path().join("day.csv"), sheet).unwrap();
    let done = practice.run("2025-08-01", &["code", "--list", "day.csv", "--format", "csv"]);
    let done = done.code(3);
    let told = String::from_utf8_lossy(&done.get_output().stderr).into_owned();
    assert!(
        told.contains("day.csv line 3: no drug on the list is `Nope`"),
        "{told}"
    );
    let mut reader = csv::Reader::from_reader(&done.get_output().stdout[..]);
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|head| head == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cell = |row: usize, name: &str| rows[row][place(name)].to_owned();
    assert_eq!([cell(0, "code"), cell(0, "units")], ["J2329", "300"]);
    assert_eq!([cell(1, "code"), cell(1, "Drug")], ["", "Nope"]);
    assert_eq!([cell(2, "code"), cell(2, "billed_to")], ["J1300", "Aetna"]);
}

fn reviews(practice: &Practice) {
    let open = practice.json(&["review", "list", "--open"]);
    assert_eq!(open[0]["code"], "J9380", "{open}");
    assert_eq!(open.as_array().unwrap().len(), 1);
    let undecided = practice.json(&["code", "Tecvayli", "--dos", "2024-01-01"]);
    assert_eq!(undecided["status"], "undecided");
    assert_eq!(undecided["candidates"][0], "J9380");
    for (code, words) in [
        ("J3590", "catch-all"),
        ("E0100", "no drug code"),
        ("J0001", "no HCPCS file held has"),
        ("X", "is not a HCPCS code"),
    ] {
        let told = practice.refused(2, &["review", "confirm", "Tecvayli", code, "--by", "Pat"]);
        assert!(told.contains(words), "{told}");
    }
    let taken = practice.refused(2, &["review", "confirm", "Briumvi", "J0174", "--by", "Pat"]);
    assert!(taken.contains("review reject 1 J2329"), "{taken}");
    assert!(
        practice
            .refused(2, &["review", "reject", "1", "J2329", "--by", "Rule"])
            .contains("person")
    );

    let words = [
        "review",
        "confirm",
        "Tecvayli",
        "J9380",
        "--by",
        "Pat",
        "--note",
        "read the label",
    ];
    let told = practice.said(&words);
    assert!(
        told.contains("permanent-code-retroactive") && told.contains("queued"),
        "{told}"
    );
    assert!(practice.said(&words).contains("had said so before"));
    let alerts = practice.json(&["alerts", "list"]);
    assert_eq!(alerts[0]["match_kind"], "person", "{}", alerts[0]);
    assert_eq!(alerts[0]["to_code"], "J9380");
    assert_eq!(alerts[0]["deliveries"][0]["status"], "queued");
    let explained = practice.json(&["explain", "Tecvayli"]);
    assert_eq!(explained["codes"][0]["decided"]["by"], "Pat");
    assert_eq!(
        practice.json(&["code", "Tecvayli", "--dos", "2024-01-01"])["code"],
        "J9380"
    );
    // A run asks and tells nothing again.
    assert!(practice.said(&["run", "--offline"]).contains("no news"));

    practice.said(&["review", "reject", "Avastin", "J9035", "--by", "Kim"]);
    let listed = practice.json(&["review", "list"]);
    let states: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["confirmed", "rejected"]);
    assert_eq!(
        practice.json(&["code", "Avastin", "--dos", "2024-04-01"])["code"],
        "J3590"
    );
    assert!(practice.said(&["run", "--offline"]).contains("no news"));
    practice.said(&["review", "confirm", "Avastin", "J9035", "--by", "Kim"]);
    assert_eq!(
        practice.json(&["code", "Avastin", "--dos", "2024-04-01"])["code"],
        "J9035"
    );
}

fn payers(practice: &Practice) {
    let grounds = [
        "--reason",
        "takes codes late",
        "--source",
        "bulletin",
        "--by",
        "Pat",
    ];
    let keep = |words: &[&str]| practice.said(&[words, &grounds].concat());
    keep(&[
        "payers",
        "pin",
        "BCBS of Michigan",
        "--drug",
        "Avastin",
        "--code",
        "J3590",
        "--until-review",
        "2026-01-31",
    ]);
    keep(&[
        "payers",
        "set",
        "Medi-Cal",
        "--drug",
        "Briumvi",
        "--code-from",
        "2023-11-01",
    ]);
    let code = |drug: &str, dos: &str, payer: &str| {
        let answer = practice.json(&["code", drug, "--dos", dos, "--payer", payer]);
        format!(
            "{} {}",
            answer["code"].as_str().unwrap(),
            answer["status"].as_str().unwrap()
        )
    };
    assert_eq!(code("Avastin", "2024-04-01", "bcbs of michigan"), "J3590 pinned");
    assert_eq!(code("Avastin", "2024-04-01", "Aetna"), "J9035 permanent");
    assert_eq!(code("Briumvi", "2023-10-31", "Medi-Cal"), "J3590 pinned");
    assert_eq!(code("Briumvi", "2023-11-01", "Medi-Cal"), "J2329 permanent");
    let done = practice.run("2026-02-01", &["payers", "list"]).success();
    let text = String::from_utf8_lossy(&done.get_output().stdout).into_owned();
    assert!(text.contains("OVERDUE"), "{text}");
    let status = practice.json(&["status", "--offline"]);
    assert_eq!(status["payers"]["in_force"], 2);
    practice.said(&["payers", "end", "1", "--reason", "takes J9035 now", "--by", "Pat"]);
    assert_eq!(
        code("Avastin", "2024-04-01", "BCBS of Michigan"),
        "J9035 permanent"
    );
    practice.refused(2, &["payers", "end", "1", "--reason", "x", "--by", "Pat"]);
    assert_eq!(
        practice
            .json(&["payers", "list", "--all"])
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

fn prices(practice: &Practice) {
    let diff = practice.json(&["releases", "diff", "2025Q1", "2025Q2", "--code", "J1299"]);
    let changes = diff["changes"].as_array().unwrap();
    let kinds: Vec<&str> = changes.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["added", "price-changed"]);
    assert_eq!(changes[1]["after"], "44.809");
    assert_eq!(diff["prices_compared"], true);
}

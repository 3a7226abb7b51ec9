//! What lies in the inbox over a year: each thing told once, told again where it stays open, and nothing lost or
//! doubled whatever the mail server and the machine do.
#![cfg(test)]

#[expect(dead_code, reason = "shared with the tests of the transport")]
#[path = "support/certificates.rs"]
mod certificates;
#[path = "support/smtp_server.rs"]
#[expect(dead_code, reason = "these tests need no TLS")]
mod smtp_server;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use hcpcs_watch::config::Config;
use hcpcs_watch::domain::alert::DeliveryStatus;
use hcpcs_watch::fetch;
use hcpcs_watch::matching::decisions::Word;
use hcpcs_watch::pipeline::{self, Moment, Report, Spoken};
use hcpcs_watch::store::Store;
use hcpcs_watch::store::alerts::AlertFilter;
use hcpcs_watch::store::drugs::ListedDrug;
use hcpcs_watch::store::outbox::{MessageKind, OutboxMessage};
use mail_parser::{MessageParser, MimeHeaders};
use proptest::prelude::*;
use smtp_server::{Script, Security, SmtpServer};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const BILLING: &str = "billing@example.org";
const SECOND: &str = "second@example.org";
const LEAD: &str = "lead@example.org";
const OPERATOR: &str = "it@example.org";

/// A practice in a folder of its own.
struct Practice {
    folder: tempfile::TempDir,
    config: Config,
}

impl Practice {
    fn new(drugs: &str, mail: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("cms")).unwrap();
        fs::write(folder.path().join("drugs.csv"), drugs).unwrap();
        let text = format!(
            "[practice]\nname = \"Example\"\ndrug_list = \"drugs.csv\"\n[source]\nlocation = \"cms\"\n[mail]\n\
             from = \"Watch <alerts@example.org>\"\nreply_to = \"help@example.org\"\n\
             escalate_to = [\"{LEAD}\"]\noperator = \"{OPERATOR}\"\n{mail}\n"
        );
        let path = folder.path().join("hcpcs-watch.toml");
        fs::write(&path, text).unwrap();
        let config = Config::load(&path).unwrap();
        Self { folder, config }
    }

    /// With mail as files and one recipient.
    fn with_files(drugs: &str) -> Self {
        Self::new(
            drugs,
            &format!("transport = \"file\"\nrecipients = [\"{BILLING}\"]"),
        )
    }

    /// CMS posts the HCPCS file of a quarter.
    fn post(&self, quarter: &str) {
        let file = hcpcs_file(quarter);
        fs::copy(
            &file,
            self.folder.path().join("cms").join(file.file_name().unwrap()),
        )
        .unwrap();
    }

    fn run(&self, today: &str) -> Report {
        pipeline::run(&self.config, at(today), false, &*fetch::on_stderr(true)).unwrap()
    }

    fn outbox(&self) -> Vec<OutboxMessage> {
        Store::open(&self.config.storage.database)
            .unwrap()
            .messages()
            .unwrap()
    }

    /// What a run on a day puts into the outbox: kind and recipient.
    fn told_on(&self, today: &str) -> Vec<(MessageKind, String)> {
        let before = self.outbox().len();
        self.run(today);
        let after = self.outbox();
        let new = after.iter().skip(before);
        new.map(|one| (one.message.kind, one.message.recipient.clone()))
            .collect()
    }

    /// Pat confirms the code of a drug, named by its brand.
    fn confirm(&self, today: &str, brand: &str, code: &str) {
        let mut store = Store::open(&self.config.storage.database).unwrap();
        let list = store.listed_drugs().unwrap();
        let is_meant = |listed: &&ListedDrug| listed.drug.entry.brand.as_deref() == Some(brand);
        let spoken = Spoken {
            code: code.parse().unwrap(),
            word: Word::Confirmed,
            by: "Pat".to_owned(),
            note: None,
        };
        let drug = &list.iter().find(is_meant).unwrap().drug;
        pipeline::decide(&self.config, &mut store, at(today), drug, &spoken).unwrap();
    }

    fn acknowledge_all(&self, today: &str) {
        let mut store = Store::open(&self.config.storage.database).unwrap();
        let open = store.alerts(AlertFilter::default()).unwrap();
        let transaction = store.begin(at(today).now, "Ann").unwrap();
        for alert in open {
            transaction.acknowledge(alert.id, "Ann", None).unwrap();
        }
        transaction.commit().unwrap();
    }
}

fn at(today: &str) -> Moment {
    let today: NaiveDate = today.parse().unwrap();
    Moment {
        today,
        now: today.and_hms_opt(10, 0, 0).unwrap().and_utc(),
    }
}

/// The fixture's HCPCS file of a quarter such as `july-2023`.
fn hcpcs_file(quarter: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cms");
    let named = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_lowercase();
        name.contains(quarter) && name.contains("alpha-numeric")
    };
    let mut found = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    found
        .find(named)
        .unwrap_or_else(|| panic!("no fixture of {quarter}"))
}

const BRIUMVI: &str =
    "brand,proper_name,ndc,route,dose\nBriumvi,ublituximab-xiiy,73150-0150-06,intravenous,450 mg\n";

fn digest_to_billing() -> Vec<(MessageKind, String)> {
    vec![(MessageKind::Digest, BILLING.to_owned())]
}

#[test]
fn a_change_is_announced_reminded_of_and_told_again_until_it_is_acknowledged() {
    let practice = Practice::with_files(BRIUMVI);
    practice.post("april-2023");
    practice.post("july-2023");
    assert_eq!(practice.told_on("2023-06-20"), digest_to_billing());
    assert_eq!(practice.told_on("2023-06-20"), []);
    assert_eq!(practice.told_on("2023-06-30"), []);
    assert_eq!(practice.told_on("2023-07-02"), digest_to_billing());
    assert_eq!(practice.told_on("2023-07-08"), []);
    let still_open = |to: &str| (MessageKind::StillOpen, to.to_owned());
    assert_eq!(practice.told_on("2023-07-09"), [still_open(BILLING)]);
    assert_eq!(practice.told_on("2023-07-09"), []);
    assert_eq!(practice.told_on("2023-07-15"), []);
    assert_eq!(
        practice.told_on("2023-07-16"),
        [still_open(BILLING), still_open(LEAD)]
    );
    assert_eq!(practice.told_on("2023-07-22"), []);
    assert_eq!(
        practice.told_on("2023-07-30"),
        [still_open(BILLING), still_open(LEAD)]
    );
    practice.acknowledge_all("2023-08-01");
    assert_eq!(practice.told_on("2023-08-15"), []);
    let outbox = practice.outbox();
    let ids: BTreeSet<&str> = outbox.iter().map(|one| one.message.message_id.as_str()).collect();
    assert_eq!(ids.len(), outbox.len());
    let threads: BTreeSet<&[String]> = outbox.iter().map(|one| one.message.thread.as_slice()).collect();
    assert_eq!(threads.len(), 1, "{threads:?}");
}

#[test]
fn the_message_as_it_lies_in_the_folder_carries_its_files() {
    let practice = Practice::with_files(BRIUMVI);
    practice.post("july-2023");
    let report = practice.run("2023-06-20");
    let file = report.deliveries.messages[0].file.clone().unwrap();
    let bytes = fs::read(file).unwrap();
    let read = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(
        read.reply_to().unwrap().first().unwrap().address(),
        Some("help@example.org")
    );
    assert!(read.references().as_text().unwrap().starts_with("drug.1."));
    let names: Vec<_> = read
        .attachments()
        .map(|part| part.attachment_name().unwrap())
        .collect();
    assert_eq!(names, ["crosswalk.csv", "crosswalk.xlsx", "effective-dates.ics"]);
    let csv = read.attachment(0).unwrap().text_contents().unwrap();
    assert!(
        csv.contains("J3590,J2329,2023-07-01,1 mg,Briumvi,ublituximab-xiiy,73150-0150-06"),
        "{csv}"
    );
}

#[test]
fn a_quarter_without_news_is_told_once_in_the_run_that_first_holds_it() {
    let practice = Practice::with_files(BRIUMVI);
    practice.post("april-2023");
    practice.post("july-2023");
    practice.run("2023-06-20");
    practice.acknowledge_all("2023-06-21");
    practice.run("2023-07-01");
    practice.acknowledge_all("2023-07-02");
    assert_eq!(practice.told_on("2023-09-01"), []);
    practice.post("october-2023");
    let quiet = [(MessageKind::Quiet, BILLING.to_owned())];
    assert_eq!(practice.told_on("2023-09-05"), quiet);
    assert_eq!(practice.told_on("2023-09-05"), []);
    assert_eq!(practice.told_on("2023-10-02"), []);
    let outbox = practice.outbox();
    let last = &outbox.last().unwrap().message;
    assert_eq!(last.subject, "Nothing changes on October 1, 2023 for your 1 drug");
    practice.post("january-2024");
    assert_eq!(
        practice.told_on("2024-01-03"),
        quiet,
        "late, on the first run in the quarter"
    );
}

#[test]
fn a_drug_whose_code_a_person_confirmed_is_not_said_to_be_out_of_sight() {
    let practice = Practice::with_files("brand\nOcrevus\n");
    practice.post("april-2023");
    assert_eq!(practice.run("2023-03-20").not_looked_up.len(), 1);
    let last_quiet = || {
        let is_quiet = |one: &OutboxMessage| one.message.kind == MessageKind::Quiet;
        practice
            .outbox()
            .into_iter()
            .rfind(is_quiet)
            .unwrap()
            .message
            .subject
    };
    assert_eq!(
        last_quiet(),
        "None of your drugs could be looked up for April 1, 2023"
    );
    practice.confirm("2023-03-21", "Ocrevus", "J2350");
    practice.acknowledge_all("2023-03-21");
    practice.post("july-2023");
    assert_eq!(practice.run("2023-06-20").not_looked_up, []);
    assert_eq!(last_quiet(), "Nothing changes on July 1, 2023 for your 1 drug");
}

/// What the messages from `first` on say of the drugs watched, with the address each goes to.
fn closings(practice: &Practice, first: usize) -> Vec<(String, String)> {
    let outbox = practice.outbox();
    let closing = |one: &OutboxMessage| {
        let text = one.message.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let from = text.find("5 drugs watched").unwrap();
        let until = text.find(" Checked against").unwrap();
        (one.message.recipient.clone(), text[from..until].to_owned())
    };
    outbox.iter().skip(first).map(closing).collect()
}

#[test]
fn only_a_whole_run_vouches_for_the_drugs_it_does_not_name() {
    let practice = Practice::with_files(
        "brand,proper_name\nOcrevus,\nZeta,\nBriumvi,ublituximab-xiiy\nLeqembi,lecanemab-irmb\n\
         Hemgenix,etranacogene dezaparvovec-drlb\n",
    );
    practice.post("april-2023");
    practice.run("2023-03-20");
    let told = practice.outbox().len();
    practice.confirm("2023-03-21", "Ocrevus", "J2350");
    practice.post("july-2023");
    practice.run("2023-06-20");
    let mut store = Store::open(&practice.config.storage.database).unwrap();
    let first = store.alerts(AlertFilter::default()).unwrap()[0].id;
    pipeline::requeue(&practice.config, &mut store, at("2023-06-21"), first).unwrap();
    let said = closings(&practice, told);
    let said: Vec<(&str, &str)> = said
        .iter()
        .map(|(to, said)| (to.as_str(), said.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            // A review looks at one drug.
            (BILLING, "5 drugs watched."),
            // Briumvi and Hemgenix are new, Ocrevus is still open.
            (
                BILLING,
                "5 drugs watched; nothing new for the other one; 1 could not be looked up: Zeta (`hcpcs-watch explain DRUG` \
                 says why)."
            ),
            // What is new is not told here.
            (LEAD, "5 drugs watched."),
            // Nothing is looked at when a message is sent again.
            (BILLING, "5 drugs watched."),
        ]
    );
}

#[test]
fn the_operator_is_told_of_each_trouble_once_and_once_more_when_it_is_mended() {
    let practice = Practice::with_files(BRIUMVI);
    practice.post("april-2023");
    practice.post("july-2023");
    practice.run("2023-06-20");
    practice.acknowledge_all("2023-06-21");
    practice.run("2023-07-01");
    practice.acknowledge_all("2023-07-01");
    let operator = [(MessageKind::Operator, OPERATOR.to_owned())];
    assert_eq!(practice.told_on("2023-10-01"), operator);
    for day in ["2023-10-01", "2023-10-02", "2023-11-20"] {
        assert_eq!(practice.told_on(day), [], "{day}");
    }
    practice.post("october-2023");
    let told = practice.told_on("2023-11-21");
    assert!(told.contains(&operator[0]), "{told:?}");
    let outbox = practice.outbox();
    let subjects: Vec<&str> = outbox
        .iter()
        .filter(|one| one.message.kind == MessageKind::Operator)
        .map(|one| one.message.subject.as_str())
        .collect();
    assert_eq!(
        subjects,
        [
            "hcpcs-watch: HCPCS quarterly file 2023Q4 is overdue",
            "hcpcs-watch: mended: HCPCS quarterly file 2023Q4 has come"
        ]
    );
    assert_eq!(practice.told_on("2023-11-22"), []);
}

fn over_smtp(server: &SmtpServer, drugs: &str) -> Practice {
    let port = server.port();
    let mail = format!(
        "transport = \"smtp\"\nhost = \"localhost\"\nport = {port}\ntls = \"none\"\nrecipients = [\"{BILLING}\", \"{SECOND}\"]"
    );
    Practice::new(drugs, &mail)
}

#[test]
fn a_bad_address_holds_up_nobody_and_the_operator_hears_of_it_once() {
    let script = Script::default().answering("RCPT second@example.org", "550 5.1.1 no such user");
    let server = SmtpServer::start(Security::Plain, script);
    let practice = over_smtp(&server, BRIUMVI);
    practice.post("july-2023");
    practice.run("2023-06-20");
    practice.run("2023-06-21");
    let to: Vec<String> = server.received().into_iter().flat_map(|one| one.to).collect();
    assert_eq!(to, [BILLING, OPERATOR]);
    let last = server.received().pop().unwrap();
    let text = String::from_utf8(last.bytes).unwrap();
    assert!(
        text.contains("s***@example.org") && !text.contains(SECOND),
        "{text}"
    );
    server.follow(Script::default());
    let mut store = Store::open(&practice.config.storage.database).unwrap();
    let id = store.alerts(AlertFilter::default()).unwrap()[0].id;
    pipeline::requeue(&practice.config, &mut store, at("2023-06-22"), id).unwrap();
    drop(store);
    practice.run("2023-06-22");
    let to: Vec<String> = server
        .received()
        .into_iter()
        .flat_map(|one| one.to)
        .skip(2)
        .collect();
    assert_eq!(to, [BILLING, SECOND, OPERATOR]);
}

#[test]
fn what_is_put_off_is_tried_again_at_growing_intervals_and_given_up_in_the_end() {
    let script = Script::default().answering("RCPT second@example.org", "451 4.7.1 greylisted");
    let server = SmtpServer::start(Security::Plain, script);
    let practice = over_smtp(&server, BRIUMVI);
    practice.post("july-2023");
    practice.run("2023-06-20");
    let database = &practice.config.storage.database;
    let start = at("2023-06-20");
    let mut tried = Vec::new();
    for hour in 0..150 {
        let mut store = Store::open(database).unwrap();
        let moment = Moment {
            now: start.now + TimeDelta::hours(hour),
            ..start
        };
        let deliveries = pipeline::deliver(&practice.config, &mut store, moment).unwrap();
        if deliveries
            .messages
            .iter()
            .any(|one| one.recipient.starts_with("s***"))
        {
            tried.push(hour);
        }
    }
    // The first attempt is that of the run itself.
    assert_eq!(tried, [0, 1, 5, 16, 39, 62, 85, 108, 131]);
    let outbox = practice.outbox();
    let put_off = outbox.iter().find(|one| one.message.recipient == SECOND).unwrap();
    assert_eq!(put_off.status, DeliveryStatus::Failed);
    let reason = put_off.last_error.clone().unwrap();
    assert!(reason.starts_with("given up after 5 days"), "{reason}");
}

const DRUGS: [&str; 5] = [
    "Briumvi,ublituximab-xiiy,73150-0150-06,intravenous,450 mg",
    "Leqembi,lecanemab-irmb,62856-0212-01,intravenous,700 mg",
    "Hemgenix,etranacogene dezaparvovec-drlb,,intravenous,",
    "Eylea HD,aflibercept,61755-0050-01,intravitreal,8 mg",
    "Idacio,adalimumab-aacf,,subcutaneous,40 mg",
];

/// What the mail server does during an attempt.
#[derive(Debug, Clone, Copy)]
enum Weather {
    Fair,
    TurnedAway,
    PutsOffOne,
    BreaksOff,
    RefusesWhole,
}

fn script(weather: Weather) -> Script {
    // The second address is refused for good whatever else happens.
    let script = Script::default().answering("RCPT second@example.org", "550 5.1.1 no such user");
    match weather {
        Weather::Fair => script,
        Weather::TurnedAway => script.answering("GREETING", "421 4.3.2 come back later"),
        Weather::PutsOffOne => script.answering("RCPT billing@example.org", "451 4.7.1 greylisted"),
        Weather::BreaksOff => script.dropping_mid_data(),
        Weather::RefusesWhole => script.answering("END", "452 4.3.1 disk full"),
    }
}

fn weather() -> impl Strategy<Value = Weather> {
    prop_oneof![
        Just(Weather::Fair),
        Just(Weather::TurnedAway),
        Just(Weather::PutsOffOne),
        Just(Weather::BreaksOff),
        Just(Weather::RefusesWhole),
    ]
}

/// Delivers at `now`; a process killed between sending and marking leaves the database as it was before.
fn attempt(practice: &Practice, now: DateTime<Utc>, is_killed: bool) {
    let database = &practice.config.storage.database;
    let before = is_killed.then(|| fs::read(database).unwrap());
    let mut store = Store::open(database).unwrap();
    let moment = Moment {
        now,
        today: now.date_naive(),
    };
    pipeline::deliver(&practice.config, &mut store, moment).unwrap();
    drop(store);
    if let Some(before) = before {
        for ending in ["-wal", "-shm"] {
            let mut name = database.clone().into_os_string();
            name.push(ending);
            let _ = fs::remove_file(PathBuf::from(name));
        }
        fs::write(database, before).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 20, ..ProptestConfig::default() })]
    #[test]
    fn every_alert_reaches_every_good_address_under_one_message_id(
        listed in proptest::sample::subsequence(DRUGS.to_vec(), 1..=DRUGS.len()),
        steps in proptest::collection::vec(proptest::collection::vec((weather(), any::<bool>()), 0..4), 4),
    ) {
        let server = SmtpServer::start(Security::Plain, Script::default());
        let drugs = format!("brand,proper_name,ndc,route,dose\n{}\n", listed.join("\n"));
        let practice = over_smtp(&server, &drugs);
        let mut store = Store::open(&practice.config.storage.database).unwrap();
        let transaction = store.begin(at("2023-03-01").now, "test").unwrap();
        for drug in hcpcs_watch::drug_list::read(&practice.folder.path().join("drugs.csv")).unwrap().drugs {
            transaction.add_drug(&drug.entry, "2023-03-01".parse().unwrap()).unwrap();
        }
        transaction.commit().unwrap();
        drop(store);
        let quarters = [
            ("2023-03-20", "april-2023"),
            ("2023-06-20", "july-2023"),
            ("2023-09-20", "october-2023"),
            ("2023-12-20", "january-2024"),
        ];
        for ((day, quarter), attempts) in quarters.into_iter().zip(&steps) {
            let moment = at(day);
            pipeline::import(&practice.config, moment, &[hcpcs_file(quarter)]).unwrap();
            let mut now = moment.now;
            for (weather, is_killed) in attempts {
                server.follow(script(*weather));
                now += TimeDelta::hours(12);
                attempt(&practice, now, *is_killed);
            }
            // Nothing is put off so often and for so long that it is given up.
            server.follow(script(Weather::Fair));
            attempt(&practice, now + TimeDelta::hours(24), false);
        }
        let mut copies: BTreeMap<(String, String), BTreeSet<Vec<u8>>> = BTreeMap::new();
        for received in server.received() {
            let read = MessageParser::default().parse(&received.bytes).unwrap();
            let id = format!("<{}>", read.message_id().unwrap());
            copies.entry((received.to[0].clone(), id)).or_default().insert(received.bytes.clone());
        }
        for ((to, id), copies) in &copies {
            prop_assert_eq!(copies.len(), 1, "{} {}: copies differ", to, id);
        }
        let store = Store::open(&practice.config.storage.database).unwrap();
        let outbox = store.messages().unwrap();
        for alert in store.alerts(AlertFilter::default()).unwrap() {
            for (recipient, status) in [(BILLING, DeliveryStatus::Sent), (SECOND, DeliveryStatus::Failed)] {
                let telling: Vec<&OutboxMessage> = outbox
                    .iter()
                    .filter(|one| one.message.recipient == recipient && one.message.alerts.contains(&alert.id))
                    .collect();
                prop_assert_eq!(telling.len(), 1, "alert {} to {}", alert.id, recipient);
                prop_assert_eq!(telling[0].status, status);
                let key = (recipient.to_owned(), telling[0].message.message_id.clone());
                prop_assert_eq!(copies.contains_key(&key), status == DeliveryStatus::Sent);
            }
        }
        let sent = outbox.iter().filter(|one| one.status == DeliveryStatus::Sent).count();
        prop_assert_eq!(sent, copies.len(), "a Message-ID that the outbox does not know");
        store.verify_events(None).unwrap();
    }
}

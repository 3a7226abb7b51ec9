//! The first command of the README.

use crate::practice::{Ended, Mail, Practice, fixtures, text};
use hcpcs_watch::code_history::{ReleaseLine, periods};
use hcpcs_watch::domain::source::Source;
use hcpcs_watch::store::Store;
use serde_json::Value;
use std::path::Path;

/// A copy of what the command needs of the tree.
fn tree() -> Practice {
    let practice = Practice::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::copy(
        root.join("config.example.toml"),
        practice.path("config.example.toml"),
    )
    .unwrap();
    for folder in ["cms", "drug_lists"] {
        std::fs::create_dir_all(practice.path("fixtures").join(folder)).unwrap();
        for entry in std::fs::read_dir(fixtures().join(folder)).unwrap() {
            let entry = entry.unwrap();
            let copy = practice.path("fixtures").join(folder).join(entry.file_name());
            std::fs::copy(entry.path(), copy).unwrap();
        }
    }
    practice
}

fn run(practice: &Practice) -> Ended {
    let words = ["run", "--config", "config.example.toml", "--today", "2023-06-20"];
    practice.call(&words).with(0)
}

#[test]
fn the_first_command_of_the_readme_tells_what_it_found_and_where_the_mail_lies() {
    let practice = tree();
    let ended = run(&practice);
    insta::assert_snapshot!("first_run_stdout", practice.steady(&ended.stdout));
    insta::assert_snapshot!("first_run_stderr", practice.steady(&ended.stderr));
    let [mail] = &practice.mails()[..] else {
        panic!("one message")
    };
    assert_eq!(mail.to, "billing@example.org");
    insta::assert_snapshot!("first_run_subject", mail.subject);
    insta::assert_snapshot!("first_run_text", mail.text);
    insta::assert_snapshot!("first_run_html", mail.html);
    assert!(
        mail.text.lines().all(|line| line.chars().count() <= 80),
        "{}",
        mail.text
    );
    let named = ended
        .stdout
        .lines()
        .find_map(|line| line.split(" in ").nth(1))
        .unwrap();
    let file = named.split(": ").next().unwrap();
    assert_eq!(Mail::read(&std::fs::read(practice.path(file)).unwrap()), *mail);
}

#[test]
fn a_second_run_on_the_same_day_changes_nothing() {
    let practice = tree();
    run(&practice);
    let (dump, mails) = (practice.dump(), practice.mails());
    assert!(dump.contains("-- alert\n") && dump.contains("J2329"));
    let again = run(&practice);
    assert!(
        again.stdout.contains("Loaded: nothing new") && again.stdout.contains("no news"),
        "{}",
        again.stdout
    );
    assert_eq!(practice.dump(), dump);
    assert_eq!(practice.mails(), mails);
}

#[test]
fn the_listed_alerts_keep_the_contract() {
    let practice = tree();
    run(&practice);
    let listed = practice.call(&[
        "alerts",
        "list",
        "--format",
        "json",
        "--config",
        "config.example.toml",
    ]);
    let listed = listed.with(0).json();
    let alerts = listed.as_array().unwrap();
    assert_eq!(alerts.len(), 8);
    for alert in alerts {
        keeps_contract(alert);
    }
    let briumvi = alerts.iter().find(|alert| alert["to_code"] == "J2329").unwrap();
    assert_eq!(briumvi["kind"], "permanent-code-announced");
    let drug = &briumvi["drug"];
    assert_eq!(
        (
            text(drug, "brand"),
            text(drug, "proper_name"),
            text(drug, "route"),
            drug["ndcs"][0].as_str()
        ),
        (
            "Briumvi",
            "ublituximab-xiiy",
            "intravenous",
            Some("73150-0150-06")
        )
    );
    assert_eq!(
        [
            "from_code",
            "effective_date",
            "billing_unit",
            "decision",
            "match_kind",
            "raised_on"
        ]
        .map(|field| text(briumvi, field)),
        [
            "J3590",
            "2023-07-01",
            "1 mg",
            "confirmed",
            "proper-name",
            "2023-06-20"
        ]
    );
    assert_eq!(briumvi["end_date"], Value::Null);
    assert_eq!(briumvi["deliveries"][0]["recipient"], "billing@example.org");
    assert_eq!(briumvi["deliveries"][0]["status"], "sent");
}

/// Every field of the contract is there and of its type.
fn keeps_contract(alert: &Value) {
    let is_text_or_null = |field: &str| alert[field].is_string() || alert[field].is_null();
    assert!(alert["id"].is_u64() && alert["drug"]["id"].is_u64(), "{alert:#}");
    for field in ["kind", "from_code", "decision", "raised_on"] {
        assert!(alert[field].is_string(), "{field}: {alert:#}");
    }
    for field in [
        "to_code",
        "effective_date",
        "end_date",
        "billing_unit",
        "match_kind",
    ] {
        assert!(
            alert.get(field).is_some() && is_text_or_null(field),
            "{field}: {alert:#}"
        );
    }
    assert_eq!(
        alert.get("candidates").is_some(),
        alert["kind"] == "match-needs-review",
        "{alert:#}"
    );
    assert_eq!(alert.get("acknowledged"), Some(&Value::Null));
    for evidence in alert["evidence"].as_array().unwrap() {
        for field in ["source", "quarter", "member", "sha256", "text"] {
            assert!(!text(evidence, field).is_empty(), "{field}: {evidence:#}");
        }
        assert_eq!(text(evidence, "sha256").len(), 64);
        assert!(
            evidence["line"].as_u64() > Some(0) && evidence["revision"].as_u64() > Some(0),
            "{evidence:#}"
        );
    }
    assert!(!alert["evidence"].as_array().unwrap().is_empty(), "{alert:#}");
    assert!(!alert["deliveries"].as_array().unwrap().is_empty(), "{alert:#}");
}

#[test]
fn the_periods_of_a_first_release_are_those_that_its_stored_rows_give() {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-04-02").with(0);
    let store = Store::open_read_only(&practice.path("hcpcs-watch.db")).unwrap();
    let releases = store.every_revision(Source::Hcpcs).unwrap();
    assert_eq!(releases.len(), 1);
    let line = ReleaseLine::new(&releases);
    let said = store.publications_of_every_revision(None).unwrap();
    let expected: Vec<_> = said.values().flat_map(|said| periods(said, &line)).collect();
    assert!(expected.len() > 20, "{}", expected.len());
    assert_eq!(store.periods().unwrap(), expected);
}

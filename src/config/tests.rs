//! The configuration file as a practice would get it right and wrong.

use super::keys::KEYS;
use super::template::{Template, render};
use super::*;
use std::fs;
use std::path::Path;

/// The least a live configuration says.
const LEAST: &str = r#"
[practice]
name = "Example"
[mail]
host = "smtp.example.org"
from = "alerts@example.org"
recipients = ["billing@example.org"]
"#;

fn problems(text: &str) -> Vec<String> {
    match Config::parse(text, Path::new("c.toml")) {
        Err(ConfigError::Invalid { problems, .. }) => problems.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("{other}"),
        Ok(_) => Vec::new(),
    }
}

/// `LEAST` with the line `line` added to `section`.
fn least_with(section: &str, line: &str) -> String {
    let head = format!("[{section}]");
    if LEAST.contains(&head) {
        let key = line.split(" =").next().unwrap();
        let kept: Vec<_> = LEAST
            .lines()
            .filter(|old| old.split(" =").next() != Some(key))
            .collect();
        kept.join("\n").replace(&head, &format!("{head}\n{line}"))
    } else {
        format!("{LEAST}{head}\n{line}\n")
    }
}

#[test]
fn the_example_file_is_what_the_keys_say() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml");
    if std::env::var_os("UPDATE_CONFIG_EXAMPLE").is_some() {
        fs::write(&shipped, render(Template::Example)).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&shipped).unwrap(),
        render(Template::Example),
        "config.example.toml differs from src/config/keys.rs: run this test with UPDATE_CONFIG_EXAMPLE=1"
    );
}

#[test]
fn the_example_runs_offline_on_the_fixtures_and_writes_files() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("fixtures/cms")).unwrap();
    let config = Config::parse(
        &render(Template::Example),
        &folder.path().join("config.example.toml"),
    )
    .unwrap();
    assert!(
        matches!(&config.source.location, Location::Folder(at) if *at == folder.path().join("fixtures/cms"))
    );
    assert!(matches!(&config.mail.transport, Transport::Folder(at) if *at == folder.path().join("outbox")));
    assert_eq!(
        config.practice.drug_list,
        Some(folder.path().join("fixtures/drug_lists/example.csv"))
    );
    assert_eq!(config.practice.time_zone.iana_name(), Some("America/New_York"));
}

#[test]
fn what_config_init_writes_is_a_live_configuration() {
    let config = Config::parse(&render(Template::Live), Path::new("hcpcs-watch.toml")).unwrap();
    assert!(matches!(&config.source.location, Location::Site(url) if url.as_str() == "https://www.cms.gov/"));
    let Transport::Smtp(smtp) = &config.mail.transport else {
        panic!("{:?}", config.mail.transport)
    };
    assert_eq!(
        (smtp.host.as_str(), smtp.port, smtp.tls),
        ("smtp.example.org", 587, Tls::StartTls)
    );
    assert_eq!(
        smtp.credentials.as_ref().unwrap().password_env,
        "HCPCS_WATCH_SMTP_PASSWORD"
    );
}

#[test]
fn a_key_left_out_means_the_default_that_the_example_prints() {
    let all = KEYS.iter().filter(|key| key.default.is_some());
    let spelled_out = all.fold(LEAST.to_owned(), |text, key| {
        if key.name == "recipients" {
            return text;
        }
        let line = format!("{} = {}", key.name, key.default.unwrap());
        let head = format!("[{}]", key.section);
        if text.contains(&head) {
            text.replace(&head, &format!("{head}\n{line}"))
        } else {
            format!("{text}\n{head}\n{line}\n")
        }
    });
    let path = Path::new("c.toml");
    let (short, long) = (
        Config::parse(LEAST, path).unwrap(),
        Config::parse(&spelled_out, path).unwrap(),
    );
    assert_eq!(short.to_toml(), long.to_toml());
    assert_eq!(format!("{short:?}"), format!("{long:?}"));
    let example = render(Template::Example);
    for key in KEYS {
        let said = key.default_note();
        let live = key.example.map_or(String::new(), |_| {
            format!("# Live: {} = {}\n", key.name, key.live)
        });
        let written = format!("{said}\n{live}{} = ", key.name);
        assert!(example.contains(&written), "{written}");
    }
}

#[test]
fn the_default_user_agent_names_this_version() {
    let agent = Config::parse(LEAST, Path::new("c.toml"))
        .unwrap()
        .source
        .user_agent;
    let version = agent.strip_prefix("hcpcs-watch/").unwrap();
    assert!(
        env!("CARGO_PKG_VERSION").starts_with(&format!("{version}.")),
        "{agent}"
    );
}

#[test]
fn the_configuration_as_used_can_be_read_again_and_holds_no_password() {
    let text = least_with("mail", "username = \"alerts\"")
        .replace("[practice]", "[storage]\ndatabase = \"a b.db\"\n[practice]");
    let config = Config::parse(&text, Path::new("sub/c.toml")).unwrap();
    let shown = config.to_toml();
    assert!(
        shown.contains("database = \"sub/a b.db\"") && shown.contains("password_env"),
        "{shown}"
    );
    let again = Config::parse(&shown, Path::new("c.toml")).unwrap();
    assert_eq!(
        again.to_toml().lines().skip(1).collect::<Vec<_>>(),
        shown.lines().skip(1).collect::<Vec<_>>()
    );
}

/// A table, a line in it that is wrong, and what must be told of it.
const WRONG: [(&str, &str, &str); 44] = [
    ("practice", "name = \"\"", "practice.name = \"\": must be given"),
    (
        "practice",
        "name = \"a\\u0000b\"",
        "practice.name = \"a\\u0000b\": expected a text in quotes without control characters",
    ),
    ("practice", "name = 7", "practice.name = 7: expected a text"),
    (
        "practice",
        "time_zone = \"Mars/Olympus\"",
        "practice.time_zone = \"Mars/Olympus\": this is no time zone",
    ),
    (
        "practice",
        "time_zone = \"Etc/Unknown\"",
        "practice.time_zone = \"Etc/Unknown\": this is no time zone",
    ),
    (
        "practice",
        "time_zone = \"Factory\"",
        "practice.time_zone = \"Factory\": this is no time zone",
    ),
    ("practice", "setting = \"clinic\"", "expected office or opps"),
    (
        "practice",
        "seting = \"office\"",
        "practice.seting: there is no such key, did you mean `setting`?",
    ),
    (
        "storage",
        "database = \"src\"",
        "storage.database = \"src\": this is a folder",
    ),
    (
        "storage",
        "archive = \"Cargo.toml\"",
        "this is a file; expected the path of a folder",
    ),
    ("storage", "archive = \"\"", "expected a path"),
    (
        "source",
        "location = \"\"",
        "expected https://www.cms.gov or a folder",
    ),
    (
        "source",
        "location = \"no/such/folder\"",
        "there is no folder no/such/folder",
    ),
    ("source", "location = \"http://www.cms.gov\"", "loopback"),
    (
        "source",
        "location = \"http://127.0.0.1.example.org\"",
        "loopback",
    ),
    (
        "source",
        "location = \"ftp://www.cms.gov\"",
        "ftp:// is not supported",
    ),
    (
        "source",
        "location = \"https://u:p@www.cms.gov\"",
        "no user name, password",
    ),
    ("source", "location = \"https://\"", "this is no address"),
    (
        "source",
        "user_agent = \"\"",
        "expected a name to give to the site",
    ),
    ("source", "user_agent = \"größe\"", "plain ASCII"),
    (
        "source",
        "purple_book = \"none.csv\"",
        "there is no file none.csv",
    ),
    (
        "mail",
        "transport = \"pigeon\"",
        "expected \"smtp\", \"file\" or \"none\"",
    ),
    (
        "mail",
        "host = \"smtp://x\"",
        "expected the bare name of a server",
    ),
    (
        "mail",
        "port = 0",
        "mail.port = 0: expected a port from 1 to 65535",
    ),
    ("mail", "port = 65536", "expected a port"),
    (
        "mail",
        "port = \"587\"",
        "mail.port = \"587\": expected a whole number",
    ),
    ("mail", "tls = \"ssl\"", "expected \"starttls\", \"implicit\""),
    ("mail", "tls = \"none\"", "would travel unprotected"),
    (
        "mail",
        "password_env = \"p4ss word!\"",
        "expected the name of an environment variable",
    ),
    (
        "mail",
        "password = \"hunter2\"",
        "mail.password: a password never stands in this file",
    ),
    (
        "mail",
        "smtp_password = \"hunter2\"",
        "mail.smtp_password: a password never stands in this file",
    ),
    ("mail", "ca_file = \"none.pem\"", "there is no file none.pem"),
    ("mail", "from = \"nobody\"", "expected one address"),
    ("mail", "from = \"\"", "must be given"),
    ("mail", "recipients = []", "at least one recipient"),
    (
        "mail",
        "recipients = \"a@example.org\"",
        "expected a list of texts",
    ),
    (
        "mail",
        "recipients = [\"a@example.org, b@example.org\"]",
        "expected one address",
    ),
    (
        "mail",
        "recipients = [\"a@example.org\", \"A <a@example.org>\"]",
        "stands here twice",
    ),
    ("mail", "operator = \"@\"", "expected one address"),
    (
        "mail",
        "reply_to = \"@\"",
        "mail.reply_to = \"@\": Invalid input; expected one address",
    ),
    ("mail", "escalate_to = [\"@\"]", "mail.escalate_to = \"@\": "),
    (
        "mail",
        "repeat_every_days = 0",
        "mail.repeat_every_days = 0: expected a number of days from 1 to 365",
    ),
    ("mail", "give_up_after_days = 366", "from 1 to 365"),
    (
        "mail",
        "quiet_quarter_mail = \"no\"",
        "mail.quiet_quarter_mail = \"no\": expected true or false",
    ),
];

#[test]
fn each_wrong_value_is_told_with_its_place_and_what_is_allowed() {
    for (section, line, told) in WRONG {
        let found = problems(&least_with(section, line));
        assert_eq!(found.len(), 1, "{line}: {found:#?}");
        assert!(found[0].contains(told), "{line}: {found:#?}");
        assert!(!found[0].contains("hunter2"), "{found:#?}");
    }
}

#[test]
fn each_right_value_is_taken() {
    for (section, line) in [
        ("source", "location = \"http://127.0.0.1:8080\""),
        ("source", "location = \"http://localhost:8080/base\""),
        ("source", "location = \"http://[::1]:8080\""),
        ("source", "location = \"src\""),
        ("mail", "transport = \"none\""),
        ("mail", "recipients = [\"Smith, J <\"]"),
        ("mail", "operator = \"IT <it@example.org>\""),
        ("mail", "host = \"[::1]\"\ntls = \"none\""),
    ] {
        let found = problems(&least_with(section, line));
        assert_eq!(found.is_empty(), !line.contains("Smith"), "{line}: {found:#?}");
    }
    let quiet = "[practice]\nname = \"x\"\n[mail]\ntransport = \"none\"\n";
    assert!(problems(quiet).is_empty());
    let port = |tls: &str| {
        let text = least_with("mail", &format!("tls = \"{tls}\"")).replace("smtp.example.org", "localhost");
        match Config::parse(&text, Path::new("c.toml")).unwrap().mail.transport {
            Transport::Smtp(smtp) => smtp.port,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(["starttls", "implicit", "none"].map(port), [587, 465, 25]);
}

#[test]
fn every_problem_is_shown_at_once_in_the_order_of_the_file() {
    let text = "[practice]\ntime_zone = \"Mars\"\ncolour = 1\n[mail]\nport = 99999\npassword = \"hunter2\"\n[sourc]\nlocation = 1\n[storage]\narchive = [\n";
    let error = Config::parse(text, Path::new("c.toml")).unwrap_err().to_string();
    insta::assert_snapshot!(error);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in proptest::prelude::any::<String>()) {
        let _ = Config::parse(&text, Path::new("c.toml"));
    }

    #[test]
    fn no_value_makes_the_checks_panic(value in proptest::prelude::any::<String>(), at in 0..KEYS.len()) {
        let key = KEYS[at];
        let text = format!("[{}]\n{} = {}", key.section, key.name, toml::Value::String(value));
        let _ = Config::parse(&text, Path::new("c.toml"));
    }
}

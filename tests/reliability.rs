//! Damage from outside and the ways back: back-up, restore and upgrade, files altered behind our back, a full disk, a
//! clock set back, and files let past the gates.
#![cfg(test)]
#![cfg(unix)]

#[expect(dead_code, reason = "shared with the tests from end to end")]
#[path = "e2e/practice.rs"]
mod practice;

use hcpcs_watch::domain::source::Sha256;
use hcpcs_watch::staged;
use practice::{Practice, fixtures};
use rusqlite::Connection;
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

fn told_of_april() -> Practice {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-04-02").with(0);
    practice
}

fn broken(folder: &str) -> String {
    let entries = std::fs::read_dir(fixtures().join("broken").join(folder)).unwrap();
    entries
        .map(|entry| entry.unwrap().path().display().to_string())
        .next()
        .unwrap()
}

#[test]
fn the_gates_give_way_to_a_name_and_a_reason_which_are_logged() {
    let practice = told_of_april();
    let file = broken("half-the-codes");
    practice.call(&["releases", "import", &file]).with(5);
    assert_eq!(practice.releases("hcpcs"), ["2023Q2 1"]);
    for words in [
        &["--force"][..],
        &["--force", "--by", "Pat"],
        &["--by", "Pat", "--reason", "x"],
    ] {
        let command = [&["releases", "import", &file][..], words].concat();
        practice.call(&command).with(2);
    }
    let forced = |file: &str| {
        let words = [
            "--force",
            "--by",
            "Pat Smith",
            "--reason",
            "CMS confirmed it by phone",
        ];
        practice.call(&[&["releases", "import", file][..], &words].concat())
    };
    // Neither what cannot be read nor what has two meanings is let in.
    for folder in [
        "duplicate-code",
        "path-escape",
        "bomb",
        "no-records",
        "cut",
        "wrong-quarter-prices",
    ] {
        forced(&broken(folder)).with(5);
    }
    assert_eq!(practice.releases("hcpcs"), ["2023Q2 1"]);
    forced(&file).with(0);
    assert_eq!(practice.releases("hcpcs"), ["2023Q2 1", "2023Q3 1"]);
    let database = Connection::open(practice.path("hcpcs-watch.db")).unwrap();
    let logged: (String, String) = database
        .query_row(
            "SELECT actor, detail FROM event WHERE kind = 'gates-overridden'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(logged.0, "Pat Smith");
    assert!(
        logged.1.contains("CMS confirmed it by phone") && logged.1.contains("too-few-codes"),
        "{}",
        logged.1
    );
    practice.call(&["audit", "--verify"]).with(0);
    // A code that is not in the file has not ended: nobody is told so.
    assert!(
        practice
            .alerts()
            .iter()
            .all(|alert| !alert["kind"].as_str().unwrap().contains("end"))
    );
}

#[test]
fn a_back_up_is_whole_private_and_restored_by_the_steps_of_the_manual() {
    let practice = told_of_april();
    let held = practice.alerts();
    let anchor = practice
        .call(&["audit", "--anchor"])
        .with(0)
        .stdout
        .trim()
        .to_owned();
    // A change under way in another program is not in the copy and does not hold it up.
    let mut other = Connection::open(practice.path("hcpcs-watch.db")).unwrap();
    let change = other
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .unwrap();
    change.execute("CREATE TABLE other (x)", []).unwrap();
    practice.call(&["backup", "copy.db"]).with(0);
    change.rollback().unwrap();
    drop(other);
    let mode = std::fs::metadata(practice.path("copy.db"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let copied = std::fs::read(practice.path("copy.db")).unwrap();
    let again = practice.call(&["backup", "copy.db"]).with(1);
    assert!(again.stderr.contains("is there already"), "{}", again.stderr);
    assert_eq!(std::fs::read(practice.path("copy.db")).unwrap(), copied);
    practice.call(&["backup", "no/such/folder/copy.db"]).with(1);
    practice.post_quarters(&["july-2023"]);
    practice.run("2023-06-20").with(0);
    let after = practice.alerts().len();
    assert!(after > held.len());
    // docs/OPERATIONS.md, steps 2 to 5.
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::rename(
            practice.path(&format!("hcpcs-watch.db{end}")),
            practice.path(&format!("old.db{end}")),
        );
    }
    std::fs::copy(practice.path("copy.db"), practice.path("hcpcs-watch.db")).unwrap();
    practice
        .call(&["audit", "--verify", "--against", &anchor])
        .with(0);
    assert_eq!(practice.alerts(), held);
    practice.run("2023-06-20").with(0);
    assert_eq!(practice.alerts().len(), after);
}

#[test]
fn a_damaged_database_is_named_left_as_it_is_and_never_backed_up() {
    let practice = told_of_april();
    let path = practice.path("hcpcs-watch.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let half = bytes.len() / 2;
    bytes[4096..half].fill(0xA5);
    std::fs::write(&path, &bytes).unwrap();
    for words in [&["backup", "copy.db"][..], &["run", "--today", "2023-04-03"]] {
        let ended = practice.call(words).with(1);
        assert!(
            ended.stderr.contains("hcpcs-watch.db") && ended.stderr.contains("damaged"),
            "{}",
            ended.stderr
        );
    }
    assert!(!practice.path("copy.db").exists());
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

fn archived(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .flat_map(|path| {
            if path.is_dir() {
                archived(&path)
            } else {
                vec![path]
            }
        })
        .collect();
    files.sort();
    files
}

#[test]
fn an_archived_file_that_was_altered_or_deleted_is_told_and_comes_back() {
    let practice = told_of_april();
    practice.call(&["audit", "--verify"]).with(0);
    let files = archived(&practice.path("archive"));
    std::fs::write(&files[0], "altered").unwrap();
    std::fs::remove_file(&files[1]).unwrap();
    let told = practice.call(&["audit", "--verify"]).with(1).stderr;
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
    assert!(
        told.contains(&stem(&files[0])) && told.contains("was changed after it was stored"),
        "{told}"
    );
    assert!(
        told.contains(&stem(&files[1])) && told.contains("fetch or import it again"),
        "{told}"
    );
    for file in practice::files_of("april-2023") {
        let path = practice.path("cms").join(file).display().to_string();
        practice.call(&["releases", "import", &path]).with(0);
    }
    practice.call(&["audit", "--verify"]).with(0);
}

#[test]
fn a_clock_set_back_tells_nothing_twice_and_breaks_nothing() {
    let practice = told_of_april();
    practice.post_quarters(&["july-2023"]);
    practice.run("2023-07-02").with(0);
    let (alerts, mails) = (practice.alerts(), practice.mails().len());
    for day in ["2023-06-01", "2023-04-01", "2023-07-02"] {
        practice.run(day).with(0);
        practice.call(&["audit", "--verify"]).with(0);
    }
    assert_eq!((practice.alerts(), practice.mails().len()), (alerts, mails));
}

#[test]
fn half_files_of_killed_runs_are_gone_after_the_next_run_that_writes_there() {
    let practice = told_of_april();
    let place = |folder: &str| practice.path(folder).join(format!("{}left", staged::PREFIX));
    for folder in ["outbox", "archive"] {
        let file = File::create(place(folder)).unwrap();
        let then = SystemTime::now() - Duration::from_hours(2);
        file.set_modified(then).unwrap();
    }
    practice.post_quarters(&["july-2023"]);
    practice.run("2023-06-20").with(0);
    for folder in ["outbox", "archive"] {
        assert!(!place(folder).exists(), "{folder}");
    }
}

/// A file system of its own with so much room; gone when dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: PathBuf, kib: u32) -> Option<Self> {
        std::fs::create_dir(&at).unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &format!("size={kib}k,mode=700"), "tmpfs"])
            .arg(&at);
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then_some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).output();
    }
}

#[test]
fn a_full_disk_is_named_and_once_there_is_room_nothing_is_missing() {
    let whole = told_of_april();
    let mut failed = 0;
    for free in [8, 40, 90, 150, 220, 300, 400, 600] {
        let practice = Practice::new();
        let Some(disk) = SmallDisk::mount(practice.path("disk"), 8192) else {
            eprintln!("skipped: only root may mount a small disk, and not in every container");
            return;
        };
        let config = std::fs::read_to_string(practice.path("hcpcs-watch.toml")).unwrap();
        practice.write(
            "hcpcs-watch.toml",
            &format!("{config}folder = \"disk/outbox\"\n[storage]\ndatabase = \"disk/w.db\"\narchive = \"disk/archive\"\n"),
        );
        practice.post_quarters(&["april-2023"]);
        let filler = disk.0.join("filler");
        std::fs::write(&filler, vec![0; (8192 - free) * 1024]).unwrap();
        let ended = practice.run("2023-04-02");
        if ended.code != 0 {
            failed += 1;
            let told = ended.stderr.contains("disk")
                || ended.stderr.contains("room")
                || ended.stderr.contains("may be written");
            assert!(told, "{free} KiB: {}", ended.stderr);
        }
        std::fs::remove_file(&filler).unwrap();
        practice.run("2023-04-02").with(0);
        assert_eq!(practice.alerts().len(), whole.alerts().len(), "{free} KiB");
        assert_eq!(practice.releases("hcpcs"), whole.releases("hcpcs"), "{free} KiB");
        practice.call(&["audit", "--verify"]).with(0);
    }
    assert!(failed >= 3, "the disk was never full");
}

#[test]
fn a_folder_that_may_not_be_written_is_named_and_nothing_is_lost() {
    let practice = Practice::new();
    let Some(disk) = SmallDisk::mount(practice.path("disk"), 8192) else {
        eprintln!("skipped: only root may mount a disk, and not in every container");
        return;
    };
    let config = std::fs::read_to_string(practice.path("hcpcs-watch.toml")).unwrap();
    let storage = "[storage]\ndatabase = \"disk/w.db\"\narchive = \"disk/archive\"\n";
    practice.write("hcpcs-watch.toml", &format!("{config}{storage}"));
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-04-02").with(0);
    let alerts = practice.alerts();
    let remount = |how: &str| {
        let option = format!("remount,{how}");
        Command::new("mount")
            .args(["-o", &option])
            .arg(&disk.0)
            .output()
            .unwrap()
            .status
            .success()
    };
    practice.post_quarters(&["july-2023"]);
    assert!(remount("ro"));
    let ended = practice.run("2023-06-20");
    assert!(remount("rw"));
    assert_ne!(ended.code, 0);
    assert!(ended.stderr.contains("disk/"), "{}", ended.stderr);
    assert_eq!(practice.alerts(), alerts);
    practice.run("2023-06-20").with(0);
    assert!(practice.alerts().len() > alerts.len());
}

/// The last entry of the frozen database's event log.
const V1_ANCHOR: &str = "68:6bc2b5bdef8c8b1b7ae6d8c4d8c5c83b063be3ee69ced9aabd0d7b561f9bb316";

/// What the frozen database was told: alert, drug, news, code.
const V1_ALERTS: [&str; 14] = [
    "1 mirvetuximab soravtansine-gynx interim-code C9146",
    "2 teplizumab-mzwv interim-code C9149",
    "3 tocilizumab match-needs-review ",
    "4 tocilizumab permanent-code-retroactive J3262",
    "5 ublituximab-xiiy permanent-code-announced J2329",
    "6 mirvetuximab soravtansine-gynx permanent-code-announced J9063",
    "7 teplizumab-mzwv permanent-code-announced J9381",
    "8 adalimumab-aacf permanent-code-announced Q5131",
    "9 mirvetuximab soravtansine-gynx permanent-code-changed J9063",
    "10 lecanemab-irmb permanent-code-announced J0174",
    "11 adalimumab-aacf permanent-code-withdrawn Q5131",
    "12 ublituximab-xiiy permanent-code-effective J2329",
    "13 teplizumab-mzwv permanent-code-effective J9381",
    "14 lecanemab-irmb permanent-code-effective J0174",
];

/// A practice whose database is the one frozen at schema version 1.
fn frozen_at_version_1() -> Practice {
    let practice = Practice::new();
    let words = std::fs::read_to_string(fixtures().join("old_schemas/v1.sql")).unwrap();
    Connection::open(practice.path("hcpcs-watch.db"))
        .unwrap()
        .execute_batch(&words)
        .unwrap();
    practice.write(
        "drugs.csv",
        "brand,proper_name,ndc,noc_code,route,dose,notes\n\
         Briumvi,ublituximab-xiiy,73150-0150-06,J3590,intravenous,450 mg,first infusion 150 mg\n\
         Elahere,mirvetuximab soravtansine-gynx,,J9999,intravenous,,\n\
         Tzield,teplizumab-mzwv,,J3590,intravenous,,\n\
         Leqembi,lecanemab-irmb,,J3590,intravenous,,\n\
         ,tocilizumab,,J3590,,,suffix not known\n",
    );
    practice
}

#[test]
fn a_database_of_the_first_version_is_whole_for_this_one_and_is_told_nothing_twice() {
    let practice = frozen_at_version_1();
    let status = practice.call(&["status", "--today", "2023-07-07"]).with(0).stdout;
    assert!(status.contains("2023Q3"), "{status}");
    let line = |alert: &serde_json::Value| {
        format!(
            "{} {} {} {}",
            alert["id"],
            practice::text(&alert["drug"], "proper_name"),
            practice::text(alert, "kind"),
            practice::text(alert, "to_code")
        )
    };
    let told: Vec<String> = practice.alerts().iter().map(line).collect();
    assert_eq!(told, V1_ALERTS);
    assert_eq!(
        practice::text(&practice.alerts()[0]["acknowledged"], "by"),
        "Ann Lee"
    );
    let database = Connection::open(practice.path("hcpcs-watch.db")).unwrap();
    let word: String = database
        .query_row(
            "SELECT code || ' ' || decision || ' ' || decided_by || ': ' || note FROM drug_match
             WHERE decided_by <> 'rule' AND superseded_at IS NULL",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(word, "J3262 confirmed Pat Smith: label says Actemra");
    drop(database);
    let payers = practice.call(&["payers", "list"]).with(0).stdout;
    assert!(
        payers.contains("stays on J3590") && payers.contains("2023-08-01"),
        "{payers}"
    );
    // The raw files come back to the archive, under their hashes.
    practice.post_quarters(&["april-2023", "july-2023"]);
    let of_then = "april-2023-asp-ndc-hcpcs-crosswalk.zip";
    std::fs::copy(
        fixtures().join("old_schemas").join(of_then),
        practice.path("cms").join(of_then),
    )
    .unwrap();
    archive_what_is_posted(&practice);
    practice.post(&["reposted/july-2023-alpha-numeric-hcpcs-file.zip"]);
    archive_what_is_posted(&practice);
    let verify = ["audit", "--verify", "--against", V1_ANCHOR];
    let verified = practice.call(&verify).with(0).stdout;
    assert!(verified.contains("The archive holds: 7 files"), "{verified}");
    let (alerts, mails) = (practice.alerts(), practice.mails().len());
    practice.run("2023-07-07").with(0);
    assert_eq!(
        (practice.alerts(), practice.mails().len()),
        (alerts, mails),
        "told again"
    );
    practice.post_quarters(&["october-2023"]);
    practice.run("2023-10-02").with(0);
    let news: Vec<String> = practice.alerts().iter().skip(V1_ALERTS.len()).map(line).collect();
    assert_eq!(
        news,
        ["15 mirvetuximab soravtansine-gynx permanent-code-changed J9063"]
    );
    practice.call(&verify).with(0);
}

fn archive_what_is_posted(practice: &Practice) {
    for path in archived(&practice.path("cms")) {
        let bytes = std::fs::read(path).unwrap();
        let name = Sha256::of(&bytes).to_string();
        let folder = practice.path("archive").join(&name[..2]);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.zip")), bytes).unwrap();
    }
}

/// A pipe with nobody behind it would keep whoever opens it waiting for ever.
#[cfg(unix)]
#[test]
fn a_pipe_among_the_files_is_refused_and_holds_up_nobody() {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    let pipe = "cms/july-2023-alpha-numeric-hcpcs-file.zip";
    let made = Command::new("mkfifo").arg(practice.path(pipe)).status().unwrap();
    assert!(made.success());
    for (words, code) in [
        (&["run", "--today", "2023-06-20"][..], 4),
        (&["releases", "import", pipe, "--today", "2023-06-20"], 4),
    ] {
        let mut command = practice.command(words);
        let ended = Practice::ended(command.timeout(Duration::from_mins(1))).with(code);
        assert!(
            ended.stderr.contains("not a regular file"),
            "{words:?}: {}",
            ended.stderr
        );
    }
    assert_eq!(practice.releases("hcpcs"), ["2023Q2 1"]);
}

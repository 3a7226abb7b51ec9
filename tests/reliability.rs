//! Damage from outside and the ways back: back-up and restore, files altered behind our back, a full disk, a clock set
//! back, files let past the gates, and many runs in a row.
#![cfg(test)]
#![cfg(unix)]

#[expect(dead_code, reason = "shared with the tests from end to end")]
#[path = "e2e/practice.rs"]
mod practice;

use practice::{Practice, fixtures};
use rusqlite::Connection;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

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

#[test]
fn many_runs_in_a_row_leave_the_database_no_larger_than_its_data() {
    let practice = told_of_april();
    let runs: usize = std::env::var("HCPCS_WATCH_RUNS").map_or(24, |runs| runs.parse().unwrap());
    let original = "cms/july-2023-alpha-numeric-hcpcs-file.zip";
    let reposted = "reposted/july-2023-alpha-numeric-hcpcs-file.zip";
    practice.post_quarters(&["july-2023"]);
    practice.run("2023-06-20").with(0);
    let size = || {
        let database = Connection::open(practice.path("hcpcs-watch.db")).unwrap();
        database
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(()))
            .unwrap();
        std::fs::metadata(practice.path("hcpcs-watch.db")).unwrap().len()
    };
    for file in [reposted, original] {
        practice.post(&[file]);
        practice.run("2023-06-20").with(0);
    }
    let before = size();
    for index in 0..runs {
        practice.post(&[[reposted, original][index % 2]]);
        practice.run("2023-06-20").with(0);
    }
    let grown = size().saturating_sub(before);
    let each = grown / u64::try_from(runs).unwrap();
    eprintln!("{runs} runs: {before} bytes and {each} a run");
    assert!(each < 4096, "{each} bytes a run");
    practice.call(&["audit", "--verify"]).with(0);
    assert_eq!(
        practice
            .path("archive")
            .read_dir()
            .unwrap()
            .filter(|entry| entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .starts_with('.'))
            .count(),
        0
    );
}

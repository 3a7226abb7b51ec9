//! Many runs in a row on a mirror that changes: nothing may grow but the data. A sample of 25 by default;
//! `HCPCS_WATCH_RUNS=1000 cargo test --test load -- --nocapture` makes the whole tour and tells the figures.
#![cfg(test)]
#![cfg(target_os = "linux")]

#[expect(dead_code, reason = "shared with the tests from end to end")]
#[path = "e2e/practice.rs"]
mod practice;

use chrono::NaiveDate;
use hcpcs_watch::config::Config;
use hcpcs_watch::fetch;
use hcpcs_watch::pipeline::{self, Moment};
use practice::{BINARY, Practice, fixtures};
use rusqlite::Connection;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// The file that is posted, re-posted, broken and taken away.
const CHANGING: &str = "july-2023-alpha-numeric-hcpcs-file.zip";

/// What comes after it, one quarter after the other, in the last runs: the quarter and the day on which it is news.
const NEXT: [(&str, &str); 8] = [
    ("october-2023", "2023-09-20"),
    ("january-2024", "2023-12-20"),
    ("april-2024", "2024-03-20"),
    ("july-2024", "2024-06-20"),
    ("october-2024", "2024-09-20"),
    ("january-2025", "2024-12-20"),
    ("april-2025", "2025-03-20"),
    ("july-2025", "2025-06-20"),
];

fn runs() -> usize {
    std::env::var("HCPCS_WATCH_RUNS").map_or(25, |runs| runs.parse().unwrap())
}

/// A practice that holds April and both postings of July.
fn settled() -> Practice {
    let practice = Practice::new();
    practice.post_quarters(&["april-2023"]);
    practice.run("2023-04-02").with(0);
    practice.post_quarters(&["july-2023"]);
    for folder in ["cms", "reposted", "cms"] {
        practice.post(&[&format!("{folder}/{CHANGING}")]);
        practice.run("2023-06-20").with(0);
    }
    practice
}

/// Changes the mirror for the `index`-th of `runs`; gives the day of that run and the trouble it ends with, as an exit
/// code.
fn change(practice: &Practice, index: usize, runs: usize) -> (&'static str, u8) {
    let (cms, away) = (practice.path("cms"), practice.path("away"));
    if away.exists() {
        std::fs::rename(&away, &cms).unwrap();
    }
    let file = cms.join(CHANGING);
    if let Some((quarter, day)) = NEXT.get((index + NEXT.len()).wrapping_sub(runs)) {
        practice.post(&[&format!("cms/{CHANGING}")]);
        practice.post_quarters(&[quarter]);
        return (day, 0);
    }
    let code = match index % 6 {
        0 => {
            practice.post(&[&format!("reposted/{CHANGING}")]);
            0
        }
        2 => {
            std::fs::write(&file, broken()).unwrap();
            5
        }
        3 => {
            std::fs::remove_file(&file).unwrap();
            0
        }
        4 => {
            practice.post(&[&format!("cms/{CHANGING}")]);
            0
        }
        5 => {
            std::fs::rename(&cms, &away).unwrap();
            4
        }
        _unchanged => 0,
    };
    ("2023-06-20", code)
}

/// The changing file, cut off.
fn broken() -> Vec<u8> {
    let mut bytes = std::fs::read(fixtures().join("cms").join(CHANGING)).unwrap();
    bytes.truncate(bytes.len() / 2);
    bytes
}

/// The figures of one test are not those of the other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What one run took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    peak_kib: u64,
    time: Duration,
}

/// `run` as a process of its own: its exit code and what it took.
fn measured(practice: &Practice, day: &str) -> (u8, Cost) {
    let start = Instant::now();
    let mut run = Command::new(BINARY)
        .args(["run", "--today", day])
        .current_dir(practice.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut peak_kib = 0;
    let ended = loop {
        peak_kib = kib(&format!("/proc/{}/status", run.id()), "VmHWM:").unwrap_or(peak_kib);
        if let Some(ended) = run.try_wait().unwrap() {
            break ended;
        }
        thread::sleep(Duration::from_millis(1));
    };
    let time = start.elapsed();
    (
        u8::try_from(ended.code().unwrap()).unwrap(),
        Cost { peak_kib, time },
    )
}

/// A figure of `/proc`; none where the process has ended.
fn kib(path: &str, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(path).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort();
    values[values.len() / 2]
}

/// The size of the database with its log written back, and of a copy without anything but its data.
fn sizes(practice: &Practice) -> (u64, u64) {
    let (path, copy) = (practice.path("hcpcs-watch.db"), practice.path("dense.db"));
    let database = Connection::open(&path).unwrap();
    database
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_row| Ok(()))
        .unwrap();
    database
        .execute("VACUUM INTO ?1", [copy.to_str().unwrap()])
        .unwrap();
    let size = |path: &Path| std::fs::metadata(path).unwrap().len();
    let sizes = (size(&path), size(&copy));
    std::fs::remove_file(copy).unwrap();
    sizes
}

/// How many files lie in a folder and below.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { files(&path) } else { 1 })
        .sum()
}

#[test]
fn runs_in_a_row_leave_nothing_larger_than_its_data() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (practice, runs) = (settled(), runs());
    let (before, _) = sizes(&practice);
    // April, July, the price and crosswalk files of both, July posted again, and the broken file, which is kept too.
    let mut archived = files(&practice.path("archive")) + 1;
    let mut costs = Vec::new();
    for index in 0..runs {
        let (day, code) = change(&practice, index, runs);
        let (ended, cost) = measured(&practice, day);
        // A folder that is away is found out while the configuration is read.
        let code = if code == 4 { 3 } else { code };
        assert_eq!(ended, code, "run {index}");
        costs.push(cost);
        if index + NEXT.len() + 1 == runs {
            let (size, dense) = sizes(&practice);
            let each = size.saturating_sub(before) / u64::try_from(index + 1).unwrap();
            eprintln!(
                "after {} runs: {size} bytes, {dense} without gaps, {each} more a run",
                index + 1
            );
            assert!(each < 4096, "{each} bytes a run");
            assert!(size * 10 < dense * 12, "{size} bytes hold {dense}");
            assert!(files(&practice.path("archive")) <= archived);
        }
    }
    archived += NEXT
        .iter()
        .map(|(quarter, _)| practice::files_of(quarter).len())
        .sum::<usize>();
    assert!(files(&practice.path("archive")) <= archived);
    let beside: Vec<_> = practice
        .path("")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        beside.iter().all(|name| !name.to_string_lossy().starts_with('.')),
        "{beside:?}"
    );
    assert!(!practice.path("hcpcs-watch.db-wal").exists());
    // Runs of one kind are compared: those with nothing new.
    let quiet = |costs: &[Cost]| -> (u64, Duration) {
        let of = |cost: &Cost| (cost.peak_kib, cost.time);
        let (peaks, times) = costs.iter().skip(1).step_by(6).map(of).unzip();
        (median(peaks), median(times))
    };
    let steady = &costs[..runs - NEXT.len()];
    let part = (steady.len() / 12).max(1) * 6;
    let (first, last) = (
        quiet(&steady[..part]),
        quiet(&steady[steady.len() / 6 * 6 - part..]),
    );
    eprintln!(
        "unchanged runs, first and last {}: {first:?}, {last:?} (KiB, time)",
        part / 6
    );
    assert!(last.0 * 10 <= first.0 * 12, "memory grows: {first:?}, {last:?}");
    practice.call(&["audit", "--verify"]).with(0);
}

/// Open files and resident pages of this process.
fn held() -> (usize, u64) {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().count();
    (open, kib("/proc/self/status", "VmRSS:").unwrap())
}

#[test]
fn runs_in_one_process_leave_no_file_open_and_no_memory_behind() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (practice, runs) = (settled(), runs());
    let config = Config::load(&practice.path("hcpcs-watch.toml")).unwrap();
    let mut seen = Vec::new();
    for index in 0..runs {
        let (day, code) = change(&practice, index, runs);
        let today: NaiveDate = day.parse().unwrap();
        let now = today.and_hms_opt(10, 0, 0).unwrap().and_utc();
        let report = pipeline::run(&config, Moment { today, now }, false, &*fetch::on_stderr(true)).unwrap();
        let worst = report
            .problems
            .first()
            .map_or(0, |problem| problem.trouble.exit_code());
        assert_eq!(worst, code, "run {index}");
        seen.push(held());
    }
    let steady = &seen[6..runs - NEXT.len()];
    let (first, last) = (steady[0], steady[steady.len() - 1]);
    eprintln!(
        "open files and KiB after 7 and after {} runs: {first:?}, {last:?}",
        runs - NEXT.len()
    );
    assert!(last.0 <= first.0, "files stay open: {first:?}, {last:?}");
    assert!(last.1 <= first.1 + 16 * 1024, "memory grows: {first:?}, {last:?}");
}

//! A practice in a temporary folder that lived through the quarters of the fixtures.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use hcpcs_watch::config::Config;
use hcpcs_watch::domain::alert::AlertId;
use hcpcs_watch::domain::drug::DrugEntry;
use hcpcs_watch::domain::quarter::Quarter;
use hcpcs_watch::pipeline::{self, Moment, PipelineError};
use hcpcs_watch::report::audit::{Audit, AuditFormat, render};
use hcpcs_watch::report::format::Look;
use hcpcs_watch::store::Store;
use hcpcs_watch::{cms, drug_list, fetch};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) struct Practice {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) config: Config,
    clock: DateTime<Utc>,
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Does `work`, again while another test's child process, just forked, still shares the lock of this one.
fn patiently<T>(mut work: impl FnMut() -> Result<T, PipelineError>) -> T {
    for _ in 0..100 {
        match work() {
            Err(PipelineError::Locked { .. }) => std::thread::sleep(std::time::Duration::from_millis(50)),
            done => return done.unwrap(),
        }
    }
    panic!("the run lock is never released");
}

/// The files of the fixtures by quarter.
fn files() -> BTreeMap<Quarter, Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cms");
    let mut files: BTreeMap<Quarter, Vec<PathBuf>> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Ok((_, quarter)) = cms::identify(&name, &std::fs::read(&path).unwrap()) {
            files.entry(quarter).or_default().push(path);
        }
    }
    files
}

impl Practice {
    /// A practice that holds nothing yet; its mail goes into a folder.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hcpcs-watch.toml");
        let text = "[practice]\nname = \"Example <Infusion> & Center\"\n[source]\nlocation = \".\"\n[mail]\ntransport = \"file\"\n\
             from = \"watch@example.org\"\nrecipients = [\"billing@example.org\", \"office@example.org\"]\n";
        std::fs::write(&path, text).unwrap();
        Self {
            config: Config::load(&path).unwrap(),
            folder,
            // The clock runs years after the days the practice catches up on: only the days may count.
            clock: "2026-11-21T08:00:00Z".parse().unwrap(),
        }
    }

    /// The same after the quarters of the fixtures, each loaded ten days before it began.
    pub(crate) fn with_history() -> Self {
        let mut practice = Self::new();
        practice.live(|_, _| {});
        practice
    }

    /// Loads quarter by quarter, runs on that day and on the first day of the quarter, and calls `after` at the end of each
    /// day.
    pub(crate) fn live(&mut self, mut after: impl FnMut(&mut Self, NaiveDate)) {
        for (quarter, files) in files() {
            let posted = quarter.first_day() - Days::new(10);
            self.list(posted, |_| {});
            let moment = self.moment(posted);
            let report = patiently(|| pipeline::import(&self.config, moment, &files));
            assert_eq!(report.problems, [], "{quarter}");
            for today in [posted, quarter.first_day()] {
                self.run(today);
                after(self, today);
            }
        }
    }

    pub(crate) fn moment(&mut self, today: NaiveDate) -> Moment {
        self.clock += TimeDelta::minutes(7);
        Moment {
            today,
            now: self.clock,
        }
    }

    pub(crate) fn store(&self, today: NaiveDate) -> Store {
        Store::open(&self.config.storage.database).unwrap().on_day(today)
    }

    /// Syncs the list of the fixtures, changed by `edit`.
    pub(crate) fn list(&mut self, today: NaiveDate, edit: impl FnOnce(&mut Vec<DrugEntry>)) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/drug_lists/example.csv");
        let mut entries: Vec<_> = drug_list::read(&path)
            .unwrap()
            .drugs
            .into_iter()
            .map(|listed| listed.entry)
            .collect();
        edit(&mut entries);
        let now = self.moment(today).now;
        let mut store = self.store(today);
        let transaction = store.begin(now, "command").unwrap();
        transaction.sync_drugs(&entries, today).unwrap();
        transaction.commit().unwrap();
    }

    pub(crate) fn run(&mut self, today: NaiveDate) -> pipeline::Report {
        let moment = self.moment(today);
        patiently(|| pipeline::run(&self.config, moment, true, fetch::on_stderr(true).as_ref()))
    }

    pub(crate) fn acknowledge(&mut self, today: NaiveDate, alert: i64, by: &str) {
        let now = self.moment(today).now;
        let mut store = self.store(today);
        let transaction = store.begin(now, by).unwrap();
        transaction
            .acknowledge(AlertId(alert), by, Some("=told the payer"))
            .unwrap();
        transaction.commit().unwrap();
    }

    pub(crate) fn audit(&mut self, today: NaiveDate, as_of: NaiveDate) -> Audit {
        let moment = self.moment(today);
        pipeline::audit(&self.config, &self.store(today), moment, as_of).unwrap()
    }

    pub(crate) fn rendered(&mut self, today: NaiveDate, format: AuditFormat) -> Vec<u8> {
        let written = render(&self.audit(today, today), format, Look::default()).unwrap();
        if let Some(folder) = std::env::var_os("HCPCS_WATCH_KEEP_REPORTS") {
            let name = format!("audit-practice.{}", format!("{format:?}").to_lowercase());
            std::fs::write(Path::new(&folder).join(name), &written).unwrap();
        }
        written
    }
}

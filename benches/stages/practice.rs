//! A practice in a folder of its own: configuration, drug list, files offered, database.

use crate::data::{self, DRUGS, Download};
use chrono::{DateTime, Months, NaiveDate, NaiveTime, Utc};
use hcpcs_watch::config::Config;
use hcpcs_watch::domain::drug::{Drug, DrugEntry, DrugId};
use hcpcs_watch::drug_list;
use hcpcs_watch::fetch::Silent;
use hcpcs_watch::pipeline::{self, Moment, Report};
use hcpcs_watch::store::{Reader, Store};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

const CONFIG: &str = r#"
[practice]
name = "Bench"
time_zone = "America/New_York"
drug_list = "drugs.csv"
[source]
location = "offered"
[mail]
transport = "file"
recipients = ["billing@example.org"]
"#;

/// A practice that goes when it is dropped.
pub(crate) struct Practice {
    folder: TempDir,
    pub(crate) config: Config,
}

impl Practice {
    /// With `drugs` on its list, `files` in the folder it fetches from, and no database yet.
    pub(crate) fn new<'a>(drugs: &[DrugEntry], files: impl IntoIterator<Item = &'a Download>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let offered = folder.path().join("offered");
        std::fs::create_dir(&offered).unwrap();
        for file in files {
            std::fs::write(offered.join(&file.name), &file.bytes).unwrap();
        }
        std::fs::write(folder.path().join("drugs.csv"), list(drugs)).unwrap();
        std::fs::write(folder.path().join("hcpcs-watch.toml"), CONFIG).unwrap();
        Self::open(folder)
    }

    fn open(folder: TempDir) -> Self {
        let config = Config::load(&folder.path().join("hcpcs-watch.toml")).unwrap();
        Self { folder, config }
    }

    /// With a large list, to which the last quarter is offered.
    pub(crate) fn before_its_first_run() -> Self {
        let data = data::get();
        Self::new(&data.drugs(DRUGS), data.last_quarter())
    }

    /// With a large list and every quarter loaded in one import, nothing told yet.
    pub(crate) fn with_history() -> &'static Self {
        static PRACTICE: LazyLock<Practice> = LazyLock::new(|| {
            let data = data::get();
            let practice = Practice::new(&[], &data.downloads);
            practice.import_all();
            practice.sync(&data.drugs(DRUGS));
            practice
        });
        &PRACTICE
    }

    /// As [`Self::with_history`], after a run that told what there is to tell.
    pub(crate) fn told() -> &'static Self {
        static PRACTICE: LazyLock<Practice> = LazyLock::new(|| {
            let practice = Practice::with_history().copy();
            practice.run(true);
            practice
        });
        &PRACTICE
    }

    /// The same in another folder, with nothing offered.
    pub(crate) fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("offered")).unwrap();
        for item in std::fs::read_dir(self.folder.path()).unwrap() {
            let item = item.unwrap();
            if item.file_type().unwrap().is_file() {
                std::fs::copy(item.path(), folder.path().join(item.file_name())).unwrap();
            }
        }
        Self::open(folder)
    }

    /// The configuration file.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.folder.path().join("hcpcs-watch.toml")
    }

    /// Where `files` are offered.
    pub(crate) fn offered<'a>(&self, files: impl IntoIterator<Item = &'a Download>) -> Vec<PathBuf> {
        let folder: &Path = self.folder.path();
        let path = |file: &Download| folder.join("offered").join(&file.name);
        files.into_iter().map(path).collect()
    }

    /// Imports every file offered in one call.
    pub(crate) fn import_all(&self) -> Report {
        self.import(&self.offered(&data::get().downloads), today())
    }

    /// Imports `files` on the day `today`.
    pub(crate) fn import(&self, files: &[PathBuf], today: NaiveDate) -> Report {
        let report = pipeline::import(&self.config, at(today), files).unwrap();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        report
    }

    /// Puts `drugs` on the list held.
    pub(crate) fn sync(&self, drugs: &[DrugEntry]) {
        let mut store = self.store();
        let change = store.begin(at(today()).now, "bench").unwrap();
        change.sync_drugs(drugs, today()).unwrap();
        change.commit().unwrap();
        std::fs::write(self.folder.path().join("drugs.csv"), list(drugs)).unwrap();
    }

    /// The whole quarterly job.
    pub(crate) fn run(&self, offline: bool) -> Report {
        let report = pipeline::run(&self.config, at(today()), offline, &Silent).unwrap();
        assert!(report.problems.is_empty(), "{:?}", report.problems);
        report
    }

    /// Its database.
    pub(crate) fn store(&self) -> Store {
        Store::open(&self.config.storage.database)
            .unwrap()
            .on_day(today())
    }

    /// Its database, to read.
    pub(crate) fn reader(&self) -> Reader {
        Store::open_read_only(&self.config.storage.database).unwrap()
    }
}

/// A month into the last quarter.
pub(crate) fn today() -> NaiveDate {
    data::quarters().last().unwrap().first_day() + Months::new(1)
}

/// The first instant of `today`.
pub(crate) fn at(today: NaiveDate) -> Moment {
    let now: DateTime<Utc> = today.and_time(NaiveTime::MIN).and_utc();
    Moment { today, now }
}

/// The list as the file a practice keeps.
pub(crate) fn list(drugs: &[DrugEntry]) -> String {
    let drug = |(entry, number): (&DrugEntry, i64)| Drug {
        id: DrugId(number),
        entry: entry.clone(),
        retired_on: None,
    };
    let drugs: Vec<Drug> = drugs.iter().zip(1..).map(drug).collect();
    drug_list::write_csv(&drugs).unwrap()
}

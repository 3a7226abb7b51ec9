//! The stages in order. The one module that knows all of them.
//!
//! Files are fetched and read first; then, in one transaction, releases are stored, periods rebuilt, drugs matched,
//! news raised and messages queued; then the outbox is delivered. A run that dies in between leaves the database as it
//! was, and the next run makes up for it.

mod audit;
mod code;
mod deliver;
mod explain;
mod gather;
mod import;
mod load;
mod lock;
mod news;
mod operator;
mod problem;
mod review;
mod tell;
mod weighing;

pub use audit::{audit, note_report};
pub use code::{Answered, CodeBook};
pub use deliver::{Delivered, Deliveries, deliver, outgoing};
pub use explain::{Explanation, explain};
pub use import::{import, import_forced};
pub use load::Forced;
pub use lock::RunLock;
pub use problem::{PipelineError, Problem, Trouble};
pub use review::{Heard, ReviewError, Spoken, decide};
pub use tell::requeue;
pub use weighing::Published;

use crate::cms::RejectedRow;
use crate::config::Config;
use crate::domain::alert::{Alert, NotLookedUp};
use crate::domain::drug::DrugEntry;
use crate::domain::release::Release;
use crate::drug_list;
use crate::fetch::Progress;
use crate::store::Store;
use crate::store::drugs::SyncSummary;
use chrono::{DateTime, NaiveDate, Utc};
use gather::Gathered;

/// The one reading of the clock a command makes.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The date in the practice's time zone, or the one given for a test or a back-fill.
    pub today: NaiveDate,
    /// The instant, for what is recorded.
    pub now: DateTime<Utc>,
}

/// What a run or an import did.
#[derive(Debug, Default)]
pub struct Report {
    /// What the drug list changed, where one was synced.
    pub drug_list: Option<SyncSummary>,
    /// Releases that are new, in the order loaded.
    pub loaded: Vec<Release>,
    /// The rows of those that were rejected.
    pub rejected_rows: Vec<RejectedRow>,
    /// Worth knowing, no problem: links passed over, files not recognised, prices not posted yet.
    pub notes: Vec<String>,
    /// The news, most pressing first for each drug.
    pub raised: Vec<Alert>,
    /// How many drugs are watched.
    pub drugs_watched: usize,
    /// Drugs that could not be looked up.
    pub not_looked_up: Vec<NotLookedUp>,
    /// What became of the outbox.
    pub deliveries: Deliveries,
    /// What went wrong; empty where all is well.
    pub problems: Vec<Problem>,
}

/// The whole quarterly job.
///
/// # Errors
///
/// Only what keeps the job from being done at all: another run holds the lock, the store cannot be used. Everything else
/// is a [`Problem`] of the report, and the rest of the job is done.
pub fn run(
    config: &Config,
    moment: Moment,
    offline: bool,
    progress: &dyn Progress,
) -> Result<Report, PipelineError> {
    let _lock = RunLock::take(&config.storage.database)?;
    let mut store = Store::open(&config.storage.database)?.on_day(moment.today);
    let done = job(config, &mut store, moment, offline, progress);
    if let Err(error) = &done {
        operator::tell_failure(config, &mut store, moment, error);
    }
    done
}

fn job(
    config: &Config,
    store: &mut Store,
    moment: Moment,
    offline: bool,
    progress: &dyn Progress,
) -> Result<Report, PipelineError> {
    let run = store.start_run(moment.now, moment.today)?;
    let mut report = Report::default();
    let list = read_drug_list(config, &mut report);
    let gathered = if offline {
        Gathered::default()
    } else {
        gather::gather(config, store, moment, progress)?
    };
    let gathered = Gathered {
        actor: "run".to_owned(),
        ..gathered
    };
    record(config, store, moment, list, gathered, &mut report)?;
    operator::note_overdue(store, moment, &mut report)?;
    report.deliveries = deliver(config, store, moment)?;
    operator::note_mail(&mut report);
    operator::tell(config, store, moment, offline, &mut report)?;
    let worst = report
        .problems
        .iter()
        .map(|problem| problem.trouble.exit_code())
        .next()
        .unwrap_or(0);
    store.finish_run(run, moment.now, worst, &report.summary())?;
    Ok(report)
}

/// Fetches and loads what the source offers, without syncing the drug list or delivering; news is queued.
///
/// # Errors
///
/// As [`run`].
pub fn fetch_releases(
    config: &Config,
    moment: Moment,
    progress: &dyn Progress,
) -> Result<Report, PipelineError> {
    let _lock = RunLock::take(&config.storage.database)?;
    let mut store = Store::open(&config.storage.database)?.on_day(moment.today);
    let mut report = Report::default();
    let gathered = gather::gather(config, &store, moment, progress)?;
    record(config, &mut store, moment, None, gathered, &mut report)?;
    Ok(report)
}

/// From staging to outbox in one transaction.
fn record(
    config: &Config,
    store: &mut Store,
    moment: Moment,
    list: Option<Vec<DrugEntry>>,
    gathered: Gathered,
    report: &mut Report,
) -> Result<(), PipelineError> {
    report.notes.extend(gathered.notes);
    report.problems.extend(gathered.problems);
    let transaction = store.begin(moment.now, &gathered.actor)?;
    if let Some(entries) = list {
        report.drug_list = Some(transaction.sync_drugs(&entries, moment.today)?);
    }
    let loaded = load::load(
        &transaction,
        gathered.files,
        gathered.refused,
        gathered.given,
        gathered.forced.as_ref(),
        moment.today,
    )?;
    report
        .problems
        .extend(loaded.refused.iter().map(Problem::refused));
    report.notes.extend(loaded.notes);
    report.loaded = loaded.releases;
    report.rejected_rows = loaded.rejected_rows;
    let news = news::raise(&transaction, config, moment, None)?;
    report.raised = news.raised;
    report.drugs_watched = news.drugs_watched;
    report.not_looked_up = news.not_looked_up;
    transaction.commit()?;
    Ok(())
}

/// The list the configuration names; a list with errors changes nothing and is a problem, while the drugs listed
/// before stay watched.
fn read_drug_list(config: &Config, report: &mut Report) -> Option<Vec<DrugEntry>> {
    let path = config.practice.drug_list.as_ref()?;
    match drug_list::read(path) {
        Ok(list) => Some(list.drugs.into_iter().map(|listed| listed.entry).collect()),
        Err(error) => {
            report
                .problems
                .push(Problem::new(Trouble::DrugList, problem::with_causes(&error)));
            None
        }
    }
}

impl Report {
    /// What is kept of a run: what was loaded, how many alerts and mails, and what went wrong; addresses are masked.
    fn summary(&self) -> serde_json::Value {
        let loaded: Vec<String> = self
            .loaded
            .iter()
            .map(|release| {
                format!(
                    "{} {} revision {}",
                    release.source, release.quarter, release.revision
                )
            })
            .collect();
        let problems: Vec<&str> = self
            .problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        serde_json::json!({
            "loaded": loaded,
            "rejected_rows": self.rejected_rows.len(),
            "alerts": self.raised.len(),
            "sent": self.deliveries.sent(),
            "problems": problems,
        })
    }
}

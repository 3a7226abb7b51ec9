//! `releases`: the CMS files held.

use super::alerts::words;
use super::context::{Context, Verbosity};
use super::exit_code::Outcome;
use super::failure::UsageError;
use super::note;
use super::output::OutputArgs;
use crate::domain::quarter::Quarter;
use crate::domain::release::Release;
use crate::domain::source::Source;
use crate::pipeline::Forced;
use crate::report::release_diff::{ChangeKind, ReleaseDiff};
use crate::store::{Reader, Store};
use crate::{fetch, pipeline, report};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// What to do with the releases.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Args {
    /// Get the files of the quarter in force and of the next one and load them; news is queued, not sent
    Fetch,
    /// Load files that were downloaded by hand
    Import(ImportArgs),
    /// List the releases held
    List(ListArgs),
    /// Show what changed between two HCPCS releases
    Diff(DiffArgs),
}

/// The files to load.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportArgs {
    /// Zips, CSVs or workbooks as CMS publishes them, under their own names
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Load also what the gates against damaged releases keep out; logged with the name and the reason. A file that
    /// cannot be opened or read stays refused
    #[arg(long, requires_all = ["by", "reason"])]
    pub force: bool,
    /// With --force: who says that the file is right
    #[arg(long, value_name = "NAME", requires = "force", value_parser = words)]
    pub by: Option<String>,
    /// With --force: why
    #[arg(long, value_name = "TEXT", requires = "force", value_parser = words)]
    pub reason: Option<String>,
}

/// Which releases to list and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ListArgs {
    /// Only this source: hcpcs, asp-pricing, ndc-crosswalk, noc or purple-book
    #[arg(long)]
    pub source: Option<Source>,
    /// Where the list goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Which releases to compare and how.
#[derive(Debug, Clone, clap::Args)]
pub struct DiffArgs {
    /// The earlier release: 2025Q3, or 2025Q4.1 for its first posting
    pub from: ReleaseRef,
    /// The later release
    pub to: ReleaseRef,
    /// Only codes that begin with this: J, Q51, J3590
    #[arg(long, value_name = "PREFIX", default_value = "", hide_default_value = true)]
    pub code: String,
    /// Only this kind of change, may be given several times: added, ended, re-described, unit-changed, reactivated,
    /// removed, price-changed
    #[arg(long, value_name = "KIND")]
    pub kind: Vec<ChangeKind>,
    /// Where the differences go.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A release as people name it: a quarter, and a revision where not the newest is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseRef {
    /// The quarter.
    pub quarter: Quarter,
    /// Which posting of it, counted from 1; none for the newest.
    pub revision: Option<u32>,
}

/// Why a text names no release.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no release: expected a quarter such as 2025Q4, or a posting of it such as 2025Q4.1")]
pub struct ParseReleaseRefError(String);

impl FromStr for ReleaseRef {
    type Err = ParseReleaseRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseReleaseRefError(text.to_owned());
        let (quarter, revision) = match text.split_once('.') {
            Some((quarter, revision)) => (quarter, Some(revision)),
            None => (text, None),
        };
        let Ok(quarter) = quarter.parse() else {
            return Err(invalid());
        };
        let revision = match revision.map(str::parse) {
            Some(Ok(0) | Err(_)) => return Err(invalid()),
            Some(Ok(revision)) => Some(revision),
            None => None,
        };
        Ok(Self { quarter, revision })
    }
}

impl fmt::Display for ReleaseRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.revision {
            Some(revision) => write!(f, "{}.{revision}", self.quarter),
            None => fmt::Display::fmt(&self.quarter, f),
        }
    }
}

/// Does what `args` say.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    match args {
        Args::Fetch => fetch_new(context),
        Args::Import(args) => import(context, args),
        Args::List(args) => list(context, args),
        Args::Diff(args) => diff(context, args),
    }
}

fn import(context: &Context, args: &ImportArgs) -> anyhow::Result<Outcome> {
    let (config, moment) = (&context.config, context.moment);
    let report = match (&args.by, &args.reason) {
        (Some(by), Some(reason)) if args.force => {
            let (by, reason) = (by.clone(), reason.clone());
            pipeline::import_forced(config, moment, &args.files, Forced { by, reason })?
        }
        _ => pipeline::import(config, moment, &args.files)?,
    };
    told(context, &report)
}

fn fetch_new(context: &Context) -> anyhow::Result<Outcome> {
    if context.is_offline {
        return Err(UsageError(
            "releases fetch opens connections, and --offline forbids them: leave one out".to_owned(),
        )
        .into());
    }
    let progress = fetch::on_stderr(context.verbosity == Verbosity::Quiet);
    told(
        context,
        &pipeline::fetch_releases(&context.config, context.moment, progress.as_ref())?,
    )
}

fn told(context: &Context, report: &pipeline::Report) -> anyhow::Result<Outcome> {
    context.tell(&report::run::render(report, context.look)?)?;
    note::details(report, context.verbosity);
    let mut outcome = Outcome::done();
    outcome.note_problems(&report.problems);
    Ok(outcome)
}

fn list(context: &Context, args: &ListArgs) -> anyhow::Result<Outcome> {
    let store = Store::open(&context.config.storage.database)?;
    let mut held = store.at_once(|| report::releases::gather(&store))?;
    held.retain(|release| args.source.is_none_or(|source| source == release.source));
    args.output.write(&report::releases::render(
        &held,
        args.output.format,
        context.look,
    )?)?;
    Ok(Outcome::done())
}

fn diff(context: &Context, args: &DiffArgs) -> anyhow::Result<Outcome> {
    let store = Store::open(&context.config.storage.database)?;
    let diff = store.at_once(|| between(&store, args.from, args.to))?;
    let diff = diff.with_prefix(&args.code).with_kinds(&args.kind);
    args.output.write(&report::release_diff::render(
        &diff,
        args.output.format,
        context.look,
    )?)?;
    Ok(Outcome::done())
}

/// What changed; between two quarters with the prices, where those of both are held.
fn between(store: &Reader, from: ReleaseRef, to: ReleaseRef) -> anyhow::Result<ReleaseDiff> {
    let (from, to) = (held(store, from)?, held(store, to)?);
    let diff = ReleaseDiff::between(&from, &store.release_rows(&from)?, &to, &store.release_rows(&to)?);
    if from.quarter == to.quarter {
        return Ok(diff);
    }
    Ok(
        match (store.limits_of(from.quarter)?, store.limits_of(to.quarter)?) {
            (Some(before), Some(after)) => diff.with_prices(&before, &after),
            _ => diff,
        },
    )
}

/// The HCPCS release a person names.
fn held(store: &Reader, wanted: ReleaseRef) -> anyhow::Result<Release> {
    let releases = store.every_revision(Source::Hcpcs)?;
    let found = releases.into_iter().rfind(|release| {
        release.quarter == wanted.quarter
            && wanted
                .revision
                .is_none_or(|revision| revision == release.revision)
    });
    let missing = || {
        UsageError(format!(
            "the HCPCS release {wanted} is not held: `hcpcs-watch releases list --source hcpcs` shows what is; \
             `hcpcs-watch releases import FILE` adds one"
        ))
    };
    Ok(found.ok_or_else(missing)?)
}

//! The audit report: which code was right on which date, on what it rests, who was told and who acted. One document,
//! built from what the store held on a day; a presenter a format.

mod build;
mod changes;
mod chart;
mod csv;
mod decisions;
mod document;
mod held_data;
mod html;
mod prices;
mod table;
mod timeline;
mod undetermined;
mod xlsx;

pub use build::build;
pub use changes::REPORT_MADE;
pub use document::{
    AlertAudit, Audit, ChangeLine, Changes, CodeSpan, DecisionLine, DrugAudit, LimitLine, OpenReview,
    PayerRule, Period, RefusedFile, ReleaseLine, Role, SourceHeld, State, StateCounts,
};

use super::format::{FormatError, Look};
use crate::domain::code::HcpcsCode;
use crate::domain::drug::{DrugId, Setting};
use crate::domain::period::PublishedPeriod;
use crate::store::as_of::{DatedDecision, ToldAlert};
use crate::store::drugs::ListedDrug;
use crate::store::events::{Anchor, Event};
use crate::store::prices::PublishedLimit;
use crate::store::refusals::KnownRefusal;
use crate::store::releases::HeldRelease;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::{BTreeMap, HashMap};

/// What the store held on a day, as read for the report.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// Every posting held then.
    pub releases: Vec<HeldRelease>,
    /// Every file refused by then.
    pub refusals: Vec<KnownRefusal>,
    /// Every drug listed by then.
    pub drugs: Vec<ListedDrug>,
    /// Every decision made by then.
    pub decisions: Vec<DatedDecision>,
    /// Why each drug that could not be looked up then could not.
    pub blind_spots: HashMap<DrugId, String>,
    /// The periods, as then known, of every code decided on and of the drugs' catch-all codes.
    pub periods: BTreeMap<HcpcsCode, Vec<PublishedPeriod>>,
    /// Every alert raised by then.
    pub alerts: Vec<ToldAlert>,
    /// What the pricing files in force then say of those codes.
    pub limits: Vec<(HcpcsCode, PublishedLimit)>,
    /// The practice's rules for payers that stood then.
    pub payer_rules: Vec<PayerRule>,
    /// The last report that was kept, of a day before.
    pub last_report: Option<Event>,
    /// What was logged after it, up to the day; from the beginning where there was none.
    pub changes: Vec<Event>,
}

/// What a report is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The practice's name.
    pub practice: String,
    /// Where the practice bills from.
    pub setting: Setting,
    /// The day whose knowledge the report shows.
    pub as_of: NaiveDate,
    /// The day it is made.
    pub made_on: NaiveDate,
    /// When it is made, by the clock.
    pub made_at: DateTime<Utc>,
    /// The end of the event log when it is made.
    pub head: Anchor,
}

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum AuditFormat {
    /// For the terminal: a summary and tables
    #[default]
    Table,
    /// For programs: everything
    Json,
    /// For spreadsheets: one record a drug, code and period
    Csv,
    /// A workbook: a sheet a section
    Xlsx,
    /// A page for people: one file, to read, print and keep
    Html,
}

/// The report in the format asked for.
///
/// # Errors
///
/// Where the writer of the format gives up.
pub fn render(audit: &Audit, format: AuditFormat, look: Look) -> Result<Vec<u8>, FormatError> {
    match format {
        AuditFormat::Table => Ok(table::render(audit, look).into_bytes()),
        AuditFormat::Json => super::format::json(audit).map(String::into_bytes),
        AuditFormat::Csv => csv::render(audit).map(String::into_bytes),
        AuditFormat::Xlsx => xlsx::render(audit),
        AuditFormat::Html => html::render(audit).map(String::into_bytes),
    }
}

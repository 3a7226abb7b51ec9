//! One drug with its codes in time.

use crate::domain::code::HcpcsCode;
use crate::domain::drug::DrugId;
use crate::domain::evidence::Evidence;
use crate::domain::payment_limit::PaymentLimit;
use crate::domain::quarter::Quarter;
use chrono::NaiveDate;
use serde::Serialize;

/// Drugs by state; each is counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct StateCounts {
    /// All watched.
    pub watched: u32,
    /// A code of their own is in force.
    pub permanent: u32,
    /// A code of their own is published for a later day.
    pub announced: u32,
    /// An interim C code is in force.
    pub interim: u32,
    /// A person has to say which code, if any, is theirs.
    pub review: u32,
    /// Not to be looked up, so that it is not known whether they have a code of their own.
    pub out_of_sight: u32,
    /// No code of their own published.
    pub unclassified: u32,
    /// Taken off the list; not among those watched.
    pub retired: u32,
}

/// How a drug stands on the day of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// A code of its own is in force.
    Permanent,
    /// A code of its own is published for a later day.
    Announced,
    /// An interim C code is in force.
    Interim,
    /// A person has to say which code, if any, is its own.
    Review,
    /// It cannot be looked up, so that it is not known whether it has a code of its own.
    OutOfSight,
    /// No code of its own published.
    Unclassified,
    /// Taken off the list.
    Retired,
}

impl State {
    /// Every state, in the order of the report.
    pub const ALL: [Self; 7] = [
        Self::Permanent,
        Self::Announced,
        Self::Interim,
        Self::Review,
        Self::OutOfSight,
        Self::Unclassified,
        Self::Retired,
    ];

    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Announced => "announced",
            Self::Interim => "interim",
            Self::Review => "review",
            Self::OutOfSight => "out-of-sight",
            Self::Unclassified => "unclassified",
            Self::Retired => "retired",
        }
    }

    /// The state in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Permanent => "own code in force",
            Self::Announced => "own code announced",
            Self::Interim => "interim code in force",
            Self::Review => "waits for a person",
            Self::OutOfSight => "cannot be looked up",
            Self::Unclassified => "no code of its own",
            Self::Retired => "retired",
        }
    }
}

/// One drug with everything known of its codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DrugAudit {
    /// Its number.
    pub id: DrugId,
    /// What people call it.
    pub name: String,
    /// Brand.
    pub brand: Option<String>,
    /// Proper name.
    pub proper_name: Option<String>,
    /// Route.
    pub route: Option<String>,
    /// NDCs.
    pub ndcs: Vec<String>,
    /// `office` or `opps`: where this drug is billed from.
    pub setting: &'static str,
    /// The catch-all code it is billed under without a code of its own.
    pub noc_code: HcpcsCode,
    /// Why it cannot be looked up, where it cannot.
    pub blind_spot: Option<String>,
    /// The day it was listed.
    pub listed_on: NaiveDate,
    /// The day it was taken off the list.
    pub retired_on: Option<NaiveDate>,
    /// How it stands.
    pub state: State,
    /// Its codes in time: by first day, the code that applies before one that does not.
    pub codes: Vec<CodeSpan>,
    /// Every decision made on it, oldest first.
    pub decisions: Vec<DecisionLine>,
    /// The payment limits of its own codes by quarter, oldest first.
    pub limits: Vec<LimitLine>,
}

impl DrugAudit {
    /// The spans whose code this drug's setting bills on `date`; one, where the data is clear.
    pub fn codes_on(&self, date: NaiveDate) -> impl Iterator<Item = &CodeSpan> {
        self.codes.iter().filter(move |span| span.contains(date))
    }
}

/// What a code is to a drug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Its own.
    Own,
    /// Its own, for hospital outpatient departments only.
    Interim,
    /// The catch-all, for want of one.
    CatchAll,
}

impl Role {
    /// The name in JSON and CSV.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Interim => "interim",
            Self::CatchAll => "catch-all",
        }
    }
}

/// One code of a drug on a span of dates of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeSpan {
    /// The code.
    pub code: HcpcsCode,
    /// What it is to the drug.
    pub role: Role,
    /// Whether the drug's setting bills it: an office does not bill interim C codes.
    pub applies: bool,
    /// The first date of service.
    pub valid_from: NaiveDate,
    /// The last date of service; none while no end is known.
    pub valid_to: Option<NaiveDate>,
    /// What one unit stands for.
    pub billing_unit: Option<String>,
    /// CMS's long description.
    pub descriptor: Option<String>,
    /// `rule`, or the person who decided; for the catch-all `rule`.
    pub decided_by: String,
    /// The day since which it has been decided so; none for the catch-all, which needs no decision.
    pub decided_on: Option<NaiveDate>,
    /// How the product was recognised.
    pub match_kind: Option<String>,
    /// Why this code, in a sentence.
    pub reason: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

impl CodeSpan {
    /// Whether a service on `date` is billed with the code by this drug's setting.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.applies && self.valid_from <= date && self.valid_to.is_none_or(|last| date <= last)
    }
}

/// A decision on a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DecisionLine {
    /// The code.
    pub code: HcpcsCode,
    /// The first day of its period.
    pub valid_from: NaiveDate,
    /// `confirmed`, `review` or `rejected`.
    pub decision: &'static str,
    /// How the product was recognised.
    pub match_kind: Option<String>,
    /// Why.
    pub reason: String,
    /// The day.
    pub decided_on: NaiveDate,
    /// The day it was last made again, on newer evidence.
    pub renewed_on: Option<NaiveDate>,
    /// `rule`, or the person.
    pub decided_by: String,
    /// What the person said.
    pub note: Option<String>,
    /// Whether it stood at the end of the day of the report.
    pub stands: bool,
}

/// The payment limit of a code in a quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitLine {
    /// The code.
    pub code: HcpcsCode,
    /// The quarter.
    pub quarter: Quarter,
    /// Dollars for one billing unit; none where the file gives none, which is not zero.
    pub limit: Option<PaymentLimit>,
    /// The unit as the pricing file prints it.
    pub dosage: Option<String>,
    /// The line that says so; none where the quarter's file does not name the code.
    pub evidence: Option<Evidence>,
}

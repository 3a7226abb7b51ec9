//! Which news arises for a drug from what the matcher found, what was told before, and the day.
//!
//! Pure. Raising the same finding again is prevented here, by looking at what was told, and once more by the store.

pub mod calendar;
pub mod crosswalk;
pub mod digest;
mod findings;
pub mod overdue;
mod told;

pub use findings::findings;

use crate::domain::alert::Alert;
use crate::domain::code::HcpcsCode;
use crate::domain::drug::{Drug, Setting};
use crate::domain::period::PublishedPeriod;
use crate::matching::Outcome;
use chrono::NaiveDate;

/// Everything the alert rules look at for one drug.
#[derive(Debug, Clone, Copy)]
pub struct Watch<'a> {
    /// The drug.
    pub drug: &'a Drug,
    /// What the matcher found for it.
    pub outcome: &'a Outcome,
    /// Every alert of the drug so far, in the order raised.
    pub told: &'a [Alert],
    /// Every period, whatever its standing, of the codes told so far.
    pub periods: &'a [PublishedPeriod],
    /// Where the drug is billed from: only a hospital outpatient department bills interim C codes.
    pub setting: Setting,
    /// Today in the practice's time zone.
    pub today: NaiveDate,
}

impl Watch<'_> {
    /// The published periods of one code.
    fn periods_of(&self, code: HcpcsCode) -> impl Iterator<Item = &PublishedPeriod> {
        self.periods
            .iter()
            .filter(move |published| published.period.code == code)
    }
}

#[cfg(test)]
mod tests;

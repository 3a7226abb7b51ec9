//! What the practice knows: everything told of a drug, folded into where each code stands in its eyes.
//!
//! News is the difference between this and what CMS publishes now, so that a fact that comes back is told again.

use crate::domain::alert::{Alert, AlertKind};
use crate::domain::code::HcpcsCode;
use chrono::NaiveDate;

/// What was last told of one code and first day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ToldCode {
    pub code: HcpcsCode,
    pub from: NaiveDate,
    /// The last day that was told to be its last; none where no end was told, or an end was taken back.
    pub end: Option<NaiveDate>,
    /// The billing unit last told.
    pub unit: Option<String>,
    /// Whether its unit was told to differ from the code before it.
    pub unit_change_told: bool,
    pub state: State,
}

impl ToldCode {
    /// Whether the reader takes it for the drug's code, to come or in force.
    pub(super) fn stands(&self) -> bool {
        matches!(self.state, State::Announced | State::InForce)
    }
}

/// Where a told code stands in the reader's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// To come.
    Announced,
    /// In force.
    InForce,
    /// Taken back by CMS.
    Withdrawn,
    /// CMS gave another first day.
    Moved,
    /// No longer recognised as the drug's code.
    Unrecognised,
}

/// Everything told of one drug.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    codes: Vec<ToldCode>,
}

impl Told {
    /// Folds the alerts of one drug, in the order raised.
    pub(super) fn new<'a>(alerts: impl IntoIterator<Item = &'a Alert>) -> Self {
        let mut told = Self::default();
        for alert in alerts {
            told.take(alert);
        }
        told
    }

    /// What was told of a code and its first day.
    pub(super) fn of(&self, code: HcpcsCode, from: NaiveDate) -> Option<&ToldCode> {
        self.codes
            .iter()
            .find(|told| told.code == code && told.from == from)
    }

    /// What was told of the period of a code that a day lies in or after: codes are reused. A period that no longer stands
    /// is taken only where none does.
    pub(super) fn on(&self, code: HcpcsCode, day: NaiveDate) -> Option<&ToldCode> {
        self.place_on(code, day).and_then(|place| self.codes.get(place))
    }

    fn place_on(&self, code: HcpcsCode, day: NaiveDate) -> Option<usize> {
        let begun = |(_place, told): &(usize, &ToldCode)| told.code == code && told.from <= day;
        self.codes
            .iter()
            .enumerate()
            .filter(begun)
            .max_by_key(|(_place, told)| (told.stands(), told.from))
            .map(|(place, _told)| place)
    }

    /// Every code told, in the order first told.
    pub(super) fn codes(&self) -> &[ToldCode] {
        &self.codes
    }

    fn take(&mut self, alert: &Alert) {
        let finding = &alert.finding;
        match (finding.kind, finding.to_code, finding.effective_date) {
            (AlertKind::CodeEnded, ..) => {
                let code = finding.from_code;
                let period = finding.end_date.and_then(|last| self.place_on(code, last));
                let ended = match period {
                    Some(place) => self.codes.get_mut(place),
                    None => self.last_of(code),
                };
                if let Some(told) = ended {
                    told.end = finding.end_date;
                }
            }
            (AlertKind::PermanentCodeWithdrawn, Some(code), Some(from)) => {
                self.entry(code, from).state = State::Withdrawn;
            }
            (AlertKind::BillingUnitChanged, Some(code), _) => {
                if let Some(told) = self.last_of(code) {
                    told.unit.clone_from(&finding.billing_unit);
                    told.unit_change_told = true;
                }
            }
            (AlertKind::PermanentCodeChanged, ..) if finding.retracted_code().is_some() => {
                if let Some(told) = self.last_of(finding.from_code) {
                    told.state = State::Unrecognised;
                }
            }
            (AlertKind::MatchNeedsReview, ..) => {}
            (_, Some(code), Some(from)) => self.start(alert, code, from),
            _ => {}
        }
    }

    /// A code and its first day were told: news, a change of date, or a return.
    fn start(&mut self, alert: &Alert, code: HcpcsCode, from: NaiveDate) {
        for other in self
            .codes
            .iter_mut()
            .filter(|told| told.code == code && told.from != from)
        {
            if other.end.is_none_or(|end| end >= from) && other.state != State::Withdrawn {
                other.state = State::Moved;
            }
        }
        let told = self.entry(code, from);
        told.unit.clone_from(&alert.finding.billing_unit);
        told.state = if alert.raised_on < from {
            State::Announced
        } else {
            State::InForce
        };
        if alert.finding.kind == AlertKind::PermanentCodeChanged {
            told.end = None;
        }
    }

    fn last_of(&mut self, code: HcpcsCode) -> Option<&mut ToldCode> {
        let place = self
            .codes
            .iter()
            .rposition(|told| told.code == code && told.stands())
            .or_else(|| self.codes.iter().rposition(|told| told.code == code))?;
        self.codes.get_mut(place)
    }

    fn entry(&mut self, code: HcpcsCode, from: NaiveDate) -> &mut ToldCode {
        let place = self
            .codes
            .iter()
            .position(|told| told.code == code && told.from == from);
        let place = place.unwrap_or_else(|| {
            self.codes.push(ToldCode {
                code,
                from,
                end: None,
                unit: None,
                unit_change_told: false,
                state: State::Announced,
            });
            self.codes.len() - 1
        });
        &mut self.codes[place]
    }
}

//! Which code was right on a date of service (domain rule 1): by drug, setting, payer and date.
//!
//! Pure: what the matcher found, the payer's rules and how far the releases held can tell go in; a code with its span of
//! dates, the reason and the evidence comes out. A date the data cannot tell of is said to be unknown, never guessed.

mod billing;
mod choice;
mod past;
mod reason;

pub use billing::{Billing, QuarterPrice, bill, described_on};
pub use past::with_the_past;

use crate::domain::billing_unit::Dose;
use crate::domain::code::{CodeClass, HcpcsCode};
use crate::domain::drug::{Drug, Setting};
use crate::domain::evidence::Evidence;
use crate::domain::payer::{PayerName, PayerRule, PayerTerms};
use crate::domain::period::PublishedPeriod;
use crate::domain::quarter::Quarter;
use crate::matching::{Outcome, Weighed};
use choice::Choice;
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Which kind of code is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// A code of the product's own.
    Permanent,
    /// The catch-all code: no specific code existed.
    Unclassified,
    /// A C code, in hospital outpatient departments.
    Interim,
    /// What the payer stays on, other than CMS.
    Pinned,
    /// A person has to say, or the data held cannot tell.
    Undecided,
}

impl Status {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Permanent => "permanent",
            Self::Unclassified => "unclassified",
            Self::Interim => "interim",
            Self::Pinned => "pinned",
            Self::Undecided => "undecided",
        }
    }
}

/// How sure the data held make the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// A release of the date's quarter or of a later one is held.
    Known,
    /// The date is after the last quarter held: a release to come may change the answer.
    NotYetKnown,
    /// The data held cannot tell.
    Unknown,
}

impl Certainty {
    /// The name in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::NotYetKnown => "not-yet-known",
            Self::Unknown => "unknown",
        }
    }
}

/// From when to when the HCPCS releases held can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// The first date on which the absence of a code proves that there was none. A release gives every code it holds
    /// with its first and last day, ended ones too, but CMS takes codes out that ended long ago (the files of 2019 to
    /// 2025 go back to ends in 2014): before the earliest end that is still held, nothing is proven.
    pub from: NaiveDate,
    /// The oldest quarter held.
    pub oldest: Quarter,
    /// The newest quarter held.
    pub newest: Quarter,
}

/// What a person asks of a drug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The date of service.
    pub dos: NaiveDate,
    /// Who pays; none for CMS.
    pub payer: Option<PayerName>,
    /// Where it is billed from; none for what the list or the practice says.
    pub setting: Option<Setting>,
    /// The dose; none for the usual one of the list.
    pub dose: Option<Dose>,
}

/// What is asked and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The drug.
    pub drug: &'a Drug,
    /// What the matcher found for it, persons' words included.
    pub outcome: &'a Outcome,
    /// The date of service.
    pub dos: NaiveDate,
    /// Where it is billed from.
    pub setting: Setting,
    /// Who pays; none for CMS.
    pub payer: Option<&'a PayerName>,
    /// The payer's rules in force for this drug or every drug, oldest first.
    pub rules: &'a [PayerRule],
    /// How far the releases held can tell; none where no HCPCS release is held.
    pub reach: Option<Reach>,
    /// The published period of the drug's catch-all code, for evidence.
    pub catch_all: Option<&'a PublishedPeriod>,
    /// Today: review dates pass.
    pub today: NaiveDate,
}

/// The code that was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The code; none where it is undecided.
    pub code: Option<HcpcsCode>,
    /// What kind of code.
    pub status: Status,
    /// How sure that is.
    pub certainty: Certainty,
    /// The first date of service for which the answer holds, inclusive; none where no first date is known.
    pub valid_from: Option<NaiveDate>,
    /// The last, inclusive; none where no end is known.
    pub valid_to: Option<NaiveDate>,
    /// The period of the code where it is a specific one.
    pub period: Option<PublishedPeriod>,
    /// The codes a person has to choose from; empty where it is decided.
    pub candidates: Vec<HcpcsCode>,
    /// Why, in one sentence.
    pub reason: String,
    /// What it rests on; empty only where nothing is known.
    pub evidence: Vec<Evidence>,
}

impl Question<'_> {
    /// The answer. It is the same for every date between its first and last.
    #[must_use]
    pub fn answer(&self) -> Answer {
        let choice = self.choose(self.dos);
        let (valid_from, valid_to) = self.span(&choice);
        let certainty = self.certainty(&choice);
        Answer {
            code: self.code_of(&choice),
            status: choice.status(),
            certainty,
            valid_from,
            valid_to,
            period: choice.period().cloned(),
            candidates: choice.candidates(),
            reason: self.reason(&choice, certainty, valid_to),
            evidence: self.evidence(&choice),
        }
    }

    /// Whether the date is known to be one for the catch-all code, and none of the product's own codes that its setting
    /// bills began before it.
    #[must_use]
    pub fn is_before_any_own_code(&self) -> bool {
        let choice = self.by_cms(self.dos);
        let bills = |one: &&Weighed| self.setting == Setting::Opps || !is_interim(one);
        let mut own = self
            .outcome
            .same
            .iter()
            .chain(&self.outcome.interim)
            .filter(bills);
        matches!(choice, Choice::CatchAll)
            && self.certainty(&choice) == Certainty::Known
            && !own.any(|one| one.published.period.valid_from <= self.dos)
    }

    fn choose(&self, day: NaiveDate) -> Choice<'_> {
        if let Some((rule, code)) = self.pin() {
            return Choice::Pinned(rule, code);
        }
        let by_cms = self.by_cms(day);
        match by_cms {
            Choice::Own(weighed) => self.lag(weighed, day).unwrap_or(by_cms),
            other => other,
        }
    }

    /// What CMS has for the date, whoever pays.
    fn by_cms(&self, day: NaiveDate) -> Choice<'_> {
        let on = |weighed: &&Weighed| weighed.published.period.contains(day);
        let own: Vec<&Weighed> = self
            .outcome
            .same
            .iter()
            .filter(|one| !is_interim(one))
            .filter(on)
            .collect();
        match own[..] {
            [] => {}
            [one] => return Choice::Own(one),
            _ => return Choice::Undecided(own),
        }
        if self.reach.is_none() {
            return Choice::Unknown;
        }
        let mut interim = self.interim().filter(on);
        if let (Setting::Opps, Some(one)) = (self.setting, interim.next_back()) {
            return Choice::Interim(one);
        }
        // Whether a C code is the product's is no question for an office.
        let matters = |one: &&Weighed| self.setting == Setting::Opps || !is_interim(one);
        let open: Vec<&Weighed> = self.outcome.unsure.iter().filter(on).filter(matters).collect();
        if !open.is_empty() {
            return Choice::Undecided(open);
        }
        if self.reach.is_none_or(|reach| day < reach.from) || self.outcome.blind_spot.is_some() {
            return Choice::Unknown;
        }
        Choice::CatchAll
    }

    fn interim(&self) -> impl DoubleEndedIterator<Item = &Weighed> {
        let among_own = self.outcome.same.iter().filter(|one| is_interim(one));
        self.outcome.interim.iter().chain(among_own)
    }

    fn pin(&self) -> Option<(&PayerRule, HcpcsCode)> {
        self.rules.iter().rev().find_map(|rule| match rule.written.terms {
            PayerTerms::Pin(code) => Some((rule, code)),
            PayerTerms::CodeFrom(_) => None,
        })
    }

    /// The payer's own date: that of the drug goes before that of every drug.
    fn own_date(&self) -> Option<(&PayerRule, NaiveDate)> {
        let dates = self
            .rules
            .iter()
            .rev()
            .filter_map(|rule| match rule.written.terms {
                PayerTerms::CodeFrom(date) => Some((rule, date)),
                PayerTerms::Pin(_) => None,
            });
        dates.max_by_key(|(rule, _)| rule.written.drug.is_some())
    }

    /// Whether the payer does not take `own` yet on `day`: the code that began last before the payer's own date.
    fn lag<'a>(&'a self, own: &'a Weighed, day: NaiveDate) -> Option<Choice<'a>> {
        let (rule, takes_from) = self.own_date()?;
        let begins = own.published.period.valid_from;
        let permanent = self.outcome.same.iter().filter(|one| !is_interim(one));
        let is_last_before = permanent.clone().all(|one| {
            !(begins < one.published.period.valid_from && one.published.period.valid_from < takes_from)
        });
        let before = permanent
            .rev()
            .find(|one| one.published.period.ended_before(begins));
        (rule.takes_later(begins)? > day && is_last_before).then_some(Choice::Lagging {
            rule,
            not_yet: own,
            before,
        })
    }

    fn code_of(&self, choice: &Choice<'_>) -> Option<HcpcsCode> {
        match choice {
            Choice::Unknown | Choice::Undecided(_) => None,
            Choice::CatchAll => Some(self.drug.entry.noc_code),
            Choice::Pinned(_, code) => Some(*code),
            _ => choice
                .period()
                .map(|published| published.period.code)
                .or(Some(self.drug.entry.noc_code)),
        }
    }

    /// The dates around the date of service for which the choice is the same.
    fn span(&self, choice: &Choice<'_>) -> (Option<NaiveDate>, Option<NaiveDate>) {
        if matches!(choice, Choice::Unknown | Choice::Pinned(..)) {
            return (None, None);
        }
        let borders = self.borders();
        let is_other = |day: NaiveDate| !self.choose(day).is_like(choice);
        let from = borders
            .range(..=self.dos)
            .rev()
            .find(|border| border.pred_opt().is_none_or(is_other));
        // Where the data held begin to tell is no first date of the code.
        let is_unknown_before = |border: NaiveDate| {
            border
                .pred_opt()
                .is_some_and(|day| matches!(self.choose(day), Choice::Unknown))
        };
        let from = from.filter(|border| {
            Some(**border) != self.reach.map(|reach| reach.from) || !is_unknown_before(**border)
        });
        let after = self.dos.succ_opt().unwrap_or(self.dos);
        let to = borders
            .range(after..)
            .find(|border| is_other(**border))
            .and_then(NaiveDate::pred_opt);
        (from.copied(), to)
    }

    /// Every date on which the choice may change.
    fn borders(&self) -> BTreeSet<NaiveDate> {
        let outcome = self.outcome;
        let weighed = outcome.same.iter().chain(&outcome.interim).chain(&outcome.unsure);
        let mut borders: BTreeSet<NaiveDate> = weighed
            .flat_map(|one| {
                let period = &one.published.period;
                let after = period.valid_to.and_then(|last| last.succ_opt());
                [Some(period.valid_from), after]
            })
            .flatten()
            .collect();
        borders.extend(self.own_date().map(|(_, date)| date));
        borders.extend(self.reach.map(|reach| reach.from));
        borders
    }

    fn certainty(&self, choice: &Choice<'_>) -> Certainty {
        match (choice, self.reach) {
            (Choice::Unknown, _) | (_, None) => Certainty::Unknown,
            (_, Some(reach)) if reach.newest.last_day() < self.dos => Certainty::NotYetKnown,
            _ => Certainty::Known,
        }
    }

    /// The permanent code that begins next after the date of service.
    fn next(&self) -> Option<&Weighed> {
        let ahead = |one: &&Weighed| one.published.period.valid_from > self.dos && !is_interim(one);
        self.outcome.same.iter().find(ahead)
    }

    /// The permanent code that ended last before the date of service.
    fn previous(&self) -> Option<&Weighed> {
        let over = |one: &&Weighed| one.published.period.ended_before(self.dos) && !is_interim(one);
        self.outcome.same.iter().rfind(over)
    }

    fn evidence(&self, choice: &Choice<'_>) -> Vec<Evidence> {
        let around: Vec<&Weighed> = match choice {
            Choice::Unknown => Vec::new(),
            Choice::Own(one) | Choice::Interim(one) => vec![*one],
            Choice::Undecided(open) => open.clone(),
            Choice::CatchAll => self.previous().into_iter().chain(self.next()).collect(),
            Choice::Pinned(..) => match self.by_cms(self.dos) {
                Choice::Own(one) | Choice::Interim(one) => vec![one],
                _ => Vec::new(),
            },
            Choice::Lagging { not_yet, before, .. } => before.iter().copied().chain([*not_yet]).collect(),
        };
        let mut evidence: Vec<Evidence> = Vec::new();
        for weighed in around {
            let first = &weighed.published.first_published;
            for line in weighed.evidence.iter().chain([first]) {
                if !evidence.contains(line) {
                    evidence.push(line.clone());
                }
            }
        }
        if self.code_of(choice) == Some(self.drug.entry.noc_code) {
            evidence.extend(self.catch_all.map(|published| published.last_changed.clone()));
        }
        evidence
    }
}

fn is_interim(weighed: &Weighed) -> bool {
    weighed.published.period.code.class() == CodeClass::OutpatientOnly
}

#[cfg(test)]
mod tests;

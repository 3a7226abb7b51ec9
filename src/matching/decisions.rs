//! A person's word over what the rules say: kept for good, never overruled by a rule, and asked for again only where a
//! new candidate comes.

use super::index::is_drug_family;
use super::{MatchKind, Outcome, Verdict, Weighed};
use crate::domain::code::{CodeClass, HcpcsCode};
use crate::domain::descriptor::Descriptor;
use crate::domain::period::{CodePeriod, PublishedPeriod, Standing};
use crate::domain::product_name::Likeness;
use chrono::{DateTime, Days, NaiveDate, Utc};
use std::sync::Arc;

/// A successor begins within so many days after the end of the code before it.
const GAP: Days = Days::new(31);

/// What a person said of a drug and a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// The code is this product's.
    Confirmed,
    /// It is not.
    Rejected,
}

/// A person's word on a drug and a code's period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonDecision {
    /// The code.
    pub code: HcpcsCode,
    /// The first day of the period it was said of: codes are reused.
    pub valid_from: NaiveDate,
    /// What was said.
    pub word: Word,
    /// By whom.
    pub by: String,
    /// On which day in the practice's time zone.
    pub on: NaiveDate,
    /// When.
    pub at: DateTime<Utc>,
    /// What the person added.
    pub note: Option<String>,
}

impl Word {
    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
        }
    }
}

impl PersonDecision {
    /// The decision in words without a full stop: `Pat rejected it on 2023-07-05 (other route)`.
    #[must_use]
    pub fn describe(&self) -> String {
        let note = self
            .note
            .as_ref()
            .map_or_else(String::new, |note| format!(" ({note})"));
        format!("{} {} it on {}{note}", self.by, self.word.as_str(), self.on)
    }

    /// The period the word holds for among all published `periods`, withdrawn ones too: the one it was said of, or, where
    /// CMS has since given that period another first day, the newest of the code. None where the code was taken back.
    fn period_meant<'a>(&self, periods: &'a [PublishedPeriod]) -> Option<&'a PublishedPeriod> {
        let of_code = || {
            periods
                .iter()
                .filter(|published| published.period.code == self.code)
        };
        let said_of = of_code().find(|published| published.period.valid_from == self.valid_from);
        let moved = || {
            of_code()
                .next_back()
                .filter(|published| !published.period.ended_before(self.valid_from))
        };
        said_of
            .or_else(moved)
            .filter(|published| published.standing != Standing::Withdrawn)
    }
}

impl Outcome {
    /// The outcome with every person's word on the drug put over it; `periods` are all that are published.
    ///
    /// - A confirmed code is the product's, whatever the rules say, and so is the code that follows it without a gap and
    ///   with the same name; other candidates for the same days are settled by that.
    /// - A rejected code is a look-alike and is not proposed again.
    /// - A code that the rules recognise for days for which a person confirmed another is a question again.
    #[must_use]
    pub fn with_decisions(mut self, decisions: &[PersonDecision], periods: &[PublishedPeriod]) -> Self {
        if decisions.is_empty() {
            return self;
        }
        self.decisions = decisions.to_vec();
        for decision in decisions {
            let Some(published) = decision.period_meant(periods) else {
                continue;
            };
            let weighed = self.take(published);
            match decision.word {
                Word::Confirmed => self.keep(weighed, MatchKind::Person),
                Word::Rejected => {
                    let verdict = Verdict::Different(decision.describe());
                    self.near_misses.insert(0, Weighed { verdict, ..weighed });
                }
            }
        }
        self.follow_confirmed(periods);
        self.settle_by_word();
        self.same.sort_by_key(|one| one.published.period.valid_from);
        self.interim.sort_by_key(|one| one.published.period.valid_from);
        self
    }

    /// The person's word by which `period` is the product's; none where a rule recognised it.
    #[must_use]
    pub fn word_on(&self, period: &CodePeriod) -> Option<&PersonDecision> {
        let spoken = self
            .decisions
            .iter()
            .filter(|said| said.code == period.code && said.word == Word::Confirmed);
        let by_person =
            self.same.iter().chain(&self.interim).any(|one| {
                one.published.period == *period && one.verdict == Verdict::Same(MatchKind::Person)
            });
        spoken
            .max_by_key(|said| said.valid_from == period.valid_from)
            .filter(|_said| by_person)
    }

    /// Takes a period out of the outcome, or makes it anew where the rules did not weigh it.
    fn take(&mut self, published: &PublishedPeriod) -> Weighed {
        let lists = [
            &mut self.same,
            &mut self.interim,
            &mut self.unsure,
            &mut self.near_misses,
        ];
        for list in lists {
            if let Some(place) = list.iter().position(|one| one.published == *published) {
                return list.remove(place);
            }
        }
        Weighed {
            published: published.clone(),
            descriptor: Arc::new(Descriptor::parse(&published.descriptor)),
            verdict: Verdict::Unsure(String::new()),
            evidence: vec![published.last_changed.clone()],
        }
    }

    fn keep(&mut self, weighed: Weighed, kind: MatchKind) {
        let list = if is_interim(&weighed) {
            &mut self.interim
        } else {
            &mut self.same
        };
        list.push(Weighed {
            verdict: Verdict::Same(kind),
            ..weighed
        });
    }

    /// A confirmed code stays watched: the code that follows it with the same name is the product's too.
    fn follow_confirmed(&mut self, periods: &[PublishedPeriod]) {
        let mut open: Vec<Weighed> = self.confirmed_by_person().cloned().collect();
        while let Some(earlier) = open.pop() {
            let following: Vec<&PublishedPeriod> = periods
                .iter()
                .filter(|later| begins_after(&later.period, &earlier.published.period))
                .filter(|later| is_drug_family(later.period.code) && later.standing != Standing::Withdrawn)
                .filter(|later| !self.is_settled(later))
                .filter(|later| has_same_identity(later, &earlier))
                .collect();
            if let [later] = following[..] {
                let weighed = self.take(later);
                self.keep(weighed.clone(), MatchKind::Successor);
                open.push(weighed);
                continue;
            }
            for later in following {
                let weighed = self.take(later);
                let verdict = Verdict::Unsure(format!(
                    "it is one of several codes that follow {}: say which is this product's",
                    earlier.published.period.code
                ));
                self.unsure.push(Weighed { verdict, ..weighed });
            }
        }
    }

    /// Whether a period is the product's already, or a person has decided on it.
    fn is_settled(&self, published: &PublishedPeriod) -> bool {
        let decided = self
            .decisions
            .iter()
            .any(|said| said.code == published.period.code && said.valid_from == published.period.valid_from);
        let own = |one: &Weighed| one.published == *published;
        decided || self.same.iter().chain(&self.interim).any(own)
    }

    fn confirmed_by_person(&self) -> impl Iterator<Item = &Weighed> {
        let spoken = |one: &&Weighed| one.verdict == Verdict::Same(MatchKind::Person);
        self.same.iter().chain(&self.interim).filter(spoken)
    }

    fn settle_by_word(&mut self) {
        let spoken: Vec<CodePeriod> = self
            .confirmed_by_person()
            .filter(|one| !is_interim(one))
            .map(|one| one.published.period.clone())
            .collect();
        let rival = |one: &Weighed| {
            let period = &one.published.period;
            spoken
                .iter()
                .find(|said| said.code != period.code && overlap(said, period))
        };
        let mut asked = Vec::new();
        for one in std::mem::take(&mut self.unsure) {
            match rival(&one).map(|said| said.code) {
                Some(code) => {
                    let verdict =
                        Verdict::Different(format!("a person confirmed {code} for these dates of service"));
                    self.near_misses.push(Weighed { verdict, ..one });
                }
                None => asked.push(one),
            }
        }
        for one in std::mem::take(&mut self.same) {
            let by_rule = one.verdict != Verdict::Same(MatchKind::Person);
            match rival(&one).filter(|_said| by_rule).map(|said| said.code) {
                Some(code) => {
                    let verdict = Verdict::Unsure(format!(
                        "a person confirmed {code}, but {} fits as well: reject the one that is wrong",
                        one.published.period.code
                    ));
                    asked.push(Weighed { verdict, ..one });
                }
                None => self.same.push(one),
            }
        }
        self.unsure = asked;
    }
}

fn is_interim(weighed: &Weighed) -> bool {
    weighed.published.period.code.class() == CodeClass::OutpatientOnly
}

/// Whether two periods share a day.
pub(crate) fn overlap(left: &CodePeriod, right: &CodePeriod) -> bool {
    !left.ended_before(right.valid_from) && !right.ended_before(left.valid_from)
}

/// Whether `later` takes over from `earlier` without a gap worth the name.
pub(crate) fn begins_after(later: &CodePeriod, earlier: &CodePeriod) -> bool {
    earlier
        .valid_to
        .is_some_and(|last| later.valid_from > last && later.valid_from <= last + GAP)
}

fn has_same_identity(later: &PublishedPeriod, earlier: &Weighed) -> bool {
    let same_class = later.period.code.class() == earlier.published.period.code.class();
    same_class && is_same_product(&Descriptor::parse(&later.descriptor), &earlier.descriptor)
}

/// Whether two descriptors name the same product: words, suffix, brand and route.
pub(crate) fn is_same_product(left: &Descriptor, right: &Descriptor) -> bool {
    left.name.likeness(&right.name) == Likeness::Same
        && left.brands == right.brands
        && left.routes == right.routes
}

#[cfg(test)]
mod tests;

//! The answer's reason in one sentence.

use super::choice::Choice;
use super::{Certainty, Question};
use crate::domain::drug::Setting;
use crate::domain::evidence::Evidence;
use crate::domain::payer::PayerRule;
use crate::matching::decisions::{PersonDecision, Word};
use crate::matching::{Verdict, Weighed};
use chrono::NaiveDate;

impl Question<'_> {
    pub(super) fn reason(
        &self,
        choice: &Choice<'_>,
        certainty: Certainty,
        valid_to: Option<NaiveDate>,
    ) -> String {
        let mut parts = vec![match choice {
            Choice::Unknown => self.unknown(),
            Choice::Own(one) => self.own(one),
            Choice::Interim(one) => format!(
                "{} is the interim code of {} for hospital outpatient departments, {}",
                one.published.period.code,
                self.name(),
                days_of(one)
            ),
            Choice::Undecided(open) => self.undecided(open),
            Choice::CatchAll => self.catch_all_reason(valid_to),
            Choice::Pinned(rule, code) => self.pinned(rule, &code.to_string()),
            Choice::Lagging {
                rule,
                not_yet,
                before,
            } => self.lagging(rule, not_yet, *before),
        }];
        if certainty == Certainty::NotYetKnown
            && let Some(reach) = self.reach
        {
            parts.push(format!(
                "this is not yet known for sure, as the newest HCPCS file held is of {} and a later one may change it",
                reach.newest
            ));
        }
        if certainty == Certainty::Known
            && let Some(reach) = self.reach.filter(|reach| self.dos < reach.oldest.first_day())
        {
            parts.push(format!(
                "the oldest HCPCS file held is of {}, and the answer rests on the first and last days it gives",
                reach.oldest
            ));
        }
        let follows_cms = !matches!(choice, Choice::Pinned(..) | Choice::Lagging { .. });
        if let Some(payer) = self.payer.filter(|_payer| follows_cms) {
            parts.push(if self.rules.is_empty() {
                format!("no other rule of {payer} is kept, so CMS's dates hold")
            } else {
                format!("the dates kept for {payer} change nothing on this day")
            });
        }
        parts.join("; ") + "."
    }

    fn name(&self) -> String {
        self.drug.entry.display_name()
    }

    fn unknown(&self) -> String {
        match (self.reach, &self.outcome.blind_spot) {
            (None, _) => "Unknown: no HCPCS file is held, load one with `hcpcs-watch run` or `hcpcs-watch releases import FILE`"
                .to_owned(),
            (Some(_), Some(why)) => format!("Unknown: {} cannot be looked up, as {why}", self.name()),
            (Some(reach), None) => format!(
                "Unknown: the HCPCS files held tell of codes in force on {} or later, so whether {} had a code of its own on {} cannot be told",
                reach.from,
                self.name(),
                self.dos
            ),
        }
    }

    fn own(&self, one: &Weighed) -> String {
        let how = match self.outcome.word_on(&one.published.period) {
            Some(said) => said.describe(),
            None => match &one.verdict {
                Verdict::Same(kind) => format!("recognised by {}", kind.describe()),
                Verdict::Unsure(words) | Verdict::Different(words) => words.clone(),
            },
        };
        let caution = one
            .published
            .caution()
            .map_or_else(String::new, |caution| format!("; {caution}"));
        format!(
            "{} is {}'s own code, {}{}: {how}{caution}",
            one.published.period.code,
            self.name(),
            days_of(one),
            published_in(&one.published.first_published)
        )
    }

    fn undecided(&self, open: &[&Weighed]) -> String {
        let codes: Vec<String> = open
            .iter()
            .map(|one| one.published.period.code.to_string())
            .collect();
        let questions: Vec<&str> = open
            .iter()
            .filter_map(|one| match &one.verdict {
                Verdict::Unsure(question) => Some(question.as_str()),
                Verdict::Same(_) | Verdict::Different(_) => None,
            })
            .collect();
        let why = if questions.is_empty() {
            String::new()
        } else {
            format!(": {}", questions.join("; "))
        };
        format!(
            "A person has to say whether {} is {}'s code (`hcpcs-watch review`){why}",
            codes.join(" or "),
            self.name()
        )
    }

    fn catch_all_reason(&self, valid_to: Option<NaiveDate>) -> String {
        let noc = self.drug.entry.noc_code;
        let over = self
            .previous()
            .map(|one| (one.published.period.code, one.published.period.valid_to));
        let past = match over {
            Some((code, Some(last))) => format!("{code} ended on {last} and "),
            _ => String::new(),
        };
        let mut reason = match self.next() {
            Some(next) => format!(
                "{past}{} begins on {}{}, so {} stays under {noc} on {}",
                next.published.period.code,
                next.published.period.valid_from,
                published_in(&next.published.first_published),
                self.name(),
                self.dos
            ),
            None if past.is_empty() => format!(
                "No code of its own is published for {} in the HCPCS files held{}, so it stays under {noc}",
                self.name(),
                self.rejections()
            ),
            None => format!(
                "{past}no code that follows it is published{}, so {noc} is what is left; ask the payer which code it takes",
                self.rejections()
            ),
        };
        let c_codes: Vec<String> = self
            .interim()
            .filter(|one| one.published.period.contains(self.dos))
            .map(|one| one.published.period.code.to_string())
            .collect();
        if self.setting == Setting::Office && !c_codes.is_empty() {
            reason = format!(
                "{reason} ({} is for hospital outpatient departments only)",
                c_codes.join(", ")
            );
        } else if let (Setting::Opps, Some(last), None) = (self.setting, valid_to, self.next()) {
            reason = format!("{reason} up to {last}");
        }
        reason
    }

    /// The codes of that day which persons said are not the drug's.
    fn rejections(&self) -> String {
        let is_of_the_day = |said: &&PersonDecision| {
            self.outcome.near_misses.iter().any(|miss| {
                let period = &miss.published.period;
                period.code == said.code && period.contains(self.dos)
            })
        };
        let rejected: Vec<String> = self
            .outcome
            .decisions
            .iter()
            .filter(|said| said.word == Word::Rejected)
            .filter(is_of_the_day)
            .map(|said| format!(", other than {}, as {}", said.code, said.describe()))
            .collect();
        rejected.concat()
    }

    fn pinned(&self, rule: &PayerRule, code: &str) -> String {
        let by_cms = self.code_of(&self.by_cms(self.dos));
        let otherwise = by_cms.map_or_else(
            || "CMS's own code is not decided".to_owned(),
            |code| format!("CMS has {code}"),
        );
        format!(
            "{} keeps {} on {code} while {otherwise}: {}",
            rule.written.payer,
            self.name(),
            self.grounds(rule)
        )
    }

    fn lagging(&self, rule: &PayerRule, not_yet: &Weighed, before: Option<&Weighed>) -> String {
        let stays = before.map_or(self.drug.entry.noc_code, |one| one.published.period.code);
        let takes_from = match rule.written.terms {
            crate::domain::payer::PayerTerms::CodeFrom(date) => date,
            crate::domain::payer::PayerTerms::Pin(_) => not_yet.published.period.valid_from,
        };
        format!(
            "{} takes {} from {takes_from} on, CMS from {}, so {stays} stays right for {} until then: {}",
            rule.written.payer,
            not_yet.published.period.code,
            not_yet.published.period.valid_from,
            self.name(),
            self.grounds(rule)
        )
    }

    fn grounds(&self, rule: &PayerRule) -> String {
        let review = match rule.written.review_on {
            Some(day) if rule.is_review_overdue(self.today) => {
                format!(", REVIEW OVERDUE since {day}")
            }
            Some(day) => format!(", to be reviewed by {day}"),
            None => String::new(),
        };
        format!(
            "{} (source: {}; kept by {} on {}{review})",
            rule.written.reason,
            rule.written.source,
            rule.written.by,
            rule.at.date_naive()
        )
    }
}

fn days_of(one: &Weighed) -> String {
    let period = &one.published.period;
    match period.valid_to {
        Some(last) => format!("for dates of service from {} to {last}", period.valid_from),
        None => format!("for dates of service from {}", period.valid_from),
    }
}

fn published_in(evidence: &Evidence) -> String {
    evidence.quarter.map_or_else(String::new, |quarter| {
        format!(" (HCPCS file of {quarter}, posting {})", evidence.revision)
    })
}

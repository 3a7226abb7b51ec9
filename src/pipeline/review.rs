//! A person's word on a drug and a code: recorded, and the news it makes raised and queued at once.

use super::news::raise;
use super::weighing::{Published, Weighing};
use super::{Moment, PipelineError};
use crate::config::Config;
use crate::domain::alert::Alert;
use crate::domain::code::{CodeClass, HcpcsCode};
use crate::domain::drug::Drug;
use crate::domain::evidence::Evidence;
use crate::domain::period::{PublishedPeriod, Standing};
use crate::matching::decisions::{Word, overlap};
use crate::matching::index::is_drug_family;
use crate::matching::{MatchKind, Outcome};
use crate::store::matches::{MatchDecision, RULE, Recorded, StoredMatch};
use crate::store::{Store, StoreError, Transaction};
use chrono::NaiveDate;

/// What a person says of a drug and a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken {
    /// The code.
    pub code: HcpcsCode,
    /// Confirmed or rejected.
    pub word: Word,
    /// Who says so.
    pub by: String,
    /// What they add.
    pub note: Option<String>,
}

/// What became of a person's word.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The first day of the period it was said of.
    pub valid_from: NaiveDate,
    /// Whether it is new; false where the same person had said the same.
    pub is_new: bool,
    /// The alerts it raised.
    pub raised: Vec<Alert>,
}

/// Why a person's word cannot be taken. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// The drug is off the list.
    #[error("{drug} was retired on {on}: put it on the list again before you decide on its code")]
    Retired {
        /// The drug.
        drug: String,
        /// Since when.
        on: NaiveDate,
    },
    /// A catch-all code.
    #[error(
        "{0} is a catch-all code, no product's own: name one of the codes that `hcpcs-watch review list` shows"
    )]
    CatchAll(HcpcsCode),
    /// A code of another kind of goods or services.
    #[error(
        "{0} is no drug code (those begin with J, Q, P, A or C): name one of the codes that `hcpcs-watch review list` shows"
    )]
    NoDrugCode(HcpcsCode),
    /// No release holds the code.
    #[error("no HCPCS file held has {0}, or CMS took it back: check the code, or load the file that has it")]
    NotHeld(HcpcsCode),
    /// Another code is the drug's on the same days.
    #[error(
        "{code} cannot be {drug}'s code, because {other} is, on the same dates of service ({how}): \
         `hcpcs-watch review reject {id} {other}` first if that is wrong"
    )]
    Taken {
        /// The code to confirm.
        code: HcpcsCode,
        /// The code that is the drug's.
        other: HcpcsCode,
        /// How that was decided.
        how: String,
        /// The drug.
        drug: String,
        /// Its number.
        id: i64,
    },
    /// A name that stands for the rules.
    #[error("`{RULE}` stands for the matching rules: give the name of the person who decides")]
    NoPerson,
}

/// Records what a person says of `drug`, raises the news that makes and queues it, in one transaction.
///
/// # Errors
///
/// [`ReviewError`] where the word cannot be taken; nothing was changed then. Else where the store cannot be used.
pub fn decide(
    config: &Config,
    store: &mut Store,
    moment: Moment,
    drug: &Drug,
    spoken: &Spoken,
) -> Result<Heard, PipelineError> {
    check(drug, spoken)?;
    let transaction = store.begin(moment.now, &spoken.by)?;
    let (published, outcome) = weigh(config, &transaction, drug)?;
    let period = period_meant(&outcome, &published.periods, spoken.code)?;
    if spoken.word == Word::Confirmed {
        check_rivals(&outcome, &period, drug)?;
    }
    let decision = StoredMatch {
        drug: drug.id,
        code: spoken.code,
        valid_from: period.period.valid_from,
        decision: match spoken.word {
            Word::Confirmed => MatchDecision::Confirmed,
            Word::Rejected => MatchDecision::Rejected,
        },
        match_kind: (spoken.word == Word::Confirmed).then(|| MatchKind::Person.to_string()),
        reason: format!("{} by {}", spoken.word.as_str(), spoken.by),
        evidence: evidence(&outcome, &period),
        decided_on: moment.today,
        decided_by: spoken.by.clone(),
        note: spoken.note.clone(),
    };
    let is_new = transaction.record_match(&decision)? == Recorded::New;
    let news = raise(&transaction, config, moment, Some(drug.id))?;
    transaction.commit()?;
    Ok(Heard {
        valid_from: decision.valid_from,
        is_new,
        raised: news.raised,
    })
}

fn check(drug: &Drug, spoken: &Spoken) -> Result<(), ReviewError> {
    let code = spoken.code;
    if spoken.by.trim().eq_ignore_ascii_case(RULE) {
        return Err(ReviewError::NoPerson);
    }
    if let Some(on) = drug.retired_on {
        let drug = drug.entry.display_name();
        return Err(ReviewError::Retired { drug, on });
    }
    if code.class() == CodeClass::NotOtherwiseClassified {
        return Err(ReviewError::CatchAll(code));
    }
    if !is_drug_family(code) {
        return Err(ReviewError::NoDrugCode(code));
    }
    Ok(())
}

fn weigh(
    config: &Config,
    transaction: &Transaction<'_>,
    drug: &Drug,
) -> Result<(Published, Outcome), StoreError> {
    let listed = transaction
        .listed_drug(drug.id)?
        .ok_or(StoreError::NoSuchDrug(drug.id))?;
    let published = Published::read(transaction)?;
    let outcome = Weighing::new(config, transaction, &published)?.outcome(&listed);
    Ok((published, outcome))
}

/// The period that is asked about, else the newest of the code.
fn period_meant(
    outcome: &Outcome,
    periods: &[PublishedPeriod],
    code: HcpcsCode,
) -> Result<PublishedPeriod, ReviewError> {
    let mut asked = outcome.unsure.iter().map(|weighed| &weighed.published);
    let mut held = periods
        .iter()
        .filter(|published| published.standing != Standing::Withdrawn);
    let of_code = |published: &&PublishedPeriod| published.period.code == code;
    let asked = asked.rfind(of_code);
    asked
        .or_else(|| held.rfind(of_code))
        .cloned()
        .ok_or(ReviewError::NotHeld(code))
}

/// Two codes of a product for one day cannot both be right.
fn check_rivals(outcome: &Outcome, period: &PublishedPeriod, drug: &Drug) -> Result<(), ReviewError> {
    let code = period.period.code;
    if code.class() == CodeClass::OutpatientOnly {
        return Ok(());
    }
    let rival = outcome.same.iter().find(|one| {
        let other = &one.published.period;
        other.code != code && overlap(other, &period.period)
    });
    let Some(rival) = rival else { return Ok(()) };
    let other = &rival.published.period;
    let how = outcome.word_on(other).map_or_else(
        || "recognised by the rules".to_owned(),
        crate::matching::decisions::PersonDecision::describe,
    );
    Err(ReviewError::Taken {
        code,
        other: other.code,
        how,
        drug: drug.entry.display_name(),
        id: drug.id.0,
    })
}

fn evidence(outcome: &Outcome, period: &PublishedPeriod) -> Vec<Evidence> {
    let lists = [
        &outcome.same,
        &outcome.interim,
        &outcome.unsure,
        &outcome.near_misses,
    ];
    let weighed = lists
        .into_iter()
        .flatten()
        .find(|weighed| weighed.published == *period);
    weighed.map_or_else(
        || vec![period.last_changed.clone()],
        |weighed| weighed.evidence.clone(),
    )
}

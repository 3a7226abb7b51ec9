//! Which code was right on a date of service: what is held is read once, then any number of questions answered.

use super::PipelineError;
use super::weighing::{Published, Weighing};
use crate::code_history::Publication;
use crate::code_on_date::{Answer, Ask, Billing, QuarterPrice, Question, bill, described_on, with_the_past};
use crate::config::Config;
use crate::domain::billing_unit::Dose;
use crate::domain::code::{CodeClass, HcpcsCode};
use crate::domain::drug::{Drug, DrugId, Setting};
use crate::domain::period::PublishedPeriod;
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use crate::matching::{Circumstances, Outcome};
use crate::store::{Reader, StoreError};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A question with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The drug.
    pub drug: Drug,
    /// What was asked.
    pub ask: Ask,
    /// Where it is billed from, settled.
    pub setting: Setting,
    /// The dose, settled: as asked, else the usual one of the list.
    pub dose: Option<Dose>,
    /// The code.
    pub answer: Answer,
    /// Units and money.
    pub billing: Billing,
}

/// Everything held, ready to be asked.
#[derive(Debug)]
pub struct CodeBook<'a> {
    practice: Setting,
    today: NaiveDate,
    store: &'a Reader,
    weighing: Weighing<'a>,
    outcomes: HashMap<(DrugId, Setting), Outcome>,
    publications: BTreeMap<HcpcsCode, Vec<Publication>>,
}

impl<'a> CodeBook<'a> {
    /// A book over what `published` was read from `store`; `today` decides whether review dates have passed.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn new(
        config: &Config,
        store: &'a Reader,
        published: &'a Published,
        today: NaiveDate,
    ) -> Result<Self, PipelineError> {
        Ok(Self {
            practice: config.practice.setting,
            today,
            store,
            weighing: Weighing::new(config, store, published)?,
            outcomes: HashMap::new(),
            publications: BTreeMap::new(),
        })
    }

    /// The code that was right for `drug` as asked, with units, payment limit and evidence.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn answer(&mut self, drug: &Drug, ask: &Ask) -> Result<Answered, PipelineError> {
        let setting = ask.setting.or(drug.entry.setting).unwrap_or(self.practice);
        let outcome = self.outcome(drug, setting)?;
        let mut rules = match &ask.payer {
            Some(payer) => self.store.payer_rules_of(payer)?,
            None => Vec::new(),
        };
        rules.retain(|rule| rule.written.drug.is_none_or(|id| id == drug.id));
        let catch_all = self.store.periods_of(drug.entry.noc_code)?.pop();
        let question = Question {
            drug,
            outcome: &outcome,
            dos: ask.dos,
            setting,
            payer: ask.payer.as_ref(),
            rules: &rules,
            reach: self.weighing.reach,
            catch_all: catch_all.as_ref(),
            today: self.today,
        };
        let mut answer = question.answer();
        let dose = ask.dose.clone().or_else(|| drug.entry.dose.clone());
        let billing = self.bill(&mut answer, ask.dos, dose.as_ref())?;
        Ok(Answered {
            drug: drug.clone(),
            ask: ask.clone(),
            setting,
            dose,
            answer,
            billing,
        })
    }

    /// What the matcher finds, with persons' words and the codes that ended before the drug was listed.
    fn outcome(&mut self, drug: &Drug, setting: Setting) -> Result<Outcome, StoreError> {
        let key = (drug.id, setting);
        if let Some(outcome) = self.outcomes.get(&key) {
            return Ok(outcome.clone());
        }
        let listed = self
            .store
            .listed_drug(drug.id)?
            .ok_or(StoreError::NoSuchDrug(drug.id))?;
        let first_seen = self.weighing.circumstances(&listed).first_seen;
        let listed_on = |first_seen| {
            self.weighing
                .outcome_in(&listed, Circumstances { first_seen, setting })
        };
        let outcome = with_the_past(listed_on(first_seen), first_seen, listed_on);
        self.outcomes.insert(key, outcome.clone());
        Ok(outcome)
    }

    /// Units and money; the lines they rest on join the answer's evidence.
    fn bill(
        &mut self,
        answer: &mut Answer,
        dos: NaiveDate,
        dose: Option<&Dose>,
    ) -> Result<Billing, StoreError> {
        let specific = answer
            .code
            .filter(|code| code.class() != CodeClass::NotOtherwiseClassified);
        let Some(code) = specific else {
            return Ok(match answer.code {
                Some(_) => bill(None, dose, None),
                None => Billing::default(),
            });
        };
        let period = if let Some(period) = &answer.period {
            Some(period.clone())
        } else {
            let mut of_code = self.store.periods_of(code)?.into_iter();
            of_code.rfind(|one| one.period.contains(dos))
        };
        let descriptor = match &period {
            Some(period) => self.descriptor_on(answer, period, dos)?,
            None => String::new(),
        };
        let price = match Quarter::containing(dos) {
            Some(quarter) => Some((quarter, self.price(answer, code, quarter)?)),
            None => None,
        };
        Ok(bill(Some(&descriptor), dose, price))
    }

    /// What CMS called the code on the date: the unit may have changed since.
    fn descriptor_on(
        &mut self,
        answer: &mut Answer,
        published: &PublishedPeriod,
        dos: NaiveDate,
    ) -> Result<String, StoreError> {
        let code = published.period.code;
        if !self.publications.contains_key(&code) {
            let found = self.store.publications(Some(&BTreeSet::from([code])))?;
            self.publications.extend(found);
        }
        let said = self.publications.get(&code).map_or(&[][..], Vec::as_slice);
        let Some(said) = described_on(said, &published.period, dos) else {
            return Ok(published.descriptor.to_string());
        };
        let text = &said.record.long_description;
        if **text != *published.descriptor {
            let line = said.release.evidence(said.line, text.as_str());
            if !answer.evidence.contains(&line) {
                answer.evidence.push(line);
            }
        }
        Ok(text.clone())
    }

    /// What the pricing file of the quarter says of the code; its line joins the answer's evidence.
    fn price(
        &self,
        answer: &mut Answer,
        code: HcpcsCode,
        quarter: Quarter,
    ) -> Result<QuarterPrice, StoreError> {
        if self.store.newest_release(Source::AspPricing, quarter)?.is_none() {
            return Ok(QuarterPrice::NotHeld);
        }
        let Some(published) = self.store.payment_limit(code, quarter)? else {
            return Ok(QuarterPrice::NoLimit);
        };
        answer.evidence.push(published.evidence);
        Ok(published
            .limit
            .limit
            .map_or(QuarterPrice::NoLimit, QuarterPrice::Limit))
    }
}

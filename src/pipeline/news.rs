//! Matches every watched drug, raises what was not told before, and queues one digest a recipient.

use super::{Moment, PipelineError};
use crate::alerts::digest::render_digest;
use crate::alerts::{Watch, findings};
use crate::cms::purple_book::PurpleBookProduct;
use crate::config::{Config, Transport};
use crate::domain::alert::{Alert, AlertId, Digest, DigestItem};
use crate::domain::drug::{DrugId, Setting};
use crate::domain::evidence::Evidence;
use crate::domain::period::PublishedPeriod;
use crate::domain::quarter::Quarter;
use crate::domain::source::Sha256;
use crate::matching::index::{CrosswalkEntry, Index, vocabulary};
use crate::matching::{Circumstances, Outcome, Verdict, Weighed, match_drug};
use crate::store::alerts::AlertFilter;
use crate::store::drugs::ListedDrug;
use crate::store::matches::{MatchDecision, RULE, StoredMatch};
use crate::store::outbox::{MessageKind, NewMessage};
use crate::store::{Reader, Store, StoreError, Transaction};
use chrono::NaiveDate;
use std::collections::{BTreeSet, HashMap};

/// What is new.
#[derive(Debug, Default)]
pub(super) struct News {
    pub raised: Vec<Alert>,
    pub drugs_watched: usize,
}

/// Everything published, as the store holds it; an [`Index`] borrows from it.
#[derive(Debug)]
pub struct Published {
    pub(super) periods: Vec<PublishedPeriod>,
    crosswalk: Vec<CrosswalkEntry>,
    purple_book: Vec<(PurpleBookProduct, Evidence)>,
    terms: BTreeSet<String>,
}

impl Published {
    /// Reads everything.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn read(store: &Reader) -> Result<Self, StoreError> {
        let periods = store.periods()?;
        let crosswalk = store.crosswalk_pairs()?.into_iter().map(|pair| {
            let first = pair.first.quarter.map_or(NaiveDate::MIN, Quarter::first_day);
            let last = pair.newest.quarter.map_or(NaiveDate::MAX, Quarter::last_day);
            CrosswalkEntry {
                code: pair.row.code,
                ndc: pair.row.ndc,
                drug_name: pair.row.drug_name,
                listed: (first, last),
                evidence: pair.newest,
            }
        });
        let crosswalk = crosswalk.collect();
        let listed = store.purple_book()?.into_iter();
        let purple_book = listed.map(|listed| (listed.product, listed.evidence)).collect();
        let terms = vocabulary(&periods);
        Ok(Self {
            periods,
            crosswalk,
            purple_book,
            terms,
        })
    }

    pub(super) fn index(&self) -> Index<'_> {
        Index::new(&self.periods, &self.crosswalk, &self.purple_book, &self.terms)
    }
}

/// What the matcher is told beside the names.
pub(super) fn circumstances(listed: &ListedDrug, practice: Setting) -> Circumstances {
    Circumstances {
        first_seen: listed
            .drug
            .entry
            .started_on
            .map_or(listed.listed_on, |started| started.min(listed.listed_on)),
        setting: listed.drug.entry.setting.unwrap_or(practice),
    }
}

/// Matches the drugs watched, or `only` one of them, and raises and queues their news.
pub(super) fn raise(
    transaction: &Transaction<'_>,
    config: &Config,
    moment: Moment,
    only: Option<DrugId>,
) -> Result<News, PipelineError> {
    let published = Published::read(transaction)?;
    let index = published.index();
    let decisions = transaction.person_decisions()?;
    let mut told: HashMap<DrugId, Vec<Alert>> = HashMap::new();
    for alert in transaction.alerts(AlertFilter::default())? {
        told.entry(alert.finding.drug.id).or_default().push(alert);
    }
    let mut news = News::default();
    let mut raised: Vec<AlertId> = Vec::new();
    for listed in transaction
        .listed_drugs()?
        .iter()
        .filter(|listed| listed.drug.retired_on.is_none())
    {
        news.drugs_watched += 1;
        if only.is_some_and(|id| id != listed.drug.id) {
            continue;
        }
        let told_by_persons = decisions.get(&listed.drug.id).map_or(&[][..], Vec::as_slice);
        let outcome = match_drug(
            &index,
            &listed.drug.entry,
            circumstances(listed, config.practice.setting),
        )
        .with_decisions(told_by_persons, &published.periods);
        record_decisions(transaction, listed.drug.id, &outcome, moment.today)?;
        let told = told.get(&listed.drug.id).map_or(&[][..], Vec::as_slice);
        let watch = Watch {
            drug: &listed.drug,
            outcome: &outcome,
            told,
            periods: &published.periods,
            today: moment.today,
        };
        for finding in findings(&watch) {
            raised.extend(transaction.raise(&finding, moment.today)?);
        }
    }
    for id in raised {
        news.raised.extend(transaction.alert(id)?);
    }
    queue_digests(transaction, config, moment, &news, "digest")?;
    Ok(news)
}

/// Keeps what the rules decided, so that reports can show it and when it changed.
fn record_decisions(
    transaction: &Transaction<'_>,
    drug: DrugId,
    outcome: &Outcome,
    today: NaiveDate,
) -> Result<(), StoreError> {
    let mut standing = BTreeSet::new();
    for weighed in outcome.same.iter().chain(&outcome.interim).chain(&outcome.unsure) {
        let decided = decision(drug, weighed, today);
        standing.insert((decided.code, decided.valid_from));
        match outcome.word_on(&weighed.published.period) {
            // It stands as the person gave it.
            Some(said) if said.valid_from == decided.valid_from => {}
            Some(said) => {
                let reason = format!(
                    "{}; CMS has since moved the first date of service from {}",
                    said.describe(),
                    said.valid_from
                );
                transaction.record_match(&StoredMatch {
                    reason,
                    decided_by: said.by.clone(),
                    note: said.note.clone(),
                    ..decided
                })?;
            }
            None => {
                transaction.record_match(&decided)?;
            }
        }
    }
    for earlier in transaction.current_matches(drug)? {
        let stands = standing.contains(&(earlier.code, earlier.valid_from));
        if stands || earlier.decided_by != RULE || earlier.decision == MatchDecision::Rejected {
            continue;
        }
        transaction.record_match(&StoredMatch {
            decision: MatchDecision::Rejected,
            match_kind: None,
            reason: "the rules no longer recognise the code as this product's".to_owned(),
            decided_on: today,
            ..earlier
        })?;
    }
    Ok(())
}

fn decision(drug: DrugId, weighed: &Weighed, today: NaiveDate) -> StoredMatch {
    let (decision, match_kind, reason) = match &weighed.verdict {
        Verdict::Same(kind) => (
            MatchDecision::Confirmed,
            Some(kind.to_string()),
            format!("recognised by {kind}"),
        ),
        Verdict::Unsure(question) => (MatchDecision::Review, None, question.clone()),
        Verdict::Different(reason) => (MatchDecision::Rejected, None, reason.clone()),
    };
    StoredMatch {
        drug,
        code: weighed.published.period.code,
        valid_from: weighed.published.period.valid_from,
        decision,
        match_kind,
        reason,
        evidence: weighed.evidence.clone(),
        decided_on: today,
        decided_by: RULE.to_owned(),
        note: None,
    }
}

/// Queues an alert once more, to every recipient, under a Message-ID of its own.
///
/// # Errors
///
/// Where there is no such alert, or the store cannot be written.
pub fn requeue(config: &Config, store: &mut Store, moment: Moment, id: AlertId) -> Result<(), PipelineError> {
    let transaction = store.begin(moment.now, "command")?;
    let alert = transaction.alert(id)?.ok_or(StoreError::NoSuchAlert(id))?;
    let drugs_watched = transaction.drugs(true)?.len();
    let news = News {
        raised: vec![alert],
        drugs_watched,
    };
    queue_digests(
        &transaction,
        config,
        moment,
        &news,
        &format!("resent {}", moment.now),
    )?;
    transaction.commit()?;
    Ok(())
}

/// One message a recipient with everything there is to tell; `occasion` tells apart messages of the same content.
fn queue_digests(
    transaction: &Transaction<'_>,
    config: &Config,
    moment: Moment,
    news: &News,
    occasion: &str,
) -> Result<(), PipelineError> {
    if news.raised.is_empty() || matches!(config.mail.transport, Transport::None) {
        return Ok(());
    }
    let rendered = render_digest(&digest(transaction, config, moment, news)?)?;
    let alerts: Vec<AlertId> = news.raised.iter().map(|alert| alert.id).collect();
    for recipient in &config.mail.recipients {
        let address = recipient.email.to_string();
        transaction.queue_message(&NewMessage {
            message_id: message_id(config, &format!("{occasion} {address} {alerts:?}")),
            recipient: address,
            kind: MessageKind::Digest,
            subject: rendered.subject.clone(),
            text: rendered.text.clone(),
            html: rendered.html.clone(),
            alerts: alerts.clone(),
        })?;
    }
    Ok(())
}

fn digest(
    transaction: &Transaction<'_>,
    config: &Config,
    moment: Moment,
    news: &News,
) -> Result<Digest, StoreError> {
    let mut items = Vec::new();
    for alert in &news.raised {
        let mut alert = alert.clone();
        alert
            .finding
            .drug
            .entry
            .setting
            .get_or_insert(config.practice.setting);
        let limit = match alert.finding.to_code {
            Some(code) => transaction.limit_in_newest_file(code)?,
            None => None,
        };
        items.push(DigestItem { alert, limit });
    }
    let releases = transaction.hcpcs_releases()?;
    let newest = releases.iter().skip(releases.len().saturating_sub(2));
    Ok(Digest {
        practice: config.practice.name.clone(),
        today: moment.today,
        items,
        drugs_watched: news.drugs_watched,
        releases: newest.map(|held| (held.quarter, held.revision)).collect(),
    })
}

/// A Message-ID that is the same for the same message of the same database, and no other's.
pub(super) fn message_id(config: &Config, content: &str) -> String {
    let unique = format!("{} {content}", config.storage.database.display());
    let hash = Sha256::of(unique.as_bytes()).to_string();
    format!("<{}@{}>", &hash[..32], config.mail.from.email.domain())
}

//! Queues what there is to tell: one message a recipient a run, with the news, with what is still open after its day,
//! or with the word that a quarter changes nothing.

mod prices;
mod quiet;

use super::news::News;
use super::weighing::{Published, Weighing};
use super::{Moment, PipelineError};
use crate::alerts::digest::{Origin, attachments, render_digest};
use crate::alerts::overdue::{Overdue, days_after, is_due_again, overdue};
use crate::code_on_date::Question;
use crate::config::{Config, Transport};
use crate::domain::alert::{Alert, AlertId, AlertKind, Digest, DigestItem, Finding, NotLookedUp};
use crate::domain::code::{CodeClass, HcpcsCode};
use crate::domain::drug::DrugId;
use crate::domain::quarter::Quarter;
use crate::domain::source::Sha256;
use crate::matching::Circumstances;
use crate::store::alerts::AlertFilter;
use crate::store::drugs::ListedDrug;
use crate::store::outbox::{MessageKind, NewMessage};
use crate::store::{Store, StoreError, Transaction};
use lettre::message::Mailbox;
use prices::Prices;
use std::collections::{BTreeSet, HashMap};

/// The most threads a message is put into.
const MOST_THREADS: usize = 20;

/// What one recipient is told.
struct Telling<'a> {
    news: &'a [Alert],
    still_open: Vec<&'a Alert>,
    quiet: Option<Quarter>,
    /// Whether every drug was looked at and `news` is all that is new.
    tells_all: bool,
    occasion: &'a str,
}

/// The alerts that changed or took back what was told of a drug and code.
type Revisions = HashMap<(DrugId, HcpcsCode), BTreeSet<AlertId>>;

/// What all recipients are told from.
struct Teller<'a> {
    transaction: &'a Transaction<'a>,
    config: &'a Config,
    moment: Moment,
    installation: String,
    /// Every alert there is, oldest first.
    all: Vec<&'a Alert>,
    revisions: Revisions,
    weighing: &'a Weighing<'a>,
    /// Every drug ever listed, by number.
    list: &'a [ListedDrug],
    drugs_watched: usize,
    not_looked_up: &'a [NotLookedUp],
}

/// Queues the messages of a run: `before` are the alerts of earlier runs. A second run on the same day queues nothing.
pub(super) fn queue(
    transaction: &Transaction<'_>,
    config: &Config,
    moment: Moment,
    weighing: &Weighing<'_>,
    news: &News,
    mut before: Vec<Alert>,
) -> Result<(), PipelineError> {
    if matches!(config.mail.transport, Transport::None) {
        return Ok(());
    }
    before.sort_by_key(|alert| alert.id);
    let all: Vec<&Alert> = before.iter().chain(&news.raised).collect();
    let teller = Teller {
        transaction,
        config,
        moment,
        installation: transaction.installation()?,
        revisions: revisions(&all),
        weighing,
        all,
        list: &news.list,
        drugs_watched: news.drugs_watched,
        not_looked_up: &news.not_looked_up,
    };
    let open = overdue(&teller.all, config.practice.setting, moment.today);
    let quiet = teller.quiet_quarter(news)?;
    for recipient in &config.mail.recipients {
        let still_open = teller.told_again(recipient, &open, config.mail.pace.repeat_every_days)?;
        let quiet = teller.quiet_for(recipient, quiet.as_ref())?;
        teller.queue(
            recipient,
            &Telling {
                news: &news.raised,
                still_open,
                quiet,
                tells_all: !news.of_one_drug,
                occasion: "digest",
            },
        )?;
    }
    for person in &config.mail.escalate_to {
        if config
            .mail
            .recipients
            .iter()
            .any(|recipient| recipient.email == person.email)
        {
            continue;
        }
        let still_open = teller.told_again(person, &open, config.mail.pace.escalate_after_days)?;
        teller.queue(
            person,
            &Telling {
                news: &[],
                still_open,
                quiet: None,
                tells_all: false,
                occasion: "escalated",
            },
        )?;
    }
    Ok(())
}

/// Queues an alert once more, to every recipient, under a Message-ID of its own.
///
/// # Errors
///
/// Where there is no such alert, or the store cannot be written.
pub fn requeue(config: &Config, store: &mut Store, moment: Moment, id: AlertId) -> Result<(), PipelineError> {
    let transaction = store.begin(moment.now, "command")?;
    let alert = transaction.alert(id)?.ok_or(StoreError::NoSuchAlert(id))?;
    if matches!(config.mail.transport, Transport::None) {
        return Ok(());
    }
    let of_the_drug = transaction.alerts(AlertFilter {
        drug: Some(alert.finding.drug.id),
        ..AlertFilter::default()
    })?;
    let all: Vec<&Alert> = of_the_drug.iter().collect();
    let list = transaction.listed_drugs()?;
    let published = Published::read(&transaction)?;
    let teller = Teller {
        transaction: &transaction,
        config,
        moment,
        installation: transaction.installation()?,
        revisions: revisions(&all),
        weighing: &Weighing::new(config, &transaction, &published)?,
        all,
        list: &list,
        drugs_watched: list
            .iter()
            .filter(|listed| listed.drug.retired_on.is_none())
            .count(),
        not_looked_up: &[],
    };
    for recipient in &config.mail.recipients {
        let telling = Telling {
            news: std::slice::from_ref(&alert),
            still_open: Vec::new(),
            quiet: None,
            tells_all: false,
            occasion: &format!("resent {}", moment.now),
        };
        teller.queue(recipient, &telling)?;
    }
    transaction.commit()?;
    Ok(())
}

impl<'a> Teller<'a> {
    /// What is told again to an address: everything that is open for `after_days` days or longer, unless the address
    /// was told again less than the interval ago.
    fn told_again(
        &self,
        recipient: &Mailbox,
        open: &[Overdue<'a>],
        after_days: u32,
    ) -> Result<Vec<&'a Alert>, StoreError> {
        let today = self.moment.today;
        let last = self.transaction.last_told_again(recipient.email.as_ref())?;
        if !is_due_again(last, self.config.mail.pace.repeat_every_days, today) {
            return Ok(Vec::new());
        }
        Ok(open
            .iter()
            .filter(|one| days_after(one.since, after_days) <= today)
            .map(|one| one.alert)
            .collect())
    }

    /// One message with everything there is to tell, or none.
    fn queue(&self, recipient: &Mailbox, telling: &Telling<'_>) -> Result<(), PipelineError> {
        let address = recipient.email.to_string();
        let alerts: Vec<AlertId> = telling.news.iter().map(|alert| alert.id).collect();
        let still_open: Vec<AlertId> = telling.still_open.iter().map(|alert| alert.id).collect();
        let id = |content: &str| message_id(&self.installation, self.config, content);
        let today = self.moment.today;
        let (kind, message_id) = match (alerts.as_slice(), telling.quiet, still_open.as_slice()) {
            ([], None, []) => return Ok(()),
            ([], Some(quarter), _) => (MessageKind::Quiet, self.quiet_id(&address, quarter)),
            ([], None, _) => (
                MessageKind::StillOpen,
                id(&format!("still-open {address} {today}")),
            ),
            (alerts, ..) => (
                MessageKind::Digest,
                id(&format!("{} {address} {alerts:?}", telling.occasion)),
            ),
        };
        let digest = self.digest(telling)?;
        let rendered = render_digest(&digest)?;
        let origin = Origin {
            installation: &self.installation,
            sender: self.config.mail.from.email.as_ref(),
            now: self.moment.now,
        };
        self.transaction.queue_message(&NewMessage {
            message_id,
            recipient: address,
            kind,
            day: today,
            subject: rendered.subject,
            thread: self.threads(telling),
            text: rendered.text,
            html: rendered.html,
            attachments: attachments(&digest, origin)?,
            alerts,
            still_open,
        })?;
        Ok(())
    }

    /// One stable Message-ID a drug, of a message that never was: mail programs put what refers to it together.
    fn threads(&self, telling: &Telling<'_>) -> Vec<String> {
        let told = telling.news.iter().chain(telling.still_open.iter().copied());
        let drugs: BTreeSet<DrugId> = told.map(|alert| alert.finding.drug.id).collect();
        let domain = self.config.mail.from.email.domain();
        drugs
            .into_iter()
            .take(MOST_THREADS)
            .map(|drug| format!("<drug.{drug}.{}@{domain}>", self.installation))
            .collect()
    }

    fn digest(&self, telling: &Telling<'_>) -> Result<Digest, StoreError> {
        let releases = self.transaction.hcpcs_releases()?;
        let newest = releases.iter().skip(releases.len().saturating_sub(2));
        let mut prices = Prices::new(self.transaction, self.moment.today)?;
        let mut items = |alerts: &mut dyn Iterator<Item = &Alert>| -> Result<Vec<DigestItem>, StoreError> {
            alerts.map(|alert| self.item(&mut prices, alert)).collect()
        };
        Ok(Digest {
            practice: self.config.practice.name.clone(),
            today: self.moment.today,
            items: items(&mut telling.news.iter())?,
            still_open: items(&mut telling.still_open.iter().copied())?,
            quiet: telling.quiet,
            drugs_watched: self.drugs_watched,
            tells_all: telling.tells_all,
            not_looked_up: self.not_looked_up.to_vec(),
            releases: newest.map(|held| (held.quarter, held.revision)).collect(),
        })
    }

    /// Whether the catch-all code is known to have been right for the practice's claims up to the day before the finding's:
    /// it had the drug, no code of the drug's own had begun, and the data held can tell.
    fn noc_was_right(&self, finding: &Finding) -> bool {
        let place = self
            .list
            .binary_search_by_key(&finding.drug.id, |listed| listed.drug.id);
        let (Ok(place), Some(starts)) = (place, finding.effective_date) else {
            return false;
        };
        let listed = &self.list[place];
        let Circumstances { first_seen, setting } = self.weighing.circumstances(listed);
        let Some(dos) = starts.pred_opt().filter(|day| first_seen <= *day) else {
            return false;
        };
        let question = Question {
            drug: &listed.drug,
            outcome: &self.weighing.outcome(listed),
            dos,
            setting,
            payer: None,
            rules: &[],
            reach: self.weighing.reach,
            catch_all: None,
            today: self.moment.today,
        };
        question.is_before_any_own_code()
    }

    fn item(&self, prices: &mut Prices<'_>, alert: &Alert) -> Result<DigestItem, StoreError> {
        let mut told = alert.clone();
        told.finding
            .drug
            .entry
            .setting
            .get_or_insert(self.config.practice.setting);
        let limit = match alert.finding.to_code {
            Some(code) => prices.limit(code, alert.finding.effective_date)?,
            None => None,
        };
        let drug = alert.finding.drug.id;
        let revised: BTreeSet<AlertId> = codes(&alert.finding)
            .filter_map(|code| self.revisions.get(&(drug, code)))
            .flat_map(|revisions| revisions.range(..=alert.id).copied())
            .collect();
        Ok(DigestItem {
            alert: told,
            limit,
            sequence: u32::try_from(revised.len()).unwrap_or(u32::MAX),
            payer_rules: self.transaction.payer_rules_for(drug)?,
            noc_was_right: alert.finding.from_code.class() == CodeClass::NotOtherwiseClassified
                && self.noc_was_right(&alert.finding),
        })
    }
}

/// What was changed or taken back, by every code spoken of.
fn revisions(all: &[&Alert]) -> Revisions {
    let mut revisions = Revisions::new();
    for alert in all {
        let finding = &alert.finding;
        if matches!(
            finding.kind,
            AlertKind::PermanentCodeChanged | AlertKind::PermanentCodeWithdrawn
        ) {
            for code in codes(finding) {
                let of_the_code = revisions.entry((finding.drug.id, code)).or_default();
                of_the_code.insert(alert.id);
            }
        }
    }
    revisions
}

/// The codes that a finding tells to bill or not to bill any more.
fn codes(finding: &Finding) -> impl Iterator<Item = HcpcsCode> {
    finding.to_code.into_iter().chain(finding.retracted_code())
}

/// A Message-ID that is the same for the same message of the same database, and no other's.
pub(super) fn message_id(installation: &str, config: &Config, content: &str) -> String {
    let hash = Sha256::of(format!("{installation} {content}").as_bytes()).to_string();
    format!("<{}@{}>", &hash[..32], config.mail.from.email.domain())
}

//! Tells the operator of what the practice cannot mend: failed fetches, refused files, overdue quarters, stuck mail.

use super::deliver::deliver_one;
use super::tell::message_id;
use super::{Moment, PipelineError, Problem, Report, Trouble as TroubleKind};
use crate::alerts::digest::{OperatorNotice, OperatorProblem, render_operator_notice};
use crate::config::{Config, Transport};
use crate::domain::alert::DeliveryStatus;
use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source};
use crate::mail::mask_addresses;
use crate::store::outbox::{MessageKind, MessageNumber, NewMessage};
use crate::store::troubles::{NewTrouble, OpenTrouble};
use crate::store::{Reader, Store, StoreError};
use chrono::NaiveDate;

/// The HCPCS quarter that must be held on `today`: the one in force, from its first day on. CMS posts it two to five
/// weeks before.
pub(crate) fn overdue_quarter(store: &Reader, today: NaiveDate) -> Result<Option<Quarter>, StoreError> {
    let Some(in_force) = Quarter::containing(today) else {
        return Ok(None);
    };
    let held = store.newest_release(Source::Hcpcs, in_force)?;
    Ok(held.is_none().then_some(in_force))
}

pub(super) fn note_overdue(store: &Reader, moment: Moment, report: &mut Report) -> Result<(), PipelineError> {
    if let Some(quarter) = overdue_quarter(store, moment.today)? {
        let message = format!(
            "the HCPCS file of {quarter} is overdue: the quarter began on {}; look on the CMS page and, if the file is there, \
             download it and run `hcpcs-watch releases import FILE`",
            quarter.first_day()
        );
        report.problems.push(Problem::new(TroubleKind::Overdue, message));
    }
    report.problems.sort_by_key(|problem| problem.trouble);
    Ok(())
}

pub(super) fn note_mail(report: &mut Report) {
    report.problems.extend(report.deliveries.problems());
    report.problems.sort_by_key(|problem| problem.trouble);
}

/// Something the operator has to look after, with the key by which it is known again in the next run.
struct Trouble<'a> {
    key: String,
    problem: &'a OperatorProblem,
}

/// The key of a run that could not be done at all.
const RUN_FAILED: &str = "run-failed";
/// The key of mail that waits.
const MAIL_LEFT: &str = "mail-left";

/// Queues and sends one notice with every trouble that is new and every one that is mended: each is told once.
pub(super) fn tell(
    config: &Config,
    store: &mut Store,
    moment: Moment,
    offline: bool,
    report: &mut Report,
) -> Result<(), PipelineError> {
    let mut found: Vec<(String, OperatorProblem)> = Vec::new();
    for problem in &report.problems {
        if let Some(described) = described(problem, moment)
            && !found.iter().any(|(key, _)| *key == described.0)
        {
            found.push(described);
        }
    }
    found.extend(mail_troubles(config, store, report)?);
    let Some(number) = queue(config, store, moment, &found, |key| {
        can_tell(key, offline, &found)
    })?
    else {
        return Ok(());
    };
    let all_stuck = !report.deliveries.messages.is_empty()
        && report
            .deliveries
            .messages
            .iter()
            .all(|message| message.status == DeliveryStatus::Queued);
    if report.deliveries.blocked.is_none() && !all_stuck {
        let sent = deliver_one(config, store, moment, number)?;
        report.problems.extend(sent.problems());
        report.problems.sort_by_key(|problem| problem.trouble);
        report.deliveries.messages.extend(sent.messages);
    }
    Ok(())
}

/// Tells of a run that could not be done; what goes wrong with that is logged, for the run's own error matters more.
pub(super) fn tell_failure(config: &Config, store: &mut Store, moment: Moment, error: &PipelineError) {
    let problem = OperatorProblem::RunFailed {
        stage: "doing the job".to_owned(),
        error: super::problem::with_causes(error),
    };
    let found = [(RUN_FAILED.to_owned(), problem)];
    let told = queue(config, store, moment, &found, |_key| false).and_then(|number| match number {
        Some(number) => deliver_one(config, store, moment, number).map(drop),
        None => Ok(()),
    });
    if let Err(error) = told {
        tracing::warn!(%error, "the operator could not be told");
    }
}

/// Whether this run can tell that a trouble is over: a run without network knows nothing of the site, one that did
/// not reach it nothing of refused files.
fn can_tell(key: &str, offline: bool, found: &[(String, OperatorProblem)]) -> bool {
    let unreachable = TroubleKind::Unreachable.as_str();
    let refused = TroubleKind::Refused.as_str();
    let is_unreachable = found.iter().any(|(key, _)| key == unreachable);
    match key {
        _ if key == unreachable => !offline,
        _ if key.starts_with(refused) => !offline && !is_unreachable,
        _ => true,
    }
}

/// Whether a trouble is about a quarter that never came, though a later one is in force by now.
fn is_still_missing(store: &Reader, key: &str) -> Result<bool, StoreError> {
    let quarter = key.strip_prefix(TroubleKind::Overdue.as_str());
    match quarter.and_then(|quarter| quarter.trim().parse().ok()) {
        Some(quarter) => Ok(store.newest_release(Source::Hcpcs, quarter)?.is_none()),
        None => Ok(false),
    }
}

/// Notes what is new and what is over, and queues one notice of both; none where there is neither.
fn queue(
    config: &Config,
    store: &mut Store,
    moment: Moment,
    found: &[(String, OperatorProblem)],
    can_tell: impl Fn(&str) -> bool,
) -> Result<Option<MessageNumber>, PipelineError> {
    let Some(operator) = &config.mail.operator else {
        return Ok(None);
    };
    if matches!(config.mail.transport, Transport::None) {
        return Ok(None);
    }
    let transaction = store.begin(moment.now, "run")?;
    let open = transaction.open_troubles()?;
    let arisen: Vec<Trouble<'_>> = found
        .iter()
        .filter(|(key, _)| !open.iter().any(|known| known.key == *key))
        .map(|(key, problem)| Trouble {
            key: key.clone(),
            problem,
        })
        .collect();
    let mut mended: Vec<&OpenTrouble> = Vec::new();
    for known in &open {
        let is_gone = !found.iter().any(|(key, _)| *key == known.key);
        if is_gone && can_tell(&known.key) && !is_still_missing(&transaction, &known.key)? {
            mended.push(known);
        }
    }
    if arisen.is_empty() && mended.is_empty() {
        return Ok(None);
    }
    let mut occasion: Vec<String> = Vec::new();
    for trouble in &arisen {
        let id = transaction.open_trouble(&trouble.as_new(), moment.today)?;
        occasion.push(format!("arose {id}"));
    }
    for trouble in &mended {
        transaction.mend_trouble(trouble.id, moment.today)?;
        occasion.push(format!("mended {}", trouble.id));
    }
    let rendered = render_operator_notice(&OperatorNotice {
        practice: config.practice.name.clone(),
        today: moment.today,
        problems: arisen.iter().map(|trouble| trouble.problem.clone()).collect(),
        mended: mended.iter().map(|trouble| trouble.once_over.clone()).collect(),
    })?;
    let address = operator.email.to_string();
    let content = format!("operator {address} {}", occasion.join(" "));
    let queued = transaction.queue_message(&NewMessage {
        message_id: message_id(&transaction.installation()?, config, &content),
        recipient: address,
        kind: MessageKind::Operator,
        day: moment.today,
        subject: rendered.subject,
        thread: Vec::new(),
        text: rendered.text,
        html: rendered.html,
        alerts: Vec::new(),
        still_open: Vec::new(),
        attachments: Vec::new(),
    })?;
    transaction.commit()?;
    Ok(queued)
}

impl Trouble<'_> {
    fn as_new(&self) -> NewTrouble {
        NewTrouble {
            key: self.key.clone(),
            title: self.problem.title(),
            once_over: self.problem.once_over(),
        }
    }
}

/// A problem of a run and its key; none for mail, which is asked of the outbox.
fn described(problem: &Problem, moment: Moment) -> Option<(String, OperatorProblem)> {
    let kind = problem.trouble;
    let (key, described) = match (kind, Quarter::containing(moment.today)) {
        (TroubleKind::MailLeft, _) => return None,
        (TroubleKind::Overdue, Some(quarter)) => (
            format!("{} {quarter}", kind.as_str()),
            OperatorProblem::QuarterOverdue {
                source: Source::Hcpcs,
                quarter,
                expected_by: quarter.first_day(),
            },
        ),
        (TroubleKind::Refused, _) => (
            format!("{} {}", kind.as_str(), Sha256::of(problem.message.as_bytes())),
            failed(problem),
        ),
        _ => (kind.as_str().to_owned(), failed(problem)),
    };
    Some((key, described))
}

fn failed(problem: &Problem) -> OperatorProblem {
    OperatorProblem::RunFailed {
        stage: stage(problem.trouble).to_owned(),
        error: problem.message.clone(),
    }
}

/// Mail that waits after an attempt, and addresses that refuse it.
fn mail_troubles(
    config: &Config,
    store: &Reader,
    report: &Report,
) -> Result<Vec<(String, OperatorProblem)>, StoreError> {
    let mut found = Vec::new();
    let waiting = store.waiting_messages()?;
    let tried = waiting
        .iter()
        .rev()
        .find_map(|message| message.last_error.clone());
    if let Some(reason) = report.deliveries.blocked.clone().or(tried) {
        let messages = waiting.len();
        found.push((
            MAIL_LEFT.to_owned(),
            OperatorProblem::MailStuck { messages, reason },
        ));
    }
    let mail = &config.mail;
    for (recipient, reason) in store.refused_recipients()? {
        let is_ours = mail
            .recipients
            .iter()
            .chain(&mail.escalate_to)
            .any(|mailbox| mailbox.email.to_string() == recipient);
        if is_ours {
            let key = format!("mail-refused {recipient}");
            let recipient = mask_addresses(&recipient);
            found.push((key, OperatorProblem::MailRefused { recipient, reason }));
        }
    }
    Ok(found)
}

fn stage(trouble: TroubleKind) -> &'static str {
    match trouble {
        TroubleKind::DrugList => "reading the drug list",
        TroubleKind::Refused => "checking the CMS files",
        TroubleKind::Unreachable => "fetching the CMS files",
        TroubleKind::MailLeft => "delivering mail",
        TroubleKind::Overdue => "waiting for a quarter",
    }
}

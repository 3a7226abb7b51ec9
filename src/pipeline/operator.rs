//! Tells the operator of what the practice cannot mend: failed fetches, refused files, overdue quarters, stuck mail.

use super::news::message_id;
use super::{Delivered, Moment, PipelineError, Problem, Report, Trouble};
use crate::alerts::digest::{OperatorNotice, OperatorProblem, render_operator_notice};
use crate::config::{Config, Transport};
use crate::domain::alert::DeliveryStatus;
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use crate::store::outbox::{MessageKind, NewMessage};
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
        report.problems.push(Problem::new(Trouble::Overdue, message));
    }
    report.problems.sort_by_key(|problem| problem.trouble);
    Ok(())
}

pub(super) fn note_mail(report: &mut Report) {
    report.problems.extend(report.deliveries.problems());
    report.problems.sort_by_key(|problem| problem.trouble);
}

/// Queues and sends one notice with every problem of the run; the same problems are told once a day.
pub(super) fn tell(
    config: &Config,
    store: &mut Store,
    moment: Moment,
    report: &mut Report,
) -> Result<(), PipelineError> {
    let Some(operator) = &config.mail.operator else {
        return Ok(());
    };
    if report.problems.is_empty() || matches!(config.mail.transport, Transport::None) {
        return Ok(());
    }
    let notice = OperatorNotice {
        practice: config.practice.name.clone(),
        today: moment.today,
        problems: report
            .problems
            .iter()
            .map(|problem| described(problem, report, moment))
            .collect(),
        mended: Vec::new(),
    };
    let rendered = render_operator_notice(&notice)?;
    let address = operator.email.to_string();
    let content = format!("operator {address} {} {:?}", moment.today, report.problems);
    let transaction = store.begin(moment.now, "run")?;
    let queued = transaction.queue_message(&NewMessage {
        message_id: message_id(config, &content),
        recipient: address,
        kind: MessageKind::Operator,
        subject: rendered.subject,
        text: rendered.text,
        html: rendered.html,
        alerts: Vec::new(),
    })?;
    transaction.commit()?;
    // A server that put mail off is not asked again in this run; one that refused a recipient for good is at work.
    let is_put_off = |message: &Delivered| message.status == DeliveryStatus::Queued;
    if queued.is_some()
        && report.deliveries.blocked.is_none()
        && !report.deliveries.messages.iter().any(is_put_off)
    {
        let sent = super::deliver(config, store, moment)?;
        report.problems.extend(sent.problems());
        report.problems.sort_by_key(|problem| problem.trouble);
        report.deliveries.messages.extend(sent.messages);
    }
    Ok(())
}

fn described(problem: &Problem, report: &Report, moment: Moment) -> OperatorProblem {
    match (problem.trouble, Quarter::containing(moment.today)) {
        (Trouble::Overdue, Some(quarter)) => OperatorProblem::QuarterOverdue {
            source: Source::Hcpcs,
            quarter,
            expected_by: quarter.first_day(),
        },
        (Trouble::MailLeft, _) => OperatorProblem::MailStuck {
            messages: report.deliveries.left().count() + report.deliveries.waiting,
            reason: problem.message.clone(),
        },
        (trouble, _) => OperatorProblem::RunFailed {
            stage: stage(trouble).to_owned(),
            error: problem.message.clone(),
        },
    }
}

fn stage(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::DrugList => "reading the drug list",
        Trouble::Refused => "checking the CMS files",
        Trouble::Unreachable => "fetching the CMS files",
        Trouble::MailLeft => "delivering mail",
        Trouble::Overdue => "waiting for a quarter",
    }
}

//! What the operator is told: runs that failed, quarters that are overdue, mail that is stuck, and when it is mended.

use super::{RenderError, Rendered, layout, words};
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use askama::Template;
use chrono::NaiveDate;

/// One message to the operator, about one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorNotice {
    /// The practice's name.
    pub practice: String,
    /// The day of the run in the practice's time zone.
    pub today: NaiveDate,
    /// What is wrong and was not told before, most pressing first.
    pub problems: Vec<OperatorProblem>,
    /// What was told earlier and is mended now, as [`OperatorProblem::once_over`] said it would be put.
    pub mended: Vec<String>,
}

/// Something the operator has to look after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OperatorProblem {
    /// A run ended with an error.
    RunFailed {
        /// What was being done: `fetching the CMS files`.
        stage: String,
        /// The error with its causes, each on a line; says what to do next.
        error: String,
    },
    /// A quarter's file has not come.
    QuarterOverdue {
        /// The series.
        source: Source,
        /// The quarter.
        quarter: Quarter,
        /// The day by which it was expected.
        expected_by: NaiveDate,
    },
    /// An address refuses what is sent to it.
    MailRefused {
        /// The address, masked.
        recipient: String,
        /// The server's words, addresses masked.
        reason: String,
    },
    /// Messages could not be delivered.
    MailStuck {
        /// How many wait or were refused.
        messages: usize,
        /// The newest reason, addresses masked.
        reason: String,
    },
}

impl OperatorProblem {
    /// A few words for the subject.
    #[must_use]
    pub fn title(&self) -> String {
        match self {
            Self::RunFailed { stage, .. } => format!("Run failed while {}", words::plain(stage)),
            Self::QuarterOverdue { source, quarter, .. } => {
                format!("{} {quarter} is overdue", source.title())
            }
            Self::MailRefused { recipient, .. } => format!("Mail to {} is refused", words::plain(recipient)),
            Self::MailStuck { messages, .. } => {
                format!("{} not delivered", words::count(*messages, "message", "messages"))
            }
        }
    }

    /// The line that will say it is over.
    #[must_use]
    pub fn once_over(&self) -> String {
        match self {
            Self::RunFailed { stage, .. } => {
                format!(
                    "Runs succeed again (one had failed while {})",
                    words::plain(stage)
                )
            }
            Self::QuarterOverdue { source, quarter, .. } => format!("{} {quarter} has come", source.title()),
            Self::MailRefused { recipient, .. } => {
                format!("Mail to {} is no longer refused", words::plain(recipient))
            }
            Self::MailStuck { .. } => "Mail is delivered again".to_owned(),
        }
    }

    /// The details, a paragraph an entry.
    fn details(&self) -> Vec<String> {
        match self {
            Self::RunFailed { error, .. } => {
                let mut lines: Vec<_> = error.lines().map(words::plain).collect();
                lines.push(
                    "The last good release stays in force and nothing was lost; the next run tries again.".to_owned(),
                );
                lines
            }
            Self::QuarterOverdue {
                source, expected_by, ..
            } => vec![format!(
                "The {} was expected by {}. Until it comes no news of that quarter can be told. See whether CMS has \
                 posted it; a file downloaded by hand is taken with `hcpcs-watch releases import FILE`.",
                source.title(),
                words::long_date(*expected_by)
            )],
            Self::MailRefused { reason, .. } => vec![
                words::plain(reason),
                "This person was not told. Correct the address (mail.recipients or mail.escalate_to), try it with \
                 `hcpcs-watch mail test`, then send what was missed with `hcpcs-watch alerts resend ID`; \
                 `hcpcs-watch alerts list --open` shows the ids."
                    .to_owned(),
            ],
            Self::MailStuck { reason, .. } => vec![
                words::plain(reason),
                "What can be tried again stays queued for the next run; `hcpcs-watch status` shows the outbox."
                    .to_owned(),
            ],
        }
    }
}

struct ProblemView {
    title: String,
    details: Vec<String>,
}

#[derive(Template)]
#[template(path = "operator.txt")]
struct OperatorTemplate {
    practice: String,
    day: String,
    problems: Vec<ProblemView>,
    mended: Vec<String>,
}

/// The message to the operator; text only.
///
/// # Errors
///
/// Only where the template cannot be filled, which is a defect.
pub fn render_operator_notice(notice: &OperatorNotice) -> Result<Rendered, RenderError> {
    let problems: Vec<_> = notice
        .problems
        .iter()
        .map(|problem| ProblemView {
            title: problem.title(),
            details: problem.details(),
        })
        .collect();
    let template = OperatorTemplate {
        practice: words::plain(&notice.practice),
        day: words::long_date(notice.today),
        problems,
        mended: notice.mended.iter().map(|line| words::plain(line)).collect(),
    };
    let text = template.render().map_err(|source| RenderError {
        template: "operator.txt",
        source,
    })?;
    Ok(Rendered {
        subject: subject(&template),
        text: layout::tidy(&text),
        html: None,
    })
}

fn subject(notice: &OperatorTemplate) -> String {
    let line = match (notice.problems.as_slice(), notice.mended.as_slice()) {
        ([], []) => "nothing to report".to_owned(),
        ([], [one]) => format!("mended: {one}"),
        ([], several) => format!("mended: {} problems are over", several.len()),
        ([one], _) => one.title.clone(),
        ([first, rest @ ..], _) => {
            format!("{} (and {} more)", first.title, rest.len())
        }
    };
    words::shortened(&format!("hcpcs-watch: {line}"), 120)
}

//! What is right on one date, before it is put into words.

use super::Status;
use crate::domain::code::HcpcsCode;
use crate::domain::payer::PayerRule;
use crate::domain::period::PublishedPeriod;
use crate::matching::Weighed;

/// What is right on one date.
#[derive(Debug, Clone)]
pub(super) enum Choice<'a> {
    Unknown,
    Own(&'a Weighed),
    Interim(&'a Weighed),
    Undecided(Vec<&'a Weighed>),
    CatchAll,
    Pinned(&'a PayerRule, HcpcsCode),
    /// The payer does not take the code yet and stays on the one before, or on the catch-all code.
    Lagging {
        rule: &'a PayerRule,
        not_yet: &'a Weighed,
        before: Option<&'a Weighed>,
    },
}

impl<'a> Choice<'a> {
    pub(super) fn status(&self) -> Status {
        match self {
            Self::Unknown | Self::Undecided(_) => Status::Undecided,
            Self::Own(_) => Status::Permanent,
            Self::Interim(_) => Status::Interim,
            Self::CatchAll => Status::Unclassified,
            Self::Pinned(..) | Self::Lagging { .. } => Status::Pinned,
        }
    }

    /// The period of the specific code that is billed.
    pub(super) fn period(&self) -> Option<&'a PublishedPeriod> {
        match self {
            Self::Own(one) | Self::Interim(one) => Some(&one.published),
            Self::Lagging { before, .. } => before.map(|one| &one.published),
            Self::Unknown | Self::Undecided(_) | Self::CatchAll | Self::Pinned(..) => None,
        }
    }

    pub(super) fn candidates(&self) -> Vec<HcpcsCode> {
        match self {
            Self::Undecided(open) => open.iter().map(|one| one.published.period.code).collect(),
            _ => Vec::new(),
        }
    }

    /// Whether two dates have the same answer.
    pub(super) fn is_like(&self, other: &Choice<'_>) -> bool {
        let key = |choice: &Choice<'_>| {
            let unknown = matches!(choice, Choice::Unknown);
            (
                choice.status(),
                unknown,
                choice.candidates(),
                choice.period().map(|published| published.period.clone()),
            )
        };
        key(self) == key(other)
    }
}

//! What the practice is told, and what became of the telling.

use crate::domain::code::HcpcsCode;
use crate::domain::drug::{Drug, DrugId};
use crate::domain::evidence::Evidence;
use crate::domain::payer::PayerRule;
use crate::domain::payment_limit::PaymentLimit;
use crate::domain::quarter::Quarter;
use chrono::{DateTime, NaiveDate, Utc};
use std::fmt;
use std::str::FromStr;

/// The kinds of news about a drug's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AlertKind {
    /// A code of its own is published and takes effect on a later day.
    PermanentCodeAnnounced,
    /// The code is in force from today; also raised when an announced date arrives.
    PermanentCodeEffective,
    /// The code was first seen after its effective date: claims from that date on need correction.
    PermanentCodeRetroactive,
    /// What was told of a code no longer holds: another effective date or another code for the product.
    PermanentCodeChanged,
    /// A published code was taken back in a later posting.
    PermanentCodeWithdrawn,
    /// The drug's code ends, with or without a successor.
    CodeEnded,
    /// One unit on the claim stands for another amount than before.
    BillingUnitChanged,
    /// A C code: hospital outpatient only.
    InterimCode,
    /// A person has to say which code, if any, is the drug's.
    MatchNeedsReview,
}

/// Why a text is not a kind of alert.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a kind of alert")]
pub struct ParseAlertKindError(String);

impl AlertKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::PermanentCodeAnnounced,
        Self::PermanentCodeEffective,
        Self::PermanentCodeRetroactive,
        Self::PermanentCodeChanged,
        Self::PermanentCodeWithdrawn,
        Self::CodeEnded,
        Self::BillingUnitChanged,
        Self::InterimCode,
        Self::MatchNeedsReview,
    ];

    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PermanentCodeAnnounced => "permanent-code-announced",
            Self::PermanentCodeEffective => "permanent-code-effective",
            Self::PermanentCodeRetroactive => "permanent-code-retroactive",
            Self::PermanentCodeChanged => "permanent-code-changed",
            Self::PermanentCodeWithdrawn => "permanent-code-withdrawn",
            Self::CodeEnded => "code-ended",
            Self::BillingUnitChanged => "billing-unit-changed",
            Self::InterimCode => "interim-code",
            Self::MatchNeedsReview => "match-needs-review",
        }
    }
}

impl FromStr for AlertKind {
    type Err = ParseAlertKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|kind| kind.as_str() == text);
        named.ok_or_else(|| ParseAlertKindError(text.to_owned()))
    }
}

impl fmt::Display for AlertKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// News of one drug, before it is stored: what the alert rules give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The kind of news.
    pub kind: AlertKind,
    /// The drug as it stands on the list.
    pub drug: Drug,
    /// The code billed so far: the catch-all code, or the permanent code that ends.
    pub from_code: HcpcsCode,
    /// The code to bill; none for a code that ends without successor, or a review.
    pub to_code: Option<HcpcsCode>,
    /// The first date of service on which the news holds; none for a review.
    pub effective_date: Option<NaiveDate>,
    /// The last date of service of the code that ends (`from_code`) or, for other kinds, of `to_code`; inclusive.
    pub end_date: Option<NaiveDate>,
    /// The unit of `to_code`, as printed: `1 mg`, `per therapeutic dose`.
    pub billing_unit: Option<String>,
    /// The unit of the code billed before, where it had one.
    pub previous_billing_unit: Option<String>,
    /// The descriptor of `to_code`, or of the code that ends.
    pub descriptor: Option<String>,
    /// `confirmed` or `review`.
    pub decision: Decision,
    /// How the product was recognised; none for a review.
    pub match_kind: Option<String>,
    /// The codes a person has to choose from; empty but for a review.
    pub candidates: Vec<Candidate>,
    /// In one plain sentence, what is so and why: "J2329 was published with effective date 2023-07-01".
    pub reason: String,
    /// What it rests on; never empty.
    pub evidence: Vec<Evidence>,
}

impl Finding {
    /// A code told before that the drug is not to be billed with after all: taken back by CMS, or not the drug's.
    #[must_use]
    pub fn retracted_code(&self) -> Option<HcpcsCode> {
        match self.kind {
            AlertKind::PermanentCodeWithdrawn => self.to_code,
            // A correction of a date is recognised as the drug's code, one of the code itself is not.
            AlertKind::PermanentCodeChanged if self.match_kind.is_none() => Some(self.from_code),
            _ => None,
        }
    }
}

/// A code a person has to decide on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The code.
    pub code: HcpcsCode,
    /// Its first date of service.
    pub valid_from: NaiveDate,
    /// Its descriptor.
    pub descriptor: String,
    /// Why it was not confirmed and what would settle it, in plain words.
    pub open_question: String,
}

/// Whether a rule was sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Certain enough to act on.
    Confirmed,
    /// A person decides.
    Review,
}

impl Decision {
    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Review => "review",
        }
    }
}

/// The store's number of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct AlertId(pub i64);

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A finding that was stored, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its number.
    pub id: AlertId,
    /// What was found.
    pub finding: Finding,
    /// The day, in the practice's time zone, on which it was raised.
    pub raised_on: NaiveDate,
    /// One entry a recipient.
    pub deliveries: Vec<Delivery>,
    /// Who took note of it, when.
    pub acknowledged: Option<Acknowledgement>,
}

/// A person's word that an alert was acted on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Acknowledgement {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What they said.
    pub note: Option<String>,
}

/// The state of one message to one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeliveryStatus {
    /// Waits for its first or next attempt.
    Queued,
    /// Taken over by the mail server or written to the folder.
    Sent,
    /// Refused for good; a person has to act.
    Failed,
}

impl DeliveryStatus {
    /// The name in JSON and in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

/// What became of an alert for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The address.
    pub recipient: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// When it was taken over.
    pub sent_at: Option<DateTime<Utc>>,
}

/// The payment limit of a code in a quarter, for the mail and the reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuarterLimit {
    /// The quarter the limit is for.
    pub quarter: Quarter,
    /// Dollars for one billing unit; none where the file of that quarter has no limit for the code.
    pub limit: Option<PaymentLimit>,
}

/// An alert with what is looked up for the reader's sake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestItem {
    /// The alert.
    pub alert: Alert,
    /// The payment limit of `to_code` in the newest pricing file held; none where no pricing file is held.
    pub limit: Option<QuarterLimit>,
    /// How often what was told of this drug and code was changed or taken back, this alert included: the SEQUENCE of
    /// its calendar event.
    pub sequence: u32,
    /// The payer rules in force that concern the drug, those for every drug too, oldest first.
    pub payer_rules: Vec<PayerRule>,
    /// Whether the catch-all code was right up to the day before the alert's: the practice had the drug then, and no
    /// earlier code of its own was told.
    pub noc_was_right: bool,
}

/// A file that goes out with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name: `crosswalk.csv`.
    pub file_name: String,
    /// Its media type with parameters.
    pub content_type: String,
    /// Its bytes.
    pub content: Vec<u8>,
}

/// A drug on the list of which nothing can be said, since nothing the list says of it stands in any file held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotLookedUp {
    /// Its number.
    pub drug: DrugId,
    /// What it is called.
    pub name: String,
    /// Why, and what to do.
    pub reason: String,
}

/// Everything one run has to tell one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The practice's name.
    pub practice: String,
    /// The day of the run in the practice's time zone.
    pub today: NaiveDate,
    /// The news, most pressing first.
    pub items: Vec<DigestItem>,
    /// What was told earlier, whose day is past and of which nobody has taken note.
    pub still_open: Vec<DigestItem>,
    /// The quarter of which there is nothing to tell, where that is said.
    pub quiet: Option<Quarter>,
    /// How many drugs are watched in all.
    pub drugs_watched: usize,
    /// Whether every drug was looked at and all that is new is told here: only then silence about a drug means that nothing
    /// is new for it.
    pub tells_all: bool,
    /// The drugs watched that could not be looked up at all.
    pub not_looked_up: Vec<NotLookedUp>,
    /// The HCPCS release in force and the newest one held, for the closing line: (quarter, revision).
    pub releases: Vec<(Quarter, u32)>,
}

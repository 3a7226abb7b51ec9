//! Alerts of one drug about one change, taken together: a code that ends and its successor's other unit are one item.

use super::words;
use crate::domain::alert::{AlertId, AlertKind, Candidate, DigestItem, Finding, QuarterLimit};
use crate::domain::billing_unit::BillingUnit;
use crate::domain::code::{CodeClass, HcpcsCode};
use crate::domain::drug::Setting;
use crate::domain::evidence::Evidence;
use crate::domain::payer::PayerRule;
use chrono::NaiveDate;

/// What the reader has to understand, whichever alerts it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// Another code from a date on.
    Starts,
    /// Another code from a date that was past when CMS published it.
    Late,
    /// What an earlier message said no longer holds.
    Corrected,
    /// A published code was taken back.
    Withdrawn,
    /// A code told before is not this drug's, and no other is known.
    Retracted,
    /// The code ends and nothing follows.
    Ended,
    /// The code stays, its unit changes.
    Unit,
    /// A code for hospital outpatient departments only.
    Interim,
    /// A person has to decide.
    Review,
}

impl News {
    /// Whether the reader bills another code from a date on.
    pub(super) fn is_switch(self) -> bool {
        matches!(self, Self::Starts | Self::Late | Self::Corrected)
    }

    /// Whether a billing system is told of it: the code or its unit is another.
    pub(super) fn is_loaded(self) -> bool {
        self.is_switch() || self == Self::Unit
    }
}

/// One item of the message.
pub(super) struct Change<'a> {
    items: Vec<&'a DigestItem>,
    today: NaiveDate,
}

/// Items of a digest, each drug's alerts about the same change taken together, in the order of the digest.
pub(super) fn of(items: &[DigestItem], today: NaiveDate) -> Vec<Change<'_>> {
    let mut changes: Vec<Change<'_>> = Vec::new();
    for item in items {
        let known = changes
            .iter_mut()
            .find(|change| change.is_about(&item.alert.finding));
        if let Some(change) = known {
            change.items.push(item);
            change.items.sort_by_key(|item| rank(item.alert.finding.kind));
        } else {
            changes.push(Change {
                items: vec![item],
                today,
            });
        }
    }
    changes
}

/// Which alert speaks for a change: the lowest.
fn rank(kind: AlertKind) -> u8 {
    match kind {
        AlertKind::PermanentCodeWithdrawn => 0,
        AlertKind::PermanentCodeChanged => 1,
        AlertKind::PermanentCodeRetroactive => 2,
        AlertKind::PermanentCodeEffective => 3,
        AlertKind::PermanentCodeAnnounced => 4,
        AlertKind::CodeEnded => 5,
        AlertKind::BillingUnitChanged => 6,
        AlertKind::InterimCode => 7,
        AlertKind::MatchNeedsReview => 8,
    }
}

/// Kinds that tell of the same change where drug, codes and date agree.
fn stands_alone(kind: AlertKind) -> bool {
    matches!(
        kind,
        AlertKind::PermanentCodeWithdrawn | AlertKind::InterimCode | AlertKind::MatchNeedsReview
    )
}

impl<'a> Change<'a> {
    fn is_about(&self, other: &Finding) -> bool {
        let lead = self.lead();
        let same_kind = lead.kind == other.kind;
        let mergeable = same_kind || !(stands_alone(lead.kind) || stands_alone(other.kind));
        let dates_agree = match (lead.effective_date, other.effective_date) {
            (Some(one), Some(another)) => one == another,
            _ => true,
        };
        let codes_agree = match (lead.to_code, other.to_code) {
            (None, None) => lead.from_code == other.from_code,
            (one, another) => one == another,
        };
        lead.drug.id == other.drug.id && mergeable && dates_agree && codes_agree
    }

    fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        self.items.iter().map(|item| &item.alert.finding)
    }

    /// The finding that speaks for the change.
    pub(super) fn lead(&self) -> &'a Finding {
        &self.items[0].alert.finding
    }

    /// The numbers of the alerts, ascending.
    pub(super) fn ids(&self) -> Vec<AlertId> {
        let mut ids: Vec<AlertId> = self.items.iter().map(|item| item.alert.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The day on which the oldest of the alerts was raised.
    pub(super) fn raised_on(&self) -> NaiveDate {
        let days = self.items.iter().map(|item| item.alert.raised_on);
        days.min().unwrap_or(self.today)
    }

    /// The SEQUENCE of the change's calendar event.
    pub(super) fn sequence(&self) -> u32 {
        self.items.iter().map(|item| item.sequence).max().unwrap_or(0)
    }

    pub(super) fn news(&self) -> News {
        let lead = self.lead();
        match lead.kind {
            AlertKind::PermanentCodeRetroactive => News::Late,
            AlertKind::PermanentCodeChanged if lead.to_code.is_none() => News::Retracted,
            AlertKind::PermanentCodeChanged => News::Corrected,
            AlertKind::PermanentCodeWithdrawn => News::Withdrawn,
            AlertKind::CodeEnded if lead.to_code.is_none() => News::Ended,
            AlertKind::BillingUnitChanged if lead.to_code.is_none_or(|to| to == lead.from_code) => News::Unit,
            AlertKind::PermanentCodeAnnounced
            | AlertKind::PermanentCodeEffective
            | AlertKind::CodeEnded
            | AlertKind::BillingUnitChanged => News::Starts,
            // Domain rule 7: a hospital outpatient department bills the C code from its date.
            AlertKind::InterimCode if self.outpatient() => News::Starts,
            AlertKind::InterimCode => News::Interim,
            AlertKind::MatchNeedsReview => News::Review,
        }
    }

    /// The drug's name as the reader knows it, at most 60 characters.
    pub(super) fn name(&self) -> String {
        let name = words::drug_name(&self.lead().drug.entry.display_name());
        if name.is_empty() {
            return format!("Drug {}", self.lead().drug.id);
        }
        name
    }

    /// Whether the list says that this drug is billed from a hospital outpatient department.
    fn outpatient(&self) -> bool {
        self.lead().drug.entry.setting == Some(Setting::Opps)
    }

    pub(super) fn today(&self) -> NaiveDate {
        self.today
    }

    pub(super) fn old_code(&self) -> HcpcsCode {
        self.lead().from_code
    }

    pub(super) fn to_code(&self) -> Option<HcpcsCode> {
        self.lead().to_code
    }

    /// A code told before that is not to be billed for the drug.
    pub(super) fn retracted_code(&self) -> Option<HcpcsCode> {
        self.lead().retracted_code()
    }

    /// The catch-all code that the drug goes back to.
    pub(super) fn noc_code(&self) -> HcpcsCode {
        self.lead().drug.entry.noc_code
    }

    /// The new code in a sentence.
    pub(super) fn new_code(&self) -> String {
        self.to_code()
            .map_or_else(|| "a new code".to_owned(), |code| code.to_string())
    }

    /// The first date of service on which the news holds.
    pub(super) fn starts(&self) -> Option<NaiveDate> {
        self.findings().find_map(|finding| finding.effective_date)
    }

    /// The last date of service of the code that ends.
    pub(super) fn old_code_ends(&self) -> Option<NaiveDate> {
        let ended = |finding: &&Finding| finding.kind == AlertKind::CodeEnded;
        self.findings().filter(ended).find_map(|finding| finding.end_date)
    }

    /// The last date of service of the new code, where one is published.
    pub(super) fn new_code_ends(&self) -> Option<NaiveDate> {
        let other = |finding: &&Finding| finding.kind != AlertKind::CodeEnded;
        self.findings().filter(other).find_map(|finding| finding.end_date)
    }

    /// The last date of service of the new code, where that is past: it is news for old claims only.
    pub(super) fn over_since(&self) -> Option<NaiveDate> {
        self.new_code_ends()
            .filter(|last| self.news().is_switch() && *last < self.today)
    }

    /// Whether the old code is known to have been right up to the day before the news: not one that was told in error, and
    /// the catch-all code only where nothing else can have been right.
    pub(super) fn old_code_was_right(&self) -> bool {
        let is_noc = self.old_code().class() == CodeClass::NotOtherwiseClassified;
        self.retracted_code().is_none() && (!is_noc || self.items.iter().all(|item| item.noc_was_right))
    }

    /// Whether the news holds today already.
    pub(super) fn in_effect(&self) -> bool {
        self.starts().is_some_and(|starts| starts <= self.today)
    }

    /// Whether the news held before today, so that claims may have gone out wrongly.
    pub(super) fn overdue(&self) -> bool {
        self.starts().is_some_and(|starts| starts < self.today)
    }

    /// The unit of the new code, as printed.
    pub(super) fn unit(&self) -> Option<&'a str> {
        self.findings()
            .find_map(|finding| finding.billing_unit.as_deref())
    }

    /// The unit of the code billed before, as printed.
    pub(super) fn previous_unit(&self) -> Option<&'a str> {
        self.findings()
            .find_map(|finding| finding.previous_billing_unit.as_deref())
    }

    /// The units `unit` makes of the drug's usual dose, with the arithmetic; none where it cannot be computed.
    pub(super) fn units(&self, unit: Option<&str>) -> Option<crate::domain::billing_unit::UnitCount> {
        let unit: BillingUnit = unit?.parse().ok()?;
        unit.units_for(self.lead().drug.entry.dose.as_ref()?)
    }

    pub(super) fn descriptor(&self) -> Option<&'a str> {
        self.findings().find_map(|finding| finding.descriptor.as_deref())
    }

    pub(super) fn limit(&self) -> Option<QuarterLimit> {
        self.items.iter().find_map(|item| item.limit)
    }

    /// The payer rules in force that concern the drug.
    pub(super) fn payer_rules(&self) -> &'a [PayerRule] {
        &self.items[0].payer_rules
    }

    /// Every alert's reason, without repeats.
    pub(super) fn reasons(&self) -> Vec<&'a str> {
        let mut reasons: Vec<&str> = Vec::new();
        for finding in self.findings() {
            if !finding.reason.trim().is_empty() && !reasons.contains(&finding.reason.as_str()) {
                reasons.push(&finding.reason);
            }
        }
        reasons
    }

    /// Every alert's candidates, without repeats.
    pub(super) fn candidates(&self) -> Vec<&'a Candidate> {
        without_repeats(self.findings().flat_map(|finding| &finding.candidates))
    }

    /// Every alert's evidence, without repeats.
    pub(super) fn evidence(&self) -> Vec<&'a Evidence> {
        without_repeats(self.findings().flat_map(|finding| &finding.evidence))
    }
}

fn without_repeats<'a, T: PartialEq>(all: impl Iterator<Item = &'a T>) -> Vec<&'a T> {
    let mut kept: Vec<&T> = Vec::new();
    for one in all {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    kept
}

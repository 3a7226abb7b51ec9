//! The alerts: `alerts list`. The JSON is a contract: fields are added, never renamed.

use super::drugs::DrugName;
use super::format::{Format, FormatError, Look, csv_text, json};
use super::table::{Head, Sheet, Tone, or_dash};
use crate::domain::alert::{Acknowledgement, Alert, AlertId, AlertKind, Delivery, DeliveryStatus};
use crate::domain::code::HcpcsCode;
use crate::domain::evidence::Evidence;
use crate::domain::ndc::Ndc;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

#[derive(Debug, Serialize)]
struct AlertLine<'a> {
    id: AlertId,
    kind: &'static str,
    drug: DrugName<'a>,
    from_code: HcpcsCode,
    to_code: Option<HcpcsCode>,
    effective_date: Option<NaiveDate>,
    end_date: Option<NaiveDate>,
    billing_unit: Option<&'a str>,
    decision: &'static str,
    match_kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<HcpcsCode>,
    evidence: &'a [Evidence],
    raised_on: NaiveDate,
    deliveries: Vec<DeliveryLine<'a>>,
    acknowledged: Option<&'a Acknowledgement>,
}

#[derive(Debug, Serialize)]
struct DeliveryLine<'a> {
    recipient: &'a str,
    status: &'static str,
    sent_at: Option<DateTime<Utc>>,
}

impl<'a> From<&'a Delivery> for DeliveryLine<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        Self {
            recipient: &delivery.recipient,
            status: delivery.status.as_str(),
            sent_at: delivery.sent_at,
        }
    }
}

impl<'a> From<&'a Alert> for AlertLine<'a> {
    fn from(alert: &'a Alert) -> Self {
        let finding = &alert.finding;
        Self {
            id: alert.id,
            kind: finding.kind.as_str(),
            drug: (&finding.drug).into(),
            from_code: finding.from_code,
            to_code: finding.to_code,
            effective_date: finding.effective_date,
            end_date: finding.end_date,
            billing_unit: finding.billing_unit.as_deref(),
            decision: finding.decision.as_str(),
            match_kind: finding.match_kind.as_deref(),
            candidates: finding
                .candidates
                .iter()
                .map(|candidate| candidate.code)
                .collect(),
            evidence: &finding.evidence,
            raised_on: alert.raised_on,
            deliveries: alert.deliveries.iter().map(DeliveryLine::from).collect(),
            acknowledged: alert.acknowledged.as_ref(),
        }
    }
}

/// The alerts in the order given, in the format asked for.
pub fn render(alerts: &[Alert], format: Format, look: Look) -> Result<String, FormatError> {
    match format {
        Format::Table => Ok(table(alerts, look)),
        Format::Json => json(&alerts.iter().map(AlertLine::from).collect::<Vec<_>>()),
        Format::Csv => csv_text(CSV_HEADER, alerts.iter().map(record)),
    }
}

const CSV_HEADER: [&str; 19] = [
    "id",
    "kind",
    "drug_id",
    "brand",
    "proper_name",
    "route",
    "ndcs",
    "from_code",
    "to_code",
    "effective_date",
    "end_date",
    "billing_unit",
    "decision",
    "match_kind",
    "candidates",
    "raised_on",
    "deliveries",
    "acknowledged_by",
    "acknowledged_at",
];

fn record(alert: &Alert) -> [String; 19] {
    let finding = &alert.finding;
    let entry = &finding.drug.entry;
    let acknowledged = alert.acknowledged.as_ref();
    [
        alert.id.to_string(),
        finding.kind.to_string(),
        finding.drug.id.to_string(),
        text(entry.brand.as_ref()),
        text(entry.proper_name.as_ref()),
        text(entry.route.as_ref()),
        joined(entry.ndcs.iter().map(Ndc::to_string)),
        finding.from_code.to_string(),
        text(finding.to_code),
        text(finding.effective_date),
        text(finding.end_date),
        text(finding.billing_unit.as_ref()),
        finding.decision.as_str().to_owned(),
        text(finding.match_kind.as_ref()),
        joined(
            finding
                .candidates
                .iter()
                .map(|candidate| candidate.code.to_string()),
        ),
        alert.raised_on.to_string(),
        joined(
            alert
                .deliveries
                .iter()
                .map(|each| format!("{} {}", each.recipient, each.status.as_str())),
        ),
        text(acknowledged.map(|word| &word.by)),
        text(acknowledged.map(|word| word.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))),
    ]
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn joined(values: impl Iterator<Item = String>) -> String {
    values.collect::<Vec<_>>().join(";")
}

fn table(alerts: &[Alert], look: Look) -> String {
    if alerts.is_empty() {
        return "There are no alerts.\n".to_owned();
    }
    let heads = [
        Head::Kept("id"),
        Head::Kept("raised"),
        Head::Folded("drug"),
        Head::Kept("news"),
        Head::Kept("codes"),
        Head::Kept("from"),
        Head::Folded("state"),
    ];
    let mut sheet = Sheet::new(look, heads);
    for alert in alerts {
        let finding = &alert.finding;
        let tone = if finding.kind == AlertKind::MatchNeedsReview {
            Tone::Attention
        } else {
            Tone::Plain
        };
        let (state, state_tone) = state(alert);
        sheet.row([
            (alert.id.to_string(), Tone::Plain),
            (alert.raised_on.to_string(), Tone::Plain),
            (finding.drug.entry.display_name(), Tone::Plain),
            (news(finding.kind).to_owned(), tone),
            (codes(alert), Tone::Plain),
            (or_dash(finding.effective_date), Tone::Plain),
            (state, state_tone),
        ]);
    }
    sheet.finish()
}

/// A kind of news in few words; JSON and CSV have its full name.
fn news(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::PermanentCodeAnnounced => "announced",
        AlertKind::PermanentCodeEffective => "in effect",
        AlertKind::PermanentCodeRetroactive => "backdated",
        AlertKind::PermanentCodeChanged => "changed",
        AlertKind::PermanentCodeWithdrawn => "withdrawn",
        AlertKind::CodeEnded => "code ends",
        AlertKind::BillingUnitChanged => "unit changed",
        AlertKind::InterimCode => "interim code",
        AlertKind::MatchNeedsReview => "to review",
    }
}

/// `J3590→J2329`; one such line a candidate for a review, `J2329 ends` without a successor.
fn codes(alert: &Alert) -> String {
    let finding = &alert.finding;
    let from = finding.from_code;
    let candidates: Vec<_> = finding
        .candidates
        .iter()
        .map(|each| format!("{from}→{}?", each.code))
        .collect();
    match finding.to_code {
        Some(to) => format!("{from}→{to}"),
        None if !candidates.is_empty() => candidates.join("\n"),
        None if finding.kind == AlertKind::CodeEnded => format!("{from} ends"),
        None => from.to_string(),
    }
}

/// How many recipients were told, what waits and what failed, and who took note.
fn state(alert: &Alert) -> (String, Tone) {
    let deliveries = &alert.deliveries;
    let count = |status| {
        deliveries
            .iter()
            .filter(|delivery| delivery.status == status)
            .count()
    };
    let parts = [
        (count(DeliveryStatus::Sent), "sent", Tone::Plain),
        (count(DeliveryStatus::Queued), "queued", Tone::Attention),
        (count(DeliveryStatus::Failed), "failed", Tone::Wrong),
    ];
    let present: Vec<_> = parts.into_iter().filter(|(number, ..)| *number > 0).collect();
    let mut words: Vec<_> = present
        .iter()
        .map(|(number, word, _)| format!("{number} {word}"))
        .collect();
    words.extend(
        alert
            .acknowledged
            .as_ref()
            .map(|word| format!("noted: {}", word.by)),
    );
    let tone = present.last().map_or(Tone::Plain, |(.., tone)| *tone);
    (or_dash((!words.is_empty()).then(|| words.join("\n"))), tone)
}

#[cfg(test)]
mod tests;

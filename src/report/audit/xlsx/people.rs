//! The sheets of what was told, asked and set: alerts, messages, open reviews, payers.

use super::sheets::{number, text};
use super::{Cell, Sheet};
use crate::report::audit::document::Audit;

pub(super) fn alerts(audit: &Audit) -> Sheet {
    let rows = audit.alerts.iter().map(|alert| {
        vec![
            number(alert.id),
            alert.kind.into(),
            number(alert.drug.0),
            alert.drug_name.as_str().into(),
            alert.from_code.to_string().into(),
            text(alert.to_code),
            Cell::Day(alert.effective_date),
            Cell::Day(alert.end_date),
            alert.reason.as_str().into(),
            Cell::Day(Some(alert.raised_on)),
            Cell::Day(alert.acknowledged_on),
            text(alert.acknowledged_by.as_ref()),
            text(alert.acknowledgement_note.as_ref()),
        ]
    });
    Sheet {
        name: "Alerts",
        heads: vec![
            "alert",
            "kind",
            "drug",
            "name",
            "from code",
            "to code",
            "effective",
            "ends",
            "reason",
            "raised on",
            "acknowledged on",
            "acknowledged by",
            "note",
        ],
        rows: rows.collect(),
    }
}

pub(super) fn told(audit: &Audit) -> Sheet {
    let rows = audit.alerts.iter().flat_map(|alert| {
        alert.told.iter().map(|telling| {
            vec![
                number(alert.id),
                alert.drug_name.as_str().into(),
                telling.recipient.as_str().into(),
                Cell::Day(Some(telling.queued_on)),
                telling.status.into(),
                Cell::Day(telling.settled_on),
                text(telling.sent_at.map(|at| at.to_rfc3339())),
                telling.message_id.as_str().into(),
            ]
        })
    });
    Sheet {
        name: "Told",
        heads: vec![
            "alert",
            "name",
            "recipient",
            "queued on",
            "status",
            "sent or refused on",
            "sent at",
            "Message-ID",
        ],
        rows: rows.collect(),
    }
}

pub(super) fn reviews(audit: &Audit) -> Sheet {
    let rows = audit.open_reviews.iter().map(|review| {
        vec![
            number(review.drug.0),
            review.drug_name.as_str().into(),
            review.code.to_string().into(),
            Cell::Day(Some(review.valid_from)),
            review.question.as_str().into(),
            Cell::Day(Some(review.since)),
        ]
    });
    Sheet {
        name: "Open reviews",
        heads: vec!["drug", "name", "code", "valid from", "question", "since"],
        rows: rows.collect(),
    }
}

pub(super) fn payers(audit: &Audit) -> Sheet {
    let rows = audit.payer_rules.iter().map(|rule| {
        vec![
            rule.payer.as_str().into(),
            rule.drug_name.as_deref().unwrap_or("every drug").into(),
            rule.rule.as_str().into(),
            rule.reason.as_str().into(),
            rule.source.as_str().into(),
            rule.by.as_str().into(),
            Cell::Day(Some(rule.set_on)),
            Cell::Day(rule.review_on),
            if rule.is_overdue { "yes" } else { "no" }.into(),
        ]
    });
    Sheet {
        name: "Payers",
        heads: vec![
            "payer",
            "drug",
            "rule",
            "reason",
            "source",
            "by",
            "set on",
            "review by",
            "overdue",
        ],
        rows: rows.collect(),
    }
}

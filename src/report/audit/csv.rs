//! One flat record a drug, code and period.

use super::document::{Audit, CodeSpan, DrugAudit};
use crate::domain::evidence::Evidence;
use crate::report::format::{FormatError, csv_text};

const HEADER: [&str; 30] = [
    "as_of",
    "drug_id",
    "brand",
    "proper_name",
    "route",
    "ndcs",
    "setting",
    "listed_on",
    "retired_on",
    "state",
    "code",
    "role",
    "applies",
    "valid_from",
    "valid_to",
    "billing_unit",
    "decided_by",
    "decided_on",
    "match_kind",
    "reason",
    "source",
    "quarter",
    "revision",
    "member",
    "line",
    "sha256",
    "text",
    "more_evidence",
    "made_on",
    "event_head",
];

pub(super) fn render(audit: &Audit) -> Result<String, FormatError> {
    let spans = audit
        .drugs
        .iter()
        .flat_map(|drug| drug.codes.iter().map(move |span| (drug, span)));
    csv_text(HEADER, spans.map(|(drug, span)| record(audit, drug, span)))
}

fn record(audit: &Audit, drug: &DrugAudit, span: &CodeSpan) -> [String; 30] {
    let first = span.evidence.first();
    let more: Vec<String> = span.evidence.iter().skip(1).map(place).collect();
    [
        audit.as_of.to_string(),
        drug.id.to_string(),
        text(drug.brand.as_ref()),
        text(drug.proper_name.as_ref()),
        text(drug.route.as_ref()),
        drug.ndcs.join(";"),
        drug.setting.to_owned(),
        drug.listed_on.to_string(),
        text(drug.retired_on),
        drug.state.as_str().to_owned(),
        span.code.to_string(),
        span.role.as_str().to_owned(),
        span.applies.to_string(),
        span.valid_from.to_string(),
        text(span.valid_to),
        text(span.billing_unit.as_ref()),
        span.decided_by.clone(),
        text(span.decided_on),
        text(span.match_kind.as_ref()),
        span.reason.clone(),
        text(first.map(|line| line.source)),
        text(first.and_then(|line| line.quarter)),
        text(first.map(|line| line.revision)),
        text(first.map(|line| &line.member)),
        text(first.map(|line| line.line)),
        text(first.map(|line| line.sha256)),
        text(first.map(|line| &line.text)),
        more.join("; "),
        audit.made_on.to_string(),
        audit.event_head.to_string(),
    ]
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// `hcpcs 2023Q3 posting 1, HCPC2023_JUL_ANWEB.txt line 8123, sha256 ...`.
pub(super) fn place(evidence: &Evidence) -> String {
    format!("{}, sha256 {}", place_in_words(evidence), evidence.sha256)
}

/// `hcpcs 2023Q3 posting 1, HCPC2023_JUL_ANWEB.txt line 8123`.
pub(super) fn place_in_words(evidence: &Evidence) -> String {
    let quarter = text(evidence.quarter.map(|quarter| format!(" {quarter}")));
    format!(
        "{}{quarter} posting {}, {} line {}",
        evidence.source, evidence.revision, evidence.member, evidence.line
    )
}

//! The sections of the report as sheets.

use super::{Cell, Sheet, people};
use crate::domain::evidence::Evidence;
use crate::report::audit::document::{Audit, CodeSpan, DrugAudit};
use crate::report::audit::html::{changes_in_words, counts_in_words};

pub(super) fn all(audit: &Audit) -> Vec<Sheet> {
    vec![
        summary(audit),
        drugs(audit),
        codes(audit),
        evidence(audit),
        decisions(audit),
        people::alerts(audit),
        people::told(audit),
        people::reviews(audit),
        people::payers(audit),
        limits(audit),
        data(audit),
        changes(audit),
        undetermined(audit),
    ]
}

pub(super) fn text<T: ToString>(value: Option<T>) -> Cell {
    Cell::Text(value.map(|value| value.to_string()).unwrap_or_default())
}

pub(super) fn number(value: i64) -> Cell {
    u32::try_from(value).map_or_else(|_beyond| Cell::Text(value.to_string()), Cell::Number)
}

fn summary(audit: &Audit) -> Sheet {
    let row = |name: &str, cell: Cell| vec![Cell::from(name), cell];
    Sheet {
        name: "Summary",
        heads: vec!["what", "value"],
        rows: vec![
            row("practice", audit.practice.as_str().into()),
            row("as of", Cell::Day(Some(audit.as_of))),
            row("made on", Cell::Day(Some(audit.made_on))),
            row(
                "dates of service from",
                Cell::Day(audit.period.map(|period| period.from)),
            ),
            row(
                "dates of service to",
                Cell::Day(audit.period.map(|period| period.to)),
            ),
            row("drugs", counts_in_words(audit).into()),
            row("drugs watched", Cell::Number(audit.counts.watched)),
            row("own code in force", Cell::Number(audit.counts.permanent)),
            row("own code announced", Cell::Number(audit.counts.announced)),
            row("interim code only", Cell::Number(audit.counts.interim)),
            row("waiting for a person", Cell::Number(audit.counts.review)),
            row("cannot be looked up", Cell::Number(audit.counts.out_of_sight)),
            row("no code of its own", Cell::Number(audit.counts.unclassified)),
            row("retired", Cell::Number(audit.counts.retired)),
            row("changes", changes_in_words(audit).into()),
            row("end of the event log", audit.event_head.to_string().into()),
        ],
    }
}

fn drugs(audit: &Audit) -> Sheet {
    let row = |drug: &DrugAudit| {
        vec![
            number(drug.id.0),
            text(drug.brand.as_ref()),
            text(drug.proper_name.as_ref()),
            text(drug.route.as_ref()),
            drug.ndcs.join("; ").into(),
            drug.setting.into(),
            drug.noc_code.to_string().into(),
            Cell::Day(Some(drug.listed_on)),
            Cell::Day(drug.retired_on),
            drug.state.words().into(),
        ]
    };
    Sheet {
        name: "Drugs",
        heads: vec![
            "drug",
            "brand",
            "proper name",
            "route",
            "NDCs",
            "setting",
            "catch-all",
            "listed on",
            "retired on",
            "state",
        ],
        rows: audit.drugs.iter().map(row).collect(),
    }
}

fn spans(audit: &Audit) -> impl Iterator<Item = (&DrugAudit, &CodeSpan)> {
    audit
        .drugs
        .iter()
        .flat_map(|drug| drug.codes.iter().map(move |span| (drug, span)))
}

fn codes(audit: &Audit) -> Sheet {
    let row = |(drug, span): (&DrugAudit, &CodeSpan)| {
        vec![
            number(drug.id.0),
            drug.name.as_str().into(),
            span.code.to_string().into(),
            span.role.as_str().into(),
            if span.applies { "yes" } else { "no" }.into(),
            Cell::Day(Some(span.valid_from)),
            Cell::Day(span.valid_to),
            text(span.billing_unit.as_ref()),
            text(span.descriptor.as_ref()),
            span.decided_by.as_str().into(),
            Cell::Day(span.decided_on),
            text(span.match_kind.as_ref()),
            span.reason.as_str().into(),
        ]
    };
    Sheet {
        name: "Codes",
        heads: vec![
            "drug",
            "name",
            "code",
            "role",
            "applies",
            "valid from",
            "valid to",
            "billing unit",
            "descriptor",
            "decided by",
            "decided on",
            "recognised by",
            "reason",
        ],
        rows: spans(audit).map(row).collect(),
    }
}

fn lines(evidence: &Evidence) -> [Cell; 7] {
    [
        evidence.source.to_string().into(),
        text(evidence.quarter),
        Cell::Number(evidence.revision),
        (*evidence.member).into(),
        Cell::Number(evidence.line),
        evidence.sha256.to_string().into(),
        (*evidence.text).into(),
    ]
}

fn evidence(audit: &Audit) -> Sheet {
    let rows = spans(audit).flat_map(|(drug, span)| {
        span.evidence.iter().map(move |line| {
            let mut cells = vec![
                number(drug.id.0),
                drug.name.as_str().into(),
                span.code.to_string().into(),
                Cell::Day(Some(span.valid_from)),
            ];
            cells.extend(lines(line));
            cells
        })
    });
    Sheet {
        name: "Evidence",
        heads: vec![
            "drug",
            "name",
            "code",
            "valid from",
            "source",
            "quarter",
            "posting",
            "member",
            "line",
            "sha256",
            "text",
        ],
        rows: rows.collect(),
    }
}

fn decisions(audit: &Audit) -> Sheet {
    let rows = audit.drugs.iter().flat_map(|drug| {
        drug.decisions.iter().map(move |line| {
            vec![
                number(drug.id.0),
                drug.name.as_str().into(),
                line.code.to_string().into(),
                Cell::Day(Some(line.valid_from)),
                line.decision.into(),
                text(line.match_kind.as_ref()),
                line.reason.as_str().into(),
                Cell::Day(Some(line.decided_on)),
                Cell::Day(line.renewed_on),
                line.decided_by.as_str().into(),
                text(line.note.as_ref()),
                if line.stands { "yes" } else { "no" }.into(),
            ]
        })
    });
    Sheet {
        name: "Decisions",
        heads: vec![
            "drug",
            "name",
            "code",
            "valid from",
            "decision",
            "recognised by",
            "reason",
            "decided on",
            "renewed on",
            "decided by",
            "note",
            "stands",
        ],
        rows: rows.collect(),
    }
}

fn limits(audit: &Audit) -> Sheet {
    let rows = audit.drugs.iter().flat_map(|drug| {
        drug.limits.iter().map(move |line| {
            let mut cells = vec![
                number(drug.id.0),
                drug.name.as_str().into(),
                line.code.to_string().into(),
                line.quarter.to_string().into(),
                Cell::Money(
                    line.limit
                        .map(crate::domain::payment_limit::PaymentLimit::dollars),
                ),
                text(line.dosage.as_ref()),
            ];
            cells.extend(line.evidence.iter().flat_map(lines));
            cells
        })
    });
    Sheet {
        name: "Payment limits",
        heads: vec![
            "drug",
            "name",
            "code",
            "quarter",
            "limit per unit",
            "unit",
            "source",
            "file's quarter",
            "posting",
            "member",
            "line",
            "sha256",
            "text",
        ],
        rows: rows.collect(),
    }
}

fn data(audit: &Audit) -> Sheet {
    let held = audit.data.iter().flat_map(|source| {
        source.releases.iter().map(move |release| {
            vec![
                source.title.into(),
                text(release.quarter),
                Cell::Number(release.revision),
                if release.is_current { "yes" } else { "no" }.into(),
                Cell::Day(release.posted_on),
                Cell::Day(Some(release.held_since)),
                Cell::Number(release.rows),
                Cell::Number(release.rejected),
                release.sha256.to_string().into(),
                release.file_name.as_str().into(),
                release.origin.as_str().into(),
            ]
        })
    });
    Sheet {
        name: "Data held",
        heads: vec![
            "source",
            "quarter",
            "posting",
            "used",
            "posted on",
            "held since",
            "rows",
            "rejected",
            "sha256",
            "file",
            "origin",
        ],
        rows: held.collect(),
    }
}

fn changes(audit: &Audit) -> Sheet {
    let rows = audit.changes.entries.iter().map(|change| {
        vec![
            number(change.entry),
            Cell::Day(Some(change.day)),
            change.actor.as_str().into(),
            change.kind.as_str().into(),
            change.what.as_str().into(),
        ]
    });
    Sheet {
        name: "Changes",
        heads: vec!["entry", "day", "who", "kind", "what"],
        rows: rows.collect(),
    }
}

fn undetermined(audit: &Audit) -> Sheet {
    Sheet {
        name: "Not determined",
        heads: vec!["what could not be determined"],
        rows: audit
            .undetermined
            .iter()
            .map(|sentence| vec![sentence.as_str().into()])
            .collect(),
    }
}

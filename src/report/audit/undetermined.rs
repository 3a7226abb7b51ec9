//! What the report cannot say, said.

use super::document::{Audit, CodeSpan, DrugAudit, Role, State};
use crate::domain::quarter::Quarter;

pub(super) fn sentences(audit: &Audit) -> Vec<String> {
    let mut said = Vec::new();
    match audit.period {
        Some(period) => said.push(format!(
            "Dates of service before {}: no HCPCS file of an earlier quarter is held.",
            period.from
        )),
        None => said.push("Every date of service: no HCPCS file is held.".to_owned()),
    }
    if let Some(period) = audit.period {
        said.push(format!(
            "Dates of service after {}: what is said of them may change with files that were not posted or not held on {}.",
            period.to, audit.as_of
        ));
    }
    said.extend(
        audit
            .data
            .iter()
            .filter_map(|source| Some(format!("{}.", source.missing.as_ref()?))),
    );
    said.extend(audit.refused.iter().map(|file| {
        format!(
            "{} {}: a file was refused on {} [{}] and no good one has come since.",
            file.source.title(),
            file.quarter,
            file.first_seen,
            file.code
        )
    }));
    let watched = audit.drugs.iter().filter(|drug| drug.state != State::Retired);
    for drug in watched {
        of_drug(drug, audit, &mut said);
    }
    said.push("What other payers than Medicare accept, but for the rules listed under payers.".to_owned());
    said
}

fn of_drug(drug: &DrugAudit, audit: &Audit, said: &mut Vec<String>) {
    let (id, name) = (drug.id, &drug.name);
    if drug.state == State::Review {
        said.push(format!(
            "Drug {id}, {name}: which code, if any, is its own; a person has not said yet."
        ));
    }
    if let Some(reason) = &drug.blind_spot {
        said.push(format!(
            "Drug {id}, {name}: whether it has a code of its own, but for those listed; it cannot be looked up: {reason}."
        ));
    }
    let billed: Vec<&CodeSpan> = drug
        .codes
        .iter()
        .filter(|span| span.applies && span.role != Role::CatchAll)
        .collect();
    for (place, span) in billed.iter().enumerate() {
        for other in billed.iter().skip(place + 1) {
            if span.valid_to.is_none_or(|last| other.valid_from <= last) {
                said.push(format!(
                    "Drug {id}, {name}: whether {} or {} from {} on; both are its own and valid.",
                    span.code, other.code, other.valid_from
                ));
            }
        }
        if span.billing_unit.is_none() && span.contains(audit.as_of) {
            said.push(format!(
                "Drug {id}, {name}: the billing unit of {}; its descriptor names none that is understood.",
                span.code
            ));
        }
    }
    for pair in drug.codes.windows(2) {
        if let [own, after] = pair
            && own.role == Role::Own
            && after.role == Role::CatchAll
        {
            said.push(format!(
                "Drug {id}, {name}: the code after {} ended; no successor is known, {} is taken from {} on.",
                own.code, after.code, after.valid_from
            ));
        }
    }
    let in_force = Quarter::containing(audit.as_of);
    let open = drug
        .limits
        .iter()
        .filter(|line| Some(line.quarter) == in_force && line.limit.is_none());
    said.extend(open.map(|line| {
        format!(
            "Drug {id}, {name}: the payment limit of {} in {}; the pricing file gives none, so the contractor prices it.",
            line.code, line.quarter
        )
    }));
}

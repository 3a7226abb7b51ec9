//! Reads what was known on a day, for the audit report.

use super::{Moment, PipelineError};
use crate::code_history::{ReleaseLine, periods};
use crate::config::Config;
use crate::domain::code::HcpcsCode;
use crate::domain::payer::PayerTerms;
use crate::domain::period::PublishedPeriod;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::{Sha256, Source};
use crate::report::audit::PayerRule;
use crate::report::audit::{Audit, AuditFormat, Held, REPORT_MADE, Subject, build};
use crate::store::drugs::ListedDrug;
use crate::store::releases::HeldRelease;
use crate::store::{Reader, Store, StoreError};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The report of what was known at the end of `as_of`, all of one state of the store.
///
/// # Errors
///
/// Where the store cannot be read.
pub fn audit(
    config: &Config,
    store: &Reader,
    moment: Moment,
    as_of: NaiveDate,
) -> Result<Audit, PipelineError> {
    let (head, known) = store.at_once(|| Ok::<_, StoreError>((store.event_head()?, held(store, as_of)?)))?;
    let subject = Subject {
        practice: config.practice.name.clone(),
        setting: config.practice.setting,
        as_of,
        made_on: moment.today,
        made_at: moment.now,
        head,
    };
    Ok(build(&subject, &known))
}

fn held(store: &Reader, as_of: NaiveDate) -> Result<Held, StoreError> {
    let releases = store.held_releases_on(as_of)?;
    let drugs = store.listed_drugs_on(as_of)?;
    let decisions = store.decisions_on(as_of)?;
    let decided = decisions.iter().map(|dated| dated.decision.code);
    let codes: BTreeSet<HcpcsCode> = decided
        .chain(drugs.iter().map(|one| one.drug.entry.noc_code))
        .collect();
    let last_report = store.last_event_before(REPORT_MADE, as_of)?;
    let after = last_report.as_ref().map_or(0, |event| event.id);
    Ok(Held {
        periods: periods_on(store, &releases, &codes)?,
        limits: store.limits_in(&codes, &in_force(&releases, Source::AspPricing))?,
        blind_spots: store.blind_spots(Some(as_of))?,
        alerts: store.alerts_on(as_of, &drugs)?,
        refusals: store.refusals_on(as_of)?,
        payer_rules: payer_rules(store, as_of, &drugs)?,
        changes: store.events_after(after, as_of)?,
        last_report,
        releases,
        drugs,
        decisions,
    })
}

/// Where payers did otherwise than CMS, as it stood on the day.
fn payer_rules(store: &Reader, as_of: NaiveDate, drugs: &[ListedDrug]) -> Result<Vec<PayerRule>, StoreError> {
    let rules = store.payer_rules_on(as_of)?.into_iter().map(|(rule, set_on)| {
        let is_overdue = rule.is_review_overdue(as_of);
        let written = rule.written;
        let drug = drugs.iter().find(|listed| Some(listed.drug.id) == written.drug);
        PayerRule {
            payer: written.payer.as_str().to_owned(),
            drug_name: drug.map(|listed| listed.drug.entry.display_name()),
            rule: match written.terms {
                PayerTerms::CodeFrom(date) => format!("takes new codes from {date} on"),
                PayerTerms::Pin(code) => format!("stays on {code}"),
            },
            reason: written.reason,
            source: written.source,
            by: written.by,
            set_on,
            review_on: written.review_on,
            is_overdue,
        }
    });
    Ok(rules.collect())
}

/// The posting of each quarter that was in force.
fn in_force(releases: &[HeldRelease], source: Source) -> BTreeSet<ReleaseId> {
    let of_source = releases.iter().filter(|held| held.release.source == source);
    let newest: BTreeMap<_, _> = of_source
        .map(|held| (held.release.quarter, held.release.id))
        .collect();
    newest.into_values().collect()
}

/// The periods of `codes` as the postings then held gave them. Where nothing came since, they are those in the store.
fn periods_on(
    store: &Reader,
    releases: &[HeldRelease],
    codes: &BTreeSet<HcpcsCode>,
) -> Result<BTreeMap<HcpcsCode, Vec<PublishedPeriod>>, StoreError> {
    let then: Vec<&Release> = releases
        .iter()
        .map(|held| &held.release)
        .filter(|release| release.source == Source::Hcpcs)
        .collect();
    if then.len() == store.every_revision(Source::Hcpcs)?.len() {
        let of = |code: &HcpcsCode| Ok((*code, store.periods_of(*code)?));
        return codes.iter().map(of).collect();
    }
    let line = ReleaseLine::new(then.iter().copied());
    let known: HashSet<ReleaseId> = then.iter().map(|release| release.id).collect();
    let mut publications = store.publications_of_every_revision(Some(codes))?;
    for said in publications.values_mut() {
        said.retain(|publication| known.contains(&publication.release.id));
    }
    Ok(publications
        .into_iter()
        .map(|(code, said)| (code, periods(&said, &line)))
        .collect())
}

/// Logs that a report was written to a file and kept: the next one tells what changed since.
///
/// # Errors
///
/// Where the store cannot be written.
pub fn note_report(
    store: &mut Store,
    moment: Moment,
    audit: &Audit,
    format: AuditFormat,
    written: &[u8],
) -> Result<(), PipelineError> {
    let transaction = store.begin(moment.now, "command")?;
    let detail = serde_json::json!({
        "as_of": audit.as_of, "format": format!("{format:?}").to_lowercase(), "event_head": audit.event_head,
        "sha256": Sha256::of(written),
    });
    transaction.append_event(REPORT_MADE, &format!("audit as of {}", audit.as_of), &detail)?;
    transaction.commit()?;
    Ok(())
}

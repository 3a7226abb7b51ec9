//! Reads files, holds them against the gates, stores them, and rebuilds the periods they touch.

use super::PipelineError;
use crate::cms::hcpcs_file::HcpcsRecord;
use crate::cms::site::Naming;
use crate::cms::{self, Content, Placed, RejectedRow};
use crate::code_history::{Publication, ReleaseLine, periods};
use crate::domain::quarter::Quarter;
use crate::domain::release::Release;
use crate::domain::source::Source;
use crate::fetch::Fetched;
use crate::store::Transaction;
use crate::store::refusals::Refusal;
use crate::store::releases::{Contents, Loading, NewRelease, OldBytes};
use crate::validate::{self, FailedGate, Held, QUARTERS_COMPARED};
use chrono::{DateTime, NaiveDate, Utc};

/// A file whose rows were read.
#[derive(Debug)]
pub(super) struct ReadFile {
    new: NewRelease,
    content: Content,
}

/// How files came, which decides what an earlier posting among them means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Given {
    /// The site serves them now: whatever it serves is in force.
    Site,
    /// They lie in a folder, where an earlier posting may lie beside a later one.
    Folder,
    /// A person named them.
    Hand,
}

impl Given {
    fn old_bytes(self) -> OldBytes {
        match self {
            Self::Site | Self::Hand => OldBytes::Reinstate,
            Self::Folder => OldBytes::Ignore,
        }
    }
}

/// A person's word that a file is to be loaded although it does not pass the gates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forced {
    /// Who says so.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// What became of the files.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub releases: Vec<Release>,
    pub refused: Vec<Refusal>,
    pub rejected_rows: Vec<RejectedRow>,
    pub notes: Vec<String>,
}

/// Reads one file; what cannot be read is refused with its reason.
pub(super) fn read(fetched: &Fetched, bytes: &[u8], now: DateTime<Utc>) -> Result<ReadFile, Refusal> {
    let file = &fetched.file;
    let content = cms::read(file, bytes).map_err(|refusal| Refusal {
        source: file.source,
        quarter: file.quarter,
        sha256: file.sha256,
        origin: file.origin.clone(),
        code: refusal.code().to_owned(),
        message: format!("{refusal}: {}", refusal.next_step()),
    })?;
    let new = NewRelease {
        source: file.source,
        quarter: file.quarter,
        sha256: file.sha256,
        origin: file.origin.clone(),
        file_name: file.name.clone(),
        member: main_member(&content).to_owned(),
        etag: fetched.etag.clone(),
        last_modified: fetched.last_modified.clone(),
        link_text: fetched.link_text.clone(),
        size: fetched.size,
        fetched_at: now,
    };
    Ok(ReadFile { new, content })
}

/// Stores every file that passes the gates, oldest quarter first, and keeps the refused ones in mind.
pub(super) fn load(
    transaction: &Transaction<'_>,
    mut files: Vec<ReadFile>,
    mut refused: Vec<Refusal>,
    given: Given,
    forced: Option<&Forced>,
    today: NaiveDate,
) -> Result<Loaded, PipelineError> {
    files.sort_by_key(|file| {
        (
            file.new.source,
            file.new.quarter,
            Naming::of(&file.new.member).version,
        )
    });
    let mut loaded = Loaded::default();
    for file in files {
        if let Some(note) = older_posting(transaction, &file.new, given)? {
            loaded.notes.push(note);
            continue;
        }
        let held_up = gate(transaction, &file)?;
        let forced = forced.filter(|_| held_up.as_ref().is_some_and(|held_up| held_up.is_overridable));
        if let (Some(held_up), None) = (&held_up, forced) {
            refused.push(held_up.refusal.clone());
            continue;
        }
        let tables = contents(&file.content);
        if let Loading::Loaded(release) = transaction.load_release(&file.new, &tables, given.old_bytes())? {
            if let (Some(held_up), Some(forced)) = (&held_up, forced) {
                loaded
                    .notes
                    .push(override_gates(transaction, &release, &held_up.refusal, forced)?);
            }
            loaded.rejected_rows.extend(rejected_rows(&file.content).cloned());
            if let Content::Hcpcs(table) = file.content {
                rebuild_periods(transaction, &release, table.rows)?;
            }
            loaded.releases.push(release);
        }
    }
    for refusal in &refused {
        transaction.refuse(refusal, today)?;
    }
    loaded.refused = refused;
    Ok(loaded)
}

/// A file given by hand or lying in a folder may be an earlier posting than the one in force, by the day or `v` number in
/// its member's name (`..._ANWEB.txt` after `..._ANWEB_v4.txt`): it is no news then. What a site serves is always news.
fn older_posting(
    transaction: &Transaction<'_>,
    new: &NewRelease,
    given: Given,
) -> Result<Option<String>, PipelineError> {
    let Some(held) = transaction.newest_release(new.source, new.quarter)? else {
        return Ok(None);
    };
    let (now, then) = (Naming::of(&new.member), Naming::of(&held.member));
    let is_older = match (now.posted, then.posted) {
        (Some(now), Some(then)) if now != then => now < then,
        (Some(_), None) | (None, Some(_)) => false,
        _ => (now.stage, now.version) < (then.stage, then.version),
    };
    Ok((is_older && given != Given::Site).then(|| {
        format!(
            "{} {}: {} is an earlier posting than {}, which is in force; it was kept in the archive and not used",
            new.source.title(),
            new.quarter,
            new.file_name,
            held.member
        )
    }))
}

/// What keeps a file out.
struct HeldUp {
    refusal: Refusal,
    /// Whether a person may let it in all the same.
    is_overridable: bool,
}

/// Logs that a release was loaded on a person's word, and tells what it was held against.
fn override_gates(
    transaction: &Transaction<'_>,
    release: &Release,
    refusal: &Refusal,
    forced: &Forced,
) -> Result<String, PipelineError> {
    let subject = format!(
        "{} {} revision {}",
        release.source, release.quarter, release.revision
    );
    let detail = serde_json::json!({
        "sha256": refusal.sha256, "origin": refusal.origin, "code": refusal.code, "message": refusal.message,
        "by": forced.by, "reason": forced.reason,
    });
    transaction.append_event("gates-overridden", &subject, &detail)?;
    Ok(format!(
        "{subject} was loaded on the word of {} ({}) although: {}",
        forced.by, forced.reason, refusal.message
    ))
}

/// The gates of `validate`, as one refusal that names every gate that failed.
fn gate(transaction: &Transaction<'_>, file: &ReadFile) -> Result<Option<HeldUp>, PipelineError> {
    let held = held(transaction, file.new.source, file.new.quarter)?;
    let failures = validate::content(&file.content, file.new.quarter, &held);
    let Some(first) = failures.first() else {
        return Ok(None);
    };
    let reasons: Vec<String> = failures.iter().map(ToString::to_string).collect();
    let refusal = Refusal {
        source: file.new.source,
        quarter: file.new.quarter,
        sha256: file.new.sha256,
        origin: file.new.origin.clone(),
        code: first.code().to_owned(),
        message: format!(
            "{}: {}: {}",
            file.new.file_name,
            reasons.join("; "),
            first.next_step()
        ),
    };
    Ok(Some(HeldUp {
        refusal,
        is_overridable: failures.iter().all(FailedGate::is_overridable),
    }))
}

/// What a file of `source` for `quarter` is held against: the postings in force up to that quarter, its own included.
fn held(transaction: &Transaction<'_>, source: Source, quarter: Quarter) -> Result<Held, PipelineError> {
    let mut held = Held::default();
    let mut releases = transaction.releases(source)?;
    releases.retain(|release| release.quarter <= quarter);
    let newest_first = releases.iter().rev().take(QUARTERS_COMPARED);
    match source {
        Source::Hcpcs => {
            if let Some(newest) = releases.last() {
                held.records = transaction.release_rows(newest)?;
            }
        }
        Source::AspPricing => {
            for release in newest_first {
                let limits = transaction.limits_of(release.quarter)?.unwrap_or_default();
                held.limits.push((release.quarter, limits));
            }
        }
        Source::NdcCrosswalk => {
            for release in newest_first {
                held.packages
                    .push((release.quarter, transaction.packages_of(release.id)?));
            }
        }
        Source::Noc | Source::PurpleBook => {}
    }
    Ok(held)
}

/// Builds anew the periods of every code that `release`, of which these are the rows, may have changed.
fn rebuild_periods(
    transaction: &Transaction<'_>,
    release: &Release,
    mut rows: Vec<Placed<HcpcsRecord>>,
) -> Result<(), PipelineError> {
    let every = transaction.every_revision(Source::Hcpcs)?;
    let line = ReleaseLine::new(&every);
    if every.len() == 1 {
        // Nothing else was said of any code, so nothing need be read back.
        rows.sort_by_key(|placed| placed.row.code);
        let said = rows.into_iter().map(|placed| Publication::of(release, placed));
        transaction.replace_periods(said.map(|only| (only.record.code, periods(&[only], &line))))?;
        return Ok(());
    }
    let touched = transaction.codes_touched_by(release.id)?;
    let publications = transaction
        .publications_of_every_revision(Some(&touched))?
        .into_iter();
    transaction.replace_periods(publications.map(|(code, said)| (code, periods(&said, &line))))?;
    Ok(())
}

fn contents(content: &Content) -> Vec<Contents<'_>> {
    match content {
        Content::Hcpcs(table) => vec![Contents::Hcpcs(table)],
        Content::AspPricing(table) => vec![Contents::Pricing(table)],
        Content::NdcCrosswalk(table) => vec![Contents::Crosswalk(table)],
        Content::PurpleBook(table) => vec![Contents::PurpleBook(table)],
        Content::Noc(tables) => {
            let pricing = tables.pricing.as_ref().map(Contents::NocPricing);
            pricing
                .into_iter()
                .chain(tables.crosswalk.as_ref().map(Contents::NocCrosswalk))
                .collect()
        }
    }
}

fn main_member(content: &Content) -> &str {
    match content {
        Content::Hcpcs(table) => &table.member,
        Content::AspPricing(table) => &table.member,
        Content::NdcCrosswalk(table) => &table.member,
        Content::PurpleBook(table) => &table.member,
        Content::Noc(tables) => {
            let pricing = tables.pricing.as_ref().map(|table| table.member.as_str());
            pricing
                .or(tables.crosswalk.as_ref().map(|table| table.member.as_str()))
                .unwrap_or_default()
        }
    }
}

fn rejected_rows(content: &Content) -> impl Iterator<Item = &RejectedRow> {
    let [first, second]: [&[RejectedRow]; 2] = match content {
        Content::Hcpcs(table) => [&table.rejected, &[]],
        Content::AspPricing(table) => [&table.rejected, &[]],
        Content::NdcCrosswalk(table) => [&table.rejected, &[]],
        Content::PurpleBook(table) => [&table.rejected, &[]],
        Content::Noc(tables) => [
            tables.pricing.as_ref().map_or(&[], |table| &table.rejected),
            tables.crosswalk.as_ref().map_or(&[], |table| &table.rejected),
        ],
    };
    first.iter().chain(second)
}

//! Reads files, holds them against the gates, stores them, and rebuilds the periods they touch.

use super::PipelineError;
use crate::cms::site::Naming;
use crate::cms::{self, Content, RejectedRow};
use crate::code_history::{ReleaseLine, periods};
use crate::domain::code::HcpcsCode;
use crate::domain::quarter::Quarter;
use crate::domain::release::Release;
use crate::domain::source::Source;
use crate::fetch::Fetched;
use crate::store::Transaction;
use crate::store::refusals::Refusal;
use crate::store::releases::{Contents, Loading, NewRelease, OldBytes};
use crate::validate;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeSet;

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
        if let Some(refusal) = gate(transaction, &file)? {
            refused.push(refusal);
            continue;
        }
        let tables = contents(&file.content);
        if let Loading::Loaded(release) = transaction.load_release(&file.new, &tables, given.old_bytes())? {
            if release.source == Source::Hcpcs {
                rebuild_periods(transaction, &release)?;
            }
            loaded.rejected_rows.extend(rejected_rows(&file.content).cloned());
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

/// The gates of `validate`, as one refusal that names every gate that failed.
fn gate(transaction: &Transaction<'_>, file: &ReadFile) -> Result<Option<Refusal>, PipelineError> {
    let before = match file.new.source {
        Source::Hcpcs => codes_before(transaction, file.new.quarter)?,
        _ => BTreeSet::new(),
    };
    let failures = validate::content(&file.content, file.new.quarter, &before);
    let Some(first) = failures.first() else {
        return Ok(None);
    };
    let reasons: Vec<String> = failures.iter().map(ToString::to_string).collect();
    Ok(Some(Refusal {
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
    }))
}

/// The codes of the release before: of the same quarter where this is a later posting, else of the quarter before.
fn codes_before(
    transaction: &Transaction<'_>,
    quarter: Quarter,
) -> Result<BTreeSet<HcpcsCode>, PipelineError> {
    let releases = transaction.hcpcs_releases()?;
    let before = releases.iter().rfind(|release| release.quarter <= quarter);
    Ok(before
        .map(|release| transaction.codes_of(release.id))
        .transpose()?
        .unwrap_or_default())
}

fn rebuild_periods(transaction: &Transaction<'_>, release: &Release) -> Result<(), PipelineError> {
    let touched = transaction.codes_touched_by(release.id)?;
    let line = ReleaseLine::new(&transaction.every_revision(Source::Hcpcs)?);
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

//! Releases: postings that passed the gates, append-only, each with where it came from.

mod read;

pub(super) use read::{Postings, read_release};

use super::columns::Instant;
use super::{StoreError, Transaction, stored_count};
use crate::cms::asp_pricing::PricingRow;
use crate::cms::hcpcs_file::HcpcsRecord;
use crate::cms::ndc_crosswalk::CrosswalkRow;
use crate::cms::noc::{NocCrosswalkRow, NocPricingRow};
use crate::cms::purple_book::PurpleBookProduct;
use crate::cms::{RejectedRow, Table};
use crate::domain::quarter::Quarter;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::{Sha256, Source};
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::{named_params, params};
use serde_json::json;

/// A file that passed the gates, with where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelease {
    /// The series.
    pub source: Source,
    /// The quarter it is for.
    pub quarter: Quarter,
    /// The hash of the file's bytes.
    pub sha256: Sha256,
    /// The address, or the path as given.
    pub origin: String,
    /// The last part of it.
    pub file_name: String,
    /// The main member of the zip, or the file itself.
    pub member: String,
    /// The server's tag, for the next conditional request.
    pub etag: Option<String>,
    /// The server's Last-Modified, as sent.
    pub last_modified: Option<String>,
    /// What the landing page called the file.
    pub link_text: Option<String>,
    /// Bytes of the file.
    pub size: u64,
    /// When it was fetched.
    pub fetched_at: DateTime<Utc>,
}

/// The rows of a release.
#[derive(Debug, Clone, Copy)]
pub enum Contents<'rows> {
    /// Of the HCPCS file; each code at most once.
    Hcpcs(&'rows Table<HcpcsRecord>),
    /// Of the ASP pricing file.
    Pricing(&'rows Table<PricingRow>),
    /// Of the NDC-HCPCS crosswalk.
    Crosswalk(&'rows Table<CrosswalkRow>),
    /// Of a NOC pricing file.
    NocPricing(&'rows Table<NocPricingRow>),
    /// Of a NOC crosswalk.
    NocCrosswalk(&'rows Table<NocCrosswalkRow>),
    /// Of a Purple Book listing.
    PurpleBook(&'rows Table<PurpleBookProduct>),
}

/// What to do with bytes that were in force once and were replaced since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldBytes {
    /// They are in force again, as a new revision: a site that serves A, then B, then A means A.
    Reinstate,
    /// They are no news: a folder keeps the older file beside the newer one.
    Ignore,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Loading {
    /// Its bytes were held already; nothing changed. Gives the posting that holds them.
    Unchanged(Release),
    /// It is a new release.
    Loaded(Release),
}

impl Loading {
    /// The posting that holds the file's bytes.
    #[must_use]
    pub fn release(&self) -> &Release {
        match self {
            Self::Unchanged(release) | Self::Loaded(release) => release,
        }
    }
}

/// A release with what is known of its posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRelease {
    /// Which posting.
    pub release: Release,
    /// The address, or the path as given.
    pub origin: String,
    /// The name of the file.
    pub file_name: String,
    /// The server's tag.
    pub etag: Option<String>,
    /// The server's Last-Modified, as sent.
    pub last_modified: Option<String>,
    /// What the landing page called the file.
    pub link_text: Option<String>,
    /// Bytes of the file.
    pub size: u64,
    /// When it was fetched.
    pub fetched_at: DateTime<Utc>,
    /// When it was loaded.
    pub loaded_at: DateTime<Utc>,
    /// The day it was loaded on, in the practice's time zone or as given with `--today`: known from that day on.
    pub loaded_on: NaiveDate,
    /// How many rows are used.
    pub rows: u32,
    /// How many rows were rejected.
    pub rejected: u32,
    /// Rows left out because they are of another kind: (kind, how many).
    pub left_out: Vec<(String, u32)>,
}

impl Contents<'_> {
    /// The series the rows belong to.
    #[must_use]
    pub fn source(&self) -> Source {
        match self {
            Self::Hcpcs(_) => Source::Hcpcs,
            Self::Pricing(_) => Source::AspPricing,
            Self::Crosswalk(_) => Source::NdcCrosswalk,
            Self::NocPricing(_) | Self::NocCrosswalk(_) => Source::Noc,
            Self::PurpleBook(_) => Source::PurpleBook,
        }
    }

    /// Number of usable rows, rejected rows, rows left out by kind.
    fn tally(&self) -> (usize, &[RejectedRow], &[(&'static str, usize)]) {
        fn of<R>(table: &Table<R>) -> (usize, &[RejectedRow], &[(&'static str, usize)]) {
            (table.rows.len(), &table.rejected, &table.left_out)
        }
        match self {
            Self::Hcpcs(table) => of(table),
            Self::Pricing(table) => of(table),
            Self::Crosswalk(table) => of(table),
            Self::NocPricing(table) => of(table),
            Self::NocCrosswalk(table) => of(table),
            Self::PurpleBook(table) => of(table),
        }
    }

    fn member(&self) -> &str {
        match self {
            Self::Hcpcs(table) => &table.member,
            Self::Pricing(table) => &table.member,
            Self::Crosswalk(table) => &table.member,
            Self::NocPricing(table) => &table.member,
            Self::NocCrosswalk(table) => &table.member,
            Self::PurpleBook(table) => &table.member,
        }
    }
}

impl Transaction<'_> {
    /// Stores a file that passed the gates, with all its rows: as revision 1 of its quarter, or as the next one
    /// where its bytes differ from those in force. Resolves open refusals of that source and quarter. `contents`
    /// are the tables of the file: one, or both NOC tables. The Purple Book is not quarterly: its bytes are compared
    /// with the newest listing of any quarter.
    pub fn load_release(
        &self,
        new: &NewRelease,
        contents: &[Contents<'_>],
        old_bytes: OldBytes,
    ) -> Result<Loading, StoreError> {
        if let Some(wrong) = contents.iter().find(|table| table.source() != new.source) {
            let (expected, found) = (new.source, wrong.source());
            return Err(StoreError::WrongContents { expected, found });
        }
        let newest = self.newest_for(new)?;
        let held = match &newest {
            Some(newest) if newest.sha256 == new.sha256 => Some(newest.clone()),
            Some(_) if old_bytes == OldBytes::Ignore => {
                self.release_with(new.source, new.quarter, new.sha256)?
            }
            _ => None,
        };
        if let Some(held) = held {
            return Ok(Loading::Unchanged(held));
        }
        let release = self.insert_release(new, contents)?;
        for (position, table) in contents.iter().enumerate() {
            self.insert_tally(&release, table, position)?;
            self.insert_rows(&release, table)?;
        }
        self.resolve_refusals(&release)?;
        self.log_load(&release, new, contents)?;
        Ok(Loading::Loaded(release))
    }

    fn newest_for(&self, new: &NewRelease) -> Result<Option<Release>, StoreError> {
        match new.source {
            Source::PurpleBook => Ok(self.releases(Source::PurpleBook)?.pop()),
            source => self.newest_release(source, new.quarter),
        }
    }

    fn insert_release(&self, new: &NewRelease, contents: &[Contents<'_>]) -> Result<Release, StoreError> {
        let revision = self
            .newest_release(new.source, new.quarter)?
            .map_or(1, |newest| newest.revision + 1);
        let rows: usize = contents.iter().map(|table| table.tally().0).sum();
        self.execute(
            "store a release",
            "INSERT INTO release (source, quarter, revision, sha256, origin, file_name, member, etag, last_modified,
                                  link_text, size, fetched_at, loaded_at, loaded_on, rows)
             VALUES (:source, :quarter, :revision, :sha256, :origin, :file_name, :member, :etag, :last_modified,
                     :link_text, :size, :fetched_at, :loaded_at, :loaded_on, :rows)",
            named_params! {
                ":source": new.source, ":quarter": new.quarter, ":revision": revision, ":sha256": new.sha256,
                ":origin": new.origin, ":file_name": new.file_name, ":member": new.member, ":etag": new.etag,
                ":last_modified": new.last_modified, ":link_text": new.link_text,
                ":size": i64::try_from(new.size).unwrap_or(i64::MAX), ":fetched_at": Instant(new.fetched_at),
                ":loaded_at": Instant(self.now), ":loaded_on": self.today, ":rows": stored_count(rows),
            },
        )?;
        Ok(Release {
            id: ReleaseId(self.last_id()),
            source: new.source,
            quarter: new.quarter,
            revision,
            sha256: new.sha256,
            member: new.member.as_str().into(),
        })
    }

    /// Stores rejected rows and counts of rows left out of the table at `position` of the file.
    fn insert_tally(
        &self,
        release: &Release,
        table: &Contents<'_>,
        position: usize,
    ) -> Result<(), StoreError> {
        let (_, rejected, left_out) = table.tally();
        for (number, row) in rejected.iter().enumerate() {
            self.execute(
                "store a rejected row",
                "INSERT INTO rejected_row (release_id, position, member, line, reason, text)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![
                    release.id,
                    stored_count(position * 1_000_000 + number),
                    row.member,
                    row.line,
                    row.reason,
                    row.text
                ],
            )?;
        }
        for (kind, rows) in left_out {
            self.execute(
                "store a count of rows left out",
                "INSERT INTO left_out (release_id, member, kind, rows) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
                params![release.id, table.member(), kind, stored_count(*rows)],
            )?;
        }
        Ok(())
    }

    fn insert_rows(&self, release: &Release, table: &Contents<'_>) -> Result<(), StoreError> {
        match table {
            Contents::Hcpcs(table) => self.insert_hcpcs(release, table),
            Contents::Pricing(table) => self.insert_pricing(release, table),
            Contents::Crosswalk(table) => self.insert_crosswalk(release, table),
            Contents::NocPricing(table) => self.insert_noc_pricing(release, table),
            Contents::NocCrosswalk(table) => self.insert_noc_crosswalk(release, table),
            Contents::PurpleBook(table) => self.insert_purple_book(release, table),
        }
    }

    fn log_load(
        &self,
        release: &Release,
        new: &NewRelease,
        contents: &[Contents<'_>],
    ) -> Result<(), StoreError> {
        let rows: usize = contents.iter().map(|table| table.tally().0).sum();
        let rejected: usize = contents.iter().map(|table| table.tally().1.len()).sum();
        let subject = format!(
            "{} {} revision {}",
            release.source, release.quarter, release.revision
        );
        let detail = json!({
            "sha256": release.sha256, "origin": new.origin, "member": new.member, "rows": rows, "rejected": rejected,
        });
        self.append_event("release-loaded", &subject, &detail)
    }
}

//! HCPCS records: what each release says of each code, each distinct content once.

use super::columns::Day;
use super::content::{Content, Digest};
use super::releases::read_release;
use super::{Reader, StoreError, Transaction};
use crate::cms::hcpcs_file::HcpcsRecord;
use crate::cms::{Placed, Table};
use crate::code_history::Publication;
use crate::domain::code::HcpcsCode;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::Source;
use rusqlite::{CachedStatement, Row, params};
use std::collections::{BTreeMap, BTreeSet};

/// From how many codes on reading whole releases is quicker than looking codes up.
const MANY_CODES: usize = 2_000;

impl Transaction<'_> {
    /// Stores the rows of a new HCPCS release.
    pub(super) fn insert_hcpcs(
        &self,
        release: &Release,
        table: &Table<HcpcsRecord>,
    ) -> Result<(), StoreError> {
        let mut known = self.known_contents("SELECT digest, id FROM hcpcs_record")?;
        let mut insert = self.statement("store a record", INSERT_RECORD)?;
        let mut content = Content::default();
        let mut lines = Vec::with_capacity(table.rows.len());
        for placed in &table.rows {
            let digest = digest(&mut content, &placed.row);
            let id = match known.get(&digest) {
                Some(id) => *id,
                None => self.insert_record(&mut insert, digest, &placed.row)?,
            };
            known.insert(digest, id);
            lines.push((id, placed));
        }
        // In key order every insertion appends to the table.
        lines.sort_unstable_by_key(|(id, _)| *id);
        let doing = "store the lines of a release";
        let mut insert = self.statement(
            doing,
            "INSERT INTO release_record (release_id, record_id, line, action) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (id, placed) in lines {
            insert
                .execute(params![release.id, id, placed.line, placed.row.action])
                .map_err(self.failed(doing))?;
        }
        Ok(())
    }

    fn insert_record(
        &self,
        insert: &mut CachedStatement<'_>,
        digest: Digest,
        record: &HcpcsRecord,
    ) -> Result<i64, StoreError> {
        let row = params![
            digest,
            record.code,
            record.long_description,
            record.short_description,
            record.cross_references.join(" "),
            record.coverage,
            record.add_date.map(Day),
            record.action_effective_date.map(Day),
            record.termination_date.map(Day),
            record.action
        ];
        insert.insert(row).map_err(self.failed("store a record"))
    }
}

const INSERT_RECORD: &str = "INSERT INTO hcpcs_record (digest, code, long_description, short_description,
        cross_references, coverage, add_date, action_effective_date, termination_date, first_action)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// The digest of all a record says but its action, which speaks of one release only.
fn digest(content: &mut Content, record: &HcpcsRecord) -> Digest {
    content
        .begin()
        .text(record.code.as_str())
        .text(&record.long_description);
    content.text(&record.short_description).text(&record.coverage);
    for code in &record.cross_references {
        content.text(code);
    }
    content.date(record.add_date).date(record.action_effective_date);
    content.date(record.termination_date).digest()
}

/// The columns of a record, in the order [`read_record`] takes them.
const RECORD: &str =
    "c.code, c.long_description, c.short_description, c.cross_references, c.coverage, c.add_date,
        c.action_effective_date, c.termination_date, c.first_action";

fn read_record(row: &Row<'_>, start: usize) -> rusqlite::Result<HcpcsRecord> {
    let cross_references = row.get_ref(start + 3)?.as_str().map_err(rusqlite::Error::from)?;
    let date =
        |place: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<Day>>(start + place)?.map(|day| day.0));
    Ok(HcpcsRecord {
        code: row.get(start)?,
        long_description: row.get(start + 1)?,
        short_description: row.get(start + 2)?,
        cross_references: super::columns::words(cross_references),
        coverage: row.get(start + 4)?,
        add_date: date(5)?,
        action_effective_date: date(6)?,
        termination_date: date(7)?,
        action: row.get(start + 8)?,
    })
}

impl Reader {
    /// What the postings in force say, code by code, oldest quarter first. With `codes` each of them has an entry, an
    /// empty one where no posting in force holds it; without, every code of a posting in force has one.
    pub fn publications(
        &self,
        codes: Option<&BTreeSet<HcpcsCode>>,
    ) -> Result<BTreeMap<HcpcsCode, Vec<Publication>>, StoreError> {
        self.publications_in(&self.releases(Source::Hcpcs)?, codes)
    }

    /// As [`Self::publications`], but of every revision, ordered by quarter and revision: shows what a posting that
    /// is no longer in force had said.
    pub fn publications_of_every_revision(
        &self,
        codes: Option<&BTreeSet<HcpcsCode>>,
    ) -> Result<BTreeMap<HcpcsCode, Vec<Publication>>, StoreError> {
        self.publications_in(&self.every_revision(Source::Hcpcs)?, codes)
    }

    fn publications_in(
        &self,
        releases: &[Release],
        codes: Option<&BTreeSet<HcpcsCode>>,
    ) -> Result<BTreeMap<HcpcsCode, Vec<Publication>>, StoreError> {
        let mut found: BTreeMap<HcpcsCode, Vec<Publication>> = codes
            .into_iter()
            .flatten()
            .map(|code| (*code, Vec::new()))
            .collect();
        match codes {
            Some(codes) if codes.len() < MANY_CODES => {
                let order: BTreeMap<ReleaseId, usize> = releases.iter().map(|one| one.id).zip(0..).collect();
                for code in codes {
                    let mut said = self.publications_of(*code)?;
                    said.retain(|publication| order.contains_key(&publication.release.id));
                    said.sort_by_key(|publication| order.get(&publication.release.id).copied());
                    found.insert(*code, said);
                }
            }
            _ => {
                for release in releases {
                    for publication in self.publications_by(release)? {
                        let code = publication.record.code;
                        if codes.is_none_or(|codes| codes.contains(&code)) {
                            found.entry(code).or_default().push(publication);
                        }
                    }
                }
            }
        }
        Ok(found)
    }

    /// What every revision held says of one code, in no order.
    fn publications_of(&self, code: HcpcsCode) -> Result<Vec<Publication>, StoreError> {
        // CROSS JOIN keeps this order: a code has a few contents and there are a few releases, so the lines are
        // looked up by key.
        let sql = format!(
            "SELECT l.line, l.action, {RECORD}, r.id, r.source, r.quarter, r.revision, r.sha256, r.member
             FROM hcpcs_record AS c CROSS JOIN release AS r CROSS JOIN release_record AS l
             WHERE c.code = ?1 AND r.source = 'hcpcs' AND l.release_id = r.id AND l.record_id = c.id"
        );
        self.gather("read what was published of a code", &sql, [code], |row| {
            Ok(Publication {
                release: read_release(row, 11)?,
                line: row.get(0)?,
                action: row.get(1)?,
                record: read_record(row, 2)?,
            })
        })
    }

    fn publications_by(&self, release: &Release) -> Result<Vec<Publication>, StoreError> {
        let sql = format!(
            "SELECT l.line, l.action, {RECORD} FROM release_record AS l JOIN hcpcs_record AS c ON c.id = l.record_id
             WHERE l.release_id = ?1"
        );
        self.gather("read a release", &sql, [release.id], |row| {
            Ok(Publication {
                release: release.clone(),
                line: row.get(0)?,
                action: row.get(1)?,
                record: read_record(row, 2)?,
            })
        })
    }

    /// The rows of one release in file order, with the action codes of this release.
    pub fn release_rows(&self, release: &Release) -> Result<Vec<Placed<HcpcsRecord>>, StoreError> {
        let mut rows = self.publications_by(release)?;
        rows.sort_by_key(|row| row.line);
        let placed = |row: Publication| Placed {
            line: row.line,
            row: HcpcsRecord {
                action: row.action,
                ..row.record
            },
        };
        Ok(rows.into_iter().map(placed).collect())
    }

    /// The codes of a release.
    pub fn codes_of(&self, release: ReleaseId) -> Result<BTreeSet<HcpcsCode>, StoreError> {
        self.gather(
            "list the codes of a release",
            "SELECT c.code FROM release_record AS l JOIN hcpcs_record AS c ON c.id = l.record_id
             WHERE l.release_id = ?1",
            [release],
            |row| row.get(0),
        )
    }

    /// The codes whose periods may stand otherwise now that this release is held: those whose content differs from
    /// the quarters held before and after it or from the revision before it, that are missing from one of them, or
    /// to which the release did something. Every code where it is the oldest quarter: each period is then first
    /// published by it.
    pub fn codes_touched_by(&self, release: ReleaseId) -> Result<BTreeSet<HcpcsCode>, StoreError> {
        let every = self.every_revision(Source::Hcpcs)?;
        let Some(this) = every.iter().find(|held| held.id == release) else {
            return Ok(BTreeSet::new());
        };
        let newest = self.releases(Source::Hcpcs)?;
        let before = newest.iter().rfind(|held| held.quarter < this.quarter);
        let after = newest.iter().find(|held| held.quarter > this.quarter);
        let replaced = every
            .iter()
            .rfind(|held| held.quarter == this.quarter && held.revision < this.revision);
        let mut touched = self.codes_without(release)?;
        touched.extend(if before.is_none() {
            self.codes_of(release)?
        } else {
            self.codes_acted_on(release)?
        });
        for other in [before, after, replaced].into_iter().flatten() {
            touched.extend(self.codes_that_differ(release, other.id)?);
        }
        Ok(touched)
    }

    /// The codes with a period that this release does not hold: each release they are missing from may tell whether
    /// they still stand.
    fn codes_without(&self, release: ReleaseId) -> Result<BTreeSet<HcpcsCode>, StoreError> {
        self.gather(
            "list the codes a release does not hold",
            "SELECT DISTINCT code FROM code_period WHERE code NOT IN (
                 SELECT c.code FROM release_record AS l JOIN hcpcs_record AS c ON c.id = l.record_id
                 WHERE l.release_id = ?1)",
            [release],
            |row| row.get(0),
        )
    }

    fn codes_acted_on(&self, release: ReleaseId) -> Result<BTreeSet<HcpcsCode>, StoreError> {
        self.gather(
            "list the codes a release changed",
            "SELECT c.code FROM release_record AS l JOIN hcpcs_record AS c ON c.id = l.record_id
             WHERE l.release_id = ?1 AND l.action <> 'N'",
            [release],
            |row| row.get(0),
        )
    }

    /// The codes with a content that only one of two releases has.
    fn codes_that_differ(&self, one: ReleaseId, other: ReleaseId) -> Result<BTreeSet<HcpcsCode>, StoreError> {
        let sql = "SELECT c.code FROM release_record AS l JOIN hcpcs_record AS c ON c.id = l.record_id
             WHERE l.release_id = ?1 AND NOT EXISTS (
                 SELECT 1 FROM release_record AS o WHERE o.release_id = ?2 AND o.record_id = l.record_id)";
        let mut codes: BTreeSet<HcpcsCode> =
            self.gather("compare releases", sql, params![one, other], |row| row.get(0))?;
        let gone: Vec<HcpcsCode> =
            self.gather("compare releases", sql, params![other, one], |row| row.get(0))?;
        codes.extend(gone);
        Ok(codes)
    }
}

//! HCPCS records: what each release says of each code, each distinct content once.

use super::columns::Day;
use super::content::{Content, Digest};
use super::{Reader, StoreError, Transaction, stored_count};
use crate::cms::hcpcs_file::{Action, HcpcsRecord};
use crate::cms::{Placed, Table};
use crate::code_history::Publication;
use crate::domain::code::{EVERY_CODE, HcpcsCode};
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::Source;
use foldhash::{HashMap, HashMapExt};
use rusqlite::{CachedStatement, Row, params};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// From how many codes on reading whole releases is quicker than looking codes up.
pub(super) const MANY_CODES: usize = 2_000;

impl Transaction<'_> {
    /// Stores the rows of a new HCPCS release, each code at most once.
    pub(super) fn insert_hcpcs(
        &self,
        release: &Release,
        table: &Table<HcpcsRecord>,
    ) -> Result<(), StoreError> {
        let known = self.known_records()?;
        let mut insert = self.statement("store a record", INSERT_RECORD)?;
        let doing = "store the lines of a release";
        let mut insert_line = self.statement(
            doing,
            "INSERT INTO release_record (release_id, code, number, line, action) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let mut content = Content::default();
        // In key order every line is appended, and so is every record of the first release.
        let mut rows: Vec<&Placed<HcpcsRecord>> = table.rows.iter().collect();
        rows.sort_by_key(|placed| placed.row.code);
        for Placed { line, row } in rows {
            let digest = digest(&mut content, row);
            let contents = known.get(&row.code).map_or(&[][..], Vec::as_slice);
            let held = contents.iter().position(|held| *held == digest);
            let number = stored_count(held.unwrap_or(contents.len()));
            if held.is_none() {
                insert_record(&mut insert, number, digest, row).map_err(self.failed("store a record"))?;
            }
            insert_line
                .execute(params![release.id, row.code, number, line, row.action])
                .map_err(self.failed(doing))?;
        }
        Ok(())
    }

    /// The contents of every code, by number.
    fn known_records(&self) -> Result<HashMap<HcpcsCode, Vec<Digest>>, StoreError> {
        let sql = "SELECT code, digest FROM hcpcs_record ORDER BY code, number";
        let every: Vec<(HcpcsCode, Digest)> = self.gather("look up known records", sql, [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        let mut known: HashMap<HcpcsCode, Vec<Digest>> = HashMap::new();
        for (code, digest) in every {
            known.entry(code).or_default().push(digest);
        }
        Ok(known)
    }
}

fn insert_record(
    insert: &mut CachedStatement<'_>,
    number: i64,
    digest: Digest,
    record: &HcpcsRecord,
) -> rusqlite::Result<usize> {
    insert.execute(params![
        record.code,
        number,
        digest,
        record.long_description,
        record.short_description,
        record.cross_references.join(" "),
        record.coverage,
        record.add_date.map(Day),
        record.action_effective_date.map(Day),
        record.termination_date.map(Day),
        record.action
    ])
}

const INSERT_RECORD: &str =
    "INSERT INTO hcpcs_record (code, number, digest, long_description, short_description,
        cross_references, coverage, add_date, action_effective_date, termination_date, first_action)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

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

fn read_record(row: &Row<'_>) -> rusqlite::Result<HcpcsRecord> {
    let cross_references = row.get_ref(3)?.as_str().map_err(rusqlite::Error::from)?;
    let date = |place: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<Day>>(place)?.map(|day| day.0));
    Ok(HcpcsRecord {
        code: row.get(0)?,
        long_description: row.get(1)?,
        short_description: row.get(2)?,
        cross_references: super::columns::words(cross_references),
        coverage: row.get(4)?,
        add_date: date(5)?,
        action_effective_date: date(6)?,
        termination_date: date(7)?,
        action: row.get(8)?,
    })
}

/// What one release said of one code: which of the code's contents, and on which line.
struct Said {
    release: ReleaseId,
    code: HcpcsCode,
    number: i64,
    line: u32,
    action: Option<Action>,
}

/// The columns of [`Said`], of `release_record AS l`.
const SAID: &str = "l.release_id, l.code, l.number, l.line, l.action";

fn read_said(row: &Row<'_>) -> rusqlite::Result<Said> {
    Ok(Said {
        release: row.get(0)?,
        code: row.get(1)?,
        number: row.get(2)?,
        line: row.get(3)?,
        action: row.get(4)?,
    })
}

/// The contents of codes, by number.
type Contents = HashMap<(HcpcsCode, i64), Arc<HcpcsRecord>>;

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
        match codes {
            Some(codes) if codes.len() < MANY_CODES => {
                let order: HashMap<ReleaseId, usize> = releases.iter().map(|one| one.id).zip(0..).collect();
                let said = |code: &HcpcsCode| Ok((*code, self.publications_of(*code, releases, &order)?));
                codes.iter().map(said).collect()
            }
            _ => {
                let nothing = |code: &HcpcsCode| (*code, Vec::new());
                let mut found: BTreeMap<_, Vec<_>> = codes.into_iter().flatten().map(nothing).collect();
                let contents = self.contents(EVERY_CODE)?;
                for release in releases {
                    for publication in self.publications_by(release, &contents)? {
                        let code = publication.record.code;
                        if codes.is_none_or(|codes| codes.contains(&code)) {
                            found.entry(code).or_default().push(publication);
                        }
                    }
                }
                Ok(found)
            }
        }
    }

    /// What `releases`, which stand in this `order`, said of one code.
    fn publications_of(
        &self,
        code: HcpcsCode,
        releases: &[Release],
        order: &HashMap<ReleaseId, usize>,
    ) -> Result<Vec<Publication>, StoreError> {
        // CROSS JOIN keeps this order: there are a few releases, in each of which the line is looked up by key.
        let sql = format!(
            "SELECT {SAID} FROM release AS r CROSS JOIN release_record AS l
             WHERE r.source = 'hcpcs' AND l.release_id = r.id AND l.code = ?1"
        );
        let said: Vec<Said> = self.gather("read what was published of a code", &sql, [code], read_said)?;
        let place = |said: &Said| order.get(&said.release).copied();
        let mut said: Vec<(usize, Said)> = said
            .into_iter()
            .filter_map(|said| Some((place(&said)?, said)))
            .collect();
        said.sort_by_key(|(place, _)| *place);
        let contents = self.contents((code.as_str(), code.as_str()))?;
        said.into_iter()
            .map(|(place, said)| self.publication(&releases[place], &said, &contents))
            .collect()
    }

    fn publications_by(
        &self,
        release: &Release,
        contents: &Contents,
    ) -> Result<Vec<Publication>, StoreError> {
        let sql = format!("SELECT {SAID} FROM release_record AS l WHERE l.release_id = ?1");
        let said: Vec<Said> = self.gather("read a release", &sql, [release.id], read_said)?;
        said.iter()
            .map(|said| self.publication(release, said, contents))
            .collect()
    }

    fn publication(
        &self,
        release: &Release,
        said: &Said,
        contents: &Contents,
    ) -> Result<Publication, StoreError> {
        let record = contents.get(&(said.code, said.number));
        Ok(Publication {
            release: release.clone(),
            line: said.line,
            action: said.action,
            record: Arc::clone(record.ok_or_else(|| self.lost_content(release, said))?),
        })
    }

    fn lost_content(&self, release: &Release, said: &Said) -> StoreError {
        let (source, quarter, revision) = (release.source, release.quarter, release.revision);
        StoreError::Damaged {
            path: self.path.clone(),
            found: format!(
                "line {} of {source} {quarter} revision {revision} says something of {} that is gone",
                said.line, said.code
            ),
        }
    }

    /// Everything that was ever said of the codes of a range, first and last code.
    fn contents(&self, range: (&str, &str)) -> Result<Contents, StoreError> {
        let sql = format!("SELECT {RECORD}, c.number FROM hcpcs_record AS c WHERE c.code BETWEEN ?1 AND ?2");
        self.gather("read what was said of codes", &sql, range, |row| {
            let record = read_record(row)?;
            Ok(((record.code, row.get(9)?), Arc::new(record)))
        })
    }

    /// The rows of one release in file order, with the action codes of this release.
    pub fn release_rows(&self, release: &Release) -> Result<Vec<Placed<HcpcsRecord>>, StoreError> {
        let mut said = self.publications_by(release, &self.contents(EVERY_CODE)?)?;
        said.sort_by_key(|publication| publication.line);
        let placed = |publication: Publication| Placed {
            line: publication.line,
            row: HcpcsRecord {
                action: publication.action,
                ..Arc::unwrap_or_clone(publication.record)
            },
        };
        Ok(said.into_iter().map(placed).collect())
    }

    /// The codes of a release.
    pub fn codes_of(&self, release: ReleaseId) -> Result<BTreeSet<HcpcsCode>, StoreError> {
        self.gather(
            "list the codes of a release",
            "SELECT code FROM release_record WHERE release_id = ?1",
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
                 SELECT code FROM release_record WHERE release_id = ?1)",
            [release],
            |row| row.get(0),
        )
    }

    fn codes_acted_on(&self, release: ReleaseId) -> Result<BTreeSet<HcpcsCode>, StoreError> {
        self.gather(
            "list the codes a release changed",
            "SELECT code FROM release_record WHERE release_id = ?1 AND action <> 'N'",
            [release],
            |row| row.get(0),
        )
    }

    /// The codes with a content that only one of two releases has.
    fn codes_that_differ(&self, one: ReleaseId, other: ReleaseId) -> Result<BTreeSet<HcpcsCode>, StoreError> {
        let sql = "SELECT code FROM release_record AS l WHERE release_id = ?1 AND NOT EXISTS (
                 SELECT 1 FROM release_record AS o
                 WHERE o.release_id = ?2 AND o.code = l.code AND o.number = l.number)";
        let mut codes: BTreeSet<HcpcsCode> =
            self.gather("compare releases", sql, params![one, other], |row| row.get(0))?;
        let gone: Vec<HcpcsCode> =
            self.gather("compare releases", sql, params![other, one], |row| row.get(0))?;
        codes.extend(gone);
        Ok(codes)
    }
}

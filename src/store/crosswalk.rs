//! The NDC-HCPCS crosswalk: each distinct row once, which line of which quarter holds it, and which row speaks for each
//! pair of NDC and code.

use super::columns::Exact;
use super::content::{Content, Digest};
use super::releases::Postings;
use super::{Reader, StoreError, Transaction};
use crate::cms::ndc_crosswalk::CrosswalkRow;
use crate::cms::{Placed, Table};
use crate::domain::code::HcpcsCode;
use crate::domain::crosswalk::CrosswalkPair;
use crate::domain::ndc::Ndc;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::Source;
use foldhash::{HashMap, HashSet, HashSetExt};
use rusqlite::{CachedStatement, Row, params};
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

/// The row that speaks for a pair of NDC and code in one release: its first line there.
struct Speaker {
    pair: (Ndc, HcpcsCode),
    row: i64,
    line: u32,
    /// Whether it was stored just now, with this release as its place.
    is_new: bool,
}

impl Transaction<'_> {
    /// Stores the rows of a new crosswalk and which of them speak for their pairs.
    pub(super) fn insert_crosswalk(
        &self,
        release: &Release,
        table: &Table<CrosswalkRow>,
    ) -> Result<(), StoreError> {
        let mut known: HashMap<Digest, i64> = self.gather(
            "look up known rows of crosswalks",
            "SELECT digest, id FROM crosswalk_row",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut content = Content::default();
        let doing = "store the lines of a crosswalk";
        let mut insert_line = self.statement(
            doing,
            "INSERT INTO release_crosswalk (release_id, line, row_id) VALUES (?1, ?2, ?3)",
        )?;
        let mut insert = self.statement("store a crosswalk row", INSERT_ROW)?;
        let mut pairs: HashSet<(Ndc, HcpcsCode)> = HashSet::new();
        let mut speakers = Vec::new();
        for Placed { line, row } in &table.rows {
            let pair = (row.ndc, row.code);
            let speaks = pairs.insert(pair);
            let (id, is_new) = match known.entry(digest(&mut content, row)) {
                Entry::Occupied(held) => (*held.get(), false),
                Entry::Vacant(new) => {
                    let place = speaks.then_some((release.id, *line));
                    let id = insert_row(&mut insert, new.key(), row, place);
                    (
                        *new.insert(id.map_err(self.failed("store a crosswalk row"))?),
                        true,
                    )
                }
            };
            insert_line
                .execute(params![release.id, line, id])
                .map_err(self.failed(doing))?;
            if speaks {
                let (row, line) = (id, *line);
                speakers.push(Speaker {
                    pair,
                    row,
                    line,
                    is_new,
                });
            }
        }
        self.update_places(release, &speakers)
    }

    /// The first posting of a quarter after all others only adds; any other changes what is in force, so that all places
    /// are worked out anew.
    fn update_places(&self, release: &Release, speakers: &[Speaker]) -> Result<(), StoreError> {
        let in_force = self.releases(Source::NdcCrosswalk)?;
        if release.revision == 1 && in_force.last() == Some(release) {
            return self.add_places(release.id, speakers);
        }
        self.execute(
            "rebuild the places of crosswalk rows",
            "UPDATE crosswalk_row SET first_release_id = NULL, newest_release_id = NULL, newest_line = NULL",
            [],
        )?;
        for release in in_force {
            self.add_places(release.id, &self.speakers_of(release.id)?)?;
        }
        Ok(())
    }

    fn speakers_of(&self, release: ReleaseId) -> Result<Vec<Speaker>, StoreError> {
        self.gather(
            "read the lines of a crosswalk",
            // Beside min() the other columns are those of the row with the least line.
            "SELECT w.ndc, w.code, w.id, min(l.line)
             FROM release_crosswalk AS l JOIN crosswalk_row AS w ON w.id = l.row_id
             WHERE l.release_id = ?1 GROUP BY w.ndc, w.code",
            [release],
            |row| {
                Ok(Speaker {
                    pair: (row.get(0)?, row.get(1)?),
                    row: row.get(2)?,
                    line: row.get(3)?,
                    is_new: false,
                })
            },
        )
    }

    /// Lets the rows of the next quarter speak for their pairs, in the place of those that did.
    fn add_places(&self, release: ReleaseId, speakers: &[Speaker]) -> Result<(), StoreError> {
        let doing = "bring the places of crosswalk rows up to date";
        let before: HashMap<(Ndc, HcpcsCode), (i64, ReleaseId)> = self.gather(
            doing,
            "SELECT ndc, code, id, first_release_id FROM crosswalk_row WHERE newest_release_id <> ?1",
            [release],
            |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))),
        )?;
        let mut speak = self.statement(
            doing,
            "UPDATE crosswalk_row SET first_release_id = ?2, newest_release_id = ?3, newest_line = ?4 WHERE id = ?1",
        )?;
        for speaker in speakers {
            let spoke = before.get(&speaker.pair);
            if spoke.is_none() && speaker.is_new {
                continue;
            }
            let first = spoke.map_or(release, |(_, first)| *first);
            if let Some((row, _)) = spoke.filter(|(row, _)| *row != speaker.row) {
                let silent = params![row, None::<i64>, None::<i64>, None::<u32>];
                speak.execute(silent).map_err(self.failed(doing))?;
            }
            let place = params![speaker.row, first, release, speaker.line];
            speak.execute(place).map_err(self.failed(doing))?;
        }
        Ok(())
    }
}

const INSERT_ROW: &str =
    "INSERT INTO crosswalk_row (digest, ndc, code, short_description, labeler, drug_name, dosage,
        bill_units, package_quantity, first_release_id, newest_release_id, newest_line)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11)";

/// Stores a row, with the release and line where it speaks for its pair; gives its number.
fn insert_row(
    insert: &mut CachedStatement<'_>,
    digest: &Digest,
    row: &CrosswalkRow,
    place: Option<(ReleaseId, u32)>,
) -> rusqlite::Result<i64> {
    insert.insert(params![
        digest,
        row.ndc,
        row.code,
        row.short_description,
        row.labeler,
        row.drug_name,
        row.dosage,
        row.bill_units.map(Exact),
        row.package_quantity.map(Exact),
        place.map(|(release, _)| release),
        place.map(|(_, line)| line)
    ])
}

fn digest(content: &mut Content, row: &CrosswalkRow) -> Digest {
    content.begin().text(&row.ndc.to_string()).text(row.code.as_str());
    content.text(&row.short_description).text(&row.labeler);
    content.text(&row.drug_name).text(&row.dosage);
    for quantity in [row.bill_units, row.package_quantity] {
        content.text(&quantity.map_or_else(String::new, |quantity| quantity.to_string()));
    }
    content.digest()
}

/// The pair of the row that speaks for it. `latest_name` is that of the row before: rows of one drug mostly stand
/// together, and share it.
fn read_pair(
    row: &Row<'_>,
    postings: &Postings,
    latest_name: &mut Arc<str>,
) -> rusqlite::Result<CrosswalkPair> {
    let column = |place: usize| row.get_ref(place)?.as_str().map_err(rusqlite::Error::from);
    let (drug_name, dosage, labeler) = (column(2)?, column(3)?, column(4)?);
    if **latest_name != *drug_name {
        *latest_name = Arc::from(drug_name);
    }
    Ok(CrosswalkPair {
        ndc: row.get(0)?,
        code: row.get(1)?,
        drug_name: Arc::clone(latest_name),
        details: [dosage, ", ", labeler].concat(),
        first: postings.get(row.get(5)?)?.quarter,
        newest: Arc::clone(postings.get(row.get(6)?)?),
        line: row.get(7)?,
    })
}

/// A row by the columns that [`Reader::packages_of`] names.
fn read_row(row: &Row<'_>) -> rusqlite::Result<CrosswalkRow> {
    Ok(CrosswalkRow {
        ndc: row.get(0)?,
        code: row.get(1)?,
        short_description: row.get(2)?,
        labeler: row.get(3)?,
        drug_name: row.get(4)?,
        dosage: row.get(5)?,
        bill_units: row.get::<_, Option<Exact>>(6)?.map(|exact| exact.0),
        package_quantity: row.get::<_, Option<Exact>>(7)?.map(|exact| exact.0),
    })
}

impl Reader {
    /// Every pair of NDC and code that a posting in force lists, by NDC and code. Of several rows of a pair the newest
    /// quarter's counts, and of these the first.
    pub fn crosswalk_pairs(&self) -> Result<Vec<CrosswalkPair>, StoreError> {
        let postings = self.postings()?;
        let mut latest_name = Arc::default();
        let mut pairs: Vec<CrosswalkPair> = self.gather(
            "read the crosswalk pairs",
            "SELECT ndc, code, drug_name, dosage, labeler, first_release_id, newest_release_id, newest_line
             FROM crosswalk_row WHERE newest_release_id IS NOT NULL",
            [],
            |row| read_pair(row, &postings, &mut latest_name),
        )?;
        // A pair is several times as wide as its key: the keys are sorted, then each pair moves once.
        pairs.sort_by_cached_key(|pair| (pair.ndc, pair.code));
        Ok(pairs)
    }

    /// The rows of one crosswalk by NDC and code. Of several rows of a pair the first counts.
    pub fn packages_of(
        &self,
        release: ReleaseId,
    ) -> Result<BTreeMap<(Ndc, HcpcsCode), CrosswalkRow>, StoreError> {
        self.gather(
            "read the packages of a crosswalk",
            // The last of a pair is kept by the map, so the first row comes last.
            "SELECT w.ndc, w.code, w.short_description, w.labeler, w.drug_name, w.dosage, w.bill_units,
                    w.package_quantity
             FROM release_crosswalk AS l JOIN crosswalk_row AS w ON w.id = l.row_id
             WHERE l.release_id = ?1 ORDER BY l.line DESC",
            [release],
            |row| {
                let row = read_row(row)?;
                Ok(((row.ndc, row.code), row))
            },
        )
    }
}

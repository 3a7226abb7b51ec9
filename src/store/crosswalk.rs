//! The NDC-HCPCS crosswalk: each distinct row once, with where it was first and last listed, and which line of which
//! quarter holds it.

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
use rusqlite::{CachedStatement, Row, params};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

impl Transaction<'_> {
    /// Stores the rows of a new crosswalk and where each was first and last listed.
    pub(super) fn insert_crosswalk(
        &self,
        release: &Release,
        table: &Table<CrosswalkRow>,
    ) -> Result<(), StoreError> {
        let mut known = self.known_contents("SELECT digest, id FROM crosswalk_row")?;
        let mut content = Content::default();
        let doing = "store the lines of a crosswalk";
        let mut insert_line = self.statement(
            doing,
            "INSERT INTO release_crosswalk (release_id, line, row_id) VALUES (?1, ?2, ?3)",
        )?;
        let mut insert = self.statement("store a crosswalk row", INSERT_ROW)?;
        for Placed { line, row } in &table.rows {
            let id = match known.entry(digest(&mut content, row)) {
                Entry::Occupied(held) => *held.get(),
                Entry::Vacant(new) => {
                    let id = insert_row(&mut insert, new.key(), row, release.id, *line);
                    *new.insert(id.map_err(self.failed("store a crosswalk row"))?)
                }
            };
            insert_line
                .execute(params![release.id, line, id])
                .map_err(self.failed(doing))?;
        }
        self.update_places(release)
    }

    /// The first posting of a quarter after all others only adds; any other changes what is in force, so that the places
    /// of all rows are worked out anew.
    fn update_places(&self, release: &Release) -> Result<(), StoreError> {
        let in_force = self.releases(Source::NdcCrosswalk)?;
        if release.revision == 1 && in_force.last() == Some(release) {
            return match in_force.len() {
                1 => Ok(()),
                _ => self.add_places(release),
            };
        }
        self.execute(
            "rebuild the places of crosswalk rows",
            "UPDATE crosswalk_row SET first_release_id = NULL, newest_release_id = NULL, newest_line = NULL",
            [],
        )?;
        in_force.iter().try_for_each(|release| self.add_places(release))
    }

    /// Takes over the places of the next quarter; where a file lists a row twice, its first line counts.
    fn add_places(&self, release: &Release) -> Result<(), StoreError> {
        self.execute(
            "bring the places of crosswalk rows up to date",
            "UPDATE crosswalk_row
             SET first_release_id = coalesce(first_release_id, ?1), newest_release_id = ?1, newest_line = l.line
             FROM (SELECT row_id, min(line) AS line FROM release_crosswalk WHERE release_id = ?1 GROUP BY row_id) AS l
             WHERE crosswalk_row.id = l.row_id",
            [release.id],
        )?;
        Ok(())
    }
}

const INSERT_ROW: &str =
    "INSERT INTO crosswalk_row (digest, ndc, code, short_description, labeler, drug_name, dosage,
        bill_units, package_quantity, first_release_id, newest_release_id, newest_line)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11)";

/// Stores a row that `release` is the first to list; gives its number.
fn insert_row(
    insert: &mut CachedStatement<'_>,
    digest: &Digest,
    row: &CrosswalkRow,
    release: ReleaseId,
    line: u32,
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
        release,
        line
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

/// What a row says of its pair by itself.
fn read_pair(row: &Row<'_>, postings: &Postings) -> rusqlite::Result<CrosswalkPair> {
    let column = |place: usize| row.get_ref(place)?.as_str().map_err(rusqlite::Error::from);
    let (dosage, labeler) = (column(3)?, column(4)?);
    Ok(CrosswalkPair {
        ndc: row.get(0)?,
        code: row.get(1)?,
        drug_name: row.get(2)?,
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
        let mut pairs: Vec<CrosswalkPair> = self.gather(
            "read the crosswalk pairs",
            "SELECT ndc, code, drug_name, dosage, labeler, first_release_id, newest_release_id, newest_line
             FROM crosswalk_row WHERE newest_release_id IS NOT NULL",
            [],
            |row| read_pair(row, &postings),
        )?;
        pairs.sort_unstable_by_key(|pair| (pair.ndc, pair.code, Reverse(pair.newest.quarter), pair.line));
        pairs.dedup_by(|older, newest| {
            let is_same = (older.ndc, older.code) == (newest.ndc, newest.code);
            if is_same {
                newest.first = newest.first.min(older.first);
            }
            is_same
        });
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

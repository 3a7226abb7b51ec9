//! The NDC-HCPCS crosswalk: rows of each quarter, and each pair of NDC and code with where it was first and last
//! listed.

use super::columns::Exact;
use super::content::{Content, Digest};
use super::releases::Postings;
use super::{Reader, StoreError, Transaction};
use crate::cms::Table;
use crate::cms::ndc_crosswalk::CrosswalkRow;
use crate::domain::code::HcpcsCode;
use crate::domain::crosswalk::CrosswalkPair;
use crate::domain::ndc::Ndc;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::Source;
use rusqlite::{CachedStatement, Row, params};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Transaction<'_> {
    /// Stores the rows of a new crosswalk and brings the pairs up to date.
    pub(super) fn insert_crosswalk(
        &self,
        release: &Release,
        table: &Table<CrosswalkRow>,
    ) -> Result<(), StoreError> {
        let mut known = self.known_contents("SELECT digest, id FROM crosswalk_row")?;
        let mut content = Content::default();
        let doing = "store the lines of a crosswalk";
        let mut insert = self.statement(
            doing,
            "INSERT INTO release_crosswalk (release_id, line, row_id) VALUES (?1, ?2, ?3)",
        )?;
        let mut insert_row = self.statement("store a crosswalk row", INSERT_ROW)?;
        for placed in &table.rows {
            let digest = digest(&mut content, &placed.row);
            let id = match known.get(&digest) {
                Some(id) => *id,
                None => self.insert_crosswalk_row(&mut insert_row, digest, &placed.row)?,
            };
            known.insert(digest, id);
            insert
                .execute(params![release.id, placed.line, id])
                .map_err(self.failed(doing))?;
        }
        self.update_pairs(release)
    }

    fn insert_crosswalk_row(
        &self,
        insert: &mut CachedStatement<'_>,
        digest: Digest,
        row: &CrosswalkRow,
    ) -> Result<i64, StoreError> {
        let row = params![
            digest,
            row.ndc,
            row.code,
            row.short_description,
            row.labeler,
            row.drug_name,
            row.dosage,
            row.bill_units.map(Exact),
            row.package_quantity.map(Exact)
        ];
        insert.insert(row).map_err(self.failed("store a crosswalk row"))
    }

    /// The first posting of a quarter after all others only adds; any other changes what is in force, so the pairs
    /// are built anew.
    fn update_pairs(&self, release: &Release) -> Result<(), StoreError> {
        let in_force = self.releases(Source::NdcCrosswalk)?;
        if release.revision == 1 && in_force.last() == Some(release) {
            return self.add_pairs(release);
        }
        self.execute("rebuild the crosswalk pairs", "DELETE FROM crosswalk_pair", [])?;
        in_force.iter().try_for_each(|release| self.add_pairs(release))
    }

    /// Takes over the pairs of the next quarter; where a file lists one twice, its first line counts.
    fn add_pairs(&self, release: &Release) -> Result<(), StoreError> {
        self.execute(
            "bring the crosswalk pairs up to date",
            "INSERT INTO crosswalk_pair
             SELECT w.ndc, w.code, w.id, w.id, l.release_id, l.line, l.release_id, l.line
             FROM release_crosswalk AS l JOIN crosswalk_row AS w ON w.id = l.row_id
             WHERE l.release_id = ?1 ORDER BY l.line
             ON CONFLICT DO UPDATE SET row_id = excluded.row_id, newest_release_id = excluded.newest_release_id,
                                       newest_line = excluded.newest_line
             WHERE newest_release_id <> excluded.newest_release_id",
            [release.id],
        )?;
        Ok(())
    }
}

const INSERT_ROW: &str =
    "INSERT INTO crosswalk_row (digest, ndc, code, short_description, labeler, drug_name, dosage,
        bill_units, package_quantity)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";

fn digest(content: &mut Content, row: &CrosswalkRow) -> Digest {
    content.begin().text(&row.ndc.to_string()).text(row.code.as_str());
    content.text(&row.short_description).text(&row.labeler);
    content.text(&row.drug_name).text(&row.dosage);
    for quantity in [row.bill_units, row.package_quantity] {
        content.text(&quantity.map_or_else(String::new, |quantity| quantity.to_string()));
    }
    content.digest()
}

/// The pairs with the newest content and the numbers of both postings, in the order [`read_pair`] takes the columns.
const PAIRS: &str =
    "SELECT w.ndc, w.code, w.drug_name, w.dosage, w.labeler, p.first_release_id, p.newest_release_id, p.newest_line
    FROM crosswalk_pair AS p JOIN crosswalk_row AS w ON w.id = p.row_id";

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
    /// Every pair of NDC and code that a posting in force lists, by NDC and code.
    pub fn crosswalk_pairs(&self) -> Result<Vec<CrosswalkPair>, StoreError> {
        let postings = self.postings()?;
        self.gather(
            "read the crosswalk pairs",
            &format!("{PAIRS} ORDER BY p.ndc, p.code"),
            [],
            |row| read_pair(row, &postings),
        )
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

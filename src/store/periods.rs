//! Code periods: derived from the releases by `code_history`, kept so that a date is one look-up.

use super::releases::read_release;
use super::{Reader, StoreError, Transaction, stored_count};
use crate::domain::code::HcpcsCode;
use crate::domain::evidence::Evidence;
use crate::domain::period::{CodePeriod, PublishedPeriod};
use crate::domain::release::ReleaseId;
use rusqlite::{Row, params};

impl Transaction<'_> {
    /// Puts `periods`, in the order given, in the place of all periods of `code`; none takes the code out. The
    /// evidence must name postings that are held.
    pub fn replace_periods(&self, code: HcpcsCode, periods: &[PublishedPeriod]) -> Result<(), StoreError> {
        self.execute(
            "replace the periods of a code",
            "DELETE FROM code_period WHERE code = ?1",
            [code],
        )?;
        for (position, published) in periods.iter().enumerate() {
            self.insert_period(code, position, published)?;
        }
        Ok(())
    }

    fn insert_period(
        &self,
        code: HcpcsCode,
        position: usize,
        published: &PublishedPeriod,
    ) -> Result<(), StoreError> {
        let (first, changed) = (&published.first_published, &published.last_changed);
        let first_posting = self.posting(first)?;
        let named = |it: &Evidence| (it.source, it.quarter, it.revision, it.sha256);
        let same = named(first) == named(changed);
        let changed_posting = if same {
            first_posting
        } else {
            self.posting(changed)?
        };
        let beyond =
            |evidence: &Evidence| (evidence.text != published.descriptor).then(|| evidence.text.clone());
        self.execute(
            "store the period of a code",
            "INSERT INTO code_period (code, position, valid_from, valid_to, descriptor, cross_references, standing,
                first_release_id, first_line, first_text, changed_release_id, changed_line, changed_text)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            params![
                code,
                stored_count(position),
                published.period.valid_from,
                published.period.valid_to,
                published.descriptor,
                published.cross_references.join(" "),
                published.standing,
                first_posting,
                first.line,
                beyond(first),
                changed_posting,
                changed.line,
                beyond(changed)
            ],
        )?;
        Ok(())
    }

    /// The posting that evidence names.
    fn posting(&self, evidence: &Evidence) -> Result<ReleaseId, StoreError> {
        let found = self.first(
            "look up a posting",
            "SELECT id FROM release WHERE source = ?1 AND quarter = ?2 AND revision = ?3 AND sha256 = ?4",
            params![
                evidence.source,
                evidence.quarter,
                evidence.revision,
                evidence.sha256
            ],
            |row| row.get(0),
        )?;
        found.ok_or_else(|| {
            let quarter = evidence
                .quarter
                .map_or_else(String::new, |quarter| quarter.to_string());
            let named = format!("{} {quarter} revision {}", evidence.source, evidence.revision);
            StoreError::UnknownPosting(named)
        })
    }
}

/// Periods with both postings, in the order [`read_period`] takes the columns.
const PERIODS: &str = "SELECT p.code, p.valid_from, p.valid_to, p.descriptor, p.cross_references, p.standing,
        f.id, f.source, f.quarter, f.revision, f.sha256, f.member, p.first_line, p.first_text,
        c.id, c.source, c.quarter, c.revision, c.sha256, c.member, p.changed_line, p.changed_text
    FROM code_period AS p
    JOIN release AS f ON f.id = p.first_release_id
    JOIN release AS c ON c.id = p.changed_release_id";

fn read_period(row: &Row<'_>) -> rusqlite::Result<PublishedPeriod> {
    let descriptor: String = row.get(3)?;
    let cross_references: String = row.get(4)?;
    let evidence = |start: usize| -> rusqlite::Result<Evidence> {
        let text: Option<String> = row.get(start + 7)?;
        let text = text.unwrap_or_else(|| descriptor.clone());
        Ok(read_release(row, start)?.evidence(row.get(start + 6)?, text))
    };
    let (first_published, last_changed) = (evidence(6)?, evidence(14)?);
    Ok(PublishedPeriod {
        period: CodePeriod {
            code: row.get(0)?,
            valid_from: row.get(1)?,
            valid_to: row.get(2)?,
        },
        descriptor,
        cross_references: super::columns::words(&cross_references),
        standing: row.get(5)?,
        first_published,
        last_changed,
    })
}

impl Reader {
    /// Every period of every code, by code and in time.
    pub fn periods(&self) -> Result<Vec<PublishedPeriod>, StoreError> {
        let sql = format!("{PERIODS} ORDER BY p.code, p.position");
        self.gather("read the periods", &sql, [], read_period)
    }

    /// The periods of one code, in time.
    pub fn periods_of(&self, code: HcpcsCode) -> Result<Vec<PublishedPeriod>, StoreError> {
        let sql = format!("{PERIODS} WHERE p.code = ?1 ORDER BY p.position");
        self.gather("read the periods of a code", &sql, [code], read_period)
    }
}

//! Code periods: derived from the releases by `code_history`, kept so that a date is one look-up.

use super::columns::Day;
use super::releases::Postings;
use super::{Reader, StoreError, Transaction, stored_count};
use crate::domain::code::{EVERY_CODE, HcpcsCode};
use crate::domain::evidence::Evidence;
use crate::domain::period::{CodePeriod, PublishedPeriod};
use rusqlite::{Row, params};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Transaction<'_> {
    /// Puts the periods given, in the order given, in the place of all periods of their codes; none takes a code out.
    /// The evidence must name postings that are held.
    pub fn replace_periods(
        &self,
        by_code: impl IntoIterator<Item = (HcpcsCode, Vec<PublishedPeriod>)>,
    ) -> Result<(), StoreError> {
        let postings = self.postings()?;
        let held: BTreeSet<HcpcsCode> = self.gather(
            "list the codes with a period",
            "SELECT DISTINCT code FROM code_period",
            [],
            |row| row.get(0),
        )?;
        let doing = "store the period of a code";
        let mut insert = self.statement(
            doing,
            "INSERT INTO code_period (code, position, valid_from, valid_to, descriptor, cross_references, standing,
                first_release_id, first_line, first_text, changed_release_id, changed_line, changed_text)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?;
        for (code, periods) in by_code {
            if held.contains(&code) {
                self.execute(
                    "replace the periods of a code",
                    "DELETE FROM code_period WHERE code = ?1",
                    [code],
                )?;
            }
            for (position, published) in periods.iter().enumerate() {
                let (first, changed) = (&published.first_published, &published.last_changed);
                let beyond = |evidence: &'_ Evidence| {
                    (evidence.text != published.descriptor).then(|| evidence.text.clone())
                };
                let row = params![
                    code,
                    stored_count(position),
                    Day(published.period.valid_from),
                    published.period.valid_to.map(Day),
                    published.descriptor,
                    published.cross_references.join(" "),
                    published.standing,
                    postings.named_by(first)?,
                    first.line,
                    beyond(first),
                    postings.named_by(changed)?,
                    changed.line,
                    beyond(changed)
                ];
                insert.execute(row).map_err(self.failed(doing))?;
            }
        }
        Ok(())
    }
}

/// Periods with the numbers of both postings, in the order [`read_period`] takes the columns.
const PERIODS: &str = "SELECT p.code, p.valid_from, p.valid_to, p.descriptor, p.cross_references, p.standing,
        p.first_release_id, p.first_line, p.first_text, p.changed_release_id, p.changed_line, p.changed_text
    FROM code_period AS p";

fn read_period(row: &Row<'_>, postings: &Postings) -> rusqlite::Result<PublishedPeriod> {
    let descriptor: Arc<str> = row.get(3)?;
    let cross_references = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
    let evidence = |start: usize| -> rusqlite::Result<Evidence> {
        let text: Option<Arc<str>> = row.get(start + 2)?;
        let text = text.unwrap_or_else(|| Arc::clone(&descriptor));
        Ok(postings.get(row.get(start)?)?.evidence(row.get(start + 1)?, text))
    };
    let (first_published, last_changed) = (evidence(6)?, evidence(9)?);
    let cross_references = super::columns::words(cross_references);
    Ok(PublishedPeriod {
        period: CodePeriod {
            code: row.get(0)?,
            valid_from: row.get::<_, Day>(1)?.0,
            valid_to: row.get::<_, Option<Day>>(2)?.map(|day| day.0),
        },
        descriptor,
        cross_references,
        standing: row.get(5)?,
        first_published,
        last_changed,
    })
}

impl Reader {
    /// Every period of every code, by code and in time.
    pub fn periods(&self) -> Result<Vec<PublishedPeriod>, StoreError> {
        self.periods_within(&[EVERY_CODE])
    }

    /// Every period of the codes within `ranges`, first and last code of each, by range, code and in time.
    pub fn periods_within(&self, ranges: &[(&str, &str)]) -> Result<Vec<PublishedPeriod>, StoreError> {
        let sql = format!("{PERIODS} WHERE p.code BETWEEN ?1 AND ?2 ORDER BY p.code, p.position");
        let postings = self.postings()?;
        let mut found = Vec::new();
        for range in ranges {
            self.gather::<(), ()>("read the periods", &sql, *range, |row| {
                found.push(read_period(row, &postings)?);
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// The periods of one code, in time.
    pub fn periods_of(&self, code: HcpcsCode) -> Result<Vec<PublishedPeriod>, StoreError> {
        let sql = format!("{PERIODS} WHERE p.code = ?1 ORDER BY p.position");
        let postings = self.postings()?;
        self.gather("read the periods of a code", &sql, [code], |row| {
            read_period(row, &postings)
        })
    }
}

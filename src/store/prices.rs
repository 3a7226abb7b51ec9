//! Payment limits by quarter, and the drugs priced without a code.

use super::releases::read_release;
use super::{Reader, StoreError, Transaction};
use crate::cms::asp_pricing::PricingRow;
use crate::cms::noc::{NocCrosswalkRow, NocPricingRow};
use crate::cms::{Placed, Table};
use crate::domain::alert::QuarterLimit;
use crate::domain::code::HcpcsCode;
use crate::domain::evidence::Evidence;
use crate::domain::payment_limit::PaymentLimit;
use crate::domain::quarter::Quarter;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::Source;
use rusqlite::{Row, params};
use std::collections::BTreeMap;

/// A payment limit with the line that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedLimit {
    /// The quarter and the limit.
    pub limit: QuarterLimit,
    /// The billing unit as the pricing file prints it: `1 MG`.
    pub dosage: String,
    /// The notes of the row.
    pub notes: String,
    /// The line of the pricing file.
    pub evidence: Evidence,
}

impl Transaction<'_> {
    pub(super) fn insert_pricing(
        &self,
        release: &Release,
        table: &Table<PricingRow>,
    ) -> Result<(), StoreError> {
        for Placed { line, row } in &table.rows {
            self.execute(
                "store a payment limit",
                "INSERT INTO payment_limit (code, release_id, line, short_description, dosage, payment_limit, notes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    row.code,
                    release.id,
                    line,
                    row.short_description,
                    row.dosage,
                    row.payment_limit,
                    row.notes
                ],
            )?;
        }
        Ok(())
    }

    pub(super) fn insert_noc_pricing(
        &self,
        release: &Release,
        table: &Table<NocPricingRow>,
    ) -> Result<(), StoreError> {
        for Placed { line, row } in &table.rows {
            self.execute(
                "store a price without a code",
                "INSERT INTO noc_price (release_id, member, line, drug_name, dosage, payment_limit, notes)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    release.id,
                    table.member,
                    line,
                    row.drug_name,
                    row.dosage,
                    row.payment_limit,
                    row.notes
                ],
            )?;
        }
        Ok(())
    }

    pub(super) fn insert_noc_crosswalk(
        &self,
        release: &Release,
        table: &Table<NocCrosswalkRow>,
    ) -> Result<(), StoreError> {
        for Placed { line, row } in &table.rows {
            self.execute(
                "store a product without a code",
                "INSERT INTO noc_product (release_id, member, line, generic_name, labeler, ndc, drug_name, dosage)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    release.id,
                    table.member,
                    line,
                    row.generic_name,
                    row.labeler,
                    row.ndc,
                    row.drug_name,
                    row.dosage
                ],
            )?;
        }
        Ok(())
    }
}

/// The limits of a code in the postings in force, in the order [`read_limit`] takes the columns.
const LIMITS: &str =
    "SELECT r.id, r.source, r.quarter, r.revision, r.sha256, r.member, p.line, p.payment_limit,
        p.dosage, p.short_description, p.notes
    FROM payment_limit AS p JOIN newest_release AS r ON r.id = p.release_id
    WHERE p.code = ?1";

pub(super) fn read_limit(row: &Row<'_>) -> rusqlite::Result<PublishedLimit> {
    let release = read_release(row)?;
    let limit: Option<PaymentLimit> = row.get(7)?;
    let (dosage, short_description): (String, String) = (row.get(8)?, row.get(9)?);
    let dollars = limit.map_or_else(|| "N/A".to_owned(), |limit| limit.to_string());
    let text = format!("{short_description}, {dosage}, {dollars}");
    Ok(PublishedLimit {
        limit: QuarterLimit {
            quarter: release.quarter,
            limit,
        },
        dosage,
        notes: row.get(10)?,
        evidence: release.evidence(row.get(6)?, text),
    })
}

impl Reader {
    /// The payment limit of a code in the pricing file in force for `quarter`; none where that file is not held or
    /// does not name the code.
    pub fn payment_limit(
        &self,
        code: HcpcsCode,
        quarter: Quarter,
    ) -> Result<Option<PublishedLimit>, StoreError> {
        self.first(
            "look up a payment limit",
            &format!("{LIMITS} AND r.quarter = ?2 ORDER BY p.line LIMIT 1"),
            params![code, quarter],
            read_limit,
        )
    }

    /// Every payment limit in the pricing file in force for `quarter`, by code: none for a code without a limit. None
    /// where that file is not held. Of several rows of a code the first counts.
    pub fn limits_of(
        &self,
        quarter: Quarter,
    ) -> Result<Option<BTreeMap<HcpcsCode, Option<PaymentLimit>>>, StoreError> {
        let Some(release) = self.newest_release(Source::AspPricing, quarter)? else {
            return Ok(None);
        };
        self.gather(
            "read the payment limits of a quarter",
            // The last of a code is kept by the map, so the first row comes last.
            "SELECT code, payment_limit FROM payment_limit WHERE release_id = ?1 ORDER BY code, line DESC",
            [release.id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .map(Some)
    }

    /// The drugs a NOC release prices, in file order.
    pub fn noc_prices(&self, release: ReleaseId) -> Result<Vec<Placed<NocPricingRow>>, StoreError> {
        self.gather(
            "read the prices without a code",
            "SELECT line, drug_name, dosage, payment_limit, notes FROM noc_price WHERE release_id = ?1
             ORDER BY member, line",
            [release],
            |row| {
                Ok(Placed {
                    line: row.get(0)?,
                    row: NocPricingRow {
                        drug_name: row.get(1)?,
                        dosage: row.get(2)?,
                        payment_limit: row.get(3)?,
                        notes: row.get(4)?,
                    },
                })
            },
        )
    }

    /// The products a NOC release lists by NDC, in file order.
    pub fn noc_products(&self, release: ReleaseId) -> Result<Vec<Placed<NocCrosswalkRow>>, StoreError> {
        self.gather(
            "read the products without a code",
            "SELECT line, generic_name, labeler, ndc, drug_name, dosage FROM noc_product WHERE release_id = ?1
             ORDER BY member, line",
            [release],
            |row| {
                Ok(Placed {
                    line: row.get(0)?,
                    row: NocCrosswalkRow {
                        generic_name: row.get(1)?,
                        labeler: row.get(2)?,
                        ndc: row.get(3)?,
                        drug_name: row.get(4)?,
                        dosage: row.get(5)?,
                    },
                })
            },
        )
    }
}

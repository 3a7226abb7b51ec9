//! The FDA Purple Book listing in force: the newest as a whole.

use super::releases::read_release;
use super::{Reader, StoreError, Transaction};
use crate::cms::purple_book::PurpleBookProduct;
use crate::cms::{Placed, Table};
use crate::domain::evidence::Evidence;
use crate::domain::release::Release;
use rusqlite::types::Type;
use rusqlite::{Row, params};

/// A licensed product with the line that names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedProduct {
    /// The product.
    pub product: PurpleBookProduct,
    /// The line of the listing; without a quarter, for the Purple Book is not quarterly.
    pub evidence: Evidence,
}

impl Transaction<'_> {
    pub(super) fn insert_purple_book(
        &self,
        release: &Release,
        table: &Table<PurpleBookProduct>,
    ) -> Result<(), StoreError> {
        for Placed { line, row } in &table.rows {
            self.execute(
                "store a licensed product",
                "INSERT INTO purple_book_product (release_id, line, brands, proper_name, route, applicant, bla_number,
                    bla_type, approved_on, first_licensed_on, reference_proper_name, marketing_status)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
                params![
                    release.id,
                    line,
                    serde_json::to_string(&row.brands)?,
                    row.proper_name,
                    row.route,
                    row.applicant,
                    row.bla_number,
                    row.bla_type,
                    row.approved_on,
                    row.first_licensed_on,
                    row.reference_proper_name,
                    row.marketing_status
                ],
            )?;
        }
        Ok(())
    }
}

impl Reader {
    /// The products of the newest listing held, in file order; none where no listing is held.
    pub fn purple_book(&self) -> Result<Vec<ListedProduct>, StoreError> {
        self.gather(
            "read the Purple Book",
            "SELECT r.id, r.source, r.quarter, r.revision, r.sha256, r.member, p.line, p.brands, p.proper_name,
                    p.route, p.applicant, p.bla_number, p.bla_type, p.approved_on, p.first_licensed_on,
                    p.reference_proper_name, p.marketing_status
             FROM purple_book_product AS p JOIN release AS r ON r.id = p.release_id
             WHERE r.id = (SELECT id FROM release WHERE source = 'purple-book'
                           ORDER BY quarter DESC, revision DESC LIMIT 1)
             ORDER BY p.line",
            [],
            read_product,
        )
    }
}

fn read_product(row: &Row<'_>) -> rusqlite::Result<ListedProduct> {
    let brands: String = row.get(7)?;
    let brands = serde_json::from_str(&brands)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(7, Type::Text, Box::new(error)))?;
    let product = PurpleBookProduct {
        brands,
        proper_name: row.get(8)?,
        route: row.get(9)?,
        applicant: row.get(10)?,
        bla_number: row.get(11)?,
        bla_type: row.get(12)?,
        approved_on: row.get(13)?,
        first_licensed_on: row.get(14)?,
        reference_proper_name: row.get(15)?,
        marketing_status: row.get(16)?,
    };
    let text = format!(
        "{} ({}), {}",
        product.brands.join(", "),
        product.proper_name,
        product.route
    );
    let evidence = Evidence {
        quarter: None,
        ..read_release(row)?.evidence(row.get(6)?, text)
    };
    Ok(ListedProduct { product, evidence })
}

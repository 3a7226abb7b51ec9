//! The crosswalk's rows for one drug, looked up once for all candidates.

use crate::domain::crosswalk::CrosswalkPair;
use crate::domain::period::PublishedPeriod;
use crate::matching::drug_identity::DrugIdentity;
use crate::matching::index::Index;

#[derive(Debug)]
pub(super) struct CrosswalkRows<'a> {
    /// Of the drug's NDCs.
    ndcs: Vec<&'a CrosswalkPair>,
    /// Of any package of the same labeler and product.
    products: Vec<&'a CrosswalkPair>,
    /// Under the drug's brands.
    brands: Vec<&'a CrosswalkPair>,
}

impl<'a> CrosswalkRows<'a> {
    pub(super) fn of(index: &Index<'a>, identity: &DrugIdentity) -> Self {
        let of_ndc = |ndc| {
            index
                .rows_of_product(ndc)
                .iter()
                .filter(move |row| row.ndc == *ndc)
        };
        Self {
            ndcs: identity.ndcs.iter().flat_map(of_ndc).collect(),
            products: identity
                .ndcs
                .iter()
                .flat_map(|ndc| index.rows_of_product(ndc))
                .collect(),
            brands: identity
                .brands
                .iter()
                .flat_map(|brand| index.rows_of_brand(brand))
                .collect(),
        }
    }

    /// The newest row that puts one of the drug's NDCs under the code of `published` in its days.
    pub(super) fn of_ndc(&self, published: &PublishedPeriod) -> Option<&'a CrosswalkPair> {
        newest(&self.ndcs, published)
    }

    /// The newest row that puts one of the drug's NDCs under another code than that of `published`, while both are in force.
    pub(super) fn under_another_code(
        &self,
        index: &Index<'_>,
        published: &PublishedPeriod,
    ) -> Option<&'a CrosswalkPair> {
        let period = &published.period;
        let other = self.ndcs.iter().copied().filter(|row| {
            row.code != period.code
                && row.newest.quarter.first_day() >= period.valid_from
                && period.valid_to.is_none_or(|end| row.first.first_day() <= end)
                && index.is_beside(row.code, period)
        });
        other.max_by_key(|row| row.newest.quarter)
    }

    /// Like [`Self::of_ndc`], for any package of the same labeler and product.
    pub(super) fn of_product(&self, published: &PublishedPeriod) -> Option<&'a CrosswalkPair> {
        newest(&self.products, published)
    }

    /// Like [`Self::of_ndc`], for the drug's brand.
    pub(super) fn of_brand(&self, published: &PublishedPeriod) -> Option<&'a CrosswalkPair> {
        newest(&self.brands, published)
    }
}

fn newest<'a>(rows: &[&'a CrosswalkPair], published: &PublishedPeriod) -> Option<&'a CrosswalkPair> {
    let period = &published.period;
    let of_period = rows.iter().copied().filter(|row| {
        row.code == period.code
            && row.newest.quarter.last_day() >= period.valid_from
            && period.valid_to.is_none_or(|end| row.first.first_day() <= end)
    });
    of_period.max_by_key(|row| row.newest.quarter)
}

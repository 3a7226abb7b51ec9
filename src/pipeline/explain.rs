//! Why a drug has the code it has, or none: the matcher's outcome over everything held, read-only.

use super::PipelineError;
use super::weighing::{Published, Weighing};
use crate::config::Config;
use crate::domain::drug::Drug;
use crate::matching::Outcome;
use crate::store::drugs::ListedDrug;
use crate::store::{Reader, StoreError};

/// A drug with what the matcher says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The drug.
    pub listed: ListedDrug,
    /// Everything that was weighed.
    pub outcome: Outcome,
}

/// Weighs everything held for one drug.
///
/// # Errors
///
/// Where the store cannot be read.
pub fn explain(config: &Config, store: &Reader, drug: &Drug) -> Result<Explanation, PipelineError> {
    let listed = store
        .listed_drug(drug.id)?
        .ok_or(StoreError::NoSuchDrug(drug.id))?;
    let published = Published::read(store)?;
    let outcome = Weighing::new(config, store, &published)?.outcome(&listed);
    Ok(Explanation { listed, outcome })
}

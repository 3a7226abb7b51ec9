//! What drugs are weighed against: everything published, and what persons said.

use crate::cms::purple_book::PurpleBookProduct;
use crate::code_on_date::Reach;
use crate::config::Config;
use crate::domain::crosswalk::CrosswalkPair;
use crate::domain::descriptor::Descriptor;
use crate::domain::drug::{DrugId, Setting};
use crate::domain::evidence::Evidence;
use crate::domain::period::PublishedPeriod;
use crate::matching::decisions::PersonDecision;
use crate::matching::index::{DRUG_FAMILIES, Index, described};
use crate::matching::{Circumstances, Outcome, match_drug};
use crate::store::drugs::ListedDrug;
use crate::store::{Reader, StoreError};
use std::collections::HashMap;
use std::sync::Arc;

/// Everything published that a drug could be matched against, as the store holds it; an [`Index`] borrows from it.
#[derive(Debug)]
pub struct Published {
    /// Of codes that can be a drug's own: no other is ever recognised, confirmed or told.
    pub(super) periods: Vec<PublishedPeriod>,
    descriptors: Vec<Arc<Descriptor>>,
    crosswalk: Vec<CrosswalkPair>,
    purple_book: Vec<(PurpleBookProduct, Evidence)>,
}

impl Published {
    /// Reads everything, of one state of the store.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub fn read(store: &Reader) -> Result<Self, StoreError> {
        store.at_once(|| {
            let periods = store.periods_within(&DRUG_FAMILIES)?;
            let listed = store.purple_book()?.into_iter();
            Ok(Self {
                descriptors: described(&periods),
                periods,
                crosswalk: store.crosswalk_pairs()?,
                purple_book: listed.map(|listed| (listed.product, listed.evidence)).collect(),
            })
        })
    }

    /// What the matcher looks drugs up in.
    #[must_use]
    pub fn index(&self) -> Index<'_> {
        Index::new(
            &self.periods,
            &self.descriptors,
            &self.crosswalk,
            &self.purple_book,
        )
    }
}

/// What is published, arranged for look-up, with every person's word: any drug can be weighed.
#[derive(Debug)]
pub(super) struct Weighing<'a> {
    /// How far the HCPCS releases held can tell; none where none is held.
    pub(super) reach: Option<Reach>,
    practice: Setting,
    periods: &'a [PublishedPeriod],
    index: Index<'a>,
    decisions: HashMap<DrugId, Vec<PersonDecision>>,
}

impl<'a> Weighing<'a> {
    /// A weighing by what `published` was read from `store`, of the same state of it.
    pub(super) fn new(config: &Config, store: &Reader, published: &'a Published) -> Result<Self, StoreError> {
        Ok(Self {
            reach: reach(store, &published.periods)?,
            practice: config.practice.setting,
            periods: &published.periods,
            index: published.index(),
            decisions: store.person_decisions()?,
        })
    }

    /// What the matcher is told beside the names: since when the practice has the drug, and where it is billed from.
    pub(super) fn circumstances(&self, listed: &ListedDrug) -> Circumstances {
        let entry = &listed.drug.entry;
        Circumstances {
            first_seen: entry
                .started_on
                .map_or(listed.listed_on, |started| started.min(listed.listed_on)),
            setting: entry.setting.unwrap_or(self.practice),
        }
    }

    /// What the matcher finds, and over it what persons said.
    pub(super) fn outcome(&self, listed: &ListedDrug) -> Outcome {
        self.outcome_in(listed, self.circumstances(listed))
    }

    /// The same under other circumstances than the drug's.
    pub(super) fn outcome_in(&self, listed: &ListedDrug, circumstances: Circumstances) -> Outcome {
        let said = self.decisions.get(&listed.drug.id).map_or(&[][..], Vec::as_slice);
        match_drug(&self.index, &listed.drug.entry, circumstances).with_decisions(said, self.periods)
    }
}

/// How far the HCPCS releases held can tell, by the `periods` of drug codes; none where none is held.
fn reach(store: &Reader, periods: &[PublishedPeriod]) -> Result<Option<Reach>, StoreError> {
    let releases = store.hcpcs_releases()?;
    let (Some(oldest), Some(newest)) = (releases.first(), releases.last()) else {
        return Ok(None);
    };
    let first_day = oldest.quarter.first_day();
    let ends = periods.iter().filter_map(|published| published.period.valid_to);
    let earliest_end = ends.min();
    Ok(Some(Reach {
        from: earliest_end.map_or(first_day, |end| end.min(first_day)),
        oldest: oldest.quarter,
        newest: newest.quarter,
    }))
}

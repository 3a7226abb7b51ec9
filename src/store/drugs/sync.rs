//! Bringing the stored list in line with a file.

use super::{Change, ListedDrug, Origin, Transaction, identity};
use crate::domain::drug::DrugEntry;
use crate::store::StoreError;
use chrono::NaiveDate;
use rusqlite::params;
use std::collections::{HashMap, HashSet};

/// What a list changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct SyncSummary {
    /// Drugs that are new.
    pub added: usize,
    /// Drugs of which a column changed.
    pub changed: usize,
    /// Drugs that left the file.
    pub retired: usize,
    /// Drugs that stand as they stood.
    pub unchanged: usize,
    /// Retired drugs that are back.
    pub revived: usize,
}

impl Transaction<'_> {
    /// Makes the list what the synced file says on `today`: adds, changes and revives, and retires what came from
    /// the file and is no longer in it. A drug added by command that the file names belongs to the file from then on.
    /// The same list again changes nothing.
    pub fn sync_drugs(&self, list: &[DrugEntry], today: NaiveDate) -> Result<SyncSummary, StoreError> {
        let keyed = identity::keyed(list);
        let mut known = self.listed_drugs()?;
        if self.rekey_edited_lines(&keyed, &known)? {
            known = self.listed_drugs()?;
        }
        let mut summary = self.take_over(&keyed, &known, Some(Origin::File), today)?;
        let keys: HashSet<&str> = keyed.iter().map(|(_, key)| key.as_str()).collect();
        let left = known.iter().filter(|listed| {
            let watched = listed.drug.retired_on.is_none();
            watched && listed.origin == Origin::File && !keys.contains(listed.identity_key.as_str())
        });
        for listed in left {
            self.retire(listed, today)?;
            summary.retired += 1;
        }
        Ok(summary)
    }

    /// Gives a drug whose line was edited in brand, name or route the key of its new line, so that it stays the same
    /// drug: what was told of it is not told again. Whether there was such a line.
    fn rekey_edited_lines(
        &self,
        list: &[(&DrugEntry, String)],
        known: &[ListedDrug],
    ) -> Result<bool, StoreError> {
        let held: HashSet<&str> = known.iter().map(|listed| listed.identity_key.as_str()).collect();
        let kept: HashSet<&str> = list.iter().map(|(_, key)| key.as_str()).collect();
        let new: Vec<(&DrugEntry, &String)> = list
            .iter()
            .filter(|(_, key)| !held.contains(key.as_str()))
            .map(|(entry, key)| (*entry, key))
            .collect();
        let gone: Vec<&ListedDrug> = known
            .iter()
            .filter(|listed| listed.drug.retired_on.is_none() && listed.origin == Origin::File)
            .filter(|listed| !kept.contains(listed.identity_key.as_str()))
            .collect();
        let edited = identity::edited(&gone, &new);
        for (listed, key) in &edited {
            self.execute(
                "follow an edited line of the list",
                "UPDATE drug SET identity_key = ?2 WHERE id = ?1",
                params![listed.drug.id, key],
            )?;
        }
        Ok(!edited.is_empty())
    }

    /// Adds, changes and revives what `list` names, by command; retires nothing. Drugs of the synced file stay the
    /// file's.
    pub fn import_drugs(&self, list: &[DrugEntry], today: NaiveDate) -> Result<SyncSummary, StoreError> {
        let known = self.listed_drugs()?;
        self.take_over(&identity::keyed(list), &known, None, today)
    }

    /// Adds or updates the drugs of `list`. With `origin` they belong to it from then on; without, new ones come by
    /// command and known ones stay whose they are.
    fn take_over(
        &self,
        list: &[(&DrugEntry, String)],
        known: &[ListedDrug],
        origin: Option<Origin>,
        today: NaiveDate,
    ) -> Result<SyncSummary, StoreError> {
        let by_key: HashMap<&str, &ListedDrug> = known
            .iter()
            .map(|listed| (listed.identity_key.as_str(), listed))
            .collect();
        let mut summary = SyncSummary::default();
        for (entry, key) in list {
            let Some(listed) = by_key.get(key.as_str()) else {
                self.insert_drug(entry, key, origin.unwrap_or(Origin::Command), today)?;
                summary.added += 1;
                continue;
            };
            match self.bring_up_to_date(listed, entry, origin.unwrap_or(listed.origin))? {
                Change::Nothing => summary.unchanged += 1,
                Change::Changed => summary.changed += 1,
                Change::Revived => summary.revived += 1,
            }
        }
        Ok(summary)
    }
}

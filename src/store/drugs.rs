//! The practice's list. A drug that leaves the list is retired, never deleted; every change is an event with what
//! stood before and after.

mod find;
mod identity;
mod sync;

pub use find::Found;
pub use sync::SyncSummary;

use super::{Reader, StoreError, Transaction};
use crate::domain::drug::{Drug, DrugEntry, DrugId, Setting};
use crate::domain::ndc::Ndc;
use chrono::NaiveDate;
use rusqlite::{Row, named_params, params};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Who put a drug on the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The synced file: the drug is retired when it leaves the file.
    File,
    /// A command: the drug stays until a command retires it, or the synced file takes it over by naming it.
    Command,
}

impl Origin {
    /// The name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Command => "command",
        }
    }
}

/// A drug with what the store knows of its listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDrug {
    /// The drug.
    pub drug: Drug,
    /// Who put it on the list.
    pub origin: Origin,
    /// The day it was first listed.
    pub listed_on: NaiveDate,
    /// By which a line of the list finds it again.
    pub(super) identity_key: String,
}

impl Transaction<'_> {
    /// Puts one drug on the list by command, or brings the drug of the same identity up to date (and back on the
    /// list). The same again changes nothing.
    pub fn add_drug(&self, entry: &DrugEntry, today: NaiveDate) -> Result<DrugId, StoreError> {
        let key = entry.identity_key();
        match self.listed_as(&key)? {
            Some(listed) => {
                self.bring_up_to_date(&listed, entry, listed.origin)?;
                Ok(listed.drug.id)
            }
            None => self.insert_drug(entry, &key, Origin::Command, today),
        }
    }

    /// Takes a drug off the list on `today`; gives it as it was listed. Already retired changes nothing. A drug that
    /// came from the synced file (see [`ListedDrug::origin`]) comes back with the next sync unless it leaves the
    /// file too.
    pub fn retire_drug(&self, id: DrugId, today: NaiveDate) -> Result<ListedDrug, StoreError> {
        let listed = self.listed_drug(id)?.ok_or(StoreError::NoSuchDrug(id))?;
        if listed.drug.retired_on.is_none() {
            self.retire(&listed, today)?;
        }
        Ok(listed)
    }

    fn retire(&self, listed: &ListedDrug, today: NaiveDate) -> Result<(), StoreError> {
        let id = listed.drug.id;
        self.execute(
            "retire a drug",
            "UPDATE drug SET retired_on = ?2 WHERE id = ?1",
            params![id, today],
        )?;
        let detail = json!({ "before": described(&listed.drug.entry, listed.origin), "retired_on": today });
        self.log_drug("drug-retired", id, &detail)
    }

    fn insert_drug(
        &self,
        entry: &DrugEntry,
        key: &str,
        origin: Origin,
        today: NaiveDate,
    ) -> Result<DrugId, StoreError> {
        self.execute(
            "put a drug on the list",
            "INSERT INTO drug (brand, proper_name, noc_code, route, setting, manufacturer, dose, started_on, notes,
                               identity_key, listed_on, origin)
             VALUES (:brand, :proper_name, :noc_code, :route, :setting, :manufacturer, :dose, :started_on, :notes,
                     :key, :today, :origin)",
            named_params! {
                ":brand": entry.brand, ":proper_name": entry.proper_name, ":noc_code": entry.noc_code,
                ":route": entry.route, ":setting": entry.setting, ":manufacturer": entry.manufacturer,
                ":dose": entry.dose, ":started_on": entry.started_on, ":notes": entry.notes, ":key": key,
                ":today": today, ":origin": origin,
            },
        )?;
        let id = DrugId(self.last_id());
        self.insert_ndcs(id, &entry.ndcs)?;
        self.log_drug("drug-added", id, &json!({ "after": described(entry, origin) }))?;
        Ok(id)
    }

    fn insert_ndcs(&self, id: DrugId, ndcs: &[Ndc]) -> Result<(), StoreError> {
        for ndc in ndcs {
            self.execute(
                "store an NDC of a drug",
                "INSERT OR IGNORE INTO drug_ndc (drug_id, ndc) VALUES (?1, ?2)",
                params![id, ndc],
            )?;
        }
        Ok(())
    }

    /// Writes what changed; gives what that was.
    fn bring_up_to_date(
        &self,
        listed: &ListedDrug,
        entry: &DrugEntry,
        origin: Origin,
    ) -> Result<Change, StoreError> {
        let revived = listed.drug.retired_on.is_some();
        if !revived && listed.drug.entry == *entry && listed.origin == origin {
            return Ok(Change::Nothing);
        }
        let id = listed.drug.id;
        self.execute(
            "change a drug of the list",
            "UPDATE drug SET brand = :brand, proper_name = :proper_name, noc_code = :noc_code, route = :route,
                 setting = :setting, manufacturer = :manufacturer, dose = :dose, started_on = :started_on,
                 notes = :notes, origin = :origin, retired_on = NULL
             WHERE id = :id",
            named_params! {
                ":brand": entry.brand, ":proper_name": entry.proper_name, ":noc_code": entry.noc_code,
                ":route": entry.route, ":setting": entry.setting, ":manufacturer": entry.manufacturer,
                ":dose": entry.dose, ":started_on": entry.started_on, ":notes": entry.notes, ":origin": origin,
                ":id": id,
            },
        )?;
        if listed.drug.entry.ndcs != entry.ndcs {
            self.execute(
                "change the NDCs of a drug",
                "DELETE FROM drug_ndc WHERE drug_id = ?1",
                [id],
            )?;
            self.insert_ndcs(id, &entry.ndcs)?;
        }
        let before = described(&listed.drug.entry, listed.origin);
        let detail = json!({ "before": before, "after": described(entry, origin) });
        self.log_drug(if revived { "drug-revived" } else { "drug-changed" }, id, &detail)?;
        Ok(if revived { Change::Revived } else { Change::Changed })
    }

    fn log_drug(&self, kind: &str, id: DrugId, detail: &Value) -> Result<(), StoreError> {
        self.append_event(kind, &format!("drug {id}"), detail)
    }
}

/// What bringing a drug up to date did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Nothing,
    Changed,
    Revived,
}

/// A drug's entry as an event tells it.
fn described(entry: &DrugEntry, origin: Origin) -> Value {
    json!({
        "brand": entry.brand,
        "proper_name": entry.proper_name,
        "ndcs": entry.ndcs,
        "noc_code": entry.noc_code,
        "route": entry.route,
        "setting": entry.setting.map(Setting::as_str),
        "manufacturer": entry.manufacturer,
        "dose": entry.dose.as_ref().map(ToString::to_string),
        "started_on": entry.started_on,
        "notes": entry.notes,
        "origin": origin.as_str(),
    })
}

/// Drugs in the order [`read_drug`] takes the columns.
const DRUGS: &str =
    "SELECT id, brand, proper_name, noc_code, route, setting, manufacturer, dose, started_on, notes,
        retired_on, origin, listed_on, identity_key FROM drug";

/// A drug without its NDCs.
fn read_drug(row: &Row<'_>) -> rusqlite::Result<ListedDrug> {
    let entry = DrugEntry {
        brand: row.get(1)?,
        proper_name: row.get(2)?,
        ndcs: Vec::new(),
        noc_code: row.get(3)?,
        route: row.get(4)?,
        setting: row.get(5)?,
        manufacturer: row.get(6)?,
        dose: row.get(7)?,
        started_on: row.get(8)?,
        notes: row.get(9)?,
    };
    Ok(ListedDrug {
        drug: Drug {
            id: row.get(0)?,
            entry,
            retired_on: row.get(10)?,
        },
        origin: row.get(11)?,
        listed_on: row.get(12)?,
        identity_key: row.get(13)?,
    })
}

impl Reader {
    /// Every drug ever listed, retired ones too, by number.
    pub fn listed_drugs(&self) -> Result<Vec<ListedDrug>, StoreError> {
        let sql = format!("{DRUGS} ORDER BY id");
        let mut listed: Vec<ListedDrug> = self.gather("read the drug list", &sql, [], read_drug)?;
        let ndcs: Vec<(DrugId, Ndc)> = self.gather(
            "read the NDCs of the drug list",
            "SELECT drug_id, ndc FROM drug_ndc ORDER BY drug_id, ndc",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut by_drug: HashMap<DrugId, Vec<Ndc>> = HashMap::new();
        for (id, ndc) in ndcs {
            by_drug.entry(id).or_default().push(ndc);
        }
        for one in &mut listed {
            one.drug.entry.ndcs = by_drug.remove(&one.drug.id).unwrap_or_default();
        }
        Ok(listed)
    }

    /// The drugs of the list by number: all ever listed, or only those watched now.
    pub fn drugs(&self, active_only: bool) -> Result<Vec<Drug>, StoreError> {
        let listed = self.listed_drugs()?.into_iter().map(|listed| listed.drug);
        Ok(listed
            .filter(|drug| !active_only || drug.retired_on.is_none())
            .collect())
    }

    /// The drug with this number, with what is known of its listing.
    pub fn listed_drug(&self, id: DrugId) -> Result<Option<ListedDrug>, StoreError> {
        let sql = format!("{DRUGS} WHERE id = ?1");
        let listed = self.first("look up a drug", &sql, [id], read_drug)?;
        listed.map(|listed| self.with_ndcs(listed)).transpose()
    }

    fn listed_as(&self, key: &str) -> Result<Option<ListedDrug>, StoreError> {
        let sql = format!("{DRUGS} WHERE identity_key = ?1");
        let listed = self.first("look up a drug", &sql, [key], read_drug)?;
        listed.map(|listed| self.with_ndcs(listed)).transpose()
    }

    fn with_ndcs(&self, mut listed: ListedDrug) -> Result<ListedDrug, StoreError> {
        listed.drug.entry.ndcs = self.gather(
            "read the NDCs of a drug",
            "SELECT ndc FROM drug_ndc WHERE drug_id = ?1 ORDER BY ndc",
            [listed.drug.id],
            |row| row.get(0),
        )?;
        Ok(listed)
    }
}

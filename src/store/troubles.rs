//! What the operator was told of: each trouble once when it arises and once when it is mended.

use super::{Reader, StoreError, Transaction};
use chrono::NaiveDate;
use rusqlite::params;
use serde_json::json;

/// A trouble the operator was told of and that is not mended yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTrouble {
    /// The store's number of it.
    pub id: i64,
    /// By which the same trouble is known again.
    pub key: String,
    /// The line that will say it is mended.
    pub once_over: String,
}

/// A trouble the operator is told of now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTrouble {
    /// By which the same trouble is known again.
    pub key: String,
    /// What it is, in a few words.
    pub title: String,
    /// The line that will say it is mended.
    pub once_over: String,
}

impl Reader {
    /// The troubles that are not mended, oldest first.
    pub fn open_troubles(&self) -> Result<Vec<OpenTrouble>, StoreError> {
        self.gather(
            "list the troubles told to the operator",
            "SELECT id, key, once_over FROM trouble WHERE mended_on IS NULL ORDER BY id",
            [],
            |row| {
                Ok(OpenTrouble {
                    id: row.get(0)?,
                    key: row.get(1)?,
                    once_over: row.get(2)?,
                })
            },
        )
    }
}

impl Transaction<'_> {
    /// Notes a trouble that arose on `today`; gives its number.
    pub fn open_trouble(&self, trouble: &NewTrouble, today: NaiveDate) -> Result<i64, StoreError> {
        self.execute(
            "note a trouble",
            "INSERT INTO trouble (key, title, once_over, since) VALUES (?1, ?2, ?3, ?4)",
            params![trouble.key, trouble.title, trouble.once_over, today],
        )?;
        let id = self.last_id();
        let detail = json!({ "title": trouble.title, "since": today });
        self.append_event("trouble-arose", &format!("trouble {id}"), &detail)?;
        Ok(id)
    }

    /// Notes that a trouble is over since `today`.
    pub fn mend_trouble(&self, id: i64, today: NaiveDate) -> Result<(), StoreError> {
        self.execute(
            "note that a trouble is mended",
            "UPDATE trouble SET mended_on = ?2 WHERE id = ?1 AND mended_on IS NULL",
            params![id, today],
        )?;
        self.append_event(
            "trouble-mended",
            &format!("trouble {id}"),
            &json!({ "mended_on": today }),
        )
    }
}

//! Content addressing: rows that many releases repeat are kept once, found again by a digest of what they say.

use chrono::{Datelike, NaiveDate};
use rusqlite::types::{FromSql, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use sha2::Digest as _;

/// The first half of the SHA-256 of a row's content. 128 bits: two contents never meet by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Digest([u8; 16]);

/// Gathers the fields of a row, each with its length, so that no two rows run together.
#[derive(Debug, Default)]
pub(super) struct Content {
    bytes: Vec<u8>,
}

impl Content {
    /// Forgets the row before.
    pub(super) fn begin(&mut self) -> &mut Self {
        self.bytes.clear();
        self
    }

    pub(super) fn text(&mut self, field: &str) -> &mut Self {
        self.bytes.extend_from_slice(&field.len().to_le_bytes());
        self.bytes.extend_from_slice(field.as_bytes());
        self
    }

    /// A date, or its absence.
    pub(super) fn date(&mut self, field: Option<NaiveDate>) -> &mut Self {
        let day = field.map_or(i32::MIN, |date| date.num_days_from_ce());
        self.bytes.extend_from_slice(&day.to_le_bytes());
        self
    }

    pub(super) fn digest(&self) -> Digest {
        let hash: [u8; 32] = sha2::Sha256::digest(&self.bytes).into();
        Digest(std::array::from_fn(|place| hash[place]))
    }
}

impl ToSql for Digest {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(&self.0[..]))
    }
}

impl FromSql for Digest {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 16]>::column_result(value).map(Self)
    }
}

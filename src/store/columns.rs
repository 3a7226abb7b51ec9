//! How domain values stand in columns.

use crate::cms::hcpcs_file::Action;
use crate::domain::alert::{AlertId, AlertKind, Decision, DeliveryStatus};
use crate::domain::billing_unit::Dose;
use crate::domain::code::HcpcsCode;
use crate::domain::drug::{DrugId, Setting};
use crate::domain::ndc::Ndc;
use crate::domain::payer::{PayerName, PayerRuleId};
use crate::domain::payment_limit::PaymentLimit;
use crate::domain::period::Standing;
use crate::domain::quarter::Quarter;
use crate::domain::release::ReleaseId;
use crate::domain::source::{Sha256, Source};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

/// Values that print as they parse stand as text.
macro_rules! text_columns {
    ($($value:ty),+ $(,)?) => {$(
        impl ToSql for $value {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.to_string()))
            }
        }

        impl FromSql for $value {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_str()?.parse().map_err(FromSqlError::other)
            }
        }
    )+};
}

text_columns!(
    AlertKind,
    Dose,
    Ndc,
    PayerName,
    PaymentLimit,
    Quarter,
    Setting,
    Sha256,
    Source
);

/// Values out of a short list stand under their names.
macro_rules! named_columns {
    ($($value:ty: $all:expr),+ $(,)?) => {$(
        impl ToSql for $value {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.as_str()))
            }
        }

        impl FromSql for $value {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let name = value.as_str()?;
                let named = $all.into_iter().find(|known: &Self| known.as_str() == name);
                named.ok_or_else(|| unknown(name))
            }
        }
    )+};
}

named_columns!(
    Decision: [Self::Confirmed, Self::Review],
    DeliveryStatus: [Self::Queued, Self::Sent, Self::Failed],
    Standing: [Self::Published, Self::Withdrawn, Self::Missing],
    super::drugs::Origin: [Self::File, Self::Command],
    super::matches::MatchDecision: [Self::Confirmed, Self::Review, Self::Rejected],
    super::outbox::MessageKind: [Self::Digest, Self::StillOpen, Self::Quiet, Self::Operator],
);

/// The store's numbers.
macro_rules! number_columns {
    ($($value:ty),+ $(,)?) => {$(
        impl ToSql for $value {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.0))
            }
        }

        impl FromSql for $value {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map(Self)
            }
        }
    )+};
}

number_columns!(
    AlertId,
    DrugId,
    PayerRuleId,
    ReleaseId,
    super::outbox::MessageNumber,
    super::runs::RunId
);

/// A name in a column that this program does not know.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not known to this program")]
struct UnknownName(String);

fn unknown(name: &str) -> FromSqlError {
    FromSqlError::other(UnknownName(name.to_owned()))
}

impl ToSql for HcpcsCode {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_str()))
    }
}

impl FromSql for HcpcsCode {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(FromSqlError::other)
    }
}

impl ToSql for Action {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.letter().to_string()))
    }
}

impl FromSql for Action {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let letter = text.chars().next().and_then(Self::from_letter);
        letter.ok_or_else(|| unknown(text))
    }
}

/// An instant as RFC 3339 in UTC with milliseconds: of one width, so that text order is time order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Instant(pub(super) DateTime<Utc>);

impl ToSql for Instant {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(
            self.0.to_rfc3339_opts(SecondsFormat::Millis, true),
        ))
    }
}

impl FromSql for Instant {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let instant = DateTime::parse_from_rfc3339(value.as_str()?).map_err(FromSqlError::other)?;
        Ok(Self(instant.to_utc()))
    }
}

/// A date as `2023-07-01`, as rusqlite has it too, but read and written without its patterns: a quarter's file has tens
/// of thousands of dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day(pub(super) NaiveDate);

impl ToSql for Day {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.to_string()))
    }
}

impl FromSql for Day {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let mut parts = text.splitn(3, '-').map(str::parse);
        let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day))) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(unknown(text));
        };
        let date = u32::try_from(month).ok().zip(u32::try_from(day).ok());
        let date = date.and_then(|(month, day)| NaiveDate::from_ymd_opt(year, month, day));
        date.map(Self).ok_or_else(|| unknown(text))
    }
}

/// A decimal number as text, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exact(pub(super) rust_decimal::Decimal);

impl ToSql for Exact {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.to_string()))
    }
}

impl FromSql for Exact {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map(Self).map_err(FromSqlError::other)
    }
}

/// Short words without blanks inside, separated by blanks.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

//! What a code is paid, beside the news of it.

use crate::domain::alert::QuarterLimit;
use crate::domain::code::HcpcsCode;
use crate::domain::payment_limit::PaymentLimit;
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use crate::store::{StoreError, Transaction};
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The payment limits of the pricing files in force, each file read once.
pub(super) struct Prices<'a> {
    transaction: &'a Transaction<'a>,
    today: NaiveDate,
    /// The quarters whose file is held, oldest first.
    held: Vec<Quarter>,
    limits: BTreeMap<Quarter, BTreeMap<HcpcsCode, Option<PaymentLimit>>>,
}

impl<'a> Prices<'a> {
    pub(super) fn new(transaction: &'a Transaction<'a>, today: NaiveDate) -> Result<Self, StoreError> {
        let files = transaction.releases(Source::AspPricing)?;
        Ok(Self {
            transaction,
            today,
            held: files.iter().map(|file| file.quarter).collect(),
            limits: BTreeMap::new(),
        })
    }

    /// The limit of the quarter in which the code is billed next: the one in force or, for a code to come, that of its
    /// first day. Where no pricing file of that quarter is held, what the newest one says; none where none is held.
    pub(super) fn limit(
        &mut self,
        code: HcpcsCode,
        from: Option<NaiveDate>,
    ) -> Result<Option<QuarterLimit>, StoreError> {
        let day = from.map_or(self.today, |from| from.max(self.today));
        let wanted = Quarter::containing(day);
        let of_the_day = self.held.iter().find(|held| Some(**held) == wanted);
        let Some(quarter) = of_the_day.or(self.held.last()).copied() else {
            return Ok(None);
        };
        let limits = match self.limits.entry(quarter) {
            Entry::Occupied(read) => read.into_mut(),
            Entry::Vacant(unread) => unread.insert(self.transaction.limits_of(quarter)?.unwrap_or_default()),
        };
        let limit = limits.get(&code).copied().flatten();
        Ok(Some(QuarterLimit { quarter, limit }))
    }
}

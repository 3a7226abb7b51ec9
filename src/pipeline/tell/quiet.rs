//! The word that a quarter changes nothing: in which quarter, and who has not heard it.

use super::{Teller, message_id};
use crate::domain::alert::Alert;
use crate::domain::quarter::Quarter;
use crate::domain::source::Source;
use crate::pipeline::news::News;
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use lettre::message::Mailbox;

/// A quarter without news, and since when its file is held.
pub(super) struct QuietQuarter {
    quarter: Quarter,
    held_since: DateTime<Utc>,
}

impl Teller<'_> {
    /// The newest quarter whose HCPCS file is held, this one or the next, where it brings nothing for any drug.
    pub(super) fn quiet_quarter(&self, news: &News) -> Result<Option<QuietQuarter>, StoreError> {
        let Some(current) = Quarter::containing(self.moment.today) else {
            return Ok(None);
        };
        let wanted = self.config.mail.pace.quiet_quarter_mail && news.drugs_watched > 0 && !news.of_one_drug;
        if !wanted || !news.raised.is_empty() {
            return Ok(None);
        }
        for quarter in [current.next(), current] {
            if let Some(held_since) = self.transaction.held_since(Source::Hcpcs, quarter)? {
                let changes = self.all.iter().any(|alert| is_about(alert, quarter));
                return Ok((!changes).then_some(QuietQuarter { quarter, held_since }));
            }
        }
        Ok(None)
    }

    /// The quiet quarter, unless this address was told of it or was sent news since its file came.
    pub(super) fn quiet_for(
        &self,
        recipient: &Mailbox,
        quiet: Option<&QuietQuarter>,
    ) -> Result<Option<Quarter>, StoreError> {
        let Some(quiet) = quiet else { return Ok(None) };
        let address = recipient.email.to_string();
        let told = self
            .transaction
            .is_queued(&self.quiet_id(&address, quiet.quarter))?
            || self.transaction.told_news_since(&address, quiet.held_since)?;
        Ok((!told).then_some(quiet.quarter))
    }

    pub(super) fn quiet_id(&self, address: &str, quarter: Quarter) -> String {
        message_id(
            &self.installation,
            self.config,
            &format!("quiet {address} {quarter}"),
        )
    }
}

/// Whether an alert tells of something that happens in `quarter`.
fn is_about(alert: &Alert, quarter: Quarter) -> bool {
    let finding = &alert.finding;
    let dates = finding
        .candidates
        .iter()
        .map(|candidate| candidate.valid_from)
        .chain(finding.effective_date);
    let in_it = |date| quarter.first_day() <= date && date <= quarter.last_day();
    finding.drug.retired_on.is_none() && dates.into_iter().any(in_it)
}

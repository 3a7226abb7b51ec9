//! Trying again: back-off with jitter, and the wait a site asks for.

use super::error::FetchError;
use super::limits::Limits;
use super::progress::{Event, Progress};
use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::{DateTime, Utc};
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long one run bears with one site.
#[derive(Debug)]
pub(super) struct Patience {
    limits: Limits,
    deadline: Instant,
    /// Set once all attempts at something failed, until something succeeds: a site that is down or busy is then asked
    /// once for each further file, so that a run ends in minutes.
    exhausted: Cell<bool>,
}

impl Patience {
    /// Fresh patience, bounded by `limits` from now on.
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            limits: limits.clone(),
            deadline: Instant::now() + limits.total,
            exhausted: Cell::new(false),
        }
    }

    /// When the time of the run is used up.
    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// What `attempt` gives, tried again after transient errors as the limits say, never past the deadline.
    ///
    /// The wait is the longer of the back-off and the site's `Retry-After`, which is obeyed up to
    /// [`Limits::longest_wait`].
    pub(super) fn with_retries<T>(
        &self,
        name: &str,
        progress: &dyn Progress,
        mut attempt: impl FnMut() -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let mut waits = self.waits();
        loop {
            let error = match attempt() {
                Err(error) if error.is_transient() => error,
                settled => {
                    // An answer that will not change is an answer: the site is there.
                    self.exhausted.set(false);
                    return settled;
                }
            };
            let wait = waits.next().map(|back_off| back_off.max(self.asked_for(&error)));
            let wait = wait.filter(|wait| Instant::now() + *wait < self.deadline);
            let Some(wait) = wait else {
                self.exhausted.set(true);
                return Err(error);
            };
            let error = &error;
            progress.report(&Event::Retrying { name, error, wait });
            std::thread::sleep(wait);
        }
    }

    /// The waits between attempts.
    fn waits(&self) -> impl Iterator<Item = Duration> + use<> {
        let retries = self.limits.attempts.saturating_sub(1);
        ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.limits.first_wait)
            .with_max_delay(self.limits.longest_wait)
            .with_max_times(if self.exhausted.get() { 0 } else { retries })
            .build()
    }

    /// The wait the site asks for, as far as it is obeyed.
    fn asked_for(&self, error: &FetchError) -> Duration {
        error
            .retry_after()
            .unwrap_or_default()
            .min(self.limits.longest_wait)
    }
}

/// The wait that a `Retry-After` header asks for: seconds, or an HTTP date seen from `now`.
pub(super) fn retry_after(header: &str, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(header).ok()?;
    // A date that is past asks for no wait.
    Some((date.to_utc() - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = "2026-01-15T12:00:00Z".parse().unwrap();
        let table = [
            ("1", Some(1)),
            (" 120 ", Some(120)),
            ("Thu, 15 Jan 2026 12:00:30 GMT", Some(30)),
            ("Thu, 15 Jan 2026 11:00:00 GMT", Some(0)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ];
        for (header, seconds) in table {
            assert_eq!(
                retry_after(header, now),
                seconds.map(Duration::from_secs),
                "{header}"
            );
        }
    }
}

//! Trying again: back-off with jitter, and the wait a site asks for.

use super::error::FetchError;
use super::limits::Limits;
use super::progress::{Event, Progress};
use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::{DateTime, Utc};
use std::time::{Duration, Instant};

/// What `attempt` gives, tried again after transient errors as `limits` say, never past `deadline`.
///
/// The wait is the longer of the back-off and the site's `Retry-After`, which is obeyed up to
/// [`Limits::longest_wait`].
pub(super) fn with_retries<T>(
    limits: &Limits,
    deadline: Instant,
    name: &str,
    progress: &dyn Progress,
    mut attempt: impl FnMut() -> Result<T, FetchError>,
) -> Result<T, FetchError> {
    let builder = ExponentialBuilder::default()
        .with_jitter()
        .with_min_delay(limits.first_wait)
        .with_max_delay(limits.longest_wait)
        .with_max_times(limits.attempts.saturating_sub(1));
    let mut waits = builder.build();
    loop {
        let error = match attempt() {
            Err(error) if error.is_transient() => error,
            settled => return settled,
        };
        let Some(back_off) = waits.next() else {
            return Err(error);
        };
        let asked = error.retry_after().unwrap_or_default().min(limits.longest_wait);
        let wait = back_off.max(asked);
        if Instant::now() + wait >= deadline {
            return Err(error);
        }
        let error = &error;
        progress.report(&Event::Retrying { name, error, wait });
        std::thread::sleep(wait);
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

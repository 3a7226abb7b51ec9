//! How long and how much a download may take.

use std::time::Duration;

/// Bounds of the network edge. [`Limits::default`] is for production; tests shorten the times.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For setting up a connection.
    pub connect: Duration,
    /// Without a byte, or with fewer than [`Limits::slowest`] bytes, a transfer has stalled.
    pub stall: Duration,
    /// The fewest bytes that must come in each span of [`Limits::stall`].
    pub slowest: u64,
    /// For all requests of one run together, waiting included.
    pub total: Duration,
    /// The largest file taken, in bytes after decoding.
    pub max_file: u64,
    /// The largest landing page taken, in bytes after decoding.
    pub max_page: u64,
    /// How often a request is made before its transient error counts.
    pub attempts: usize,
    /// The wait before the second attempt; it doubles each time, with jitter.
    pub first_wait: Duration,
    /// The longest wait a site's `Retry-After` is obeyed for.
    pub longest_wait: Duration,
    /// Redirects followed for one request.
    pub redirects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            slowest: 4 * 1024,
            total: Duration::from_mins(20),
            max_file: 64 * 1024 * 1024,
            max_page: 8 * 1024 * 1024,
            attempts: 3,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_mins(1),
            redirects: 5,
        }
    }
}

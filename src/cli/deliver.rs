//! `deliver`: send what waits in the outbox, without looking for news.

/// Send what waits in the outbox; nothing is fetched or matched.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Args {}

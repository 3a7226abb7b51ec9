//! What is said on stderr while a command works.

use super::context::Verbosity;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts saying things. Called once; a second call changes nothing.
pub(super) fn start(verbosity: Verbosity, is_coloured: bool) {
    let (others, own) = match verbosity {
        Verbosity::Quiet | Verbosity::Normal => (LevelFilter::ERROR, LevelFilter::ERROR),
        Verbosity::Verbose => (LevelFilter::INFO, LevelFilter::DEBUG),
        Verbosity::Everything => (LevelFilter::DEBUG, LevelFilter::TRACE),
    };
    let filter = Targets::new()
        .with_default(others)
        .with_target("hcpcs_watch", own);
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(std::io::stderr)
        .with_ansi(is_coloured)
        .with_target(verbosity == Verbosity::Everything);
    let started = match verbosity {
        Verbosity::Quiet | Verbosity::Normal => subscriber.without_time().finish().with(filter).try_init(),
        Verbosity::Verbose | Verbosity::Everything => subscriber.finish().with(filter).try_init(),
    };
    // Fails only where something is listening already.
    let _ = started;
}

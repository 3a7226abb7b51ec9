//! What is said on stderr while a command works.

use super::context::Verbosity;
use tracing_subscriber::EnvFilter;

/// Starts saying things. Called once; a second call changes nothing.
pub(super) fn start(verbosity: Verbosity, is_coloured: bool) {
    let filter = EnvFilter::new(match verbosity {
        Verbosity::Quiet | Verbosity::Normal => "error",
        Verbosity::Verbose => "info,hcpcs_watch=debug",
        Verbosity::Everything => "debug,hcpcs_watch=trace",
    });
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(is_coloured)
        .with_target(verbosity == Verbosity::Everything);
    let started = match verbosity {
        Verbosity::Quiet | Verbosity::Normal => subscriber.without_time().try_init(),
        Verbosity::Verbose | Verbosity::Everything => subscriber.try_init(),
    };
    // Fails only where something is listening already.
    let _ = started;
}

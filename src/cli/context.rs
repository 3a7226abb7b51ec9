//! The flags of every subcommand, and what they and the configuration together mean.

use crate::config::{Config, ConfigError};
use crate::pipeline::Moment;
use crate::report::format::Look;
use chrono::{DateTime, FixedOffset, NaiveDate, Utc};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io::IsTerminal;
use std::path::PathBuf;

/// Flags that every subcommand takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The configuration; without it ./hcpcs-watch.toml, then hcpcs-watch/hcpcs-watch.toml in your configuration
    /// folder
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Take this day (YYYY-MM-DD) for today, for tests and to catch up; without it the date in the practice's time
    /// zone
    #[arg(long, global = true, value_name = "DATE", value_parser = date)]
    pub today: Option<NaiveDate>,
    /// Use what is held already and open no connection
    #[arg(long, global = true)]
    pub offline: bool,
    /// Say more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Color,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How much is said on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verbosity {
    /// Errors only.
    Quiet,
    /// What was done.
    Normal,
    /// Also each rejected row and each decision.
    Verbose,
    /// Everything, also from the libraries beneath.
    Everything,
}

/// What a subcommand works with.
#[derive(Debug, Clone)]
pub struct Context {
    /// The configuration.
    pub config: Config,
    /// The day that counts as today, and the time of the clock.
    pub moment: Moment,
    /// Whether no connection may be opened.
    pub is_offline: bool,
    /// How much is said.
    pub verbosity: Verbosity,
    /// How tables look on stdout.
    pub look: Look,
}

impl Context {
    /// Prints what a command did, unless only errors are wanted.
    pub fn tell(&self, text: &str) -> anyhow::Result<()> {
        match self.verbosity {
            Verbosity::Quiet => Ok(()),
            _ => super::output::print(text),
        }
    }

    /// Finds and reads the configuration and settles what the flags mean; `now` is the time of the clock.
    pub fn new(global: &Global, now: DateTime<Utc>) -> Result<Self, ConfigError> {
        let config = Config::load(&Config::find(global.config.as_deref())?)?;
        Ok(Self {
            moment: Moment {
                today: today(&config.practice.time_zone, global.today, now),
                now,
            },
            is_offline: global.offline,
            verbosity: global.verbosity(),
            look: global.look(),
            config,
        })
    }
}

/// A day as people type it on the command line.
fn date(text: &str) -> Result<NaiveDate, String> {
    text.parse()
        .map_err(|_error: chrono::ParseError| "expected a day as YYYY-MM-DD, such as 2023-06-20".to_owned())
}

/// The day that counts as today: `set` (from `--today`) if given, else the date in the practice's `zone` at `now`.
#[must_use]
pub fn today(zone: &TimeZone, set: Option<NaiveDate>, now: DateTime<Utc>) -> NaiveDate {
    set.unwrap_or_else(|| {
        let instant = Timestamp::from_second(now.timestamp()).unwrap_or_default();
        let offset = FixedOffset::east_opt(zone.to_offset(instant).seconds());
        offset.map_or(now.date_naive(), |offset| now.with_timezone(&offset).date_naive())
    })
}

impl Global {
    /// How much is said on stderr.
    #[must_use]
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, 1) => Verbosity::Verbose,
            (false, _) => Verbosity::Everything,
        }
    }

    /// How tables look on stdout: the width of the terminal, 80 columns without one.
    #[must_use]
    pub fn look(&self) -> Look {
        let is_terminal = std::io::stdout().is_terminal();
        let width = if is_terminal {
            crate::report::terminal_width()
        } else {
            None
        };
        Look {
            width: width.unwrap_or(80),
            is_coloured: self.is_coloured(is_terminal),
        }
    }

    /// Whether what is said on stderr is coloured.
    #[must_use]
    pub fn is_stderr_coloured(&self) -> bool {
        self.is_coloured(std::io::stderr().is_terminal())
    }

    fn is_coloured(&self, is_terminal: bool) -> bool {
        let is_unwanted = std::env::var_os("NO_COLOR").is_some_and(|set| !set.is_empty())
            || std::env::var_os("TERM").is_some_and(|name| name == "dumb");
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && !is_unwanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn today_is_the_date_where_the_practice_is_unless_it_is_set() {
        let now: DateTime<Utc> = "2023-07-01T03:30:00Z".parse().unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (zone, date) in [
            ("America/New_York", "2023-06-30"),
            ("Pacific/Honolulu", "2023-06-30"),
            ("UTC", "2023-07-01"),
            ("Pacific/Guam", "2023-07-01"),
        ] {
            let zone = &TimeZone::get(zone).unwrap();
            assert_eq!(today(zone, None, now), day(date), "{zone:?}");
            assert_eq!(today(zone, Some(day("2020-02-29")), now), day("2020-02-29"));
        }
    }

    #[test]
    fn today_follows_the_clock_as_it_is_put_forward_and_back() {
        let zone = &TimeZone::get("America/New_York").unwrap();
        for (now, date) in [
            ("2023-07-01T03:59:59Z", "2023-06-30"),
            ("2023-07-01T04:00:00Z", "2023-07-01"),
            ("2024-01-01T04:59:59Z", "2023-12-31"),
            ("2024-01-01T05:00:00Z", "2024-01-01"),
            // Forward on 10 March, back on 3 November 2024.
            ("2024-03-10T04:59:59Z", "2024-03-09"),
            ("2024-03-11T03:59:59Z", "2024-03-10"),
            ("2024-11-04T04:59:59Z", "2024-11-03"),
            // Beyond the changes that the table lists one by one.
            ("2050-07-01T03:59:59Z", "2050-06-30"),
            ("2050-01-01T05:00:00Z", "2050-01-01"),
        ] {
            let now: DateTime<Utc> = now.parse().unwrap();
            assert_eq!(today(zone, None, now).to_string(), date, "{now}");
        }
    }

    #[test]
    fn flags_and_configuration_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(
            &path,
            "[practice]\nname = \"x\"\ntime_zone = \"Pacific/Guam\"\n[mail]\ntransport = \"none\"\n",
        )
        .unwrap();
        let global = Global {
            config: Some(path.clone()),
            offline: true,
            verbose: 1,
            ..Global::default()
        };
        let context = Context::new(&global, "2023-06-30T23:00:00Z".parse().unwrap()).unwrap();
        assert_eq!(context.moment.today, "2023-07-01".parse().unwrap());
        assert_eq!(
            (context.is_offline, context.verbosity),
            (true, Verbosity::Verbose)
        );
        assert_eq!(context.config.path, path);
        let colour = |color, is_terminal| {
            Global {
                color,
                ..Global::default()
            }
            .is_coloured(is_terminal)
        };
        assert!(colour(Color::Always, false) && !colour(Color::Never, true) && !colour(Color::Auto, false));
    }
}

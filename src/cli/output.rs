//! Where a result goes: to stdout or into a file.

use crate::report::format::Format;
use crate::staged;
use anyhow::Context as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Flags of every subcommand that gives a result.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct OutputArgs {
    /// How to write the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
    /// Write the result into this file, replacing it, and not to stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl OutputArgs {
    /// Whether the result goes to stdout.
    #[must_use]
    pub fn is_stdout(&self) -> bool {
        self.output.is_none()
    }

    /// Writes the whole result where it was asked for.
    pub fn write(&self, text: &str) -> anyhow::Result<()> {
        match &self.output {
            Some(path) => replace(path, text.as_bytes()),
            None => print(text),
        }
    }
}

/// Writes a result to stdout. A reader that has had enough (`| head`) is no error.
pub fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

/// As [`print()`], for a result that is no text.
pub fn print_bytes(result: &[u8]) -> anyhow::Result<()> {
    print_to(io::stdout().lock(), result).context("writing the result to stdout")
}

fn print_to(mut out: impl Write, result: &[u8]) -> io::Result<()> {
    match out.write_all(result).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Writes a file in whole or not at all: beside it first, then in its place.
pub(super) fn replace(path: &Path, result: &[u8]) -> anyhow::Result<()> {
    let told = || {
        format!(
            "writing the result to {}: check that the folder exists and may be written",
            path.display()
        )
    };
    let mut file = staged::begin(staged::folder_of(path)).with_context(told)?;
    file.write_all(result).with_context(told)?;
    file.persist(path).with_context(told)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Gone(io::ErrorKind);

    impl Write for Gone {
        fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_that_went_away_is_no_error_but_a_full_disk_is() {
        assert!(print_to(Gone(io::ErrorKind::BrokenPipe), b"x").is_ok());
        assert!(print_to(Gone(io::ErrorKind::StorageFull), b"x").is_err());
    }

    #[test]
    fn a_file_is_replaced_in_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        let args = OutputArgs {
            output: Some(path.clone()),
            ..OutputArgs::default()
        };
        args.write("a longer first result").unwrap();
        args.write("second").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "second");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        let nowhere = OutputArgs {
            output: Some(folder.path().join("no/out.csv")),
            ..OutputArgs::default()
        };
        assert!(
            nowhere
                .write("x")
                .unwrap_err()
                .to_string()
                .contains("check that the folder exists")
        );
    }
}

//! `config`: write, check and show the configuration.

use super::context::Global;
use super::exit_code::Outcome;
use super::output;
use crate::config::template::{Template, render};
use crate::config::{Config, FILE_NAME, Transport};
use crate::{drug_list, report::terminal};
use anyhow::Context as _;
use std::io::Write;
use std::path::Path;

/// What to do with the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Subcommand)]
pub enum Args {
    /// Write a commented configuration to start from (--config FILE, else ./hcpcs-watch.toml); never overwrites one
    Init,
    /// Check the configuration and the drug list it names; list every problem at once
    Check,
    /// Show the configuration as it is used, defaults filled in; passwords are not part of it
    Show,
}

/// Does what `args` say.
pub fn run(global: &Global, args: &Args) -> anyhow::Result<Outcome> {
    let text = match args {
        Args::Init => init(global.config.as_deref().unwrap_or(Path::new(FILE_NAME)))?,
        Args::Check => check(&find_and_load(global)?)?,
        Args::Show => find_and_load(global)?.to_toml(),
    };
    output::print(&text)?;
    Ok(Outcome::done())
}

fn find_and_load(global: &Global) -> anyhow::Result<Config> {
    Ok(Config::load(&Config::find(global.config.as_deref())?)?)
}

fn init(path: &Path) -> anyhow::Result<String> {
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(path).with_context(|| {
        format!(
            "writing a new configuration to {}: an existing file is never overwritten; move it away or name another with --config FILE",
            path.display()
        )
    })?;
    file.write_all(render(Template::Live).as_bytes())
        .with_context(|| format!("writing {}", path.display()))?;
    let shown = shown(path);
    Ok(format!(
        "Wrote {shown}. Put your own values in, then try `hcpcs-watch --config {shown} config check`.\n"
    ))
}

/// Also reads the drug list: what a run would stumble over is told now.
fn check(config: &Config) -> anyhow::Result<String> {
    let mut lines = vec![format!("{}: all is well.", shown(&config.path))];
    if let Some(path) = &config.practice.drug_list {
        let list = drug_list::read(path)?;
        lines.push(format!(
            "{}: all is well, drugs listed: {}.",
            shown(path),
            list.drugs.len()
        ));
        if !list.ignored_columns.is_empty() {
            lines.push(format!("  Columns left out: {}", list.ignored_columns.join(", ")));
        }
    }
    lines.extend(missing_password(config));
    Ok(lines.join("\n") + "\n")
}

/// Why the mail password cannot be read here, where one is needed.
fn missing_password(config: &Config) -> Option<String> {
    let Transport::Smtp(smtp) = &config.mail.transport else {
        return None;
    };
    let error = crate::mail::read_password(smtp.credentials.as_ref()?).err()?;
    Some(format!("  Note, of where this is run now: {error}."))
}

fn shown(path: &Path) -> String {
    terminal::visible(&path.display().to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_written_once_and_passes_its_own_check() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hcpcs-watch.toml");
        assert!(init(&path).unwrap().contains("config check"));
        let before = std::fs::read(&path).unwrap();
        assert!(init(&path).unwrap_err().to_string().contains("never overwritten"));
        assert_eq!(std::fs::read(&path).unwrap(), before);
        let config = Config::load(&path).unwrap();
        assert!(check(&config).unwrap_err().to_string().contains("drugs.csv"));
        std::fs::write(folder.path().join("drugs.csv"), "brand,shelf\nBriumvi,B4\n").unwrap();
        let told = check(&config).unwrap();
        assert!(
            told.contains("listed: 1.") && told.contains("Columns left out: shelf"),
            "{told}"
        );
    }
}

//! Where the configuration is looked for, and reading it from there.

use super::problem::ConfigError;
use super::raw::RawConfig;
use super::{Config, valid};
use etcetera::BaseStrategy;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The name of the file.
pub const FILE_NAME: &str = "hcpcs-watch.toml";

/// No configuration is larger than this.
const SIZE_LIMIT: u64 = 1024 * 1024;

impl Config {
    /// Finds the configuration: `named` (from `--config`) if given, else `./hcpcs-watch.toml`, else
    /// `hcpcs-watch/hcpcs-watch.toml` in the user's configuration folder (`$XDG_CONFIG_HOME`, `~/.config`).
    pub fn find(named: Option<&Path>) -> Result<PathBuf, ConfigError> {
        let user_folder = etcetera::choose_base_strategy()
            .ok()
            .map(|strategy| strategy.config_dir());
        find_among(named, Path::new(""), user_folder.as_deref())
    }

    /// Reads and checks the configuration at `path`. All problems are told at once.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let read_error = |source| ConfigError::Read {
            path: path.to_owned(),
            source,
        };
        let mut bytes = Vec::new();
        let file = std::fs::File::open(path).map_err(read_error)?;
        file.take(SIZE_LIMIT + 1)
            .read_to_end(&mut bytes)
            .map_err(read_error)?;
        if bytes.len() as u64 > SIZE_LIMIT {
            return Err(ConfigError::TooLarge {
                path: path.to_owned(),
                limit: SIZE_LIMIT,
            });
        }
        let text = String::from_utf8(bytes)
            .map_err(|error| read_error(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))?;
        Self::parse(&text, path)
    }

    /// Checks the configuration `text` as if it stood in the file `path`, from whose folder relative paths are taken.
    /// Files and folders it names are looked for, but for the drug list, which is looked for when it is read.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        valid::convert(RawConfig::parse(text), path).map_err(|problems| ConfigError::Invalid {
            path: path.to_owned(),
            problems,
        })
    }
}

fn find_among(named: Option<&Path>, here: &Path, user: Option<&Path>) -> Result<PathBuf, ConfigError> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    let mut places = vec![here.join(FILE_NAME)];
    places.extend(user.map(|folder| folder.join("hcpcs-watch").join(FILE_NAME)));
    match places.iter().find(|place| place.is_file()) {
        Some(place) => Ok(place.clone()),
        None => Err(ConfigError::NotFound { looked_at: places }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_file_comes_first_then_the_working_folder_then_the_users() {
        let (here, user) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let find = |named: Option<&str>| find_among(named.map(Path::new), here.path(), Some(user.path()));
        assert!(matches!(find(None), Err(ConfigError::NotFound { looked_at }) if looked_at.len() == 2));
        let in_user = user.path().join("hcpcs-watch").join(FILE_NAME);
        std::fs::create_dir_all(in_user.parent().unwrap()).unwrap();
        std::fs::write(&in_user, "").unwrap();
        assert_eq!(find(None).unwrap(), in_user);
        let in_here = here.path().join(FILE_NAME);
        std::fs::write(&in_here, "").unwrap();
        assert_eq!(find(None).unwrap(), in_here);
        assert_eq!(find(Some("other.toml")).unwrap(), Path::new("other.toml"));
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        assert!(matches!(Config::load(&path), Err(ConfigError::Read { .. })));
        std::fs::write(&path, b"[practice]\nname = \"\xff\"").unwrap();
        assert!(matches!(Config::load(&path), Err(ConfigError::Read { .. })));
        std::fs::write(&path, vec![b'#'; 1024 * 1024 + 1]).unwrap();
        assert!(matches!(Config::load(&path), Err(ConfigError::TooLarge { .. })));
    }
}

//! The password of the mail server: from the environment or from a file of its owner. It is never shown or logged.

use super::MailError;
use crate::config::Credentials;
use secrecy::SecretString;
use std::env::VarError;
use std::io::Read;
use std::path::Path;

/// The most bytes of a password file that are read.
const MOST_BYTES: u64 = 4096;

/// The password: the first line of the file where one is named, else what the environment variable holds.
///
/// # Errors
///
/// Where the variable or file is missing, empty or no text, or where others than its owner may read the file.
pub fn read_password(credentials: &Credentials) -> Result<SecretString, MailError> {
    match &credentials.password_file {
        Some(path) => from_file(path),
        None => from_environment(&credentials.password_env),
    }
}

fn from_environment(name: &str) -> Result<SecretString, MailError> {
    let variable = name.to_owned();
    match std::env::var(name) {
        Ok(password) if password.is_empty() => Err(MailError::PasswordUnusable { variable }),
        Ok(password) => Ok(SecretString::from(password)),
        Err(VarError::NotPresent) => Err(MailError::PasswordMissing { variable }),
        Err(VarError::NotUnicode(_)) => Err(MailError::PasswordUnusable { variable }),
    }
}

fn from_file(path: &Path) -> Result<SecretString, MailError> {
    let failed = |source| MailError::PasswordFile {
        path: path.to_owned(),
        source,
    };
    let unusable = || MailError::PasswordFileUnusable {
        path: path.to_owned(),
    };
    // The mode is asked of the file that is then read, so that nothing can change in between.
    let file = std::fs::File::open(path).map_err(failed)?;
    refuse_exposed(&file.metadata().map_err(failed)?, path)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES).read_to_end(&mut bytes).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_its_bytes_are_secret| unusable())?;
    match text.lines().next() {
        Some(password) if !password.is_empty() => Ok(SecretString::from(password.to_owned())),
        _ => Err(unusable()),
    }
}

#[cfg(unix)]
fn refuse_exposed(metadata: &std::fs::Metadata, path: &Path) -> Result<(), MailError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = metadata.permissions().mode() & 0o777;
    let others = mode & 0o077;
    if others != 0 {
        return Err(MailError::PasswordExposed {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

/// Other systems than Unix have no such bits.
#[cfg(not(unix))]
fn refuse_exposed(_metadata: &std::fs::Metadata, _path: &Path) -> Result<(), MailError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_a_file_of_its_owner_is_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let credentials = Credentials {
            username: "alerts".to_owned(),
            password_env: "NOT_SET_ANYWHERE".to_owned(),
            password_file: Some(path.clone()),
        };
        let told = || read_password(&credentials).unwrap_err().to_string();
        assert!(told().contains("check that the file is there"));
        fs::write(&path, "s3cret words \r\nsecond line\n").unwrap();
        for (mode, is_taken) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o660, false),
        ] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            match read_password(&credentials) {
                Ok(password) => {
                    assert!(is_taken, "{mode:o}");
                    assert_eq!(password.expose_secret(), "s3cret words ");
                }
                Err(error) => {
                    assert!(!is_taken && error.to_string().contains("chmod 600"), "{error}");
                    assert!(!error.to_string().contains("s3cret"));
                }
            }
        }
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        for nothing in [&b""[..], b"\nx\n", b"\xff\xfe\n"] {
            fs::write(&path, nothing).unwrap();
            assert!(told().contains("holds no password"), "{nothing:?}");
        }
        let from_nowhere = Credentials {
            password_file: None,
            ..credentials.clone()
        };
        assert!(
            read_password(&from_nowhere)
                .unwrap_err()
                .to_string()
                .contains("NOT_SET_ANYWHERE")
        );
    }
}

//! The folder of real CMS files, which tests and benches use where it is at hand.

use std::path::{Path, PathBuf};

/// The folder that `HCPCS_WATCH_SHARED` names (default `../shared`), where `needed` lies in it; else says what is skipped.
pub(crate) fn shared(needed: &str) -> Option<PathBuf> {
    let given = std::env::var_os("HCPCS_WATCH_SHARED").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let path = folder.join(needed);
    if path.exists() {
        return Some(folder);
    }
    eprintln!(
        "skipped: the real {} is absent; set HCPCS_WATCH_SHARED",
        path.display()
    );
    None
}

//! Files and folders that hold the practice's data: readable by their owner only.

use std::io;
use std::path::Path;

/// Makes a folder and those above it, where missing, that only the owner can enter. Folders that are there keep their
/// mode.
///
/// # Errors
///
/// Where the system refuses.
pub fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

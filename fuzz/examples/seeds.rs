//! Writes the seeds of every reader to `fuzz/corpus/<reader>`: `cargo run --manifest-path fuzz/Cargo.toml --example seeds`.

use hcpcs_watch_fuzz::readers::{READERS, repository};

fn main() -> std::io::Result<()> {
    for reader in READERS {
        let folder = repository().join("fuzz/corpus").join(reader.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in (reader.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}

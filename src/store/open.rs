//! Opening the database file without ever harming one that is not ours.

use super::error::is_busy;
use super::migrate::{self, SCHEMA_VERSION};
use super::{Reader, StoreError};
use crate::private::private_folder;
use backon::{BlockingRetryable, ConstantBuilder};
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

/// "HCPC": marks a database of this tool in SQLite's header.
pub(super) const APPLICATION_ID: i64 = 0x4843_5043;

/// What every SQLite file begins with. Source: SQLite file format, section 1.3.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// How long to wait for another writer.
const BUSY: Duration = Duration::from_secs(5);

pub(super) fn read_write(path: &Path) -> Result<Reader, StoreError> {
    if path.exists() {
        refuse_other_formats(path)?;
    } else {
        create(path)?;
    }
    let reader = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let version = reader.at_once(|| check(&reader))?;
    // WAL lets reports read during a run. FULL: a commit survives a power cut, so no alert that was told or sent is
    // forgotten; a run commits a handful of times, so it costs nothing that is felt.
    let failed = reader.failed("set up the connection");
    let connection = &reader.connection;
    use_wal(connection).map_err(&failed)?;
    connection
        .pragma_update(None, "synchronous", "full")
        .map_err(&failed)?;
    drop(failed);
    if version < SCHEMA_VERSION {
        migrate::upgrade(&reader)?;
    }
    Ok(reader)
}

/// The change to WAL wants the file alone, and SQLite does not wait for that by itself.
fn use_wal(connection: &Connection) -> rusqlite::Result<()> {
    let change = || connection.pragma_update_and_check(None, "journal_mode", "wal", |_mode| Ok(()));
    let patience = ConstantBuilder::new().with_delay(BUSY / 100).with_max_times(100);
    change.retry(patience).when(is_busy).call()
}

pub(super) fn read_only(path: &Path) -> Result<Reader, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing {
            path: path.to_owned(),
        });
    }
    refuse_other_formats(path)?;
    let reader = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let path = path.to_owned();
    match reader.at_once(|| check(&reader))? {
        SCHEMA_VERSION => Ok(reader),
        0 => Err(StoreError::Missing { path }),
        found => Err(StoreError::OlderSchema {
            path,
            found,
            known: SCHEMA_VERSION,
        }),
    }
}

/// Makes an empty file that only its owner may read, and its folder.
fn create(path: &Path) -> Result<(), StoreError> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
    {
        private_folder(folder).map_err(|source| StoreError::File {
            doing: "create the folder",
            path: folder.to_owned(),
            source,
        })?;
    }
    match private_file(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(StoreError::File {
            doing: "create the database",
            path: path.to_owned(),
            source: error,
        }),
        _ => Ok(()),
    }
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Looks at the first bytes before SQLite does: a file of another kind must not be touched.
fn refuse_other_formats(path: &Path) -> Result<(), StoreError> {
    let failed = |source| StoreError::File {
        doing: "read the database",
        path: path.to_owned(),
        source,
    };
    let mut head = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAGIC.len() as u64)
        .read_to_end(&mut head)
        .map_err(failed)?;
    if head.is_empty() || head == MAGIC {
        return Ok(());
    }
    Err(foreign(path, "it is not in SQLite's format"))
}

fn foreign(path: &Path, found: &str) -> StoreError {
    StoreError::Foreign {
        path: path.to_owned(),
        found: found.to_owned(),
    }
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Reader, StoreError> {
    let failed = |source| StoreError::sql("open the file", path, source);
    let connection =
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    connection
        .pragma_update(None, "foreign_keys", true)
        .map_err(failed)?;
    // Of a new file only. Whole tables are read and written here, and a page is a call to the system.
    connection
        .pragma_update(None, "page_size", 16_384)
        .map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(Reader {
        connection,
        path: path.to_owned(),
    })
}

/// Gives the schema version of a database of ours, 0 for an empty one; only reads. Of one state: another program may
/// be making the tables right now.
fn check(reader: &Reader) -> Result<i64, StoreError> {
    let failed = reader.failed("read the header");
    let pragma = |name| {
        reader
            .connection
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
    };
    let application = pragma("application_id").map_err(&failed)?;
    let found = pragma("user_version").map_err(&failed)?;
    let objects: i64 = reader
        .connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(&failed)?;
    let path = &reader.path;
    if application == 0 && found == 0 && objects == 0 {
        return Ok(0);
    }
    if application != APPLICATION_ID || found < 1 {
        return Err(foreign(path, "it is the SQLite database of another program"));
    }
    if found > SCHEMA_VERSION {
        let path = path.clone();
        return Err(StoreError::NewerSchema {
            path,
            found,
            known: SCHEMA_VERSION,
        });
    }
    Ok(found)
}

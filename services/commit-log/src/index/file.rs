//! The file: where it is, who may read it, and when it is thrown away.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::Context;
use rusqlite::{Connection, OpenFlags};

use super::{IndexError, schema};

/// The file's name. SQLite keeps two more beside it, `-wal` and `-shm`.
const NAME: &str = "index.sqlite";

/// Pages that a connection keeps in memory, in KiB.
const CACHE_KIB: i64 = 16 * 1024;

/// An index's place on disk.
pub(super) struct File {
    path: PathBuf,
    /// Held for as long as we live: two processes would take the file from under each other.
    _lock: fs::File,
}

impl File {
    /// Takes the folder, and throws away a file that is no index of this version.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("cannot make {}", folder.display()))?;
        let lock = folder.join("lock");
        let lock = private(&lock).with_context(|| format!("cannot write {}", lock.display()))?;
        lock.try_lock().with_context(|| {
            format!(
                "another commit log uses {}: give each a folder of its own",
                folder.display()
            )
        })?;
        let file = Self {
            path: folder.join(NAME),
            _lock: lock,
        };
        match file.writer() {
            Ok(_) => {}
            Err(IndexError::Damaged(reason)) => {
                tracing::warn!(reason, "the index is read anew");
                file.renew()?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(file)
    }

    /// A connection that writes.
    pub(super) fn writer(&self) -> Result<Connection, IndexError> {
        // SQLite would make it readable to all; what it makes beside it takes the same mode.
        private(&self.path).map_err(|error| IndexError::Failed(error.to_string()))?;
        let connection = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        // A crash of the machine may take the last transactions, never the file; they are read again.
        connection.pragma_update(None, "synchronous", "normal")?;
        connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
        schema::check(&connection)?;
        Ok(connection)
    }

    /// That the file is where it was. One that was removed would be written for as long as we live, and for nobody.
    pub(super) fn stands(&self) -> Result<(), IndexError> {
        match fs::exists(&self.path) {
            Ok(true) => Ok(()),
            Ok(false) => Err(IndexError::Damaged("its file is gone".into())),
            Err(error) => Err(IndexError::Failed(error.to_string())),
        }
    }

    /// A connection that reads.
    pub(super) fn reader(&self) -> Result<Connection, IndexError> {
        self.stands()?;
        let connection = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    /// Begins a new file. Nobody may be connected to the old one.
    pub(super) fn renew(&self) -> Result<(), IndexError> {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.path.clone().into_os_string();
            path.push(end);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(IndexError::Failed(error.to_string()));
                }
                _ => {}
            }
        }
        self.writer().map(|_| ())
    }

    fn connect(&self, access: OpenFlags) -> Result<Connection, IndexError> {
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
        // What a file says of its own schema is not to be believed if the file is damaged.
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        Ok(connection)
    }
}

fn private(path: &Path) -> std::io::Result<fs::File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
}

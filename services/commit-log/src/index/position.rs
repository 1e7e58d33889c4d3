//! How far the index has read the log, and of which log.

use rusqlite::Connection;
use sha2::{Digest, Sha256};
use sluice_bus::StoredMessage;

use super::IndexError;

/// The last message that is in the index. Its digest tells one log from another that has as many messages.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Position {
    /// Its sequence; 0 if nothing was read yet.
    pub(crate) sequence: u64,
    pub(crate) digest: Vec<u8>,
}

impl Position {
    /// The position behind a message.
    pub(crate) fn behind(message: &StoredMessage) -> Self {
        let mut hash = Sha256::new();
        for part in [message.subject.as_bytes(), &message.payload] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self {
            sequence: message.sequence,
            digest: hash.finalize()[..16].to_vec(),
        }
    }

    pub(crate) fn read(connection: &Connection) -> Result<Self, IndexError> {
        let log = "SELECT position, digest FROM log WHERE one = 1";
        let position = connection.query_row(log, [], |row| {
            Ok(Self {
                sequence: row.get::<_, i64>(0)?.unsigned_abs(),
                digest: row.get(1)?,
            })
        })?;
        Ok(position)
    }

    pub(super) fn write(&self, connection: &Connection) -> Result<(), IndexError> {
        let log = "UPDATE log SET position = ?1, digest = ?2 WHERE one = 1";
        connection.execute(log, (number(self.sequence), &self.digest))?;
        Ok(())
    }
}

/// SQLite's numbers have a sign. No stream has so many messages.
pub(super) fn number(sequence: u64) -> i64 {
    i64::try_from(sequence).unwrap_or(i64::MAX)
}

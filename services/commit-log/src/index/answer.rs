//! Commits as they are shown: what was recorded, under what the repository is called now.

use prost::Message;
use rusqlite::{Connection, OptionalExtension, Statement};
use sluice_events::v1::{CommitRecorded, RecordedCommit, Repository};

use super::IndexError;

/// Reads commits by their ids.
pub(crate) struct Commits<'c>(Statement<'c>);

impl<'c> Commits<'c> {
    pub(crate) fn of(connection: &'c Connection) -> Result<Self, IndexError> {
        let commit =
            "SELECT r.record, l.name, l.described FROM commits c JOIN records r ON r.id = c.id
                      JOIN places l ON l.id = c.place WHERE c.id = ?1";
        Ok(Self(connection.prepare(commit)?))
    }

    /// The commit of this id.
    pub(crate) fn get(&mut self, id: i64, project: &str) -> Result<RecordedCommit, IndexError> {
        let row = self.0.query_row([id], |row| {
            Ok((
                row.get::<_, Vec<u8>>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, Vec<u8>>(2)?,
            ))
        });
        let missing = || IndexError::Damaged(format!("commit {id} is not there"));
        let (record, name, described) = row.optional()?.ok_or_else(missing)?;
        let mut record = CommitRecorded::decode(record.as_slice())?;
        record.name = name;
        record.repository = Some(Repository::decode(described.as_slice())?);
        Ok(RecordedCommit {
            record: Some(record),
            project: project.to_owned(),
            sequence: id.unsigned_abs(),
            ..Default::default()
        })
    }
}

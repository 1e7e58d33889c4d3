//! What a message of the log says to the index.

use sluice_bus::StoredMessage;
use sluice_events::{
    from_json,
    v1::{CommitRecorded, RefMoved},
};

use crate::listing::object_id;

/// Where something is recorded: tokens, as they stand in subjects.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) project: String,
    pub(crate) host: String,
    pub(crate) owner: String,
    pub(crate) repository: String,
}

/// A message of the log.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) place: Place,
    /// When it was found, in milliseconds since 1970.
    pub(crate) found: i64,
    pub(crate) said: Said,
}

/// What it says.
#[derive(Debug)]
pub(crate) enum Said {
    Commit(Vec<u8>, Box<CommitRecorded>),
    Move(Box<RefMoved>),
}

impl Entry {
    /// Reads a message. The error says why it is none of the log's.
    pub(crate) fn read(message: &StoredMessage) -> Result<Self, String> {
        let envelope = message.envelope().map_err(|error| error.to_string())?;
        let tokens: Vec<_> = message.subject.split('.').collect();
        let (place, what) = match tokens.as_slice() {
            [
                "sluice",
                "v1",
                "commit",
                project,
                host,
                owner,
                repository,
                what @ ..,
            ] => (
                Place {
                    project: (*project).to_owned(),
                    host: (*host).to_owned(),
                    owner: (*owner).to_owned(),
                    repository: (*repository).to_owned(),
                },
                what,
            ),
            _ => return Err("its subject is of another kind".into()),
        };
        let unreadable = |error: serde_json::Error| format!("{:?}", error.classify());
        let said = match what {
            ["recorded", sha] => {
                let record: CommitRecorded = from_json(&message.payload).map_err(unreadable)?;
                let commit = record.commit.as_ref();
                if commit.is_none_or(|commit| commit.sha != *sha) {
                    return Err("its data is about another commit".into());
                }
                Said::Commit(object_id(sha)?, Box::new(record))
            }
            ["moved", ..] => {
                let moved: RefMoved = from_json(&message.payload).map_err(unreadable)?;
                Said::Move(Box::new(moved))
            }
            _ => return Err("its subject is of another kind".into()),
        };
        let time = envelope.time;
        Ok(Self {
            sequence: message.sequence,
            place,
            found: time.seconds.saturating_mul(1000) + i64::from(time.nanos / 1_000_000),
            said,
        })
    }
}

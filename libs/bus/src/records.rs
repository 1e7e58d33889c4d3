//! Records: the values of a bucket, as proto-JSON, each with a revision.

use std::{collections::BTreeMap, marker::PhantomData, time::Duration};

use async_nats::HeaderMap;
use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use sluice_events::{from_json, to_json};
use thiserror::Error;

use crate::{Bus, LookupError, PublishError, StoredMessage, Watch, lookup::without_values};

/// How long a write may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How many records are read in one request: the server gives no more than 1,024.
const AT_ONCE: usize = 1000;

/// The records of one kind in their bucket.
#[derive(Debug, Clone)]
pub struct Records<M> {
    bus: Bus,
    bucket: &'static str,
    kind: PhantomData<M>,
}

/// A record and the revision that a change of it has to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned<M> {
    /// Its key in the bucket.
    pub key: String,
    /// The record.
    pub record: M,
    /// The bucket's revision that wrote it.
    pub revision: u64,
}

/// Why a record could not be read or written.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The bucket does not exist.
    #[error("bucket {0} does not exist; `sluice topology apply` creates it")]
    NoBucket(String),
    /// Somebody else changed it meanwhile: read it again.
    #[error("record {key} in bucket {bucket} was changed meanwhile")]
    Conflict {
        /// The bucket's name, before the namespace's prefix.
        bucket: &'static str,
        /// The record's key.
        key: String,
    },
    /// The stored value is no such record.
    #[error("record {key} in bucket {bucket} cannot be read: {reason}")]
    Unreadable {
        /// The bucket's name, before the namespace's prefix.
        bucket: &'static str,
        /// The record's key.
        key: String,
        /// Where the value went wrong; never the value.
        reason: String,
    },
    /// NATS did not answer or refused.
    #[error("bucket {bucket}: {reason}")]
    Bus {
        /// The bucket's name, before the namespace's prefix.
        bucket: &'static str,
        /// The client's words.
        reason: String,
    },
}

impl<M: Serialize + DeserializeOwned> Records<M> {
    /// The records in a bucket of the topology.
    pub fn new(bus: &Bus, bucket: &'static str) -> Self {
        Self {
            bus: bus.clone(),
            bucket,
            kind: PhantomData,
        }
    }

    /// One record; `None` if there is none under this key.
    pub async fn get(&self, key: &str) -> Result<Option<Versioned<M>>, RecordError> {
        let stored = self.bus.last_in(&self.stream(), &self.subject(key)).await;
        match stored
            .map_err(|error| self.failed(error))?
            .filter(|message| !message.is_deletion())
        {
            Some(message) => self.read(key, &message.payload, message.sequence).map(Some),
            None => Ok(None),
        }
    }

    /// Those of these that are there, in any order, which may be a moment old. It costs a request for each thousand.
    pub async fn some(&self, keys: &[String]) -> Result<Vec<Versioned<M>>, RecordError> {
        let mut records = Vec::new();
        for keys in keys.chunks(AT_ONCE) {
            let subjects: Vec<_> = keys.iter().map(|key| self.subject(key)).collect();
            let found = self.bus.read_last_of(&self.stream(), &subjects).await;
            for message in found.map_err(|error| self.failed(error))? {
                let key = self.key_of(&message);
                if let Some(key) = key.filter(|_| !message.is_deletion()) {
                    records.push(self.read(&key, &message.payload, message.sequence)?);
                }
            }
        }
        Ok(records)
    }

    /// All records, in the order of their keys. What cannot be read is an error, not passed over.
    pub async fn all(&self) -> Result<Vec<Versioned<M>>, RecordError> {
        let mut records = BTreeMap::new();
        let mut seen = 0;
        loop {
            let messages = self
                .read_from(seen + 1)
                .await
                .map_err(|error| self.failed(error))?;
            let Some(newest) = messages.last() else { break };
            seen = newest.sequence;
            for message in &messages {
                let Some(key) = self.key_of(message) else {
                    continue;
                };
                // What is changed or deleted while we read stands here again.
                if message.is_deletion() {
                    records.remove(&key);
                } else {
                    let record = self.read(&key, &message.payload, message.sequence)?;
                    records.insert(key, record);
                }
            }
        }
        Ok(records.into_values().collect())
    }

    /// Writes a record that must not exist yet, or must be at `revision`. Returns the new revision.
    pub async fn put(
        &self,
        key: &str,
        record: &M,
        revision: Option<u64>,
    ) -> Result<u64, RecordError> {
        let value = to_json(record).map_err(|error| self.unreadable(key, &error))?;
        self.put_encoded(key, value.into(), revision).await
    }

    /// The same with what is encoded already.
    pub(crate) async fn put_encoded(
        &self,
        key: &str,
        value: Bytes,
        revision: Option<u64>,
    ) -> Result<u64, RecordError> {
        let expected = match revision {
            Some(revision) => revision,
            None => self.before_creation(key).await?,
        };
        self.write(key, HeaderMap::new(), value, expected).await
    }

    /// Deletes a record, whatever it says, if there is one.
    pub async fn remove(&self, key: &str) -> Result<(), RecordError> {
        let last = self.bus.last_in(&self.stream(), &self.subject(key)).await;
        match last.map_err(|error| self.failed(error))? {
            Some(message) if !message.is_deletion() => self.delete(key, message.sequence).await,
            _ => Ok(()),
        }
    }

    /// Deletes a record that must be at `revision`. Its value is gone at once, its history too.
    pub async fn delete(&self, key: &str, revision: u64) -> Result<(), RecordError> {
        let mut headers = HeaderMap::new();
        headers.insert("KV-Operation", "PURGE");
        headers.insert("Nats-Rollup", "sub");
        self.write(key, headers, Bytes::new(), revision)
            .await
            .map(|_| ())
    }

    /// The revision that a record has to have which does not exist: 0, or that of the mark that deleted it.
    async fn before_creation(&self, key: &str) -> Result<u64, RecordError> {
        let last = self
            .bus
            .last_in(&self.stream(), &self.subject(key))
            .await
            .map_err(|error| self.failed(error))?;
        match last {
            None => Ok(0),
            Some(message) if message.is_deletion() => Ok(message.sequence),
            Some(_) => Err(self.conflict(key)),
        }
    }

    async fn write(
        &self,
        key: &str,
        headers: HeaderMap,
        value: Bytes,
        expected: u64,
    ) -> Result<u64, RecordError> {
        write(&self.bus, self.bucket, key, headers, value, expected)
            .await
            .map_err(|error| match error {
                PublishError::Conflict => self.conflict(key),
                PublishError::NoStream(_) => RecordError::NoBucket(self.name()),
                other => self.failed(other),
            })
    }

    /// All records and from then on every change, for as long as the process lives.
    pub fn watch(&self) -> Watch<M> {
        Watch::new(Self::new(&self.bus, self.bucket))
    }

    /// What stands in the bucket from a revision on, in the order of revisions, in parts; deletions too.
    async fn read_from(&self, revision: u64) -> Result<Vec<StoredMessage>, LookupError> {
        self.bus
            .read_batch(&self.stream(), &format!("$KV.{}.>", self.name()), revision)
            .await
    }

    /// The key that a message of the bucket stands under.
    pub(crate) fn key_of(&self, message: &StoredMessage) -> Option<String> {
        let rest = message
            .subject
            .strip_prefix("$KV.")?
            .strip_prefix(&self.name())?;
        rest.strip_prefix('.').map(str::to_owned)
    }

    /// The bucket's name on the bus.
    pub(crate) fn name(&self) -> String {
        self.bus.namespace().bucket(self.bucket)
    }

    fn subject(&self, key: &str) -> String {
        format!("$KV.{}.{key}", self.name())
    }

    fn stream(&self) -> String {
        format!("KV_{}", self.name())
    }

    pub(crate) fn read(
        &self,
        key: &str,
        value: &[u8],
        revision: u64,
    ) -> Result<Versioned<M>, RecordError> {
        let record = from_json(value).map_err(|error| self.unreadable(key, &error))?;
        Ok(Versioned {
            key: key.to_owned(),
            record,
            revision,
        })
    }

    pub(crate) fn bus(&self) -> &Bus {
        &self.bus
    }

    fn failed(&self, error: impl std::fmt::Display) -> RecordError {
        RecordError::Bus {
            bucket: self.bucket,
            reason: error.to_string(),
        }
    }

    /// Says that somebody else was faster.
    pub fn conflict(&self, key: &str) -> RecordError {
        RecordError::Conflict {
            bucket: self.bucket,
            key: key.to_owned(),
        }
    }

    fn unreadable(&self, key: &str, error: &serde_json::Error) -> RecordError {
        RecordError::Unreadable {
            bucket: self.bucket,
            key: key.to_owned(),
            reason: without_values(error),
        }
    }
}

/// Writes under a key whose last message must be at `expected`; 0: there must be none. Returns the new revision.
pub(crate) async fn write(
    bus: &Bus,
    bucket: &str,
    key: &str,
    mut headers: HeaderMap,
    value: Bytes,
    expected: u64,
) -> Result<u64, PublishError> {
    let name = bus.namespace().bucket(bucket);
    headers.insert("Nats-Expected-Last-Subject-Sequence", expected.to_string());
    let stored = bus
        .store(
            format!("$KV.{name}.{key}"),
            format!("KV_{name}"),
            headers,
            value,
            PATIENCE,
        )
        .await?;
    Ok(stored.sequence)
}

//! What is declared at one moment, and how it is changed.

use std::sync::Arc;

use serde::{Serialize, de::DeserializeOwned};
use sluice_bus::{Bus, RecordError, Records};
use sluice_events::v1;
use sluice_registry::{Object, Record, SharedMap, Snapshot, Step, keys};

use crate::{Author, ChangeError};

/// Revisions by bucket and key.
pub type Revisions = SharedMap<(&'static str, String), u64>;

/// The records of all buckets that people declare, as they were when they were read.
#[derive(Debug, Clone)]
pub struct Declared {
    /// The records.
    pub snapshot: Arc<Snapshot>,
    bus: Bus,
    revisions: Arc<Revisions>,
}

impl Declared {
    /// Reads everything.
    pub async fn read(bus: &Bus) -> Result<Self, RecordError> {
        let mut reading = Reading {
            bus,
            snapshot: Snapshot::default(),
            revisions: Revisions::default(),
        };
        reading.records(keys::PROJECTS, Record::Project).await?;
        reading.records(keys::HOSTS, Record::Host).await?;
        let credentials = reading.records(keys::CREDENTIALS, Record::Credential);
        credentials.await?;
        let repositories = reading.records(keys::REPOSITORIES, Record::Repository);
        repositories.await?;
        reading.records(keys::ENDPOINTS, Record::Endpoint).await?;
        for bucket in [
            keys::HOOK_SECRETS,
            keys::CREDENTIAL_VALUES,
            keys::ISSUER_VALUES,
        ] {
            reading.note::<v1::SealedValue>(bucket).await?;
        }
        let (snapshot, revisions) = (Arc::new(reading.snapshot), Arc::new(reading.revisions));
        Ok(Self::of(bus, snapshot, revisions))
    }

    /// What somebody has read who watches the buckets. Every record has its revision, sealed values need none.
    pub fn of(bus: &Bus, snapshot: Arc<Snapshot>, revisions: Arc<Revisions>) -> Self {
        Self {
            snapshot,
            bus: bus.clone(),
            revisions,
        }
    }

    /// Whether a sealed value stands under this key.
    pub fn has_value(&self, bucket: &'static str, key: &str) -> bool {
        self.revisions.get(&(bucket, key.to_owned())).is_some()
    }

    /// The revision of an object's record as it was read; 0 for what is predefined and was never declared. `None`: there is
    /// no such object.
    pub fn revision(&self, object: &Object) -> Option<u64> {
        self.snapshot.record(object)?;
        let place = (object.kind.bucket(), object.key());
        Some(self.revisions.get(&place).copied().unwrap_or(0))
    }

    /// Notes who changes an object, and carries out the steps in their order. Where that fails, that is noted as well.
    /// Returns the revision of the record that was put, if one was.
    pub async fn carry_out(
        &self,
        author: &Author,
        action: &str,
        object: &Object,
        steps: Vec<Step>,
    ) -> Result<Option<u64>, ChangeError> {
        if steps.is_empty() {
            return Ok(None);
        }
        // First: what nobody could find afterwards is not done.
        let (project, name) = (&object.project, object.to_string());
        let note = |failed| author.note(&self.bus, action, project, &name, failed);
        note(None).await?;
        let done = self.steps(steps).await;
        if let Err(error) = &done {
            let reason = error.to_string();
            if let Err(unnoted) = note(Some(&reason)).await {
                tracing::warn!(%object, %unnoted, "the audit does not say that a change failed");
            }
        }
        done
    }

    async fn steps(&self, steps: Vec<Step>) -> Result<Option<u64>, ChangeError> {
        let mut written = None;
        for step in steps {
            let (bucket, key) = (step.bucket(), step.key());
            let revision = self.step(step).await.map_err(|source| match source {
                RecordError::Conflict { .. } => ChangeError::Conflict { bucket, key },
                source => ChangeError::Write {
                    bucket,
                    key,
                    source,
                },
            })?;
            written = revision.or(written);
        }
        Ok(written)
    }

    async fn step(&self, step: Step) -> Result<Option<u64>, RecordError> {
        let (bucket, key) = (step.bucket(), step.key());
        match step {
            Step::Seal { value, .. } => {
                let sealed = Records::new(&self.bus, bucket);
                sealed.put(&key, &value, None).await?;
                Ok(None)
            }
            Step::Put(Record::Project(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Host(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Credential(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Repository(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Endpoint(record)) => self.put(bucket, &key, &record).await,
            Step::Delete { .. } => self.delete(bucket, &key).await.map(|()| None),
        }
    }

    async fn put<M: Serialize + DeserializeOwned>(
        &self,
        bucket: &'static str,
        key: &str,
        record: &M,
    ) -> Result<Option<u64>, RecordError> {
        let revision = self.revisions.get(&(bucket, key.to_owned())).copied();
        let records = Records::new(&self.bus, bucket);
        records.put(key, record, revision).await.map(Some)
    }

    /// Deletes what was read as it was read, and what services keep as it is now.
    async fn delete(&self, bucket: &'static str, key: &str) -> Result<(), RecordError> {
        let records = Records::<serde_json::Value>::new(&self.bus, bucket);
        let revision = match self.revisions.get(&(bucket, key.to_owned())) {
            Some(revision) => Some(*revision),
            None => records.get(key).await?.map(|kept| kept.revision),
        };
        match revision {
            Some(revision) => records.delete(key, revision).await,
            None => Ok(()),
        }
    }
}

/// What is read so far.
struct Reading<'b> {
    bus: &'b Bus,
    snapshot: Snapshot,
    revisions: Revisions,
}

impl Reading<'_> {
    async fn records<M: Serialize + DeserializeOwned>(
        &mut self,
        bucket: &'static str,
        record: impl Fn(M) -> Record,
    ) -> Result<(), RecordError> {
        let read = self.note::<M>(bucket).await?;
        let read = read.into_iter();
        read.for_each(|read| self.snapshot.put(record(read)));
        Ok(())
    }

    /// Reads a bucket and keeps its revisions.
    async fn note<M: Serialize + DeserializeOwned>(
        &mut self,
        bucket: &'static str,
    ) -> Result<Vec<M>, RecordError> {
        let read = Records::<M>::new(self.bus, bucket).all().await?;
        for read in &read {
            let place = (bucket, read.key.clone());
            self.revisions.insert(place, read.revision);
        }
        Ok(read.into_iter().map(|read| read.record).collect())
    }
}

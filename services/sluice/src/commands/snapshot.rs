//! What is declared at present, with the revisions that a change has to name.

use std::collections::HashMap;

use anyhow::Context;
use serde::{Serialize, de::DeserializeOwned};
use sluice_bus::{Bus, RecordError, Records};
use sluice_events::v1;
use sluice_registry::{Record, Snapshot, Step, keys};

/// The records of all buckets that people declare.
pub(super) struct Declared {
    pub(super) snapshot: Snapshot,
    bus: Bus,
    revisions: HashMap<(&'static str, String), u64>,
}

impl Declared {
    /// Reads everything.
    pub(super) async fn read(bus: &Bus) -> anyhow::Result<Self> {
        let mut declared = Self {
            snapshot: Snapshot::default(),
            bus: bus.clone(),
            revisions: HashMap::new(),
        };
        declared.records(keys::PROJECTS, Record::Project).await?;
        declared.records(keys::HOSTS, Record::Host).await?;
        declared
            .records(keys::CREDENTIALS, Record::Credential)
            .await?;
        declared
            .records(keys::REPOSITORIES, Record::Repository)
            .await?;
        declared.records(keys::ENDPOINTS, Record::Endpoint).await?;
        for bucket in [keys::HOOK_SECRETS, keys::CREDENTIAL_VALUES] {
            declared.note::<v1::SealedValue>(bucket).await?;
        }
        Ok(declared)
    }

    async fn records<M: Serialize + DeserializeOwned>(
        &mut self,
        bucket: &'static str,
        record: impl Fn(M) -> Record,
    ) -> Result<(), RecordError> {
        let read = self.note::<M>(bucket).await?;
        read.into_iter()
            .for_each(|read| self.snapshot.put(record(read)));
        Ok(())
    }

    /// Reads a bucket and keeps its revisions.
    async fn note<M: Serialize + DeserializeOwned>(
        &mut self,
        bucket: &'static str,
    ) -> Result<Vec<M>, RecordError> {
        let read = Records::<M>::new(&self.bus, bucket).all().await?;
        let noted = read
            .iter()
            .map(|read| ((bucket, read.key.clone()), read.revision));
        self.revisions.extend(noted);
        Ok(read.into_iter().map(|read| read.record).collect())
    }

    /// Whether a sealed value stands under this key.
    pub(super) fn has_value(&self, bucket: &'static str, key: &str) -> bool {
        self.revisions.contains_key(&(bucket, key.to_owned()))
    }

    /// Carries out steps in their order.
    pub(super) async fn carry_out(&self, steps: Vec<Step>) -> anyhow::Result<()> {
        for step in steps {
            let (bucket, key) = (step.bucket(), step.key());
            self.step(step).await.with_context(|| {
                format!("cannot write {key} in bucket {bucket}; nothing that was written before is undone: apply again")
            })?;
        }
        Ok(())
    }

    async fn step(&self, step: Step) -> Result<(), RecordError> {
        let (bucket, key) = (step.bucket(), step.key());
        match step {
            Step::Seal { value, .. } => {
                let sealed = Records::new(&self.bus, bucket);
                sealed.put(&key, &value, None).await.map(drop)
            }
            Step::Put(Record::Project(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Host(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Credential(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Repository(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Endpoint(record)) => self.put(bucket, &key, &record).await,
            Step::Delete { .. } => self.delete(bucket, &key).await,
        }
    }

    async fn put<M: Serialize + DeserializeOwned>(
        &self,
        bucket: &'static str,
        key: &str,
        record: &M,
    ) -> Result<(), RecordError> {
        let revision = self.revisions.get(&(bucket, key.to_owned())).copied();
        let records = Records::new(&self.bus, bucket);
        records.put(key, record, revision).await.map(drop)
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

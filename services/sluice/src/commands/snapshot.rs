//! What is declared at present, with the revisions that a change has to name.

use std::collections::HashMap;

use anyhow::Context;
use sluice_bus::{Bus, Records, Versioned};
use sluice_events::v1;
use sluice_registry::{Record, Snapshot, Step, keys};

/// The records of all buckets.
pub(super) struct Declared {
    pub(super) snapshot: Snapshot,
    bus: Bus,
    revisions: HashMap<(&'static str, String), u64>,
}

impl Declared {
    /// Reads everything.
    pub(super) async fn read(bus: &Bus) -> anyhow::Result<Self> {
        let mut revisions = HashMap::new();
        let projects = Records::<v1::Project>::new(bus, keys::PROJECTS)
            .all()
            .await?;
        let hosts = Records::<v1::Host>::new(bus, keys::HOSTS).all().await?;
        let endpoints = Records::<v1::Endpoint>::new(bus, keys::ENDPOINTS)
            .all()
            .await?;
        let secrets = Records::<v1::SealedValue>::new(bus, keys::HOOK_SECRETS)
            .all()
            .await?;
        let states = Records::<v1::EndpointState>::new(bus, keys::ENDPOINT_STATE)
            .all()
            .await?;
        note(&mut revisions, keys::PROJECTS, &projects);
        note(&mut revisions, keys::HOSTS, &hosts);
        note(&mut revisions, keys::ENDPOINTS, &endpoints);
        note(&mut revisions, keys::HOOK_SECRETS, &secrets);
        note(&mut revisions, keys::ENDPOINT_STATE, &states);
        let projects = projects
            .into_iter()
            .map(|project| Record::Project(project.record));
        let hosts = hosts.into_iter().map(|host| Record::Host(host.record));
        let endpoints = endpoints
            .into_iter()
            .map(|endpoint| Record::Endpoint(endpoint.record));
        let snapshot = projects.chain(hosts).chain(endpoints).collect();
        Ok(Self {
            snapshot,
            bus: bus.clone(),
            revisions,
        })
    }

    /// Whether a sealed value stands under this key.
    pub(super) fn has_secret(&self, key: &str) -> bool {
        self.revisions
            .contains_key(&(keys::HOOK_SECRETS, key.to_owned()))
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

    async fn step(&self, step: Step) -> Result<(), sluice_bus::RecordError> {
        let (bucket, key) = (step.bucket(), step.key());
        let revision = self.revisions.get(&(bucket, key.clone())).copied();
        match step {
            Step::Seal { value, .. } => {
                Records::new(&self.bus, bucket)
                    .put(&key, &value, None)
                    .await?
            }
            Step::Put(Record::Project(record)) => {
                Records::new(&self.bus, bucket)
                    .put(&key, &record, revision)
                    .await?
            }
            Step::Put(Record::Host(record)) => {
                Records::new(&self.bus, bucket)
                    .put(&key, &record, revision)
                    .await?
            }
            Step::Put(Record::Endpoint(record)) => {
                Records::new(&self.bus, bucket)
                    .put(&key, &record, revision)
                    .await?
            }
            Step::Delete { .. } => match revision {
                Some(revision) => {
                    Records::<v1::Project>::new(&self.bus, bucket)
                        .delete(&key, revision)
                        .await?;
                    revision
                }
                None => 0,
            },
        };
        Ok(())
    }
}

fn note<M>(
    revisions: &mut HashMap<(&'static str, String), u64>,
    bucket: &'static str,
    records: &[Versioned<M>],
) {
    revisions.extend(
        records
            .iter()
            .map(|record| ((bucket, record.key.clone()), record.revision)),
    );
}

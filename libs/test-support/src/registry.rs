//! The registry as an operator fills it: hosts, endpoints, and their secrets sealed to keys of the test's own.

use std::path::PathBuf;

use serde::{Serialize, de::DeserializeOwned};
use sluice_bus::{Bus, Records};
use sluice_events::{
    Timestamp,
    v1::{self, scope::Of},
};
use sluice_providers::SecretKind;
use sluice_registry::{
    DEFAULT_PROJECT, EndpointSpec, KeyClass, Kind, Manifest, Object, Plaintext, Record, SealingKey,
    SecretSpec, Snapshot, Source, Spec, Step, create_keys, deletion, keys, plan,
};
use tempfile::TempDir;

use crate::Nats;

/// The registry of a server.
pub struct Registry {
    bus: Bus,
    folder: TempDir,
    sealing: SealingKey,
}

impl Registry {
    /// Makes keys, and writes as the user `operator` from now on.
    pub async fn of(nats: &Nats) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            sealing: create_keys(folder.path(), KeyClass::HookSecrets).unwrap(),
            bus: nats.bus("operator").await,
            folder,
        }
    }

    /// The file with the private key of hook secrets.
    pub fn opening_key(&self) -> PathBuf {
        self.folder.path().join("hook-secrets.key")
    }

    /// Declares all of it, as `sluice apply` does.
    pub async fn declare(&self, manifests: &[Manifest]) {
        self.declare_sealed_to(&self.sealing, manifests).await;
    }

    /// The same with secrets sealed to another key.
    pub async fn declare_sealed_to(&self, sealing: &SealingKey, manifests: &[Manifest]) {
        let records = self.snapshot().await;
        let planned = plan(manifests, &records, Some(sealing), Timestamp::now());
        let planned = planned.unwrap_or_else(|problems| panic!("{problems}"));
        let outcomes = planned.outcomes.into_iter();
        for step in outcomes.flat_map(|outcome| outcome.steps) {
            self.carry_out(step).await;
        }
    }

    /// Deletes an endpoint, as `sluice delete` does.
    pub async fn delete_endpoint(&self, name: &str) {
        let object = Object {
            kind: Kind::Endpoint,
            project: DEFAULT_PROJECT.into(),
            name: name.into(),
        };
        let steps = deletion(&object, &self.snapshot().await).unwrap();
        for step in steps {
            self.carry_out(step).await;
        }
    }

    /// What the gateways have learnt about an endpoint.
    pub async fn state_of(&self, name: &str) -> Option<v1::EndpointState> {
        let states = Records::<v1::EndpointState>::new(&self.bus, keys::ENDPOINT_STATE);
        let state = states.get(&keys::endpoint(DEFAULT_PROJECT, name)).await;
        state.unwrap().map(|state| state.record)
    }

    async fn snapshot(&self) -> Snapshot {
        let hosts = self.all(keys::HOSTS).await.into_iter().map(Record::Host);
        let endpoints = self.all(keys::ENDPOINTS).await;
        let endpoints = endpoints.into_iter().map(Record::Endpoint);
        hosts.chain(endpoints).collect()
    }

    async fn all<M: Serialize + DeserializeOwned>(&self, bucket: &'static str) -> Vec<M> {
        let records = Records::<M>::new(&self.bus, bucket).all().await.unwrap();
        records.into_iter().map(|record| record.record).collect()
    }

    async fn carry_out(&self, step: Step) {
        let (bucket, key) = (step.bucket(), step.key());
        match step {
            Step::Seal { value, .. } => self.put(bucket, &key, &value).await,
            Step::Put(Record::Project(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Host(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Endpoint(record)) => self.put(bucket, &key, &record).await,
            Step::Delete { .. } => {
                let records = Records::<serde_json::Value>::new(&self.bus, bucket);
                if let Some(record) = records.get(&key).await.unwrap() {
                    records.delete(&key, record.revision).await.unwrap();
                }
            }
        }
    }

    async fn put<M: Serialize + DeserializeOwned>(
        &self,
        bucket: &'static str,
        key: &str,
        record: &M,
    ) {
        let records = Records::<M>::new(&self.bus, bucket);
        let there = records.get(key).await.unwrap();
        let revision = there.map(|there| there.revision);
        records.put(key, record, revision).await.unwrap();
    }
}

/// What stands in the URL of the endpoint of that name.
pub fn id_of(name: &str) -> String {
    format!("{name}-0123456789abcdef")
}

/// A host.
pub fn host(name: &str, provider: &str, url: &str) -> Manifest {
    let host = v1::Host {
        name: name.into(),
        provider: provider.into(),
        url: url.into(),
        api_url: String::new(),
        ..Default::default()
    };
    declared(Spec::Host(host))
}

/// An endpoint of a host, for everything on it until it is said otherwise.
pub fn endpoint(name: &str, host: &str) -> Endpoint {
    Endpoint(EndpointSpec {
        project: DEFAULT_PROJECT.into(),
        name: name.into(),
        id: Some(id_of(name)),
        host: host.into(),
        scope: Some(Of::Host(true)),
        secrets: Vec::new(),
        disabled: false,
    })
}

/// A declared endpoint.
#[derive(Clone)]
pub struct Endpoint(EndpointSpec);

impl Endpoint {
    /// For what belongs to this owner.
    pub fn for_owner(mut self, owner: &str) -> Self {
        self.0.scope = Some(Of::Owner(owner.into()));
        self
    }

    /// For this repository alone.
    pub fn for_repository(mut self, repository: &str) -> Self {
        self.0.scope = Some(Of::Repository(repository.into()));
        self
    }

    /// Accepts a secret, besides those that it accepts already.
    pub fn accepting(self, id: &str, kind: SecretKind, value: &str) -> Self {
        self.secret(id, kind, Source::Value(Plaintext::new(value)), None)
    }

    /// The same for a while.
    pub fn accepting_until(
        self,
        id: &str,
        kind: SecretKind,
        value: &str,
        until: Timestamp,
    ) -> Self {
        self.secret(id, kind, Source::Value(Plaintext::new(value)), Some(until))
    }

    /// Goes on accepting the value that is there.
    pub fn keeping(self, id: &str, kind: SecretKind) -> Self {
        self.secret(id, kind, Source::Kept, None)
    }

    fn secret(
        mut self,
        id: &str,
        kind: SecretKind,
        source: Source,
        accept_until: Option<Timestamp>,
    ) -> Self {
        self.0.secrets.push(SecretSpec {
            id: id.into(),
            kind,
            source,
            accept_until,
        });
        self
    }

    /// Takes no deliveries.
    pub fn disabled(mut self) -> Self {
        self.0.disabled = true;
        self
    }

    /// As it is declared.
    pub fn manifest(self) -> Manifest {
        declared(Spec::Endpoint(self.0))
    }
}

fn declared(spec: Spec) -> Manifest {
    Manifest { line: 0, spec }
}

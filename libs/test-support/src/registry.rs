//! The registry as an operator fills it: hosts, credentials, repositories and endpoints, and what is secret of them
//! sealed to keys of the test's own.

mod manifests;

use std::{fs, path::PathBuf};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Serialize, de::DeserializeOwned};
use sluice_bus::{Bus, Records};
use sluice_events::{Timestamp, v1};
use sluice_registry::{
    DEFAULT_PROJECT, KeyClass, Kind, Manifest, Object, Record, SealingKey, Snapshot, Step,
    create_keys, deletion, keys, plan,
};

pub use manifests::{
    Credential, Endpoint, Repository, credential, endpoint, host, host_of, id_of, repository,
};

use crate::{Folder, Nats, canary::watch};

/// The registry of a server.
pub struct Registry {
    bus: Bus,
    folder: Folder,
    hook_secrets: SealingKey,
    credentials: SealingKey,
    issuers: SealingKey,
}

impl Registry {
    /// Makes keys, and writes as the user `operator` from now on.
    pub async fn of(nats: &Nats) -> Self {
        let folder = Folder::new();
        fs::create_dir(folder.path().join("keys")).unwrap();
        Self {
            hook_secrets: made(&folder, KeyClass::HookSecrets),
            credentials: made(&folder, KeyClass::Credentials),
            issuers: made(&folder, KeyClass::Issuers),
            bus: nats.bus("operator").await,
            folder,
        }
    }

    /// The file with the private key of hook secrets.
    pub fn opening_key(&self) -> PathBuf {
        self.key("hook-secrets.key")
    }

    /// The file with the private key of credentials.
    pub fn credentials_key(&self) -> PathBuf {
        self.key("credentials.key")
    }

    /// The file with the public key of hook secrets.
    pub fn sealing_key(&self) -> PathBuf {
        self.key("hook-secrets.pub")
    }

    /// The file with the public key of credentials.
    pub fn credentials_sealing_key(&self) -> PathBuf {
        self.key("credentials.pub")
    }

    /// The file with the private key of issuers.
    pub fn issuers_key(&self) -> PathBuf {
        self.key("issuers.key")
    }

    /// The file with the public key of issuers.
    pub fn issuers_sealing_key(&self) -> PathBuf {
        self.key("issuers.pub")
    }

    fn key(&self, name: &str) -> PathBuf {
        self.folder.path().join("keys").join(name)
    }

    /// Declares all of it, as `sluice apply` does.
    pub async fn declare(&self, manifests: &[Manifest]) {
        self.declare_sealed_to(&self.hook_secrets, manifests).await;
    }

    /// The same with endpoints' secrets sealed to another key.
    pub async fn declare_sealed_to(&self, sealing: &SealingKey, manifests: &[Manifest]) {
        let records = self.snapshot().await;
        let sealing = [
            sealing.clone(),
            self.credentials.clone(),
            self.issuers.clone(),
        ];
        let sealing = sealing.into_iter().collect();
        let planned = plan(manifests, &records, &sealing, Timestamp::now());
        let planned = planned.unwrap_or_else(|problems| panic!("{problems}"));
        let outcomes = planned.outcomes.into_iter();
        for step in outcomes.flat_map(|outcome| outcome.steps) {
            self.carry_out(step).await;
        }
    }

    /// Deletes an endpoint, as `sluice delete` does.
    pub async fn delete_endpoint(&self, name: &str) {
        self.delete(Kind::Endpoint, name).await;
    }

    /// Deletes an object, of the default project if of any, as `sluice delete` does.
    pub async fn delete(&self, kind: Kind, name: &str) {
        let object = Object::new(kind, DEFAULT_PROJECT, name);
        let steps = deletion(&object, &self.snapshot().await);
        for step in steps.unwrap_or_else(|problem| panic!("{problem}")) {
            self.carry_out(step).await;
        }
    }

    /// What the gateways have learnt about an endpoint.
    pub async fn state_of(&self, name: &str) -> Option<v1::EndpointState> {
        let states = Records::<v1::EndpointState>::new(&self.bus, keys::ENDPOINT_STATE);
        let state = states.get(&keys::endpoint(DEFAULT_PROJECT, name)).await;
        state.unwrap().map(|state| state.record)
    }

    /// Notes at an endpoint that a test is awaited, as the connector does.
    pub async fn await_test(&self, name: &str, test: v1::HookTest) {
        let endpoints = Records::<v1::Endpoint>::new(&self.bus, keys::ENDPOINTS);
        let key = keys::endpoint(DEFAULT_PROJECT, name);
        let found = endpoints.get(&key).await.unwrap().unwrap();
        let record = v1::Endpoint {
            test: Some(test),
            ..found.record
        };
        let put = endpoints.put(&key, &record, Some(found.revision)).await;
        put.unwrap();
    }

    /// All that is declared.
    pub async fn snapshot(&self) -> Snapshot {
        let projects = self.all(keys::PROJECTS).await.into_iter();
        let hosts = self.all(keys::HOSTS).await.into_iter();
        let credentials = self.all(keys::CREDENTIALS).await.into_iter();
        let repositories = self.all(keys::REPOSITORIES).await.into_iter();
        let endpoints = self.all(keys::ENDPOINTS).await.into_iter();
        projects
            .map(Record::Project)
            .chain(hosts.map(Record::Host))
            .chain(credentials.map(Record::Credential))
            .chain(repositories.map(Record::Repository))
            .chain(endpoints.map(Record::Endpoint))
            .collect()
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
            Step::Put(Record::Credential(record)) => self.put(bucket, &key, &record).await,
            Step::Put(Record::Repository(record)) => self.put(bucket, &key, &record).await,
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

/// A new key, whose private half is nobody's to see.
fn made(folder: &Folder, class: KeyClass) -> SealingKey {
    let keys = folder.path().join("keys");
    let sealing = create_keys(&keys, class).unwrap();
    let private = fs::read_to_string(keys.join(format!("{}.key", class.name()))).unwrap();
    let private = BASE64_STANDARD.decode(private.lines().nth(1).unwrap());
    watch().secret(&format!("sealing key: {}", class.name()), private.unwrap());
    sealing
}

//! A record as it is shown: what is declared, and beside it what services know.

use serde::Serialize;
use sluice_bus::RecordError;
use sluice_events::v1::{
    AccessRole, Connection, ConnectionStatus, EndpointState, KnownRefs, RegisteredRepository,
    SyncState,
};
use sluice_registry::{CONNECTION_STATUSES, Manifest, Record, Spec, Words};

use super::kept::Kept;
use crate::{
    Api,
    problem::{Problem, Said},
    serve::Asked,
};

/// How a repository stands with its host, in a word.
pub(crate) static STATES: Words<ConnectionStatus> = CONNECTION_STATUSES;

/// A record and how it stands. What is declared is in the form in which it can be declared again.
#[derive(Serialize)]
pub(crate) struct Shown {
    #[serde(flatten)]
    manifest: Manifest,
    pub(crate) status: Status,
}

/// What nobody declares.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Status {
    /// Of the record; `0` for what is predefined.
    revision: String,
    /// How a repository stands with its host, in a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    /// The same in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<Connection>,
    /// What sync keeps about a repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<SyncState>,
    /// What the recoverer keeps about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<KnownRefs>,
    /// Where hosts send to an endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// The public half of an SSH key, to be added at the host.
    #[serde(skip_serializing_if = "String::is_empty")]
    public_key: String,
    /// What gateways have learnt about an endpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    deliveries: Option<EndpointState>,
    /// What deserves a second look, where it was just declared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<Said>,
}

impl Shown {
    /// What names the record as it is: its revision.
    pub(crate) fn tag(&self) -> String {
        format!("\"{}\"", self.status.revision)
    }
}

impl Asked {
    /// A record with its status, looked up in time. The revision was read before the record.
    pub(crate) async fn shown_in_full(
        &self,
        record: &Record,
        revision: u64,
    ) -> Result<Shown, Problem> {
        let kept = self.api.in_time(Kept::of_one(&self.api.bus, record));
        Ok(self.shown(record, revision, &kept.await?))
    }

    /// The same with what was looked up. A revision that is newer than what is shown would let somebody overwrite what they
    /// have never seen.
    pub(super) fn shown(&self, record: &Record, revision: u64, kept: &Kept) -> Shown {
        let api = &self.api;
        let mut manifest = Manifest::from(record);
        let mut status = match record {
            Record::Repository(repository) => api.of_repository(repository, &record.key(), kept),
            Record::Endpoint(_) => Status {
                deliveries: kept.deliveries.get(&record.key()).cloned(),
                ..Status::default()
            },
            Record::Credential(credential) => Status {
                public_key: credential.public_key.clone(),
                ..Status::default()
            },
            Record::Project(_) | Record::Host(_) => Status::default(),
        };
        status.revision = revision.to_string();
        if let Spec::Endpoint(endpoint) = &mut manifest.spec {
            if self.holder.role() < AccessRole::Editor {
                // Who knows it can send to it (rule S11).
                endpoint.id = None;
            }
            let hooks = api.hooks_url.as_ref().zip(endpoint.id.as_ref());
            status.address = hooks.map(|(hooks, id)| format!("{hooks}/hooks/{id}"));
        }
        Shown { manifest, status }
    }
}

impl Api {
    /// Tables of refs are left out: most of them stand elsewhere.
    fn of_repository(&self, repository: &RegisteredRepository, key: &str, kept: &Kept) -> Status {
        let (project, name) = (&repository.project, &repository.name);
        let connection = self.directory.connection(project, name);
        let status = connection
            .as_ref()
            .map_or(ConnectionStatus::Unspecified, |found| found.status());
        let sync = kept.sync.get(key).cloned();
        let known = kept.known.get(key).cloned();
        Status {
            state: Some(STATES.word(status)),
            connection: connection.map(|connection| (*connection).clone()),
            sync: sync.map(|sync| SyncState { refs: None, ..sync }),
            known: known.map(|known| KnownRefs {
                refs: None,
                pending: Vec::new(),
                ..known
            }),
            ..Status::default()
        }
    }

    pub(crate) async fn in_time<T>(
        &self,
        reading: impl Future<Output = Result<T, RecordError>>,
    ) -> Result<T, Problem> {
        let read = tokio::time::timeout(self.listen.answer_deadline, reading).await;
        let read = read.map_err(|_| Problem::unavailable("the records took too long to read"))?;
        Ok(read?)
    }
}

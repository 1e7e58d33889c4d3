//! What is declared: repositories with realistic names, spread over projects, and what services keep about them.
//!
//! It is written as their own users write it, by compare-and-set, without the API: declaring it is not what is measured.

use futures_util::{StreamExt, stream};
use serde::{Serialize, de::DeserializeOwned};
use sluice_bus::{Bus, Records};
use sluice_events::{
    Timestamp,
    v1::{
        AccessLevel, Connection, ConnectionBasis, ConnectionStatus, ConnectionStep, Endpoint,
        HookSecret, Host, KnownRef, KnownRefs, MirrorKind, Project, RefTable, RegisteredRepository,
        Scope, SealedValue, SecretKind, StepOutcome, SyncState, WebhookKind, scope::Of,
    },
};
use sluice_registry::{Place, SealingKey, keys};

/// Projects.
const PROJECTS: usize = 50;

/// Every so many repositories one has a webhook of its own; the others' owners have one for all.
const WITH_ENDPOINT: usize = 10;

/// Records that are written at once.
const AT_ONCE: usize = 256;

/// The host that all are on. Nobody calls it: nothing is due.
pub(crate) const HOST: &str = "git-corp";

/// Address that hosts reach us by.
pub(crate) const HOOKS_URL: &str = "https://hooks.corp.example";

const AREAS: [&str; 12] = [
    "payments",
    "billing",
    "identity",
    "search",
    "catalog",
    "ledger",
    "shipping",
    "pricing",
    "fraud",
    "reporting",
    "mobile",
    "platform",
];

const PARTS: [&str; 10] = [
    "api",
    "gateway",
    "worker",
    "frontend",
    "schema",
    "terraform",
    "charts",
    "sdk",
    "migrations",
    "docs",
];

/// Who writes what.
pub(crate) struct Writers {
    pub(crate) operator: Bus,
    pub(crate) sync: Bus,
    pub(crate) recoverer: Bus,
    pub(crate) connector: Bus,
}

/// The name of a repository, which no other has.
pub(crate) fn name(number: usize) -> String {
    let area = AREAS[number / PROJECTS % AREAS.len()];
    let part = PARTS[number / PROJECTS / AREAS.len() % PARTS.len()];
    format!("{area}-{part}-{number:06}")
}

/// Its project.
pub(crate) fn project(number: usize) -> String {
    format!("team-{:02}", number % PROJECTS)
}

/// Its web address.
pub(crate) fn address(number: usize) -> String {
    format!("https://git.corp.example/{}", full_name(number))
}

fn full_name(number: usize) -> String {
    format!("corp-{}/{}", project(number), name(number))
}

/// Declares so many repositories, and writes what services would keep about them.
pub(crate) async fn fill(writers: &Writers, sealing: &SealingKey, repositories: usize) {
    let host = Records::<Host>::new(&writers.operator, keys::HOSTS);
    let revision = host.put(&keys::host(HOST), &corp(), Some(0)).await.unwrap();
    let projects = (0..PROJECTS).map(|number| {
        let name = project(number);
        let project = Project {
            name: name.clone(),
            ..Default::default()
        };
        (keys::project(&name), project)
    });
    put(&writers.operator, keys::PROJECTS, projects).await;
    let key = |number: usize| keys::repository(&project(number), &name(number));
    let all = || 0..repositories;
    let declared = all().map(|number| (key(number), repository(number)));
    let written = put(&writers.operator, keys::REPOSITORIES, declared).await;
    let connections = all()
        .zip(written)
        .map(|(number, written)| (key(number), connection(number, written, revision)));
    put(&writers.connector, keys::CONNECTIONS, connections).await;
    let synced = all().map(|number| (key(number), synced()));
    put(&writers.sync, keys::SYNC_STATE, synced).await;
    let known = all().map(|number| (key(number), known()));
    put(&writers.recoverer, keys::KNOWN_REFS, known).await;
    let endpoints = || all().step_by(WITH_ENDPOINT).map(endpoint);
    let sealed = endpoints().map(|endpoint| sealed(sealing, &endpoint));
    put(&writers.operator, keys::HOOK_SECRETS, sealed).await;
    let declared = endpoints().map(|one| (keys::endpoint(&one.project, &one.name), one));
    put(&writers.operator, keys::ENDPOINTS, declared).await;
}

/// Writes records that are not there, and returns their revisions.
async fn put<M: Serialize + DeserializeOwned>(
    bus: &Bus,
    bucket: &'static str,
    all: impl Iterator<Item = (String, M)>,
) -> Vec<u64> {
    let records = Records::<M>::new(bus, bucket);
    let records = &records;
    let writing = stream::iter(all).map(|(key, record)| async move {
        let written = records.put(&key, &record, Some(0)).await;
        written.unwrap()
    });
    writing.buffered(AT_ONCE).collect().await
}

fn corp() -> Host {
    Host {
        name: HOST.into(),
        provider: "gitlab".into(),
        url: "https://git.corp.example".into(),
        ..Default::default()
    }
}

/// A repository of a number.
pub(crate) fn repository(number: usize) -> RegisteredRepository {
    RegisteredRepository {
        name: name(number),
        project: project(number),
        host: HOST.into(),
        full_name: full_name(number),
        url: format!("{}.git", address(number)),
        branch: "main".into(),
        mirror: MirrorKind::Full.into(),
        host_id: (number + 1_000).to_string(),
        webhook: WebhookKind::Managed.into(),
        level: match number % 20 {
            0 => AccessLevel::Organization.into(),
            _ => AccessLevel::Private.into(),
        },
        ..Default::default()
    }
}

/// One of a hundred does not work, and one of a thousand is suspended.
fn connection(number: usize, repository_revision: u64, host_revision: u64) -> Connection {
    let now = Timestamp::now();
    let status = match number {
        number if number % 1_000 == 7 => ConnectionStatus::Suspended,
        number if number % 100 == 3 => ConnectionStatus::Inactive,
        _ => ConnectionStatus::Active,
    };
    let step = |name: &str| ConnectionStep {
        name: name.into(),
        outcome: StepOutcome::Done.into(),
        message: "the host shows it".into(),
        at: Some(now),
    };
    Connection {
        status: status.into(),
        since: Some(now),
        steps: ["reach", "rights", "install", "prove"].map(step).into(),
        basis: Some(ConnectionBasis {
            repository_revision,
            host_revision,
            base: HOOKS_URL.into(),
            ..Default::default()
        }),
        checked_at: Some(now),
        ..Default::default()
    }
}

fn synced() -> SyncState {
    SyncState {
        generation: 7,
        head: "refs/heads/main".into(),
        refs: Some(refs()),
        completed_at: Some(Timestamp::now()),
        ..Default::default()
    }
}

fn known() -> KnownRefs {
    KnownRefs {
        refs: Some(refs()),
        baseline: true,
        swept_at: Some(Timestamp::now()),
        ..Default::default()
    }
}

fn refs() -> RefTable {
    let known = |name: &str| KnownRef {
        r#ref: name.into(),
        sha: "0123456789abcdef0123456789abcdef01234567".into(),
        ..Default::default()
    };
    RefTable {
        changed: ["refs/heads/main", "refs/heads/next", "refs/tags/v1.0.0"]
            .map(known)
            .into(),
        ..Default::default()
    }
}

fn endpoint(number: usize) -> Endpoint {
    Endpoint {
        name: name(number),
        project: project(number),
        id: format!("{number:032x}"),
        host: HOST.into(),
        scope: Some(Scope {
            of: Some(Of::Repository(full_name(number))),
        }),
        secrets: vec![HookSecret {
            id: "main".into(),
            kind: SecretKind::Token.into(),
            version: 1,
            created_at: Some(Timestamp::now()),
            ..Default::default()
        }],
        repository: name(number),
        ..Default::default()
    }
}

fn sealed(sealing: &SealingKey, endpoint: &Endpoint) -> (String, SealedValue) {
    let place = Place::hook_secret(endpoint, "main", 1);
    let value = sealing.seal(&place, b"0123456789abcdef0123456789abcdef");
    let key = keys::hook_secret(&endpoint.project, &endpoint.name, "main", 1);
    (key, value.unwrap())
}

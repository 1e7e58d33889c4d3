//! A site: a nats-server with what is shipped on it, a Git host, a registry, a gateway to tell of pushes.

use std::time::Duration;

use serde::de::DeserializeOwned;
use sluice_bus::{Bus, Records, StoredMessage};
use sluice_events::{
    from_json,
    v1::{CommitsListed, Host, MirrorKind, SyncCompleted, SyncState},
};
use sluice_registry::{Manifest, keys};
use sluice_test_support::{
    Folder, GitRepository, GitServer, Nats, Registry, eventually,
    git::git_in,
    moved,
    registry::{Repository, host_of, repository},
};

/// Everything that sync needs.
pub(crate) struct Site {
    pub(crate) nats: Nats,
    pub(crate) server: GitServer,
    pub(crate) registry: Registry,
    pub(crate) gateway: Bus,
    pub(crate) operator: Bus,
    /// Sees everything.
    all: Bus,
    pub(crate) folder: Folder,
}

impl Site {
    /// One with the host `forge` declared, which is the Git server.
    pub(crate) async fn start() -> Self {
        let (nats, server) = (Nats::start().await, GitServer::start());
        let registry = Registry::of(&nats).await;
        let forge = host_of(Host {
            name: "forge".into(),
            provider: "gitea".into(),
            url: server.origin(),
            ..Host::default()
        });
        registry.declare(&[forge]).await;
        Self {
            gateway: nats.bus("gateway").await,
            operator: nats.bus("operator").await,
            all: nats.bus("bootstrap").await,
            registry,
            server,
            nats,
            folder: Folder::new(),
        }
    }

    /// Makes a repository at the host and declares it. Its name is the last part of the full name.
    pub(crate) async fn declared(&self, full_name: &str) -> GitRepository {
        let made = self.server.repository(full_name);
        self.declare(&[of(full_name).manifest()]).await;
        made
    }

    pub(crate) async fn declare(&self, manifests: &[Manifest]) {
        self.registry.declare(manifests).await;
    }

    /// The gateway tells of a push; gives the event's id.
    pub(crate) async fn told(
        &self,
        repository: &str,
        name: &str,
        before: Option<&str>,
        after: Option<&str>,
    ) -> String {
        moved("forge", repository, name, before, after)
            .tell(&self.gateway)
            .await
    }

    /// What a repository's state says.
    pub(crate) async fn state(&self, name: &str) -> Option<SyncState> {
        let states = Records::<SyncState>::new(&self.operator, keys::SYNC_STATE);
        let state = states
            .get(&keys::repository("default", name))
            .await
            .unwrap();
        state.map(|state| state.record)
    }

    /// Waits until a repository was synced that often with something new.
    pub(crate) async fn generation(&self, name: &str, generation: u64) -> SyncState {
        eventually("it is synced", || async {
            let state = self.state(name).await?;
            (state.generation >= generation).then_some(state)
        })
        .await
    }

    /// Waits until a mirror has the refs of its repository.
    pub(crate) async fn in_step(&self, folder: &Folder, repository: &GitRepository) {
        eventually("the mirror equals its remote", || async {
            (mirrored(folder, name_of(repository.name())) == refs(repository)).then_some(())
        })
        .await;
    }

    /// Everything listed of a repository, in its order.
    pub(crate) async fn listed(&self, full_name: &str) -> Vec<CommitsListed> {
        let subjects = format!(
            "sluice.v1.bulk.default.forge.{}.commits.listed",
            full_name.replace('/', ".")
        );
        self.read("SLUICE_BULK", &subjects).await
    }

    /// The shas that were listed of a repository, in their order.
    pub(crate) async fn shas(&self, full_name: &str) -> Vec<String> {
        let listed = self.listed(full_name).await.into_iter();
        let commits = listed.flat_map(|part| part.commits);
        commits.map(|listed| listed.commit.unwrap().sha).collect()
    }

    /// What was said about a repository, in its order: `connected`, `completed` …
    pub(crate) async fn said(&self, full_name: &str) -> Vec<String> {
        let subjects = format!(
            "sluice.v1.sync.default.forge.{}.repository.*",
            full_name.replace('/', ".")
        );
        let stored = self.stored("SLUICE_RESULTS", &subjects).await;
        let words = stored
            .iter()
            .map(|message| message.subject.rsplit('.').next().unwrap().to_owned());
        words.collect()
    }

    /// What was said of completed syncs.
    pub(crate) async fn completed(&self, full_name: &str) -> Vec<SyncCompleted> {
        let subjects = format!(
            "sluice.v1.sync.default.forge.{}.repository.completed",
            full_name.replace('/', ".")
        );
        self.read("SLUICE_RESULTS", &subjects).await
    }

    pub(crate) async fn read<M: DeserializeOwned>(&self, stream: &str, subjects: &str) -> Vec<M> {
        let stored = self.stored(stream, subjects).await;
        let data = stored
            .iter()
            .map(|message| from_json(&message.payload).unwrap());
        data.collect()
    }

    async fn stored(&self, stream: &str, subjects: &str) -> Vec<StoredMessage> {
        let mut all = Vec::new();
        let mut from = 1;
        loop {
            let part = self.all.read_forward(stream, subjects, from).await;
            let part = part.unwrap();
            let Some(last) = part.last() else { return all };
            from = last.sequence + 1;
            all.extend(part);
        }
    }
}

/// A repository of the host, as it is declared.
pub(crate) fn of(full_name: &str) -> Repository {
    repository(name_of(full_name), "forge", full_name)
}

fn name_of(full_name: &str) -> &str {
    full_name.rsplit('/').next().unwrap()
}

/// The same with another mirror.
pub(crate) fn kept(full_name: &str, mirror: MirrorKind) -> Manifest {
    of(full_name).mirror(mirror).manifest()
}

/// The heads and tags of a repository, as git says them.
pub(crate) fn refs(repository: &GitRepository) -> String {
    heads_and_tags(repository.path())
}

/// Those of its mirror; empty where there is none.
pub(crate) fn mirrored(folder: &Folder, name: &str) -> String {
    let path = folder.path().join(format!("mirrors/default/{name}.git"));
    if path.join("HEAD").is_file() {
        heads_and_tags(&path)
    } else {
        String::new()
    }
}

fn heads_and_tags(path: &std::path::Path) -> String {
    git_in(
        path,
        &[
            "for-each-ref",
            "--format=%(objectname) %(refname)",
            "refs/heads",
            "refs/tags",
        ],
    )
}

/// Long enough for nothing to happen.
pub(crate) async fn quiet() {
    tokio::time::sleep(Duration::from_millis(1500)).await;
}

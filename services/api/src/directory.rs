//! Who may ask, and what there is to ask about: access tokens, what is declared, how repositories are connected; kept
//! current by watches.
//!
//! Lists and searches are answered from here and never by reading a bucket. Whoever reads takes a share, which costs the
//! same whatever the number of records, and holds nobody up; the next change copies the little that it is about.

mod follow;
mod listed;
mod table;

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

pub(crate) use follow::follow;
pub(crate) use listed::{Listed, Neighbours, Repositories, Summary};
use sluice_bus::Bus;
use sluice_declared::Declared;
use sluice_events::v1::{AccessToken, Connection, Import, RegisteredRepository};
use sluice_registry::{DEFAULT_PROJECT, Object, Snapshot, token_digest};
use table::Table;
use tokio::sync::watch;

/// How long who has changed something waits until it is known here. Afterwards the answer is true all the same.
const PATIENCE: Duration = Duration::from_secs(2);

/// The directory. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Directory {
    table: Arc<RwLock<Table>>,
    /// Counts changes, for those who wait for one.
    changes: Arc<watch::Sender<u64>>,
}

impl Directory {
    /// Whether everything was read.
    pub(crate) fn is_read(&self) -> bool {
        self.ask(|table| table.read)
    }

    /// The record of an access token. It is looked up by its digest, so how long that takes tells nothing of the token.
    pub(crate) fn token(&self, token: &[u8]) -> Option<Arc<AccessToken>> {
        let digest = token_digest(token);
        self.ask(|table| {
            let name = table.digests.get(digest.as_slice())?;
            table.tokens.get(name).cloned()
        })
    }

    /// The access token of that name.
    pub(crate) fn token_named(&self, name: &str) -> Option<Arc<AccessToken>> {
        self.ask(|table| table.tokens.get(name).cloned())
    }

    /// All access tokens by name.
    pub(crate) fn tokens(&self) -> Vec<Arc<AccessToken>> {
        self.ask(|table| table.tokens.values().cloned().collect())
    }

    /// Whether there is a project of that name.
    pub(crate) fn has_project(&self, name: &str) -> bool {
        name == DEFAULT_PROJECT || self.snapshot().project(name).is_some()
    }

    /// Everything that is declared.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        self.ask(|table| table.snapshot.clone())
    }

    /// All repositories, as lists go through them.
    pub(crate) fn repositories(&self) -> Arc<Repositories> {
        self.ask(|table| table.repositories.clone())
    }

    /// Everything that is declared with its revisions, to be changed.
    pub(crate) fn declared(&self, bus: &Bus) -> Declared {
        self.ask(|table| Declared::of(bus, table.snapshot.clone(), table.revisions.clone()))
    }

    /// The revision of an object's record; 0 for what is predefined and was never declared.
    pub(crate) fn revision(&self, object: &Object) -> u64 {
        let place = (object.kind.bucket(), object.key());
        self.ask(|table| table.revisions.get(&place).copied().unwrap_or(0))
    }

    /// The repository of that name in a project.
    pub(crate) fn repository(&self, project: &str, name: &str) -> Option<RegisteredRepository> {
        self.snapshot().repository(project, name).cloned()
    }

    /// How a repository is connected to its host.
    pub(crate) fn connection(&self, project: &str, name: &str) -> Option<Arc<Connection>> {
        let key = sluice_registry::keys::repository(project, name);
        self.ask(|table| table.connections.get(&key).cloned())
    }

    /// The import of that name in a project.
    pub(crate) fn import(&self, project: &str, name: &str) -> Option<Arc<Import>> {
        let key = sluice_registry::keys::import(project, name);
        self.ask(|table| table.imports.get(&key).cloned())
    }

    /// All imports.
    pub(crate) fn imports(&self) -> Vec<Arc<Import>> {
        self.ask(|table| table.imports.values().cloned().collect())
    }

    /// How the webhook stands that an import has installed at its owner.
    pub(crate) fn connection_of_import(&self, import: &Import) -> Option<Arc<Connection>> {
        let key = sluice_registry::keys::import_connection(&import.project, &import.name);
        self.ask(|table| table.connections.get(&key).cloned())
    }

    /// Waits until a change of an object is known here: its record at this revision, or gone.
    pub(crate) async fn knows(&self, object: &Object, revision: Option<u64>) {
        let known = || match revision {
            Some(revision) => self.revision(object) >= revision,
            None => self.revision(object) == 0,
        };
        self.until(known).await;
    }

    /// Waits until an access token is known here, or not any more.
    pub(crate) async fn knows_token(&self, name: &str, there: bool) {
        self.until(|| self.token_named(name).is_some() == there)
            .await;
    }

    /// Tells of every change from now on, not of which.
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    async fn until(&self, known: impl Fn() -> bool) {
        let mut changes = self.changes.subscribe();
        let waiting = async { while !known() && changes.changed().await.is_ok() {} };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            tracing::warn!("what was just changed is not known yet");
        }
    }

    fn ask<T>(&self, ask: impl FnOnce(&Table) -> T) -> T {
        ask(&self.table.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Table)) {
        change(&mut self.table.write().unwrap_or_else(PoisonError::into_inner));
        self.changes.send_modify(|changes| *changes += 1);
    }
}

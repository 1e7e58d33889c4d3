//! The registered repositories in memory, kept current by watches on the registry.

mod follow;
mod sources;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

pub(crate) use follow::follow;
use sluice_events::{
    Address,
    v1::{self, MirrorKind},
};
use sluice_git::{GitError, Remote};
use sluice_registry::{Plaintext, keys};
use tokio::sync::watch;

/// The repositories. Cheap to clone.
#[derive(Clone)]
pub struct Repositories {
    table: Arc<RwLock<Table>>,
    changes: Arc<watch::Sender<u64>>,
}

#[derive(Default)]
struct Table {
    /// Set once every bucket was read to its end: before, what is not here may merely not have been read yet.
    read: bool,
    by_key: HashMap<String, Arc<Registered>>,
    /// The same by where in the subjects they stand.
    by_address: HashMap<Address, Arc<Registered>>,
}

/// A repository with everything that work on it needs.
#[derive(Debug, Clone)]
pub struct Registered {
    /// Key of its record, and of what workers keep about it.
    pub key: String,
    /// Its record.
    pub record: v1::RegisteredRepository,
    /// Its host; empty but for the name where that is not declared.
    pub host: v1::Host,
    /// Which versions of its records these are.
    pub versions: Versions,
    /// What opens it, if something does, or why that cannot be opened.
    pub credential: Result<Option<Credential>, GitError>,
    /// Where to fetch from and with what, or why that cannot be.
    pub remote: Result<Remote, GitError>,
}

/// A credential that is opened.
#[derive(Debug, Clone)]
pub struct Credential {
    /// Its record.
    pub record: v1::Credential,
    /// Its value.
    pub value: Plaintext,
}

/// Which records somebody looked at: where they are the same, the same will come of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Versions {
    /// Revision of the repository's record.
    pub repository: u64,
    /// Revision of its host's record; 0 if it is predefined.
    pub host: u64,
    /// Version of its credential's value; 0 if it has none.
    pub credential: u64,
}

impl Versions {
    /// As it is noted of a repository that waits until one of them changes.
    pub fn halt(self) -> v1::SyncHalt {
        v1::SyncHalt {
            repository_revision: self.repository,
            credential_version: self.credential,
            host_revision: self.host,
        }
    }
}

impl Registered {
    /// Where in the subjects it stands.
    pub fn address(&self) -> Address {
        Address::of(
            &self.record.project,
            &self.record.host,
            &self.record.full_name,
        )
    }

    /// What is kept of it.
    pub fn mirror(&self) -> MirrorKind {
        match self.record.mirror() {
            MirrorKind::Unspecified => MirrorKind::Full,
            kind => kind,
        }
    }

    /// As events tell of it. The host's id is the registered one, or what else is known.
    pub fn told(&self, host_id: &str) -> v1::Repository {
        let record = &self.record;
        let host_id = match record.host_id.as_str() {
            "" => host_id,
            registered => registered,
        };
        v1::Repository {
            host: self.host.name.clone(),
            provider: self.host.provider.clone(),
            host_id: host_id.to_owned(),
            full_name: record.full_name.clone(),
            web_url: format!("{}/{}", self.host.url, record.full_name),
            clone_url: record.url.clone(),
            default_branch: record.branch.clone(),
            visibility: v1::Visibility::Unspecified.into(),
        }
    }
}

impl Default for Repositories {
    fn default() -> Self {
        Self {
            table: Arc::default(),
            changes: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Repositories {
    /// Whether everything was read: before, what is not found may merely not have been read yet.
    pub fn is_read(&self) -> bool {
        self.table
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .read
    }

    /// The repository of that project, host and full name.
    pub fn find(&self, address: &Address) -> Option<Arc<Registered>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.by_address.get(address).cloned()
    }

    /// The repository with that key.
    pub fn get(&self, key: &str) -> Option<Arc<Registered>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.by_key.get(key).cloned()
    }

    /// The repository of that name.
    pub fn named(&self, project: &str, name: &str) -> Option<Arc<Registered>> {
        self.get(&keys::repository(project, name))
    }

    /// All of them.
    pub fn all(&self) -> Vec<Arc<Registered>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.by_key.values().cloned().collect()
    }

    /// Tells whenever something changed, once it was read.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn replace(&self, changes: Vec<(String, Option<Registered>)>, read: bool) {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        for (key, registered) in changes {
            table.put(key, registered.map(Arc::new));
        }
        table.read |= read;
        drop(table);
        self.changes.send_modify(|changes| *changes += 1);
    }
}

impl Table {
    /// Replaces one repository, or takes it away.
    fn put(&mut self, key: String, registered: Option<Arc<Registered>>) {
        if let Some(old) = self.by_key.remove(&key) {
            let address = old.address();
            // Another one may have taken its address by now.
            if self
                .by_address
                .get(&address)
                .is_some_and(|one| one.key == key)
            {
                self.by_address.remove(&address);
            }
        }
        if let Some(registered) = registered {
            let address = registered.address();
            self.by_address.insert(address, Arc::clone(&registered));
            self.by_key.insert(key, registered);
        }
    }
}

#[cfg(test)]
mod tests {
    use sluice_git::GitProblem;

    use super::*;

    fn registered(key: &str, full_name: &str) -> (String, Option<Registered>) {
        let registered = Registered {
            key: key.into(),
            record: v1::RegisteredRepository {
                full_name: full_name.into(),
                ..Default::default()
            },
            host: v1::Host::default(),
            versions: Versions::default(),
            credential: Ok(None),
            remote: Err(GitError::new(GitProblem::Address, "")),
        };
        (key.into(), Some(registered))
    }

    fn at(repositories: &Repositories, full_name: &str) -> Option<String> {
        let found = repositories.find(&Address::of("", "", full_name));
        found.map(|found| found.key.clone())
    }

    #[test]
    fn an_address_passes_from_one_repository_to_another_in_any_order() {
        let moved = || [registered("a", "acme/old"), registered("b", "acme/web")];
        let mut turned = moved();
        turned.reverse();
        for changes in [moved(), turned] {
            let repositories = Repositories::default();
            repositories.replace(vec![registered("a", "acme/web")], true);
            assert_eq!(at(&repositories, "acme/web").as_deref(), Some("a"));
            repositories.replace(changes.into(), true);
            assert_eq!(at(&repositories, "acme/web").as_deref(), Some("b"));
            assert_eq!(at(&repositories, "acme/old").as_deref(), Some("a"));
            repositories.replace(vec![("b".into(), None)], true);
            assert_eq!(at(&repositories, "acme/web"), None);
        }
    }
}

//! What the table is made of: the records of four buckets, as they were last told.

use std::{
    collections::{HashMap, HashSet},
    mem,
};

use sluice_bus::Change;
use sluice_events::v1::{self, GitProblem};
use sluice_git::{GitError, Remote};
use sluice_registry::{
    OpeningKeys, credential_of, effective_host, keys, may_open, open_credential,
};

use super::{Credential, Registered, Versions};

/// The records, and which repositories the table has.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) hosts: Bucket<v1::Host>,
    pub(super) repositories: Bucket<v1::RegisteredRepository>,
    pub(super) credentials: Bucket<v1::Credential>,
    pub(super) values: Bucket<v1::SealedValue>,
    built: HashMap<String, Versions>,
}

/// Records of one bucket with their revisions.
pub(super) struct Bucket<M> {
    records: HashMap<String, (M, u64)>,
    /// Keys of those that have changed since something was last built.
    changed: HashSet<String>,
}

impl<M> Default for Bucket<M> {
    fn default() -> Self {
        Self {
            records: HashMap::new(),
            changed: HashSet::new(),
        }
    }
}

impl<M> Bucket<M> {
    pub(super) fn note(&mut self, change: Change<M>) -> Told {
        told(change, |key, record| {
            self.changed.insert(key.clone());
            match record {
                Some(record) => self.records.insert(key, record),
                None => self.records.remove(&key),
            };
        })
    }

    fn get(&self, key: &str) -> Option<&(M, u64)> {
        self.records.get(key)
    }

    fn take_changed(&mut self) -> HashSet<String> {
        mem::take(&mut self.changed)
    }
}

impl Sources {
    /// Builds what differs from what was built last; `None` is gone.
    pub(super) fn build(&mut self, opening: &OpeningKeys) -> Vec<(String, Option<Registered>)> {
        let mut changes = Vec::new();
        for key in self.stale() {
            let versions = self.versions(&key);
            if self.built.get(&key) == versions.as_ref() {
                continue;
            }
            let registered = versions.and_then(|versions| self.build_one(&key, versions, opening));
            match versions {
                Some(versions) => self.built.insert(key.clone(), versions),
                None => self.built.remove(&key),
            };
            changes.push((key, registered));
        }
        changes
    }

    /// The repositories that may have to be built: those that have changed. All, where something else has: there are few
    /// hosts and credentials, and many repositories.
    fn stale(&mut self) -> HashSet<String> {
        let changed = self.repositories.take_changed();
        let others = [
            self.hosts.take_changed(),
            self.credentials.take_changed(),
            self.values.take_changed(),
        ];
        match others.iter().all(HashSet::is_empty) {
            true => changed,
            false => {
                let all = self.repositories.records.keys().cloned();
                changed.into_iter().chain(all).collect()
            }
        }
    }

    fn versions(&self, key: &str) -> Option<Versions> {
        let (record, repository) = self.repositories.get(key)?;
        let host = self.hosts.get(&keys::host(&record.host));
        let credential = self.credentials.get(&key_of(record));
        let credential = credential.filter(|_| !record.credential.is_empty());
        Some(Versions {
            repository: *repository,
            host: host.map_or(0, |(_, revision)| *revision),
            // Without its value a version is not there yet.
            credential: credential.map_or(0, |(credential, _)| match self.value(credential) {
                Some(_) => credential.version,
                None => 0,
            }),
        })
    }

    fn value(&self, credential: &v1::Credential) -> Option<&v1::SealedValue> {
        let key = keys::credential_value(&credential.project, &credential.name, credential.version);
        self.values.get(&key).map(|(value, _)| value)
    }

    fn build_one(
        &self,
        key: &str,
        versions: Versions,
        opening: &OpeningKeys,
    ) -> Option<Registered> {
        let (record, _) = self.repositories.get(key)?;
        let declared = self
            .hosts
            .get(&keys::host(&record.host))
            .map(|(host, _)| host.clone());
        let host = effective_host(&record.host, declared.as_ref());
        let credential = match &host {
            Some(host) => self.open(host, record, opening),
            None => Err(GitError::new(
                GitProblem::Address,
                format!("its host `{}` is not declared", record.host),
            )),
        };
        let host = host.unwrap_or_else(|| v1::Host {
            name: record.host.clone(),
            ..Default::default()
        });
        let remote = credential.clone().and_then(|credential| {
            if !record.suspended.is_empty() {
                let what = format!("it is suspended: {}", record.suspended);
                return Err(GitError::new(GitProblem::Address, what));
            }
            let opened = credential.as_ref();
            let opened = opened.map(|opened| (&opened.record, opened.value.expose()));
            Remote::of(&host, record, opened)
        });
        Some(Registered {
            key: key.to_owned(),
            record: record.clone(),
            host,
            versions,
            credential,
            remote,
        })
    }

    /// Its credential, which is for its host and no other (rule S5).
    fn open(
        &self,
        host: &v1::Host,
        record: &v1::RegisteredRepository,
        opening: &OpeningKeys,
    ) -> Result<Option<Credential>, GitError> {
        if record.credential.is_empty() {
            return Ok(None);
        }
        let refused = |message: String| GitError::new(GitProblem::Credential, message);
        let named = &record.credential;
        let found = self.credentials.get(&key_of(record));
        let (credential, _) =
            found.ok_or_else(|| refused(format!("its credential `{named}` is not declared")))?;
        if credential.host != host.name {
            let what = format!(
                "its credential `{named}` is for the host `{}`",
                credential.host
            );
            return Err(refused(what));
        }
        if !may_open(credential, record) {
            return Err(refused(format!("its credential `{named}` is not for it")));
        }
        let value = open_credential(credential, self.value(credential).cloned(), opening);
        let value = value.map_err(|problem| refused(problem.to_string()))?;
        Ok(Some(Credential {
            record: credential.clone(),
            value,
        }))
    }
}

/// The key of the credential that a repository names.
fn key_of(record: &v1::RegisteredRepository) -> String {
    let (project, name) = credential_of(record);
    keys::credential(project, name)
}

/// What a change says about how far a bucket was read; `None` if nothing.
pub(super) type Told = Option<Result<(), String>>;

/// Takes a change apart: a record or its end goes to `set`.
fn told<M>(change: Change<M>, set: impl FnOnce(String, Option<(M, u64)>)) -> Told {
    match change {
        Change::Put(put) => set(put.key, Some((put.record, put.revision))),
        Change::Deleted(key) => set(key, None),
        Change::Unreadable(_) => {}
        Change::Current => return Some(Ok(())),
        Change::Interrupted(reason) => return Some(Err(reason)),
    }
    None
}

//! By what imports are opened, hosts and credentials, as the registry tells of them.

use std::collections::HashMap;

use sluice_bus::{Bus, Change, Records, Watch};
use sluice_events::v1::{Credential, Host, Import};
use sluice_registry::{credential_of, keys, repository_of};

/// All hosts and credentials.
pub(crate) struct Openings {
    hosts: Watch<Host>,
    credentials: Watch<Credential>,
    /// Revisions of hosts, and versions of credentials' values, by bucket and key.
    versions: HashMap<(&'static str, String), u64>,
    hosts_read: bool,
    credentials_read: bool,
}

/// What opens an import.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Opening {
    /// Revision of its host's record; 0 if it is predefined.
    pub(crate) host: u64,
    /// Version of its credential's value; 0 if there is none.
    pub(crate) credential: u64,
}

impl Openings {
    /// Begins to follow them.
    pub(crate) fn watch(bus: &Bus) -> Self {
        Self {
            hosts: Records::new(bus, keys::HOSTS).watch(),
            credentials: Records::new(bus, keys::CREDENTIALS).watch(),
            versions: HashMap::new(),
            hosts_read: false,
            credentials_read: false,
        }
    }

    /// Whether all of them were read.
    pub(crate) fn is_read(&self) -> bool {
        self.hosts_read && self.credentials_read
    }

    /// Waits until something is told of one of them.
    pub(crate) async fn changed(&mut self) {
        let versions = &mut self.versions;
        tokio::select! {
            change = self.hosts.next() => match change {
                Change::Current => self.hosts_read = true,
                change => note(versions, keys::HOSTS, change, |_, revision| revision),
            },
            change = self.credentials.next() => match change {
                Change::Current => self.credentials_read = true,
                change => note(versions, keys::CREDENTIALS, change, |record, _| version_of(record)),
            },
        }
    }

    /// What opens an import at present.
    pub(crate) fn of(&self, import: &Import) -> Opening {
        let record = repository_of(import);
        let (project, name) = credential_of(&record);
        let known = |bucket, key| self.versions.get(&(bucket, key)).copied();
        Opening {
            host: known(keys::HOSTS, keys::host(&import.host)).unwrap_or_default(),
            credential: known(keys::CREDENTIALS, keys::credential(project, name))
                .unwrap_or_default(),
        }
    }
}

/// Version of what a credential is opened by. An App's tokens come and go, and it stays the same.
pub(crate) fn version_of(credential: &Credential) -> u64 {
    let app = credential.app.as_ref();
    app.map_or(credential.version, |app| app.key_version)
}

fn note<M>(
    versions: &mut HashMap<(&'static str, String), u64>,
    bucket: &'static str,
    change: Change<M>,
    version: impl FnOnce(&M, u64) -> u64,
) {
    match change {
        Change::Put(put) => {
            versions.insert((bucket, put.key), version(&put.record, put.revision));
        }
        Change::Deleted(key) => {
            versions.remove(&(bucket, key));
        }
        Change::Unreadable(_) | Change::Current | Change::Interrupted(_) => {}
    }
}

//! Records, as they stand in their buckets.

use sluice_events::v1;

use crate::{Kind, Object};

/// One record, as it stands in its bucket.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Who owns records.
    Project(v1::Project),
    /// One installation of Git host software.
    Host(v1::Host),
    /// What opens repositories, without its value.
    Credential(v1::Credential),
    /// A repository that is fetched from.
    Repository(v1::RegisteredRepository),
    /// A webhook URL.
    Endpoint(v1::Endpoint),
}

impl Record {
    /// Which object it is the record of.
    pub fn object(&self) -> Object {
        let (kind, project, name) = match self {
            Record::Project(project) => (Kind::Project, "", &project.name),
            Record::Host(host) => (Kind::Host, "", &host.name),
            Record::Credential(credential) => {
                (Kind::Credential, &*credential.project, &credential.name)
            }
            Record::Repository(repository) => {
                (Kind::Repository, &*repository.project, &repository.name)
            }
            Record::Endpoint(endpoint) => (Kind::Endpoint, &*endpoint.project, &endpoint.name),
        };
        Object::new(kind, project, name)
    }

    /// The named set that it was last applied with. Empty: none.
    pub fn set(&self) -> &str {
        match self {
            Record::Project(project) => &project.set,
            Record::Host(host) => &host.set,
            Record::Credential(credential) => &credential.set,
            Record::Repository(repository) => &repository.set,
            Record::Endpoint(endpoint) => &endpoint.set,
        }
    }

    /// The same as part of a named set.
    #[must_use]
    pub fn in_set(mut self, set: &str) -> Self {
        let place = match &mut self {
            Record::Project(project) => &mut project.set,
            Record::Host(host) => &mut host.set,
            Record::Credential(credential) => &mut credential.set,
            Record::Repository(repository) => &mut repository.set,
            Record::Endpoint(endpoint) => &mut endpoint.set,
        };
        set.clone_into(place);
        self
    }

    /// The bucket that it stands in.
    pub fn bucket(&self) -> &'static str {
        self.object().kind.bucket()
    }

    /// Its key there.
    pub fn key(&self) -> String {
        self.object().key()
    }
}

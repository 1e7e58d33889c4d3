//! Who needs what: nothing that is in use can be deleted.

use sluice_events::v1;

use crate::{Kind, Object, Snapshot, credential_of, tells_of};

impl Snapshot {
    /// What is for the host.
    pub(crate) fn users_of_host(&self, name: &str) -> Vec<Object> {
        self.users(|_, host| host == name)
    }

    /// What belongs to the project.
    pub(crate) fn users_of_project(&self, name: &str) -> Vec<Object> {
        self.users(|object, _| object.project == name)
    }

    /// The repositories that are opened by the credential.
    pub(crate) fn users_of_credential(&self, credential: &v1::Credential) -> Vec<Object> {
        let opened = |repository: &&v1::RegisteredRepository| {
            credential_of(repository) == (&*credential.project, &*credential.name)
        };
        let opened = self.repositories().filter(opened);
        opened
            .map(|one| Object::new(Kind::Repository, &one.project, &one.name))
            .collect()
    }

    /// The repositories of which its webhook tells.
    pub(crate) fn users_of_endpoint(&self, endpoint: &v1::Endpoint) -> Vec<Object> {
        let told = self.repositories().filter(|one| tells_of(endpoint, one));
        told.map(|one| Object::new(Kind::Repository, &one.project, &one.name))
            .collect()
    }

    /// Objects by their names and their hosts.
    fn users(&self, uses: impl Fn(&Object, &str) -> bool) -> Vec<Object> {
        let credentials = self
            .credentials()
            .map(|one| (Kind::Credential, &one.project, &one.name, &one.host));
        let repositories = self
            .repositories()
            .map(|one| (Kind::Repository, &one.project, &one.name, &one.host));
        let endpoints = self
            .endpoints()
            .map(|one| (Kind::Endpoint, &one.project, &one.name, &one.host));
        credentials
            .chain(repositories)
            .chain(endpoints)
            .map(|(kind, project, name, host)| (Object::new(kind, project, name), host))
            .filter(|(object, host)| uses(object, host))
            .map(|(object, _)| object)
            .collect()
    }
}

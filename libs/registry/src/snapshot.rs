//! What the registry holds, at one moment.

mod users;

use std::collections::BTreeMap;

use sluice_events::v1;

use crate::{
    Record, host, keys,
    project::{self, DEFAULT_PROJECT},
};

/// All records, with the predefined ones in their places.
///
/// What is predefined by address counts for more than what is stored: whoever can write to the bucket of hosts cannot
/// make `github` mean something else.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    projects: BTreeMap<String, v1::Project>,
    hosts: BTreeMap<String, v1::Host>,
    credentials: BTreeMap<String, v1::Credential>,
    repositories: BTreeMap<String, v1::RegisteredRepository>,
    /// Keys of repositories by project, host and full name.
    full_names: BTreeMap<FullName, String>,
    endpoints: BTreeMap<String, v1::Endpoint>,
    /// Keys of endpoints by their ids.
    ids: BTreeMap<String, String>,
}

/// Project, host and full name, the last in lower case: to hosts it does not matter.
type FullName = (String, String, String);

fn full_name(repository: &v1::RegisteredRepository) -> FullName {
    let name = repository.full_name.to_lowercase();
    (repository.project.clone(), repository.host.clone(), name)
}

impl Snapshot {
    /// Adds a record, or replaces the one with its key.
    pub fn put(&mut self, record: Record) {
        let key = record.key();
        match record {
            Record::Project(project) => drop(self.projects.insert(key, project)),
            Record::Host(host) => drop(self.hosts.insert(key, host)),
            Record::Credential(credential) => drop(self.credentials.insert(key, credential)),
            Record::Repository(repository) => {
                let name = full_name(&repository);
                if let Some(old) = self.repositories.insert(key.clone(), repository) {
                    self.full_names.remove(&full_name(&old));
                }
                self.full_names.insert(name, key);
            }
            Record::Endpoint(endpoint) => {
                let id = endpoint.id.clone();
                if let Some(old) = self.endpoints.insert(key.clone(), endpoint) {
                    self.ids.remove(&old.id);
                }
                self.ids.insert(id, key);
            }
        }
    }

    /// The project of that name.
    pub fn project(&self, name: &str) -> Option<v1::Project> {
        let stored = self.projects.get(&keys::project(name)).cloned();
        stored.or_else(|| project::predefined(name))
    }

    /// The host of that name.
    pub fn host(&self, name: &str) -> Option<v1::Host> {
        host::effective_host(name, self.hosts.get(&keys::host(name)))
    }

    /// The credential of that name.
    pub fn credential(&self, project: &str, name: &str) -> Option<&v1::Credential> {
        self.credentials.get(&keys::credential(project, name))
    }

    /// The repository of that name.
    pub fn repository(&self, project: &str, name: &str) -> Option<&v1::RegisteredRepository> {
        self.repositories.get(&keys::repository(project, name))
    }

    /// The repository of the same project that has the same full name on the same host.
    pub(crate) fn twin_of(
        &self,
        repository: &v1::RegisteredRepository,
    ) -> Option<&v1::RegisteredRepository> {
        let key = self.full_names.get(&full_name(repository))?;
        let found = self.repositories.get(key)?;
        (found.name != repository.name).then_some(found)
    }

    /// The endpoint of that name.
    pub fn endpoint(&self, project: &str, name: &str) -> Option<&v1::Endpoint> {
        self.endpoints.get(&keys::endpoint(project, name))
    }

    /// The endpoint with that id.
    pub fn endpoint_by_id(&self, id: &str) -> Option<&v1::Endpoint> {
        self.endpoints.get(self.ids.get(id)?)
    }

    /// All projects by name.
    pub fn projects(&self) -> impl Iterator<Item = v1::Project> {
        let mut all = self.projects.clone();
        if let Some(default) = project::predefined(DEFAULT_PROJECT) {
            all.entry(keys::project(DEFAULT_PROJECT)).or_insert(default);
        }
        all.into_values()
    }

    /// All hosts by name.
    pub fn hosts(&self) -> impl Iterator<Item = v1::Host> {
        let mut all = self.hosts.clone();
        let predefined = host::all_predefined().filter_map(|host| self.host(&host.name));
        all.extend(predefined.map(|host| (keys::host(&host.name), host)));
        all.into_values()
    }

    /// All credentials by project and name.
    pub fn credentials(&self) -> impl Iterator<Item = &v1::Credential> {
        self.credentials.values()
    }

    /// All repositories by project and name.
    pub fn repositories(&self) -> impl Iterator<Item = &v1::RegisteredRepository> {
        self.repositories.values()
    }

    /// All endpoints by project and name.
    pub fn endpoints(&self) -> impl Iterator<Item = &v1::Endpoint> {
        self.endpoints.values()
    }

    /// All records, in the order in which they need each other.
    pub fn records(&self) -> impl Iterator<Item = Record> {
        let projects = self.projects().map(Record::Project);
        let hosts = self.hosts().map(Record::Host);
        let credentials = self.credentials().cloned().map(Record::Credential);
        let repositories = self.repositories().cloned().map(Record::Repository);
        let endpoints = self.endpoints().cloned().map(Record::Endpoint);
        projects
            .chain(hosts)
            .chain(credentials)
            .chain(repositories)
            .chain(endpoints)
    }
}

impl FromIterator<Record> for Snapshot {
    fn from_iter<I: IntoIterator<Item = Record>>(records: I) -> Self {
        let mut all = Self::default();
        records.into_iter().for_each(|record| all.put(record));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s5_a_stored_record_cannot_redefine_a_public_host() {
        let records: Snapshot = [Record::Host(v1::Host {
            name: "github".into(),
            provider: "github".into(),
            url: "https://evil.example".into(),
            api_url: String::new(),
            ..Default::default()
        })]
        .into_iter()
        .collect();
        assert_eq!(records.host("github").unwrap().url, "https://github.com");
        assert!(records.hosts().all(|host| !host.url.contains("evil")));
    }

    #[test]
    fn an_endpoint_is_found_by_the_id_that_it_has_now() {
        let endpoint = |id: &str| {
            Record::Endpoint(v1::Endpoint {
                name: "acme".into(),
                project: "default".into(),
                id: id.into(),
                ..Default::default()
            })
        };
        let mut records: Snapshot = [endpoint("old")].into_iter().collect();
        records.put(endpoint("new"));
        assert!(records.endpoint_by_id("old").is_none());
        assert_eq!(records.endpoint_by_id("new").unwrap().name, "acme");
    }

    #[test]
    fn the_default_project_is_there_until_somebody_describes_it() {
        let mut records = Snapshot::default();
        assert_eq!(records.projects().count(), 1);
        records.put(Record::Project(v1::Project {
            name: "default".into(),
            description: "ours".into(),
        }));
        assert_eq!(records.projects().count(), 1);
        assert_eq!(records.project("default").unwrap().description, "ours");
    }
}

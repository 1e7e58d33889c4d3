//! What the registry holds, at one moment.

mod users;

use std::{collections::BTreeMap, sync::Arc};

use sluice_events::v1;

use crate::{
    Kind, Object, Record, SharedMap, host,
    project::{self, DEFAULT_PROJECT},
};

/// All records, with the predefined ones in their places.
///
/// What is predefined by address counts for more than what is stored: whoever can write to the bucket of hosts cannot
/// make `github` mean something else.
///
/// A copy costs little, however many records there are: what it does not change, it shares.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    projects: BTreeMap<String, v1::Project>,
    hosts: BTreeMap<String, v1::Host>,
    credentials: SharedMap<Name, Arc<v1::Credential>>,
    repositories: SharedMap<Name, Arc<v1::RegisteredRepository>>,
    /// Names of repositories by project, host and full name.
    full_names: SharedMap<FullName, Name>,
    endpoints: SharedMap<Name, Arc<v1::Endpoint>>,
    /// Names of endpoints by their ids.
    ids: SharedMap<String, Name>,
}

/// Project and name, so that records stand in the order of both.
type Name = (String, String);

fn name(project: &str, name: &str) -> Name {
    (project.to_owned(), name.to_owned())
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
        let Object { project, name, .. } = record.object();
        let key = (project, name);
        match record {
            Record::Project(project) => drop(self.projects.insert(key.1, project)),
            Record::Host(host) => drop(self.hosts.insert(key.1, host)),
            Record::Credential(credential) => {
                drop(self.credentials.insert(key, Arc::new(credential)));
            }
            Record::Repository(repository) => {
                let name = full_name(&repository);
                if let Some(old) = self.repositories.insert(key.clone(), Arc::new(repository)) {
                    self.full_names.remove(&full_name(&old));
                }
                self.full_names.insert(name, key);
            }
            Record::Endpoint(endpoint) => {
                let id = endpoint.id.clone();
                if let Some(old) = self.endpoints.insert(key.clone(), Arc::new(endpoint)) {
                    self.ids.remove(&old.id);
                }
                self.ids.insert(id, key);
            }
        }
    }

    /// Takes the record of an object away.
    pub fn remove(&mut self, object: &Object) {
        let key = name(&object.project, &object.name);
        match object.kind {
            Kind::Project => drop(self.projects.remove(&key.1)),
            Kind::Host => drop(self.hosts.remove(&key.1)),
            Kind::Credential => drop(self.credentials.remove(&key)),
            Kind::Repository => {
                if let Some(old) = self.repositories.remove(&key) {
                    self.full_names.remove(&full_name(&old));
                }
            }
            Kind::Endpoint => {
                if let Some(old) = self.endpoints.remove(&key) {
                    self.ids.remove(&old.id);
                }
            }
        }
    }

    /// The record of an object; of a predefined one as it counts.
    pub fn record(&self, object: &Object) -> Option<Record> {
        let Object {
            kind,
            project,
            name,
        } = object;
        match kind {
            Kind::Project => self.project(name).map(Record::Project),
            Kind::Host => self.host(name).map(Record::Host),
            Kind::Credential => {
                let found = self.credential(project, name);
                found.cloned().map(Record::Credential)
            }
            Kind::Repository => {
                let found = self.repository(project, name);
                found.cloned().map(Record::Repository)
            }
            Kind::Endpoint => {
                let found = self.endpoint(project, name);
                found.cloned().map(Record::Endpoint)
            }
        }
    }

    /// The project of that name.
    pub fn project(&self, name: &str) -> Option<v1::Project> {
        let stored = self.projects.get(name).cloned();
        stored.or_else(|| project::predefined(name))
    }

    /// The host of that name.
    pub fn host(&self, name: &str) -> Option<v1::Host> {
        host::effective_host(name, self.hosts.get(name))
    }

    /// The credential of that name.
    pub fn credential(&self, project: &str, called: &str) -> Option<&v1::Credential> {
        self.credentials
            .get(&name(project, called))
            .map(AsRef::as_ref)
    }

    /// The credential that a repository names, if there is one.
    pub(crate) fn opener_of(
        &self,
        repository: &v1::RegisteredRepository,
    ) -> Option<&v1::Credential> {
        let (project, name) = crate::credential_of(repository);
        self.credential(project, name)
    }

    /// The repository of that name.
    pub fn repository(&self, project: &str, called: &str) -> Option<&v1::RegisteredRepository> {
        self.shared_repository(project, called).map(AsRef::as_ref)
    }

    /// The same, for who wants to keep it.
    pub fn shared_repository(
        &self,
        project: &str,
        called: &str,
    ) -> Option<&Arc<v1::RegisteredRepository>> {
        self.repositories.get(&name(project, called))
    }

    /// The repository of the same project that has the same full name on the same host.
    pub(crate) fn twin_of(
        &self,
        repository: &v1::RegisteredRepository,
    ) -> Option<&v1::RegisteredRepository> {
        let key = self.full_names.get(&full_name(repository))?;
        let found = self.repositories.get(key)?;
        (found.name != repository.name).then_some(found.as_ref())
    }

    /// The endpoint of that name.
    pub fn endpoint(&self, project: &str, called: &str) -> Option<&v1::Endpoint> {
        self.endpoints
            .get(&name(project, called))
            .map(AsRef::as_ref)
    }

    /// The endpoint with that id.
    pub fn endpoint_by_id(&self, id: &str) -> Option<&v1::Endpoint> {
        self.endpoints.get(self.ids.get(id)?).map(AsRef::as_ref)
    }

    /// All projects by name.
    pub fn projects(&self) -> impl Iterator<Item = v1::Project> {
        let mut all = self.projects.clone();
        if let Some(default) = project::predefined(DEFAULT_PROJECT) {
            all.entry(DEFAULT_PROJECT.to_owned()).or_insert(default);
        }
        all.into_values()
    }

    /// All hosts by name.
    pub fn hosts(&self) -> impl Iterator<Item = v1::Host> {
        let mut all = self.hosts.clone();
        let predefined = host::all_predefined().filter_map(|host| self.host(&host.name));
        all.extend(predefined.map(|host| (host.name.clone(), host)));
        all.into_values()
    }

    /// All credentials by project and name.
    pub fn credentials(&self) -> impl Iterator<Item = &v1::Credential> {
        self.credentials.values().map(AsRef::as_ref)
    }

    /// All repositories by project and name.
    pub fn repositories(&self) -> impl Iterator<Item = &v1::RegisteredRepository> {
        self.repositories.values().map(AsRef::as_ref)
    }

    /// All endpoints by project and name.
    pub fn endpoints(&self) -> impl Iterator<Item = &v1::Endpoint> {
        self.endpoints.values().map(AsRef::as_ref)
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
    fn records_stand_in_the_order_of_project_and_name_until_they_are_removed() {
        let repository = |project: &str, name: &str| {
            Record::Repository(v1::RegisteredRepository {
                name: name.into(),
                project: project.into(),
                full_name: format!("acme/{name}"),
                ..Default::default()
            })
        };
        let all = [("b", "x"), ("a-b", "x"), ("a", "y"), ("a", "x")];
        let mut records: Snapshot = all
            .into_iter()
            .map(|(project, name)| repository(project, name))
            .collect();
        let named = |records: &Snapshot| {
            let all = records.repositories();
            let named = all.map(|one| (one.project.clone(), one.name.clone()));
            named.collect::<Vec<_>>()
        };
        let sorted = [("a", "x"), ("a", "y"), ("a-b", "x"), ("b", "x")];
        assert_eq!(named(&records), sorted.map(|(one, other)| name(one, other)));
        let object = Object::new(Kind::Repository, "a", "x");
        assert!(records.record(&object).is_some());
        records.remove(&object);
        assert!(records.record(&object).is_none());
        let again = v1::RegisteredRepository {
            project: "a".into(),
            name: "z".into(),
            full_name: "acme/x".into(),
            ..Default::default()
        };
        assert!(records.twin_of(&again).is_none(), "nor is its full name");
    }

    #[test]
    fn the_default_project_is_there_until_somebody_describes_it() {
        let mut records = Snapshot::default();
        assert_eq!(records.projects().count(), 1);
        records.put(Record::Project(v1::Project {
            name: "default".into(),
            description: "ours".into(),
            ..Default::default()
        }));
        assert_eq!(records.projects().count(), 1);
        assert_eq!(records.project("default").unwrap().description, "ours");
    }
}

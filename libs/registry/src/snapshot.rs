//! What the registry holds, at one moment.

use std::collections::BTreeMap;

use sluice_events::v1;

use crate::{
    host, keys,
    project::{self, DEFAULT_PROJECT},
};

/// One record, as it stands in its bucket.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// Who owns records.
    Project(v1::Project),
    /// One installation of Git host software.
    Host(v1::Host),
    /// A webhook URL.
    Endpoint(v1::Endpoint),
}

impl Record {
    /// The bucket that it stands in.
    pub fn bucket(&self) -> &'static str {
        match self {
            Record::Project(_) => keys::PROJECTS,
            Record::Host(_) => keys::HOSTS,
            Record::Endpoint(_) => keys::ENDPOINTS,
        }
    }

    /// Its key there.
    pub fn key(&self) -> String {
        match self {
            Record::Project(project) => keys::project(&project.name),
            Record::Host(host) => keys::host(&host.name),
            Record::Endpoint(endpoint) => keys::endpoint(&endpoint.project, &endpoint.name),
        }
    }
}

/// All records, with the predefined ones in their places.
///
/// What is predefined by address counts for more than what is stored: whoever can write to the bucket of hosts cannot
/// make `github` mean something else.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    projects: BTreeMap<String, v1::Project>,
    hosts: BTreeMap<String, v1::Host>,
    endpoints: BTreeMap<String, v1::Endpoint>,
    /// Keys of endpoints by their ids.
    ids: BTreeMap<String, String>,
}

impl Snapshot {
    /// Adds a record, or replaces the one with its key.
    pub fn put(&mut self, record: Record) {
        let key = record.key();
        match record {
            Record::Project(project) => drop(self.projects.insert(key, project)),
            Record::Host(host) => drop(self.hosts.insert(key, host)),
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
        host::predefined_host(name).or_else(|| self.hosts.get(&keys::host(name)).cloned())
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
        all.extend(host::all_predefined().map(|host| (keys::host(&host.name), host)));
        all.into_values()
    }

    /// All endpoints by project and name.
    pub fn endpoints(&self) -> impl Iterator<Item = &v1::Endpoint> {
        self.endpoints.values()
    }

    /// Who uses the host, as `project/name`.
    pub(crate) fn users_of_host(&self, name: &str) -> Vec<String> {
        self.users(|endpoint| endpoint.host == name)
    }

    /// Who belongs to the project, as `project/name`.
    pub(crate) fn users_of_project(&self, name: &str) -> Vec<String> {
        self.users(|endpoint| endpoint.project == name)
    }

    fn users(&self, uses: impl Fn(&v1::Endpoint) -> bool) -> Vec<String> {
        self.endpoints()
            .filter(|endpoint| uses(endpoint))
            .map(|endpoint| format!("{}/{}", endpoint.project, endpoint.name))
            .collect()
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

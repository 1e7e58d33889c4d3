//! Who may ask, and what there is to ask about: access tokens, projects and repositories, kept current by watches.

mod follow;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

pub(crate) use follow::follow;
use sluice_events::v1::{AccessToken, RegisteredRepository};
use sluice_registry::{DEFAULT_PROJECT, token_digest};

/// The directory. Clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct Directory(Arc<RwLock<Table>>);

#[derive(Default)]
struct Table {
    /// Set once every bucket was read to its end: before, what is not here may merely not have been read yet.
    read: bool,
    /// By the keys of their records.
    tokens: HashMap<String, Arc<AccessToken>>,
    /// Keys of tokens by digest.
    digests: HashMap<Vec<u8>, String>,
    /// Names by the keys of their records.
    projects: HashMap<String, String>,
    /// By the keys of their records: project, then name.
    repositories: BTreeMap<String, Arc<RegisteredRepository>>,
}

impl Directory {
    /// Whether everything was read.
    pub(crate) fn is_read(&self) -> bool {
        self.table(|table| table.read)
    }

    /// The record of an access token. It is looked up by its digest, so how long that takes tells nothing of the token.
    pub(crate) fn token(&self, token: &[u8]) -> Option<Arc<AccessToken>> {
        let digest = token_digest(token);
        self.table(|table| {
            let key = table.digests.get(digest.as_slice())?;
            table.tokens.get(key).cloned()
        })
    }

    /// Whether there is a project of that name.
    pub(crate) fn has_project(&self, name: &str) -> bool {
        name == DEFAULT_PROJECT
            || self.table(|table| table.projects.values().any(|project| project == name))
    }

    /// The repositories of a project, by name.
    pub(crate) fn repositories(&self, project: &str) -> Vec<Arc<RegisteredRepository>> {
        self.table(|table| {
            let all = table.repositories.values();
            let mut own: Vec<_> = all
                .filter(|repository| repository.project == project)
                .cloned()
                .collect();
            own.sort_by(|one, other| one.name.cmp(&other.name));
            own
        })
    }

    /// The repository of that name in a project.
    pub(crate) fn repository(
        &self,
        project: &str,
        name: &str,
    ) -> Option<Arc<RegisteredRepository>> {
        let key = sluice_registry::keys::repository(project, name);
        self.table(|table| table.repositories.get(&key).cloned())
    }

    fn put_token(&self, key: String, token: Option<AccessToken>) {
        self.change(|table| {
            let old = table.tokens.remove(&key);
            if let Some(old) = old {
                table.digests.remove(old.digest.as_ref());
            }
            if let Some(token) = token {
                table.digests.insert(token.digest.to_vec(), key.clone());
                table.tokens.insert(key, Arc::new(token));
            }
        });
    }

    fn put_project(&self, key: String, name: Option<String>) {
        self.change(|table| match name {
            Some(name) => drop(table.projects.insert(key, name)),
            None => drop(table.projects.remove(&key)),
        });
    }

    fn put_repository(&self, key: String, repository: Option<RegisteredRepository>) {
        self.change(|table| match repository {
            Some(repository) => drop(table.repositories.insert(key, Arc::new(repository))),
            None => drop(table.repositories.remove(&key)),
        });
    }

    fn note_read(&self) {
        self.change(|table| table.read = true);
    }

    fn table<T>(&self, ask: impl FnOnce(&Table) -> T) -> T {
        ask(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, change: impl FnOnce(&mut Table)) {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(token: &str) -> AccessToken {
        AccessToken {
            name: token.into(),
            digest: token_digest(token.as_bytes()).to_vec().into(),
            ..Default::default()
        }
    }

    #[test]
    fn a_token_is_found_by_what_it_is_and_not_after_it_is_gone_or_another() {
        let directory = Directory::default();
        let put = |token| directory.put_token("ci".into(), token);
        let opens = |token: &str| directory.token(token.as_bytes()).is_some();
        put(Some(record("one")));
        assert!(opens("one") && !opens("on") && !opens(""));
        put(Some(record("other")));
        assert!(opens("other") && !opens("one"));
        put(None);
        assert!(!opens("other"));
    }

    #[test]
    fn repositories_are_those_of_the_project_alone_by_name() {
        let directory = Directory::default();
        for (project, name) in [("b", "x"), ("a", "y"), ("a", "x"), ("a-b", "x")] {
            let key = sluice_registry::keys::repository(project, name);
            let record = RegisteredRepository {
                project: project.into(),
                name: name.into(),
                ..Default::default()
            };
            directory.put_repository(key, Some(record));
        }
        let names: Vec<_> = directory
            .repositories("a")
            .iter()
            .map(|repository| repository.name.clone())
            .collect();
        assert_eq!(names, ["x", "y"]);
        assert!(directory.repository("b", "y").is_none());
    }
}

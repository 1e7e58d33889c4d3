//! What the directory holds.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use sluice_declared::Revisions;
use sluice_events::v1::{AccessToken, Connection, Import};
use sluice_registry::{Kind, Object, Record, Snapshot};

use super::listed::{Listed, Repositories, note_status};

/// What is known. Who reads much at once takes a share of it; the next change then makes a copy.
#[derive(Default)]
pub(super) struct Table {
    /// Set once every bucket was read to its end: before, what is not here may merely not have been read yet.
    pub(super) read: bool,
    /// By the keys of their records, which are their names.
    pub(super) tokens: BTreeMap<String, Arc<AccessToken>>,
    /// Keys of tokens by digest.
    pub(super) digests: HashMap<Vec<u8>, String>,
    /// What is declared.
    pub(super) snapshot: Arc<Snapshot>,
    /// Of every record of it.
    pub(super) revisions: Arc<Revisions>,
    /// By their keys.
    pub(super) imports: BTreeMap<String, Arc<Import>>,
    /// Repositories, as lists go through them.
    pub(super) repositories: Arc<Repositories>,
    /// By the keys of their repositories; those of imports by their own.
    pub(super) connections: HashMap<String, Arc<Connection>>,
}

/// A change of one record.
pub(super) enum Told {
    Token(String, Option<AccessToken>),
    /// With its revision.
    Record(Record, u64),
    Gone(Object),
    Connection(String, Option<Arc<Connection>>),
    Import(String, Option<Arc<Import>>),
}

impl Table {
    pub(super) fn note(&mut self, told: Told) {
        match told {
            Told::Token(key, token) => self.token(key, token),
            Told::Record(record, revision) => {
                let place = (record.bucket(), record.key());
                Arc::make_mut(&mut self.revisions).insert(place, revision);
                let object = record.object();
                Arc::make_mut(&mut self.snapshot).put(record);
                self.list(&object);
            }
            Told::Gone(object) => {
                let place = (object.kind.bucket(), object.key());
                Arc::make_mut(&mut self.revisions).remove(&place);
                Arc::make_mut(&mut self.snapshot).remove(&object);
                if object.kind == Kind::Repository {
                    let place = (object.project, object.name);
                    Arc::make_mut(&mut self.repositories).remove(&place);
                }
            }
            Told::Connection(key, connection) => {
                let repositories = Arc::make_mut(&mut self.repositories);
                note_status(repositories, &key, connection.as_ref());
                match connection {
                    Some(connection) => drop(self.connections.insert(key, connection)),
                    None => drop(self.connections.remove(&key)),
                }
            }
            Told::Import(key, Some(import)) => drop(self.imports.insert(key, import)),
            Told::Import(key, None) => drop(self.imports.remove(&key)),
        }
    }

    /// Lists what was put, if it is a repository.
    fn list(&mut self, object: &Object) {
        if object.kind != Kind::Repository {
            return;
        }
        if let Some(record) = self
            .snapshot
            .shared_repository(&object.project, &object.name)
        {
            let listed = Listed::new(record, self.connections.get(&object.key()));
            Arc::make_mut(&mut self.repositories).insert(listed.key(), listed);
        }
    }

    fn token(&mut self, key: String, token: Option<AccessToken>) {
        if let Some(old) = self.tokens.remove(&key) {
            self.digests.remove(old.digest.as_ref());
        }
        if let Some(token) = token {
            self.digests.insert(token.digest.to_vec(), key.clone());
            self.tokens.insert(key, Arc::new(token));
        }
    }
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::RegisteredRepository;
    use sluice_registry::{Kind, token_digest};

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
        let mut table = Table::default();
        let opens = |table: &Table, token: &str| {
            table
                .digests
                .contains_key(token_digest(token.as_bytes()).as_slice())
        };
        table.note(Told::Token("ci".into(), Some(record("one"))));
        assert!(opens(&table, "one") && !opens(&table, "on") && !opens(&table, ""));
        table.note(Told::Token("ci".into(), Some(record("other"))));
        assert!(opens(&table, "other") && !opens(&table, "one"));
        table.note(Told::Token("ci".into(), None));
        assert!(!opens(&table, "other") && table.digests.is_empty());
    }

    #[test]
    fn who_has_taken_a_share_keeps_what_it_took() {
        let mut table = Table::default();
        let web = RegisteredRepository {
            project: "a".into(),
            name: "web".into(),
            ..Default::default()
        };
        table.note(Told::Record(Record::Repository(web), 7));
        let (snapshot, revisions) = (table.snapshot.clone(), table.revisions.clone());
        table.note(Told::Gone(Object::new(Kind::Repository, "a", "web")));
        assert!(table.snapshot.repository("a", "web").is_none() && table.revisions.is_empty());
        assert!(snapshot.repository("a", "web").is_some());
        assert_eq!(revisions.values().copied().collect::<Vec<_>>(), [7]);
    }
}

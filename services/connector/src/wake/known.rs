//! What is known of all connections and what bears on them: who needs a look.

use std::collections::{HashMap, HashSet};

use sluice_bus::Change;
use sluice_events::{
    Timestamp, token,
    v1::{Connection, ConnectionBasis, EndpointState, Hook, Import},
};

use super::Looked;
use crate::{
    handler::{Connector, only_waits},
    openings::Openings,
};

/// What a connection needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// To note that its webhook is proved: for that the host of a repository is asked nothing.
    Note,
    /// A look, for which its host is asked.
    Look,
}

/// What stands in the way of another look, and what asks for one.
#[derive(Default)]
pub(super) struct Known {
    pub(super) connections: HashMap<String, Connection>,
    /// By the keys of their connections.
    pub(super) imports: HashMap<String, Import>,
    /// The version of the secret that something came by, by the endpoint's key.
    proved: HashMap<String, u64>,
    /// Those whose hook waits for a first delivery, by the endpoint's key: it may be the hook of many.
    waiting: HashMap<String, HashSet<String>>,
    /// What is to be looked at as soon as there is a place; by key.
    pub(super) dirty: HashSet<String>,
    connections_read: bool,
    imports_read: bool,
}

impl Known {
    pub(super) fn is_read(&self) -> bool {
        self.connections_read && self.imports_read
    }

    /// What has a connection under that key. `None`: it is gone.
    pub(super) fn find(
        &self,
        connector: &Connector,
        openings: &Openings,
        key: &str,
    ) -> Option<Looked> {
        let import = self.imports.get(key);
        let import = import.map(|import| {
            let opening = openings.of(import);
            Looked::Owner(Box::new(import.clone()), opening)
        });
        import.or_else(|| connector.repositories.get(key).map(Looked::Repository))
    }

    pub(super) fn import(&mut self, change: Change<Import>) {
        let connection = |key: &str| format!("{key}.import");
        match change {
            Change::Put(put) => {
                self.dirty.insert(connection(&put.key));
                self.imports.insert(connection(&put.key), put.record);
            }
            Change::Deleted(key) => {
                self.imports.remove(&connection(&key));
                self.dirty.insert(connection(&key));
            }
            Change::Current => self.imports_read = true,
            Change::Unreadable(_) | Change::Interrupted(_) => {}
        }
    }

    pub(super) fn connection(&mut self, change: Change<Connection>) {
        match change {
            Change::Put(put) => {
                if let Some(hook) = &put.record.hook {
                    let waiting = self.waiting.entry(endpoint_of(&put.key, hook)).or_default();
                    match hook.proved_at {
                        None => drop(waiting.insert(put.key.clone())),
                        Some(_) => drop(waiting.remove(&put.key)),
                    }
                }
                self.dirty.insert(put.key.clone());
                self.connections.insert(put.key, put.record);
            }
            Change::Deleted(key) => {
                self.connections.remove(&key);
                self.dirty.insert(key);
            }
            Change::Current => self.connections_read = true,
            Change::Unreadable(_) | Change::Interrupted(_) => {}
        }
    }

    pub(super) fn state(&mut self, change: Change<EndpointState>) {
        match change {
            Change::Put(put) => {
                let waiting = self.waiting.get(&put.key).into_iter().flatten();
                self.dirty.extend(waiting.cloned());
                self.proved.insert(put.key, put.record.secret_version);
            }
            Change::Deleted(key) => drop(self.proved.remove(&key)),
            Change::Unreadable(_) | Change::Current | Change::Interrupted(_) => {}
        }
    }

    /// What is needed by what is looked at with this under that key. `None`: nothing.
    pub(super) fn need(&self, key: &str, basis: &ConnectionBasis, now: Timestamp) -> Option<Need> {
        need(key, basis, self.connections.get(key), &self.proved, now)
    }

    /// Those whose time has come, and those whose claim is over: a look that did not end.
    pub(super) fn note_due(&mut self, now: Timestamp) {
        let due = self.connections.iter().filter(|(_, connection)| {
            let claimed = connection.claim.as_ref().and_then(|claim| claim.until);
            [connection.due_at, claimed]
                .into_iter()
                .flatten()
                .any(|at| at <= now)
        });
        self.dirty.extend(due.map(|(key, _)| key.clone()));
    }
}

/// The key of the endpoint that a hook delivers to. Both are in the same project.
fn endpoint_of(key: &str, hook: &Hook) -> String {
    let project = key.split('.').next().unwrap_or_default();
    format!("{project}.{}", token::encode(&hook.endpoint))
}

/// What is needed by what has a connection under this key. `None`: nothing.
fn need(
    key: &str,
    basis: &ConnectionBasis,
    connection: Option<&Connection>,
    proved: &HashMap<String, u64>,
    now: Timestamp,
) -> Option<Need> {
    let Some(connection) = connection else {
        return Some(Need::Look);
    };
    let claimed = connection.claim.as_ref().and_then(|claim| claim.until);
    if claimed.is_some_and(|until| now < until) {
        return None;
    }
    let has_come = connection.hook.as_ref().is_some_and(|hook| {
        let version = proved.get(&endpoint_of(key, hook));
        hook.proved_at.is_none() && version == Some(&hook.secret_version)
    });
    if has_come && only_waits(connection, basis, now) {
        return Some(Need::Note);
    }
    // A claim that is over was a look that did not end.
    let look = has_come
        || claimed.is_some()
        || !connection.requests.is_empty()
        || connection.due_at.is_some_and(|at| at <= now)
        || connection.basis.as_ref() != Some(basis);
    look.then_some(Need::Look)
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::{
        ConnectionClaim, ConnectionRequest, ConnectionStatus, Host, MirrorKind,
        RegisteredRepository,
    };
    use sluice_git::{GitError, GitProblem};
    use sluice_repositories::{Registered, Versions};

    use super::*;
    use crate::handler::basis;

    fn registered() -> Registered {
        Registered {
            key: "default.web".into(),
            record: RegisteredRepository {
                name: "web".into(),
                project: "default".into(),
                mirror: MirrorKind::Full.into(),
                ..RegisteredRepository::default()
            },
            host: Host::default(),
            versions: Versions::default(),
            credential: Ok(None),
            remote: Err(GitError::new(GitProblem::Address, "")),
        }
    }

    fn check(change: impl FnOnce(&mut Connection)) -> Option<Need> {
        let registered = registered();
        let mut connection = Connection {
            basis: Some(basis(&registered, "https://hooks")),
            hook: Some(Hook {
                endpoint: "web".into(),
                secret_version: 7,
                ..Hook::default()
            }),
            ..Connection::default()
        };
        change(&mut connection);
        let proved = HashMap::from([("default.web".to_owned(), 7)]);
        let now = Timestamp::from_seconds(10);
        let basis = basis(&registered, "https://hooks");
        need(&registered.key, &basis, Some(&connection), &proved, now)
    }

    #[test]
    fn what_stands_as_it_should_is_left_alone() {
        let at = |seconds| Some(Timestamp::from_seconds(seconds));
        let proved = |connection: &mut Connection| {
            if let Some(hook) = &mut connection.hook {
                hook.proved_at = at(1);
            }
        };
        assert_eq!(check(proved), None);
        let due = |connection: &mut Connection| {
            proved(connection);
            connection.due_at = at(10);
        };
        assert_eq!(check(due), Some(Need::Look));
        let asked = |connection: &mut Connection| {
            proved(connection);
            connection.requests.push(ConnectionRequest::default());
        };
        assert_eq!(check(asked), Some(Need::Look));
        let changed = |connection: &mut Connection| {
            proved(connection);
            connection.basis = None;
        };
        assert_eq!(check(changed), Some(Need::Look));
    }

    #[test]
    fn for_a_proof_alone_no_host_is_asked() {
        let unproved = |connection: &mut Connection| {
            connection.status = ConnectionStatus::Unproved.into();
            connection.due_at = Some(Timestamp::from_seconds(11));
        };
        assert_eq!(check(unproved), Some(Need::Note));
        let left = |connection: &mut Connection| {
            unproved(connection);
            connection.obsolete.push(Hook::default());
        };
        assert_eq!(
            check(left),
            Some(Need::Look),
            "another one is to be removed"
        );
        assert_eq!(check(|_| {}), Some(Need::Look), "it had other trouble");
        let due = |connection: &mut Connection| {
            unproved(connection);
            connection.due_at = Some(Timestamp::from_seconds(9));
        };
        assert_eq!(check(due), Some(Need::Look));
    }

    #[test]
    fn what_a_replica_has_in_hand_is_left_to_it_until_it_dies() {
        let claimed = |until| {
            check(|connection| {
                connection.claim = Some(ConnectionClaim {
                    by: "another".into(),
                    until: Some(Timestamp::from_seconds(until)),
                });
            })
        };
        assert_eq!(claimed(11), None);
        assert_eq!(claimed(10), Some(Need::Look));
    }
}

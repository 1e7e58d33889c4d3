//! Which repositories, and which webhooks of owners, need to be looked at: those whose records changed, that somebody
//! asked for, by whose webhook something came, or whose time has come; a few of each host at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use sluice_bus::Change;
use sluice_events::{
    Timestamp, token,
    v1::{Connection, ConnectionBasis, EndpointState, Hook, Import},
};
use sluice_registry::keys;
use sluice_repositories::Registered;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    fault::Fault,
    handler::{Connector, basis},
    owner::{has_owner_hook, owner_basis},
    state::is_empty,
};

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_millis(250);

/// How long after the bus has failed us a repository is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// What stands in the way of another look, and what asks for one.
#[derive(Default)]
struct Known {
    connections: HashMap<String, Connection>,
    /// By the keys of their connections.
    imports: HashMap<String, Import>,
    /// The version of the secret that something came by, by the endpoint's key.
    proved: HashMap<String, u64>,
    /// Those whose hook waits for a first delivery, by the endpoint's key: it may be the hook of many.
    waiting: HashMap<String, HashSet<String>>,
    /// What is to be looked at as soon as there is a place; by key.
    dirty: HashSet<String>,
    connections_read: bool,
    imports_read: bool,
}

/// What can be looked at.
enum Looked {
    Repository(Arc<Registered>),
    Owner(Box<Import>),
}

/// Looks at everything that needs it until told to stop, then finishes what is in hand.
pub(crate) async fn follow(connector: Arc<Connector>, stopping: CancellationToken) {
    let mut connections = connector.connections.watch();
    let mut imports = connector.imports().watch();
    let mut states = connector.endpoints.watch_states();
    let mut changes = connector.repositories.changes();
    let mut known = Known::default();
    let mut under_way: HashMap<Id, (String, String)> = HashMap::new();
    let mut looks = JoinSet::new();
    let mut tick = tokio::time::interval(LOOK);
    while !stopping.is_cancelled() {
        tokio::select! {
            () = stopping.cancelled() => {}
            change = connections.next() => known.connection(change),
            change = imports.next() => known.import(change),
            change = states.next() => known.state(change),
            _ = changes.changed() => {
                changes.borrow_and_update();
                known.dirty.extend(connector.repositories.all().iter().map(|one| one.key.clone()));
            }
            Some(ended) = looks.join_next_with_id() => {
                let id = match &ended {
                    Ok((id, _)) => *id,
                    Err(failed) => failed.id(),
                };
                if let Some((key, _)) = under_way.remove(&id) {
                    known.dirty.insert(key);
                }
            }
            _ = tick.tick() => {
                if known.is_read() && connector.repositories.is_read() {
                    begin(&connector, &mut known, &mut under_way, &mut looks);
                }
            }
        }
    }
    while looks.join_next().await.is_some() {}
}

/// Begins as many looks as there are places.
fn begin(
    connector: &Arc<Connector>,
    known: &mut Known,
    under_way: &mut HashMap<Id, (String, String)>,
    looks: &mut JoinSet<()>,
) {
    let now = Timestamp::now();
    known.note_due(now);
    let mut places: HashMap<String, usize> = HashMap::new();
    for (_, host) in under_way.values() {
        *places.entry(host.clone()).or_default() += 1;
    }
    let busy: HashSet<_> = under_way.values().map(|(key, _)| key.clone()).collect();
    for key in known.dirty.clone() {
        if busy.contains(&key) {
            continue;
        }
        let Some(looked) = known.find(connector, &key) else {
            known.dirty.remove(&key);
            if known.connections.get(&key).is_some_and(is_empty) {
                let forget = looks.spawn(forget(Arc::clone(connector), key.clone()));
                under_way.insert(forget.id(), (key, String::new()));
            }
            continue;
        };
        let connection = known.connections.get(&key);
        let basis = looked.basis(connector, connection);
        if !basis.is_some_and(|basis| needs(&key, &basis, connection, &known.proved, now)) {
            known.dirty.remove(&key);
            continue;
        }
        let host = looked.host().to_owned();
        let wait = connector.hosts.busy_for(&host);
        if !wait.is_zero() {
            if let Some(import) = looked.import() {
                connector.waits.note(import, wait);
            }
            continue;
        }
        let taken = places.entry(host.clone()).or_default();
        if *taken >= connector.limits.at_once {
            continue;
        }
        *taken += 1;
        known.dirty.remove(&key);
        let look = looks.spawn(look(Arc::clone(connector), looked, key.clone()));
        under_way.insert(look.id(), (key, host));
    }
}

impl Looked {
    fn host(&self) -> &str {
        match self {
            Self::Repository(registered) => &registered.host.name,
            Self::Owner(import) => &import.host,
        }
    }

    /// Key of the import that registered it.
    fn import(&self) -> Option<String> {
        let Self::Repository(registered) = self else {
            return None;
        };
        let (project, import) = (&registered.record.project, &registered.record.import);
        (!import.is_empty()).then(|| keys::import(project, import))
    }

    /// What it is looked at with now. `None`: there is nothing to look at.
    fn basis(
        &self,
        connector: &Connector,
        connection: Option<&Connection>,
    ) -> Option<ConnectionBasis> {
        let hooks_url = &connector.hooks_url;
        match self {
            Self::Repository(registered) => Some(basis(registered, hooks_url)),
            Self::Owner(import) => {
                has_owner_hook(import, connection).then(|| owner_basis(import, hooks_url))
            }
        }
    }
}

async fn look(connector: Arc<Connector>, looked: Looked, key: String) {
    let ended = match &looked {
        Looked::Repository(registered) => Box::pin(connector.look(registered)).await,
        Looked::Owner(import) => Box::pin(connector.look_at_owner(import)).await,
    };
    if let Err(fault) = ended {
        if let Fault::Bus(reason) = fault {
            tracing::warn!(key, reason, "work on a connection was interrupted");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Of a repository that is gone.
async fn forget(connector: Arc<Connector>, key: String) {
    if let Err(Fault::Bus(reason)) = connector.forget(&key).await {
        tracing::warn!(
            repository = key,
            reason,
            "what was known of a repository stays"
        );
        tokio::time::sleep(PAUSE).await;
    }
}

impl Known {
    fn is_read(&self) -> bool {
        self.connections_read && self.imports_read
    }

    /// What has a connection under that key. `None`: it is gone.
    fn find(&self, connector: &Connector, key: &str) -> Option<Looked> {
        let import = self.imports.get(key).cloned();
        let import = import.map(|import| Looked::Owner(Box::new(import)));
        import.or_else(|| connector.repositories.get(key).map(Looked::Repository))
    }

    fn import(&mut self, change: Change<Import>) {
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

    fn connection(&mut self, change: Change<Connection>) {
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

    fn state(&mut self, change: Change<EndpointState>) {
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

    /// Those whose time has come, and those whose claim is over: a look that did not end.
    fn note_due(&mut self, now: Timestamp) {
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

/// Whether what has a connection under this key has to be looked at now.
fn needs(
    key: &str,
    basis: &ConnectionBasis,
    connection: Option<&Connection>,
    proved: &HashMap<String, u64>,
    now: Timestamp,
) -> bool {
    let Some(connection) = connection else {
        return true;
    };
    let claimed = connection.claim.as_ref().and_then(|claim| claim.until);
    if claimed.is_some_and(|until| now < until) {
        return false;
    }
    let has_come = connection.hook.as_ref().is_some_and(|hook| {
        let version = proved.get(&endpoint_of(key, hook));
        hook.proved_at.is_none() && version == Some(&hook.secret_version)
    });
    // A claim that is over was a look that did not end.
    claimed.is_some()
        || !connection.requests.is_empty()
        || has_come
        || connection.due_at.is_some_and(|at| at <= now)
        || connection.basis.as_ref() != Some(basis)
}

#[cfg(test)]
mod tests {
    use sluice_events::v1::{
        ConnectionClaim, ConnectionRequest, Host, MirrorKind, RegisteredRepository,
    };
    use sluice_git::{GitError, GitProblem};
    use sluice_repositories::Versions;

    use super::*;

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

    fn check(change: impl FnOnce(&mut Connection)) -> bool {
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
        needs(&registered.key, &basis, Some(&connection), &proved, now)
    }

    #[test]
    fn what_stands_as_it_should_is_left_alone() {
        let at = |seconds| Some(Timestamp::from_seconds(seconds));
        let proved = |connection: &mut Connection| {
            if let Some(hook) = &mut connection.hook {
                hook.proved_at = at(1);
            }
        };
        assert!(!check(proved));
        assert!(check(|_| {}), "something has come by its webhook");
        assert!(check(|connection| {
            proved(connection);
            connection.due_at = at(10);
        }));
        assert!(check(|connection| {
            proved(connection);
            connection.requests.push(ConnectionRequest::default());
        }));
        assert!(check(|connection| {
            proved(connection);
            connection.basis = None;
        }));
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
        assert!(!claimed(11));
        assert!(claimed(10));
    }
}

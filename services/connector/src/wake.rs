//! Which repositories need to be looked at: those whose records changed, that somebody asked for, by whose webhook
//! something came, or whose time has come; a few of each host at once.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use sluice_bus::Change;
use sluice_events::{
    Timestamp, token,
    v1::{Connection, EndpointState, Hook},
};
use sluice_repositories::Registered;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    fault::Fault,
    handler::{Connector, basis},
};

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_millis(250);

/// How long after the bus has failed us a repository is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// What stands in the way of another look, and what asks for one.
#[derive(Default)]
struct Known {
    connections: HashMap<String, Connection>,
    /// The version of the secret that something came by, by the endpoint's key.
    proved: HashMap<String, u64>,
    /// The repository whose hook waits for a first delivery, by the endpoint's key.
    waiting: HashMap<String, String>,
    /// What is to be looked at as soon as there is a place; by key.
    dirty: HashSet<String>,
    read: bool,
}

/// Looks at everything that needs it until told to stop, then finishes what is in hand.
pub(crate) async fn follow(connector: Arc<Connector>, stopping: CancellationToken) {
    let mut connections = connector.connections.watch();
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
                if known.read && connector.repositories.is_read() {
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
        let Some(registered) = connector.repositories.get(&key) else {
            known.dirty.remove(&key);
            if known.connections.get(&key).is_some_and(is_empty) {
                let forget = looks.spawn(forget(Arc::clone(connector), key.clone()));
                under_way.insert(forget.id(), (key, String::new()));
            }
            continue;
        };
        let connection = known.connections.get(&key);
        if !needs(
            &registered,
            connection,
            &known.proved,
            &connector.hooks_url,
            now,
        ) {
            known.dirty.remove(&key);
            continue;
        }
        if connector.hosts.is_busy(&registered.host.name) {
            continue;
        }
        let taken = places.entry(registered.host.name.clone()).or_default();
        if *taken >= connector.limits.at_once {
            continue;
        }
        *taken += 1;
        known.dirty.remove(&key);
        let host = registered.host.name.clone();
        let look = looks.spawn(look(Arc::clone(connector), registered));
        under_way.insert(look.id(), (key, host));
    }
}

async fn look(connector: Arc<Connector>, registered: Arc<Registered>) {
    if let Err(fault) = Box::pin(connector.look(&registered)).await {
        if let Fault::Bus(reason) = fault {
            tracing::warn!(
                repository = registered.key,
                reason,
                "work on a repository was interrupted"
            );
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

/// Whether nothing of ours is left at the host, as far as is known. Where something is, the record goes on saying so.
fn is_empty(connection: &Connection) -> bool {
    let mut hooks = connection.hook.iter().chain(&connection.obsolete);
    hooks.all(|hook| hook.id.is_empty()) && connection.intent.is_none()
}

impl Known {
    fn connection(&mut self, change: Change<Connection>) {
        match change {
            Change::Put(put) => {
                if let Some(hook) = put
                    .record
                    .hook
                    .as_ref()
                    .filter(|hook| hook.proved_at.is_none())
                {
                    let endpoint = endpoint_of(&put.key, hook);
                    self.waiting.insert(endpoint, put.key.clone());
                }
                self.dirty.insert(put.key.clone());
                self.connections.insert(put.key, put.record);
            }
            Change::Deleted(key) => {
                self.connections.remove(&key);
                self.dirty.insert(key);
            }
            Change::Current => self.read = true,
            Change::Unreadable(_) | Change::Interrupted(_) => {}
        }
    }

    fn state(&mut self, change: Change<EndpointState>) {
        match change {
            Change::Put(put) => {
                self.dirty.extend(self.waiting.get(&put.key).cloned());
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

/// The key of the endpoint that a repository's hook delivers to. Both are in the same project.
fn endpoint_of(key: &str, hook: &Hook) -> String {
    let project = key.split('.').next().unwrap_or_default();
    format!("{project}.{}", token::encode(&hook.endpoint))
}

/// Whether a repository has to be looked at now.
fn needs(
    registered: &Registered,
    connection: Option<&Connection>,
    proved: &HashMap<String, u64>,
    hooks_url: &str,
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
        let version = proved.get(&endpoint_of(&registered.key, hook));
        hook.proved_at.is_none() && version == Some(&hook.secret_version)
    });
    // A claim that is over was a look that did not end.
    claimed.is_some()
        || !connection.requests.is_empty()
        || has_come
        || connection.due_at.is_some_and(|at| at <= now)
        || connection.basis.as_ref() != Some(&basis(registered, hooks_url))
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
        needs(
            &registered,
            Some(&connection),
            &proved,
            "https://hooks",
            now,
        )
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

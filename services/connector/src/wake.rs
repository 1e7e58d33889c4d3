//! Which repositories, and which webhooks of owners, need to be looked at: those whose records changed, that somebody
//! asked for, by whose webhook something came, or whose time has come; a few of each host at once.

mod known;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use known::{Known, Need};
use sluice_events::{
    Timestamp,
    v1::{Connection, ConnectionBasis, Import, WebhookKind},
};
use sluice_registry::keys;
use sluice_repositories::Registered;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::{
    fault::Fault,
    handler::{Connector, Work, basis, decide},
    hook::age,
    openings::{Opening, Openings},
    owner::{has_owner_hook, owner_basis},
    state::is_empty,
};

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_millis(250);

/// How long after the bus has failed us a repository is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// What can be looked at.
enum Looked {
    Repository(Arc<Registered>),
    Owner(Box<Import>, Opening),
}

/// Looks at everything that needs it until told to stop, then finishes what is in hand.
pub(crate) async fn follow(connector: Arc<Connector>, stopping: CancellationToken) {
    let mut connections = connector.connections.watch();
    let mut imports = connector.imports().watch();
    let mut states = connector.endpoints.watch_states();
    let mut changes = connector.repositories.changes();
    let mut openings = Openings::watch(&connector.bus);
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
            () = openings.changed() => known.dirty.extend(known.imports.keys().cloned()),
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
                if known.is_read() && openings.is_read() && connector.repositories.is_read() {
                    begin(&connector, &mut known, &openings, &mut under_way, &mut looks);
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
    openings: &Openings,
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
        let Some(looked) = known.find(connector, openings, &key) else {
            known.dirty.remove(&key);
            if known.connections.get(&key).is_some_and(is_empty) {
                let forget = looks.spawn(forget(Arc::clone(connector), key.clone()));
                under_way.insert(forget.id(), (key, String::new()));
            }
            continue;
        };
        let connection = known.connections.get(&key);
        let basis = looked.basis(connector, connection);
        let Some(need) = basis.and_then(|basis| known.need(&key, &basis, now)) else {
            known.dirty.remove(&key);
            continue;
        };
        let host = looked.host().to_owned();
        let wait = match (need, &looked) {
            (Need::Note, Looked::Repository(_)) => Duration::ZERO,
            _ if looked.makes_nothing(connector, connection) => connector.hosts.busy_for(&host),
            _ => connector.hosts.takes_nothing_new_for(&host),
        };
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
            Self::Owner(import, _) => &import.host,
        }
    }

    /// Whether no webhook will be made for it, as far as its connection tells.
    fn makes_nothing(&self, connector: &Connector, connection: Option<&Connection>) -> bool {
        if let Self::Repository(registered) = self
            && registered.record.webhook() != WebhookKind::Managed
        {
            return true;
        }
        let Some(connection) = connection else {
            return false;
        };
        if matches!(decide(connection), Work::Remove(_)) {
            return true;
        }
        let mut requests = connection.requests.iter();
        let renews = requests.any(|request| request.verb == "renew");
        let hook = connection.hook.as_ref().filter(|_| !renews);
        hook.is_some_and(|hook| {
            !hook.id.is_empty() && hook.base == connector.hooks_url && age::is_over(hook).is_none()
        })
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
            Self::Owner(import, opening) => {
                has_owner_hook(import, connection).then(|| owner_basis(import, *opening, hooks_url))
            }
        }
    }
}

async fn look(connector: Arc<Connector>, looked: Looked, key: String) {
    let ended = match &looked {
        Looked::Repository(registered) => Box::pin(connector.look(registered)).await,
        Looked::Owner(import, opening) => Box::pin(connector.look_at_owner(import, *opening)).await,
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

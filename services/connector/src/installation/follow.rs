//! Which Apps need a new token: those that are new, whose repositories changed, or whose time has come.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use sluice_bus::{Change, Records};
use sluice_events::{
    Timestamp,
    v1::{self, Installation, SealedValue},
};
use sluice_registry::keys;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use super::{
    due::{Wanted, is_due, wanted},
    make::value_key,
};
use crate::{fault::Fault, handler::Connector};

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_millis(250);

/// How long after the bus has failed us an App is left alone.
const PAUSE: Duration = Duration::from_secs(1);

/// What stands on the bus.
#[derive(Default)]
struct Seen {
    apps: HashMap<String, v1::Credential>,
    kept: HashMap<String, Installation>,
    /// The keys of all credentials' values.
    values: HashSet<String>,
    /// Which of the three were read.
    read: [bool; 3],
    /// What each App shall open. `None`: that changed.
    wanted: Option<HashMap<String, Wanted>>,
}

/// Makes tokens for all Apps in time until told to stop, then finishes what is in hand.
pub(crate) async fn follow(connector: Arc<Connector>, stopping: CancellationToken) {
    let bus = &connector.bus;
    let mut credentials = Records::<v1::Credential>::new(bus, keys::CREDENTIALS).watch();
    let mut kept = connector.installations().watch();
    let mut values = Records::<SealedValue>::new(bus, keys::CREDENTIAL_VALUES).watch();
    let mut changes = connector.repositories.changes();
    let mut seen = Seen::default();
    let mut under_way: HashMap<Id, String> = HashMap::new();
    let mut making = JoinSet::new();
    let mut tick = tokio::time::interval(LOOK);
    while !stopping.is_cancelled() {
        tokio::select! {
            () = stopping.cancelled() => {}
            change = credentials.next() => seen.credential(change),
            change = kept.next() => seen.kept(change),
            change = values.next() => seen.value(change),
            _ = changes.changed() => {
                changes.borrow_and_update();
                seen.wanted = None;
            }
            Some(ended) = making.join_next_with_id() => {
                let id = match &ended {
                    Ok((id, ())) => *id,
                    Err(failed) => failed.id(),
                };
                under_way.remove(&id);
            }
            _ = tick.tick() => {
                if seen.read == [true; 3] && connector.repositories.is_read() {
                    begin(&connector, &mut seen, &mut under_way, &mut making);
                }
            }
        }
    }
    while making.join_next().await.is_some() {}
}

fn begin(
    connector: &Arc<Connector>,
    seen: &mut Seen,
    under_way: &mut HashMap<Id, String>,
    making: &mut JoinSet<()>,
) {
    let Seen {
        apps,
        kept,
        values,
        wanted: known,
        ..
    } = seen;
    let wanted = known.get_or_insert_with(|| wanted(apps, &connector.repositories.all()));
    let busy: HashSet<_> = under_way.values().cloned().collect();
    let now = Timestamp::now();
    for (key, wanted) in wanted.iter().filter(|(key, _)| !busy.contains(*key)) {
        let Some(app) = apps.get(key) else { continue };
        let has_value = values.contains(&value_key(app));
        if is_due(app, kept.get(key), wanted, has_value, now) {
            let prefix = format!("{key}.");
            let there = values.iter().filter(|value| value.starts_with(&prefix));
            let there = there.cloned().collect();
            let renewing = renew(Arc::clone(connector), key.clone(), wanted.clone(), there);
            under_way.insert(making.spawn(renewing).id(), key.clone());
        }
    }
    let gone = kept.keys().filter(|key| !apps.contains_key(*key));
    for key in gone.filter(|key| !busy.contains(*key)) {
        let forgetting = forget(Arc::clone(connector), key.clone());
        under_way.insert(making.spawn(forgetting).id(), key.clone());
    }
}

async fn renew(connector: Arc<Connector>, key: String, wanted: Wanted, there: Vec<String>) {
    if let Err(Fault::Bus(reason)) = Box::pin(connector.renew(&key, &wanted, &there)).await {
        tracing::warn!(credential = key, reason, "making a token was interrupted");
        tokio::time::sleep(PAUSE).await;
    }
}

/// What is kept of a credential that is gone, or is no App any more.
async fn forget(connector: Arc<Connector>, key: String) {
    if let Err(error) = connector.installations().remove(&key).await {
        tracing::warn!(credential = key, %error, "what was known of an App's tokens stays");
        tokio::time::sleep(PAUSE).await;
    }
}

impl Seen {
    fn credential(&mut self, change: Change<v1::Credential>) {
        match change {
            Change::Put(put) if put.record.app.is_some() => {
                self.apps.insert(put.key, put.record);
            }
            Change::Put(put) => drop(self.apps.remove(&put.key)),
            Change::Deleted(key) => drop(self.apps.remove(&key)),
            Change::Current => {
                self.read[0] = true;
                return;
            }
            Change::Unreadable(_) | Change::Interrupted(_) => return,
        }
        self.wanted = None;
    }

    fn kept(&mut self, change: Change<Installation>) {
        match change {
            Change::Put(put) => drop(self.kept.insert(put.key, put.record)),
            Change::Deleted(key) => drop(self.kept.remove(&key)),
            Change::Current => self.read[1] = true,
            Change::Unreadable(_) | Change::Interrupted(_) => {}
        }
    }

    fn value(&mut self, change: Change<SealedValue>) {
        match change {
            Change::Put(put) => drop(self.values.insert(put.key)),
            Change::Deleted(key) => drop(self.values.remove(&key)),
            Change::Current => self.read[2] = true,
            Change::Unreadable(_) | Change::Interrupted(_) => {}
        }
    }
}

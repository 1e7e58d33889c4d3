//! What is done about which repository when: what is due, a few of each host at a time, one thing about a repository at a
//! time.

mod share;
mod standing;

use std::{collections::HashMap, sync::Arc, time::Duration};

use sluice_bus::{Change, Records};
use sluice_events::{
    Timestamp,
    v1::{KnownRefs, SyncState},
};
use sluice_registry::keys;
use sluice_repositories::Registered;
use tokio::task::{Id, JoinSet};

use self::{
    share::Shares,
    standing::{Standing, Work},
};
use crate::sweep::Sweeper;

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_millis(250);

/// Does what is due, for ever.
pub(crate) async fn follow(sweeper: Arc<Sweeper>) {
    let mut records = Records::<KnownRefs>::new(&sweeper.bus, keys::KNOWN_REFS).watch();
    let mut states = Records::<SyncState>::new(&sweeper.bus, keys::SYNC_STATE).watch();
    let mut reached: HashMap<String, Timestamp> = HashMap::new();
    let mut standings: HashMap<String, Standing> = HashMap::new();
    let mut shares = Shares::default();
    let mut under_way: HashMap<Id, (Work, Arc<Registered>)> = HashMap::new();
    let mut works = JoinSet::new();
    let mut look = tokio::time::interval(LOOK);
    let mut current = false;
    loop {
        tokio::select! {
            change = records.next() => match change {
                Change::Put(put) => drop(standings.insert(put.key, Standing::of(&put.record))),
                Change::Deleted(key) => drop(standings.remove(&key)),
                Change::Current => current = true,
                Change::Unreadable(_) | Change::Interrupted(_) => {}
            },
            change = states.next() => match change {
                Change::Put(put) => match put.record.completed_at.filter(|_| put.record.failure.is_none()) {
                    Some(at) => drop(reached.insert(put.key, at)),
                    None => drop(reached.remove(&put.key)),
                },
                Change::Deleted(key) => drop(reached.remove(&key)),
                Change::Current | Change::Unreadable(_) | Change::Interrupted(_) => {}
            },
            Some(ended) = works.join_next_with_id() => {
                let id = ended.map_or_else(|failed| failed.id(), |(id, ())| id);
                if let Some((work, registered)) = under_way.remove(&id) {
                    shares.free(&registered.record.host, work);
                }
            }
            _ = look.tick() => {
                if !current || !sweeper.repositories.is_read() {
                    continue;
                }
                for (work, registered) in due(&sweeper, &standings, &reached) {
                    let is_in_hand = under_way.values().any(|(_, other)| other.key == registered.key);
                    let waits = work == Work::Ask && !sweeper.hosts.wait(&registered.record.host).is_zero();
                    if is_in_hand || waits || !shares.admit(&registered.record.host, work, &sweeper.limits) {
                        continue;
                    }
                    // Until the watch tells, so that what was just done is not due at once again.
                    let claimed = Timestamp::now().plus(sweeper.limits.grace);
                    standings.entry(registered.key.clone()).or_default().claim(work, claimed);
                    let task = works.spawn(carry_out(Arc::clone(&sweeper), work, Arc::clone(&registered)));
                    under_way.insert(task.id(), (work, registered));
                }
            }
        }
    }
}

async fn carry_out(sweeper: Arc<Sweeper>, work: Work, registered: Arc<Registered>) {
    let (counter, outcome) = match work {
        Work::Sweep => ("sluice_sweeps_total", sweeper.sweep(&registered).await),
        Work::Ask => ("sluice_questions_total", sweeper.ask(&registered).await),
    };
    metrics::counter!(counter, "outcome" => outcome).increment(1);
}

/// What is due, the longest waiting first.
fn due(
    sweeper: &Sweeper,
    standings: &HashMap<String, Standing>,
    reached: &HashMap<String, Timestamp>,
) -> Vec<(Work, Arc<Registered>)> {
    let now = Timestamp::now();
    let unknown = Standing::default();
    let mut due = Vec::new();
    for registered in sweeper.repositories.all() {
        let standing = standings.get(&registered.key).unwrap_or(&unknown);
        let reached = reached.get(&registered.key).copied();
        for work in [Work::Sweep, Work::Ask] {
            let at = standing.due(work, &registered, reached);
            if let Some(at) = at.filter(|at| *at <= now) {
                due.push((at, work, Arc::clone(&registered)));
            }
        }
    }
    due.sort_by(|(at, _, one), (other_at, _, other)| (at, &one.key).cmp(&(other_at, &other.key)));
    due.into_iter()
        .map(|(_, work, registered)| (work, registered))
        .collect()
}

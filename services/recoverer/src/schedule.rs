//! Which repositories are swept when: those that are due, a few of each host at a time.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use sluice_bus::{Change, Records};
use sluice_events::{
    Timestamp,
    v1::{KnownRefs, SyncHalt, SyncState},
};
use sluice_registry::keys;
use sluice_repositories::Registered;
use tokio::task::{Id, JoinSet};

use crate::{config::Limits, sweep::Sweeper};

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_millis(250);

/// How a repository stands, as far as the schedule is concerned.
#[derive(Debug, Clone, Default)]
struct Standing {
    due_at: Option<Timestamp>,
    halt: Option<SyncHalt>,
    /// Since when the refs could not be read.
    failing_since: Option<Timestamp>,
}

impl Standing {
    fn of(record: &KnownRefs) -> Self {
        Self {
            due_at: record.due_at,
            halt: record.halt,
            failing_since: record.failure.as_ref().and_then(|failure| failure.since),
        }
    }

    /// When it is due; `None` as long as it waits for somebody. One that was never swept is due. `reached`: when sync last
    /// reached it, if it does; somebody may have asked it to try.
    fn due(&self, registered: &Registered, reached: Option<Timestamp>) -> Option<Timestamp> {
        let is_over = reached.is_some_and(|at| self.failing_since.is_some_and(|since| since < at));
        match self.halt {
            Some(halt) if halt == registered.versions.halt() && !is_over => None,
            Some(_) => Some(Timestamp::default()),
            None => Some(self.due_at.unwrap_or_default()),
        }
    }
}

/// A host's share.
#[derive(Debug, Clone, Copy)]
struct Share {
    under_way: usize,
    /// Not before this.
    next: Instant,
}

/// Sweeps what is due, for ever.
pub(crate) async fn follow(sweeper: Arc<Sweeper>) {
    let mut records = Records::<KnownRefs>::new(&sweeper.bus, keys::KNOWN_REFS).watch();
    let mut states = Records::<SyncState>::new(&sweeper.bus, keys::SYNC_STATE).watch();
    let mut reached: HashMap<String, Timestamp> = HashMap::new();
    let mut standings: HashMap<String, Standing> = HashMap::new();
    let mut shares: HashMap<String, Share> = HashMap::new();
    let mut under_way: HashMap<Id, Arc<Registered>> = HashMap::new();
    let mut sweeps = JoinSet::new();
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
            Some(ended) = sweeps.join_next_with_id() => {
                let id = ended.map_or_else(|failed| failed.id(), |(id, ())| id);
                let registered = under_way.remove(&id);
                if let Some(share) = registered.and_then(|of| shares.get_mut(&of.record.host)) {
                    share.under_way -= 1;
                }
            }
            _ = look.tick() => {
                if !current || !sweeper.repositories.is_read() {
                    continue;
                }
                for registered in due(&sweeper, &standings, &reached) {
                    let is_swept = under_way.values().any(|other| other.key == registered.key);
                    if is_swept || !admit(&mut shares, &registered.record.host, &sweeper.limits) {
                        continue;
                    }
                    // Until the watch tells, so that a swept repository is not due at once again.
                    let claimed = Timestamp::now().plus(sweeper.limits.grace);
                    standings.insert(registered.key.clone(), Standing { due_at: Some(claimed), ..Standing::default() });
                    let (sweeper, swept) = (Arc::clone(&sweeper), Arc::clone(&registered));
                    let task = sweeps.spawn(async move {
                        let outcome = sweeper.sweep(&swept).await;
                        metrics::counter!("sluice_sweeps_total", "outcome" => outcome).increment(1);
                    });
                    under_way.insert(task.id(), registered);
                }
            }
        }
    }
}

/// What is due, the longest waiting first.
fn due(
    sweeper: &Sweeper,
    standings: &HashMap<String, Standing>,
    reached: &HashMap<String, Timestamp>,
) -> Vec<Arc<Registered>> {
    let now = Timestamp::now();
    let unknown = Standing::default();
    let all = sweeper.repositories.all().into_iter();
    let mut due: Vec<_> = all
        .filter_map(|registered| {
            let standing = standings.get(&registered.key).unwrap_or(&unknown);
            let at = standing.due(&registered, reached.get(&registered.key).copied())?;
            (at <= now).then_some((at, registered))
        })
        .collect();
    due.sort_by(|(at, one), (other_at, other)| (at, &one.key).cmp(&(other_at, &other.key)));
    due.into_iter().map(|(_, registered)| registered).collect()
}

/// Whether one more may be read at a host now.
fn admit(shares: &mut HashMap<String, Share>, host: &str, limits: &Limits) -> bool {
    let now = Instant::now();
    // What was not used in a while is used up to one look's worth, and not saved for longer.
    let earliest = now.checked_sub(LOOK).unwrap_or(now);
    let share = shares.entry(host.to_owned()).or_insert(Share {
        under_way: 0,
        next: earliest,
    });
    if share.under_way >= limits.at_once || share.next > now {
        return false;
    }
    share.under_way += 1;
    let pause = Duration::from_secs(60) / limits.per_minute;
    share.next = share.next.max(earliest) + pause;
    true
}

#[cfg(test)]
mod tests {
    use sluice_bus::consume::Options;

    use super::*;

    fn limits(at_once: usize, per_minute: u32) -> Limits {
        Limits {
            interval: Duration::from_secs(300),
            interval_healthy: Duration::from_secs(300),
            grace: Duration::from_secs(10),
            at_once,
            per_minute,
            consume: Options::default(),
        }
    }

    fn admitted(limits: &Limits, hosts: &[&str]) -> usize {
        let mut shares = HashMap::new();
        let admitted = hosts.iter().filter(|host| admit(&mut shares, host, limits));
        admitted.count()
    }

    #[test]
    fn each_host_has_its_own_share() {
        assert_eq!(
            admitted(&limits(2, 60_000), &["a", "a", "a", "b", "b", "b"]),
            4
        );
        // One a second, and never a burst.
        assert_eq!(admitted(&limits(100, 60), &["a", "a", "a", "b"]), 2);
    }
}

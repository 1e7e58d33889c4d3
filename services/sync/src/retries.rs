//! Trying again after failures that may pass: at a time that stands in the state, by whichever replica lives then.

use std::{collections::HashMap, time::Duration};

use sluice_bus::{Bus, Change, Records};
use sluice_events::{Timestamp, v1::SyncState};
use sluice_registry::keys;
use sluice_repositories::{Repositories, wake};

use crate::SERVICE;

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_secs(1);

/// The first pause; doubles with every failure.
const FIRST: i64 = 2;

/// The longest pause, in seconds.
const LONGEST: i64 = 15 * 60;

/// Why: it failed, and is tried again.
const AGAIN: &str = "again";

/// When it is tried again after so many failures in a row.
pub(crate) fn at(now: Timestamp, failures: u32) -> Timestamp {
    let pause = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(20));
    Timestamp {
        seconds: now.seconds + pause.min(LONGEST),
        ..now
    }
}

/// Wakes what is due, for ever.
pub(crate) async fn follow(bus: Bus, repositories: Repositories) {
    let mut states = Records::<SyncState>::new(&bus, keys::SYNC_STATE).watch();
    let mut due: HashMap<String, Timestamp> = HashMap::new();
    let mut look = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            change = states.next() => match change {
                Change::Put(put) => match put.record.retry_at {
                    Some(at) => drop(due.insert(put.key, at)),
                    None => drop(due.remove(&put.key)),
                },
                Change::Deleted(key) => drop(due.remove(&key)),
                Change::Unreadable(_) | Change::Current | Change::Interrupted(_) => {}
            },
            _ = look.tick() => {
                let now = Timestamp::now();
                let ready: Vec<_> = due.iter().filter(|(_, at)| at.seconds <= now.seconds).map(|(key, at)| (key.clone(), *at)).collect();
                for (key, at) in ready {
                    let Some(registered) = repositories.get(&key) else {
                        due.remove(&key);
                        continue;
                    };
                    let occasion = at.seconds.to_be_bytes();
                    if wake(&bus, SERVICE.name, &registered, AGAIN, &occasion).await.is_ok() {
                        due.remove(&key);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_quarter_of_an_hour() {
        let now = Timestamp::from_seconds(1_000);
        let pauses: Vec<_> = [1, 2, 3, 20, u32::MAX]
            .into_iter()
            .map(|failures| at(now, failures).seconds - 1_000)
            .collect();
        assert_eq!(pauses, [2, 4, 8, 900, 900]);
    }
}

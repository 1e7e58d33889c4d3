//! Which imports have to go on now, and what they wait for.

use std::{collections::HashMap, sync::Arc, time::Duration};

use sluice_bus::Change;
use sluice_events::{
    Timestamp,
    v1::{Import, ImportStatus},
};
use tokio_util::sync::CancellationToken;

use crate::{fault::Fault, handler::Connector};

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_millis(500);

/// Runs what is due, one after the other, until told to stop.
pub(crate) async fn follow(connector: Arc<Connector>, stopping: CancellationToken) {
    let mut imports = connector.imports().watch();
    let mut known = HashMap::<String, Import>::new();
    let mut tick = tokio::time::interval(LOOK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !stopping.is_cancelled() {
        tokio::select! {
            () = stopping.cancelled() => {}
            change = imports.next() => match change {
                Change::Put(put) => drop(known.insert(put.key, put.record)),
                Change::Deleted(key) => drop(known.remove(&key)),
                _ => {}
            },
            _ = tick.tick() => {
                connector.note_waits(&known).await;
                if connector.repositories.is_read() {
                    run_due(&connector, &mut known).await;
                }
            }
        }
    }
}

async fn run_due(connector: &Connector, known: &mut HashMap<String, Import>) {
    let now = Timestamp::now();
    let due = known.iter().filter(|(_, import)| is_due(import, now));
    let due: Vec<_> = due.map(|(key, _)| key.clone()).collect();
    for key in due {
        match connector.import(&key).await {
            Ok(false) => continue,
            Ok(true) => {}
            Err(Fault::Bus(reason)) => {
                tracing::warn!(import = key, reason, "an import was interrupted");
                continue;
            }
            Err(Fault::Host { problem, .. }) => {
                tracing::warn!(import = key, problem = problem.message, "an import stopped");
            }
        }
        // What came of it is written, and told by the watch.
        known.remove(&key);
    }
}

impl Connector {
    /// Notes in the records until when imports have to wait for their hosts: once for each time that they do.
    async fn note_waits(&self, known: &HashMap<String, Import>) {
        let now = Timestamp::now();
        for (key, until) in self.waits.take() {
            let Some(import) = known.get(&key) else {
                continue;
            };
            if import.waits_until.is_some_and(|noted| noted > now) || until <= now {
                continue;
            }
            // Whoever lists it has its record, and would be interrupted.
            let noted = self.change_import(import, |record| {
                record.waits_until = Some(until);
                record.claim.is_none()
            });
            if let Err(Fault::Bus(reason)) = noted.await {
                tracing::debug!(reason, "it is not noted what an import waits for");
            }
        }
    }
}

/// Whether an import has to go on now: it is new, its time has come, or whoever had it in hand died.
fn is_due(import: &Import, now: Timestamp) -> bool {
    let claimed = import.claim.as_ref().and_then(|claim| claim.until);
    match claimed {
        Some(until) => until <= now,
        None => {
            import.status() == ImportStatus::Unspecified
                || import.due_at.is_some_and(|at| at <= now)
        }
    }
}

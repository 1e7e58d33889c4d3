//! Which imports have to go on now, and what they wait for.

use std::{collections::HashMap, sync::Arc, time::Duration};

use sluice_bus::Change;
use sluice_events::{
    Timestamp,
    v1::{Import, ImportStatus},
};
use tokio_util::sync::CancellationToken;

use crate::{
    fault::Fault,
    handler::Connector,
    openings::{Opening, Openings},
};

/// How often it is looked for what is due.
const LOOK: Duration = Duration::from_millis(500);

/// Runs what is due, one after the other, until told to stop.
pub(crate) async fn follow(connector: Arc<Connector>, stopping: CancellationToken) {
    let mut imports = connector.imports().watch();
    let mut openings = Openings::watch(&connector.bus);
    let mut known = Known::default();
    let mut tick = tokio::time::interval(LOOK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !stopping.is_cancelled() {
        tokio::select! {
            () = stopping.cancelled() => {}
            () = openings.changed() => {}
            change = imports.next() => known.import(change),
            _ = tick.tick() => {
                connector.note_waits(&known.imports).await;
                if connector.repositories.is_read() && openings.is_read() {
                    let due = known.due(&openings, Timestamp::now());
                    run(&connector, due, &mut known).await;
                }
            }
        }
    }
}

/// All imports.
#[derive(Default)]
struct Known {
    imports: HashMap<String, Import>,
    /// What those were opened by that were listed.
    opened_by: HashMap<String, Opening>,
}

impl Known {
    fn import(&mut self, change: Change<Import>) {
        match change {
            Change::Put(put) => drop(self.imports.insert(put.key, put.record)),
            Change::Deleted(key) => {
                self.imports.remove(&key);
                self.opened_by.remove(&key);
            }
            Change::Unreadable(_) | Change::Current | Change::Interrupted(_) => {}
        }
    }

    /// Those that have to go on now, and what opens them. Where one waits for somebody, it may be that they have mended it
    /// once that has changed.
    fn due(&mut self, openings: &Openings, now: Timestamp) -> Vec<(String, Opening)> {
        let mut due = Vec::new();
        for (key, import) in &self.imports {
            let opening = openings.of(import);
            let before = self.opened_by.entry(key.clone()).or_insert(opening);
            if is_due(import, now) || waits_for_somebody(import) && *before != opening {
                due.push((key.clone(), opening));
            }
        }
        due
    }
}

async fn run(connector: &Connector, due: Vec<(String, Opening)>, known: &mut Known) {
    for (key, opening) in due {
        match connector.import(&key, opening).await {
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
        known.imports.remove(&key);
        known.opened_by.insert(key, opening);
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

/// Whether it has failed, and is listed again once that is mended.
fn waits_for_somebody(import: &Import) -> bool {
    import.status() == ImportStatus::Failed && import.due_at.is_some()
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

//! Waking repositories: whoever has work for one says so on the bus, and one partition takes it.

use std::{collections::HashMap, time::Duration};

use sluice_bus::Bus;
use sluice_repositories::{Repositories, Versions, wake};

use crate::SERVICE;

/// Why: somebody asked for it. Then also what waits for somebody is tried.
pub(crate) const COMMAND: &str = "command";

/// Why: a record changed.
const CHANGED: &str = "changed";

/// How long until what could not be published is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Wakes every repository that is new or that changed, for ever. Every replica does; the bus keeps one of it.
pub(crate) async fn follow(bus: Bus, repositories: Repositories) {
    let mut changes = repositories.changes();
    let mut woken: HashMap<String, Versions> = HashMap::new();
    loop {
        changes.borrow_and_update();
        let all = repositories.all();
        woken.retain(|key, _| repositories.get(key).is_some());
        let mut failed = false;
        for registered in all {
            if woken.get(&registered.key) == Some(&registered.versions) {
                continue;
            }
            let Versions {
                repository,
                host,
                credential,
            } = registered.versions;
            let occasion = [repository, host, credential]
                .map(u64::to_be_bytes)
                .concat();
            match wake(&bus, SERVICE.name, &registered, CHANGED, &occasion).await {
                Ok(()) => drop(woken.insert(registered.key.clone(), registered.versions)),
                Err(error) => {
                    tracing::warn!(%error, repository = registered.key, "a repository could not be woken yet");
                    failed = true;
                }
            }
        }
        if failed {
            tokio::time::sleep(RETRY).await;
        } else if changes.changed().await.is_err() {
            return;
        }
    }
}

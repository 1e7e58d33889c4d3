//! What events have told of what became of a repository.

use sluice_bus::{Bus, LookupError, StoredMessage, consume::Failure};
use sluice_events::{
    Address, Timestamp, Weight, from_json, repository_filter,
    v1::{RepositoryEvent, RepositoryReading},
};
use sluice_repositories::Registered;

use crate::report::GIT;

/// Most names that events are looked for under: what was renamed more often since is told of once more.
const NAMES: usize = 10;

/// Everything that events told since then under the names of these readings and under every name that they lead to, oldest
/// first. A hint tells nothing (rule S12), nor does what is told of another repository.
pub(crate) async fn since(
    bus: &Bus,
    registered: &Registered,
    readings: [&RepositoryReading; 2],
    since: Timestamp,
) -> Result<Vec<RepositoryEvent>, Failure> {
    let retry = |error: LookupError| Failure::Retry(error.to_string());
    let [known, now] = readings;
    let mut names = vec![now.full_name.clone()];
    add(&mut names, &known.full_name);
    let mut told: Vec<(u64, RepositoryEvent)> = Vec::new();
    let mut at = 0;
    while let Some(name) = names.get(at).filter(|_| at < NAMES) {
        let address = Address::of(&registered.record.project, &registered.record.host, name);
        let found = bus
            .read_since(GIT, &repository_filter(address), since)
            .await;
        for message in found.map_err(retry)? {
            let Some(event) = proved(&message, &now.host_id) else {
                continue;
            };
            // Under two names it is one event.
            if told.iter().any(|(_, other)| *other == event) {
                continue;
            }
            if let Some(old) = event.old_name() {
                add(&mut names, old);
            }
            told.push((message.sequence, event));
        }
        at += 1;
    }
    told.sort_by_key(|(sequence, _)| *sequence);
    Ok(told.into_iter().map(|(_, event)| event).collect())
}

fn add(names: &mut Vec<String>, name: &str) {
    if !names.iter().any(|known| known == name) {
        names.push(name.to_owned());
    }
}

/// An event that proves something about the repository with that id.
fn proved(message: &StoredMessage, host_id: &str) -> Option<RepositoryEvent> {
    let trust = message.envelope().ok()?.trust;
    let event: RepositoryEvent = from_json(&message.payload).ok()?;
    let is_its = event
        .repository
        .as_ref()
        .is_some_and(|it| it.host_id == host_id);
    (is_its && Weight::from(trust) == Weight::Proof).then_some(event)
}

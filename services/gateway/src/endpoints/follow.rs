//! Follows the registry and keeps the table current.

use sluice_bus::{Bus, Change, Records};
use sluice_daemon::Check;
use sluice_events::v1;
use sluice_registry::{OpeningKeys, keys};

use super::{Endpoints, sources::Sources};

/// Follows the four buckets, for ever. A change is live as soon as it is told.
pub(crate) async fn follow(bus: Bus, endpoints: Endpoints, opening: OpeningKeys, check: Check) {
    let mut hosts = Records::<v1::Host>::new(&bus, keys::HOSTS).watch();
    let mut records = Records::<v1::Endpoint>::new(&bus, keys::ENDPOINTS).watch();
    let mut secrets = Records::<v1::SealedValue>::new(&bus, keys::HOOK_SECRETS).watch();
    let mut states = Records::<v1::EndpointState>::new(&bus, keys::ENDPOINT_STATE).watch();
    let mut sources = Sources::default();
    let mut current = [false; 4];
    loop {
        let told = tokio::select! {
            change = hosts.next() => told(change, |key, host| sources.host(key, host)).map(|told| (0, told)),
            change = records.next() => told(change, |key, record| sources.endpoint(key, record)).map(|told| (1, told)),
            change = secrets.next() => told(change, |key, value| sources.secret(key, value)).map(|told| (2, told)),
            change = states.next() => told(change, |key, state| sources.state(key, state)).map(|told| (3, told)),
        };
        match told {
            Some((source, Ok(()))) => current[source] = true,
            Some((_, Err(reason))) => {
                if !current.iter().all(|current| *current) {
                    check.failing(reason);
                }
                continue;
            }
            None => continue,
        }
        // Built before everything is read, many would lack their secrets, and would be built again.
        if current.iter().all(|current| *current) {
            endpoints.replace(sources.build(&opening), true);
            // The table stays good while the bus is away: that is the check `nats`.
            check.ok();
        }
    }
}

/// Passes a change on. What it returns, if anything, says whether the bucket is read to its end.
fn told<M>(
    change: Change<M>,
    mut pass: impl FnMut(String, Option<M>),
) -> Option<Result<(), String>> {
    match change {
        Change::Put(versioned) => pass(versioned.key, Some(versioned.record)),
        Change::Deleted(key) => pass(key, None),
        Change::Unreadable(_) => {}
        Change::Current => return Some(Ok(())),
        Change::Interrupted(reason) => return Some(Err(reason)),
    }
    None
}

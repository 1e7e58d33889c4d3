//! Follows the registry and keeps the table current.

use sluice_bus::{Bus, Records};
use sluice_daemon::Check;
use sluice_events::v1;
use sluice_registry::{OpeningKeys, keys};

use super::{Repositories, sources::Sources};

/// Follows the four buckets, for ever. A change is live as soon as it is told.
pub(crate) async fn follow(
    bus: Bus,
    repositories: Repositories,
    opening: OpeningKeys,
    check: Check,
) {
    let mut hosts = Records::<v1::Host>::new(&bus, keys::HOSTS).watch();
    let mut records = Records::<v1::RegisteredRepository>::new(&bus, keys::REPOSITORIES).watch();
    let mut credentials = Records::<v1::Credential>::new(&bus, keys::CREDENTIALS).watch();
    let mut values = Records::<v1::SealedValue>::new(&bus, keys::CREDENTIAL_VALUES).watch();
    let mut sources = Sources::default();
    let mut current = [false; 4];
    loop {
        let told = tokio::select! {
            change = hosts.next() => sources.hosts.note(change).map(|told| (0, told)),
            change = records.next() => sources.repositories.note(change).map(|told| (1, told)),
            change = credentials.next() => sources.credentials.note(change).map(|told| (2, told)),
            change = values.next() => sources.values.note(change).map(|told| (3, told)),
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
        if current.iter().all(|current| *current) {
            repositories.replace(sources.build(&opening), true);
            // The table stays good while the bus is away: that is the check `nats`.
            check.ok();
        }
    }
}

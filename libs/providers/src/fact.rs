//! The fact of what a delivery says: the same for every delivery, hook and road that tells of it.

use sha2::{Digest, Sha256};
use sluice_events::{Fact, RefIdentity, v1};

use crate::{Happening, Observation, Provider};

/// The fact of one happening at the host of that name. `payload` is the JSON it was read from.
pub fn fact_of(
    provider: &dyn Provider,
    host: &str,
    observation: &Observation,
    happening: &Happening,
    payload: &[u8],
) -> Fact {
    let repository = observation
        .repository
        .as_ref()
        .map(|repository| repository.host_id.as_str())
        .unwrap_or_default();
    match happening {
        Happening::Ref(event) => {
            let deleted = event.change() == v1::RefChange::Deleted;
            let before = event
                .before
                .as_deref()
                .filter(|_| !deleted || provider.deletions_name_before());
            let full_ref = if event.ref_raw.is_empty() {
                event.r#ref.as_bytes()
            } else {
                &event.ref_raw
            };
            let identity = RefIdentity {
                kind: event.kind(),
                full_ref,
                before,
                after: event.after.as_deref(),
                change: event.change(),
            };
            Fact::of_ref(host, repository, identity)
        }
        Happening::Change(event) => Fact::of_change(
            host,
            repository,
            event.number,
            &what_changed(observation, event),
        ),
        Happening::Repository(event) => event.fact(host, repository),
        Happening::Ping(_) | Happening::Other(_) => {
            Fact::of_statement(host, &observation.native_kind, &Sha256::digest(payload))
        }
    }
}

/// Hosts give times to the second, and one click can send two deliveries: so what changed belongs to the fact.
fn what_changed<'o>(observation: &'o Observation, event: &'o v1::ChangeEvent) -> Vec<String> {
    let mut what = vec![
        event.action().as_str_name().to_owned(),
        observation.native_action.clone(),
        event
            .updated_at
            .map(|time| time.to_string())
            .unwrap_or_default(),
        event
            .source
            .as_ref()
            .and_then(|source| source.sha.clone())
            .unwrap_or_default(),
    ];
    for change in &event.changed {
        what.push(change.field.clone());
        what.push(change.from.clone().unwrap_or_default());
        what.push(change.to.clone().unwrap_or_default());
    }
    what
}

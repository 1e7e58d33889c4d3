//! What deliveries have taught about their endpoint, for all gateways and for those who wait for a first delivery.

use std::{sync::Arc, time::Duration};

use sluice_bus::{Bus, RecordError, Records};
use sluice_events::v1::EndpointState;
use sluice_registry::keys;

use crate::endpoints::Endpoint;

/// How long until what could not be stored is tried again.
const RETRY: Duration = Duration::from_secs(3);

/// Notes it, for as long as it takes: it is told here once, and whoever starts later must know it.
pub(crate) async fn note(bus: Bus, endpoint: Arc<Endpoint>, learnt: EndpointState) {
    let states = Records::<EndpointState>::new(&bus, keys::ENDPOINT_STATE);
    let key = keys::endpoint(&endpoint.record.project, &endpoint.record.name);
    if learnt.signed_since.is_some() {
        tracing::info!(
            endpoint = endpoint.record.name,
            "a signature was seen: from now on nothing weaker is accepted"
        );
    }
    while let Err(error) = merge(&states, &key, &learnt).await {
        if !matches!(error, RecordError::Conflict { .. }) {
            tracing::warn!(%error, "the endpoint's state is not stored yet");
            tokio::time::sleep(RETRY).await;
        }
    }
}

async fn merge(
    states: &Records<EndpointState>,
    key: &str,
    learnt: &EndpointState,
) -> Result<(), RecordError> {
    let known = states.get(key).await?;
    let revision = known.as_ref().map(|known| known.revision);
    let known = known.map(|known| known.record).unwrap_or_default();
    let merged = merged(&known, learnt);
    if merged == known {
        return Ok(());
    }
    states.put(key, &merged, revision).await.map(drop)
}

/// A signature stays seen since it was first; of deliveries the latest counts.
fn merged(known: &EndpointState, learnt: &EndpointState) -> EndpointState {
    let latest = if learnt.verified_at > known.verified_at {
        learnt
    } else {
        known
    };
    EndpointState {
        signed_since: known.signed_since.or(learnt.signed_since),
        ..latest.clone()
    }
}

#[cfg(test)]
mod tests {
    use sluice_events::Timestamp;

    use super::*;

    #[test]
    fn a_signature_stays_seen_and_the_latest_delivery_counts() {
        let state = |signed: Option<i64>, verified: i64, version: u64| EndpointState {
            signed_since: signed.map(Timestamp::from_seconds),
            verified_at: Some(Timestamp::from_seconds(verified)),
            secret_id: "hmac".into(),
            secret_version: version,
        };
        let (old, new) = (state(Some(1), 5, 1), state(Some(9), 9, 2));
        assert_eq!(merged(&old, &new), state(Some(1), 9, 2));
        assert_eq!(merged(&new, &state(None, 7, 1)), new);
        assert_eq!(merged(&EndpointState::default(), &old), old);
    }
}

//! Waking repositories: whoever has work for one says so on the bus, and whoever keeps it looks.

use std::time::Duration;

use sluice_bus::{Bus, Outgoing, PublishError};
use sluice_events::{
    Envelope, MessageId, Timestamp, to_json, token,
    v1::{Trust, Wake},
};

use crate::Registered;

/// How long publishing may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Wakes a repository. `service` says so, and why; `occasion` is what makes a repeat of it a repeat.
pub async fn wake(
    bus: &Bus,
    service: &str,
    registered: &Registered,
    reason: &str,
    occasion: &[u8],
) -> Result<(), PublishError> {
    let address = registered.address();
    let parts = [
        &address.project,
        &address.host,
        &address.owner,
        &address.repository,
    ];
    let tokens = parts.map(token::encode);
    let id = MessageId::of(&[
        b"wake",
        registered.key.as_bytes(),
        reason.as_bytes(),
        occasion,
    ]);
    let envelope = Envelope {
        id: id.as_str().to_owned(),
        source: format!("sluice:{service}"),
        event_type: "dev.sluice.wake.v1".into(),
        subject: String::new(),
        time: Timestamp::now(),
        project: address.project.clone(),
        fact: None,
        trust: Trust::Host,
        delivery: String::new(),
        operation: String::new(),
    };
    let said = Wake {
        reason: reason.to_owned(),
    };
    let payload =
        to_json(&said).map_err(|_| PublishError::Unknown("the wake cannot be encoded"))?;
    let outgoing = Outgoing {
        subject: format!("sluice.v1.wake.{}", tokens.join(".")),
        stream: "SLUICE_WORK".into(),
        id: Some(id),
        first: false,
        headers: envelope.to_headers(),
        payload: payload.into(),
    };
    bus.publish(outgoing, PATIENCE).await.map(|_| ())
}

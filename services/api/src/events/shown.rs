//! An event as it is shown: CloudEvents 1.0 in JSON, with where it stands in the stream.

use serde::Serialize;
use serde_json::Value;
use sluice_bus::StoredMessage;
use sluice_events::{Envelope, Fact};

/// An event and where it stands.
#[derive(Serialize)]
pub(super) struct Shown {
    /// Its sequence in the stream.
    sequence: u64,
    event: CloudEvent,
}

/// The JSON format of CloudEvents 1.0. Attributes that say nothing are left out.
#[derive(Serialize)]
struct CloudEvent {
    specversion: &'static str,
    id: String,
    source: String,
    #[serde(rename = "type")]
    event_type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    subject: String,
    time: String,
    datacontenttype: &'static str,
    sluiceproject: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    sluicefact: String,
    sluicetrust: &'static str,
    #[serde(skip_serializing_if = "String::is_empty")]
    sluicedelivery: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    sluiceoperation: String,
    data: Value,
}

impl Shown {
    /// Reads a stored message. What is no event of ours is passed over.
    pub(super) fn read(message: &StoredMessage) -> Option<Self> {
        let envelope = message.envelope().ok();
        let data = serde_json::from_slice(&message.payload).ok();
        let (Some(envelope), Some(data)) = (envelope, data) else {
            tracing::warn!(
                sequence = message.sequence,
                "what is stored there is no event"
            );
            return None;
        };
        Some(Self {
            sequence: message.sequence,
            event: CloudEvent::of(envelope, data),
        })
    }
}

impl CloudEvent {
    fn of(envelope: Envelope, data: Value) -> Self {
        let fact = envelope.fact.as_ref().map(Fact::as_str);
        Self {
            specversion: "1.0",
            sluicefact: fact.unwrap_or_default().to_owned(),
            id: envelope.id,
            source: envelope.source,
            event_type: envelope.event_type,
            subject: envelope.subject,
            time: envelope.time.to_string(),
            datacontenttype: "application/json",
            sluiceproject: envelope.project,
            sluicetrust: envelope.trust.word(),
            sluicedelivery: envelope.delivery,
            sluiceoperation: envelope.operation,
            data,
        }
    }
}

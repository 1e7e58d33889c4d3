//! Dead letters: what a worker gives up on is stored before it is let go.

use std::time::Duration;

use async_nats::HeaderMap;
use sluice_events::{
    Address, Envelope, MessageId, Subject, Timestamp, to_json,
    v1::{DeadLetter, Header, Trust},
};

use crate::{Bus, Outgoing, PublishError, Stored};

/// A message that a worker gives up on.
pub(crate) struct Failed<'m> {
    pub(crate) consumer: &'m str,
    /// The stream, before the namespace's prefix.
    pub(crate) stream: &'m str,
    pub(crate) sequence: u64,
    /// The subject, without the namespace's prefix.
    pub(crate) subject: &'m str,
    pub(crate) headers: Option<&'m HeaderMap>,
    pub(crate) data: &'m bytes::Bytes,
    pub(crate) attempts: u64,
}

/// Stores a message with the reason why it was given up. The same message is one dead letter, however often this runs.
pub(crate) async fn store(
    bus: &Bus,
    failed: Failed<'_>,
    reason: &str,
    patience: Duration,
) -> Result<Stored, PublishError> {
    let origin = Subject::parse(failed.subject).ok();
    let address = origin
        .as_ref()
        .map_or_else(Address::default, |origin| origin.address.clone());
    let family = origin
        .as_ref()
        .map_or("unknown", |origin| origin.family.as_str());
    let subject = Subject::new("deadletter", address, failed.consumer, family);
    let sequence = failed.sequence.to_be_bytes();
    let id = MessageId::of(&[
        b"deadletter",
        failed.consumer.as_bytes(),
        failed.stream.as_bytes(),
        &sequence,
    ]);
    let envelope = Envelope {
        id: id.as_str().to_owned(),
        source: format!("sluice:{}", failed.consumer),
        event_type: "dev.sluice.deadletter.v1".into(),
        subject: failed.subject.to_owned(),
        time: Timestamp::now(),
        project: subject.address.project.clone(),
        fact: None,
        trust: Trust::Host,
        delivery: String::new(),
        operation: String::new(),
    };
    let mut letter = DeadLetter {
        consumer: failed.consumer.to_owned(),
        stream: failed.stream.to_owned(),
        sequence: failed.sequence,
        subject: failed.subject.to_owned(),
        headers: failed.headers.map(headers).unwrap_or_default(),
        data: failed.data.clone(),
        reason: reason.to_owned(),
        attempts: failed.attempts,
        failed_at: Some(Timestamp::now()),
    };
    let outgoing = |letter: &DeadLetter| {
        let payload = to_json(letter)
            .map_err(|_| PublishError::Unknown("the dead letter cannot be encoded"))?;
        Ok(Outgoing::event(&subject, &envelope, id.clone(), payload))
    };
    match bus.publish(outgoing(&letter)?, patience).await {
        // Its data grew by a third in JSON. Stream and sequence still say where it stands.
        Err(PublishError::TooLarge(_)) => {
            letter.data.clear();
            letter.reason += "; its data is too large to be kept here";
            bus.publish(outgoing(&letter)?, patience).await
        }
        stored => stored,
    }
}

fn headers(headers: &HeaderMap) -> Vec<Header> {
    let pairs = headers
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    pairs
        .map(|(name, value)| Header {
            name: name.to_string(),
            value: value.as_str().to_owned(),
        })
        .collect()
}

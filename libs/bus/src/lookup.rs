//! Reading single things from the bus: a stream's configuration, a stored message.

use std::fmt;

use async_nats::{
    HeaderMap, Subscriber,
    jetstream::{
        ErrorCode, consumer,
        context::GetStreamErrorKind,
        message::StreamMessage,
        response::Response,
        stream::{Config, Info, RawMessageError, RawMessageErrorKind, Stream},
    },
};
use bytes::Bytes;
use futures_util::StreamExt;
use sluice_events::{Envelope, EnvelopeError};
use thiserror::Error;

use crate::{Bus, topology::ConsumerSpec};

/// The bus did not answer, or not as it should.
#[derive(Debug, Error)]
#[error("cannot read {what} from nats: {reason}")]
pub struct LookupError {
    what: String,
    reason: String,
}

impl LookupError {
    pub(crate) fn new(what: impl Into<String>, reason: impl fmt::Display) -> Self {
        Self {
            what: what.into(),
            reason: reason.to_string(),
        }
    }
}

/// A message as it is stored.
#[derive(Debug, Clone)]
pub struct StoredMessage {
    /// Its subject, without the namespace's prefix.
    pub subject: String,
    /// Its sequence in its stream.
    pub sequence: u64,
    /// Its data.
    pub payload: Bytes,
    pub(crate) headers: HeaderMap,
}

impl StoredMessage {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// Its headers, those that the server adds left out.
    pub fn headers(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let all = self.headers.iter();
        let ours = all.filter(|(name, _)| !name.to_string().starts_with("Nats-"));
        ours.flat_map(|(name, values)| {
            values
                .iter()
                .map(move |value| (name.to_string(), value.as_str().to_owned()))
        })
    }

    /// Whether it marks a key of a bucket as deleted.
    pub(crate) fn is_deletion(&self) -> bool {
        self.header("KV-Operation")
            .is_some_and(|operation| operation != "PUT")
            || self.header("Nats-Marker-Reason").is_some()
    }

    /// Its CloudEvents attributes.
    pub fn envelope(&self) -> Result<Envelope, EnvelopeError> {
        Envelope::from_headers(|name| self.header(name))
    }
}

/// NATS keeps the case of header names, the binding says that it does not matter.
pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    if let Some(value) = headers.get(name) {
        return Some(value.as_str());
    }
    let mut all = headers.iter();
    let found = all.find(|(other, _)| other.to_string().eq_ignore_ascii_case(name));
    found
        .and_then(|(_, values)| values.first())
        .map(|value| value.as_str())
}

/// Only where JSON went wrong: serde's own words may quote the value, and that may be a secret.
pub(crate) fn without_values(error: &serde_json::Error) -> String {
    format!(
        "{:?} error at line {} column {}",
        error.classify(),
        error.line(),
        error.column()
    )
}

/// Wakes whoever reads forward: something was published, stored or not.
#[derive(Debug)]
pub struct Wake(Subscriber);

impl Wake {
    /// Waits until something was published.
    pub async fn next(&mut self) {
        // Where the subscription has ended, whoever waits looks at times anyway.
        if self.0.next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

impl Bus {
    /// Is woken by what is published on a subject, wildcards allowed.
    pub async fn wake(&self, subject: &str) -> Result<Wake, LookupError> {
        let subscription = self
            .client()
            .subscribe(self.namespace().subject(subject))
            .await;
        subscription
            .map(Wake)
            .map_err(|error| LookupError::new(subject, error))
    }

    /// The last message on a subject, wildcards allowed, as the stream's leader has it.
    pub async fn last_message(
        &self,
        stream: &str,
        subject: &str,
    ) -> Result<Option<StoredMessage>, LookupError> {
        self.last_in(
            &self.namespace().stream(stream),
            &self.namespace().subject(subject),
        )
        .await
    }

    /// The last sequence of a stream, as its leader has it; 0 if there is no message. It costs the same however many
    /// subjects there are.
    pub async fn last_sequence(&self, stream: &str) -> Result<u64, LookupError> {
        let stream = self.namespace().stream(stream);
        let info = self.stream_info(&stream).await?;
        info.map(|info| info.state.last_sequence)
            .ok_or_else(|| LookupError::new(format!("stream {stream}"), "it does not exist"))
    }

    /// The message at a sequence, as the stream's leader has it.
    pub async fn message_at(
        &self,
        stream: &str,
        sequence: u64,
    ) -> Result<Option<StoredMessage>, LookupError> {
        let stream = self.namespace().stream(stream);
        let answer = self
            .handle(&stream)
            .await?
            .raw_message_builder()
            .sequence(sequence)
            .send()
            .await;
        self.stored(&format!("{stream} at {sequence}"), answer)
    }

    /// The last message on a subject, by names on the bus.
    pub(crate) async fn last_in(
        &self,
        stream: &str,
        subject: &str,
    ) -> Result<Option<StoredMessage>, LookupError> {
        let answer = self
            .handle(stream)
            .await?
            .raw_message_builder()
            .last_by_subject(subject)
            .send()
            .await;
        self.stored(subject, answer)
    }

    /// The first message on a subject from a sequence on, by names on the bus, wildcards allowed, as the stream's leader
    /// has it.
    pub(crate) async fn next_in(
        &self,
        stream: &str,
        subject: &str,
        from: u64,
    ) -> Result<Option<StoredMessage>, LookupError> {
        let answer = self
            .handle(stream)
            .await?
            .raw_message_builder()
            .sequence(from)
            .next_by_subject(subject)
            .send()
            .await;
        self.stored(subject, answer)
    }

    async fn handle(&self, stream: &str) -> Result<Stream<()>, LookupError> {
        self.jetstream()
            .get_stream_no_info(stream)
            .await
            .map_err(|error| LookupError::new(stream, error))
    }

    fn stored(
        &self,
        what: &str,
        answer: Result<StreamMessage, RawMessageError>,
    ) -> Result<Option<StoredMessage>, LookupError> {
        match answer {
            Ok(message) => Ok(Some(StoredMessage {
                subject: self
                    .namespace()
                    .strip(&message.subject)
                    .unwrap_or(&message.subject)
                    .to_owned(),
                sequence: message.sequence,
                payload: message.payload,
                headers: message.headers,
            })),
            Err(error) if matches!(error.kind(), RawMessageErrorKind::NoMessageFound) => Ok(None),
            Err(error) => Err(LookupError::new(what, error)),
        }
    }

    /// The configuration of a stream by its name on the bus; `None` if there is none.
    pub(crate) async fn stream_config(&self, name: &str) -> Result<Option<Config>, LookupError> {
        Ok(self.stream_info(name).await?.map(|info| info.config))
    }

    /// Configuration and state of a stream by its name on the bus; `None` if there is none.
    pub(crate) async fn stream_info(&self, name: &str) -> Result<Option<Info>, LookupError> {
        match self.jetstream().get_stream(name).await {
            Ok(stream) => Ok(Some(stream.cached_info().clone())),
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(error)
                    if error.error_code() == ErrorCode::STREAM_NOT_FOUND =>
                {
                    Ok(None)
                }
                _ => Err(LookupError::new(format!("stream {name}"), error)),
            },
        }
    }

    /// Configuration and state of a consumer by names on the bus; `None` if there is none.
    /// Up to which sequence of its stream everything that a consumer reads was handled. 0 if the consumer is not there.
    pub async fn handled(&self, spec: &ConsumerSpec) -> Result<u64, LookupError> {
        let stream = self.namespace().stream(&spec.stream);
        let info = self.consumer_info(&stream, &spec.name).await?;
        Ok(info.map_or(0, |info| info.ack_floor.stream_sequence))
    }

    pub(crate) async fn consumer_info(
        &self,
        stream: &str,
        name: &str,
    ) -> Result<Option<consumer::Info>, LookupError> {
        let failed =
            |error: &dyn fmt::Display| LookupError::new(format!("consumer {stream}.{name}"), error);
        // Not by the context's `request`: the server wants no body at all here, not even `null`.
        let call = format!("$JS.API.CONSUMER.INFO.{stream}.{name}");
        let answer = self.client().request(call, Bytes::new()).await;
        let answer = answer.map_err(|error| failed(&error))?;
        match serde_json::from_slice(&answer.payload).map_err(|error| failed(&error))? {
            Response::Ok(info) => Ok(Some(info)),
            Response::Err { error } => match error.error_code() {
                ErrorCode::CONSUMER_NOT_FOUND | ErrorCode::STREAM_NOT_FOUND => Ok(None),
                _ => Err(failed(&error)),
            },
        }
    }
}

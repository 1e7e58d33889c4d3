//! Publishing: done when the right stream says that it has the message, and not before.

use std::{borrow::Cow, time::Duration};

use async_nats::{HeaderMap, Request, client::RequestErrorKind};
use bytes::Bytes;
use serde::Deserialize;
use sluice_daemon::telemetry;
use sluice_events::{Envelope, Header, MessageId, Subject};
use thiserror::Error;
use tracing::Span;

use crate::Bus;

/// A message to be stored.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Its subject, before the namespace's prefix.
    pub subject: String,
    /// The stream that must store it, before the namespace's prefix.
    pub stream: Cow<'static, str>,
    /// What makes a repeat of it a repeat. Absent where its subject alone says so.
    pub id: Option<MessageId>,
    /// Whether it must be the first on its subject: then a repeat, however late, is a [`PublishError::Conflict`].
    pub first: bool,
    /// Its headers, the envelope among them.
    pub headers: Vec<Header>,
    /// Its data.
    pub payload: Bytes,
}

/// Where a message is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The stream, by its name on the bus.
    pub stream: String,
    /// Its sequence there, never 0.
    pub sequence: u64,
    /// Whether a message with this id stood there already, at that sequence.
    pub duplicate: bool,
}

/// Why a message is not known to be stored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PublishError {
    /// There is no connection; nothing was sent.
    #[error("not connected to nats")]
    NotConnected,
    /// No answer came: it may be stored, now or later. Try again with the same id.
    #[error("no acknowledgement from nats: {0}")]
    Unknown(&'static str),
    /// The stream is full.
    #[error("stream {0} is full")]
    Full(String),
    /// No stream, or another one, keeps this subject.
    #[error("no stream {0} for this subject")]
    NoStream(String),
    /// It is larger than the server allows.
    #[error("message of {0} bytes is larger than the server's max_payload")]
    TooLarge(usize),
    /// The subject's last message is not the one that was expected.
    #[error("it was changed meanwhile")]
    Conflict,
    /// The server refused for another reason.
    #[error("nats refused the message: {description} (err_code {code})")]
    Refused {
        /// The server's `err_code`.
        code: u64,
        /// The server's words.
        description: String,
    },
}

impl Outgoing {
    /// An event under its subject, in the stream of its family.
    pub fn event(subject: &Subject, envelope: &Envelope, id: MessageId, payload: Vec<u8>) -> Self {
        Self {
            stream: stream_of(&subject.family),
            subject: subject.to_string(),
            id: Some(id),
            first: false,
            headers: envelope.to_headers(),
            payload: payload.into(),
        }
    }

    /// What is stored once under its subject, for ever.
    pub fn record(subject: &Subject, envelope: &Envelope, payload: Vec<u8>) -> Self {
        Self {
            stream: stream_of(&subject.family),
            subject: subject.to_string(),
            id: None,
            first: true,
            headers: envelope.to_headers(),
            payload: payload.into(),
        }
    }
}

fn stream_of(family: &str) -> Cow<'static, str> {
    let known = sluice_events::families::FAMILIES
        .iter()
        .find(|known| known.name == family);
    known.map_or_else(
        || Cow::Owned(format!("SLUICE_{}", family.to_ascii_uppercase())),
        |known| known.stream.into(),
    )
}

impl Bus {
    /// Publishes a message and waits, at most for `patience`, for the word that it is stored.
    ///
    /// Carries the current span's trace context. Fails at once if the connection is or gets lost: whether the
    /// message was stored is then unknown.
    pub async fn publish(
        &self,
        message: Outgoing,
        patience: Duration,
    ) -> Result<Stored, PublishError> {
        let headers = self.headers(&message);
        let stream = self.namespace().stream(&message.stream);
        let subject = self.namespace().subject(&message.subject);
        self.store(subject, stream, headers, message.payload, patience)
            .await
    }

    /// A message's headers: its id, its own, and the current span's trace context.
    pub(crate) fn headers(&self, message: &Outgoing) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let Some(id) = &message.id {
            headers.insert("Nats-Msg-Id", id.as_str());
        }
        if message.first {
            headers.insert("Nats-Expected-Last-Subject-Sequence", "0");
        }
        for (name, value) in &message.headers {
            headers.insert(name.as_ref(), value.as_str());
        }
        let mut context = Vec::new();
        telemetry::inject(&Span::current(), &mut context);
        for (name, value) in &context {
            headers.insert(name.as_str(), value.as_str());
        }
        headers
    }

    /// The same by names on the bus, with these headers alone.
    pub(crate) async fn store(
        &self,
        subject: String,
        stream: String,
        mut headers: HeaderMap,
        payload: Bytes,
        patience: Duration,
    ) -> Result<Stored, PublishError> {
        let mut up = self.up();
        if !up.borrow_and_update().connected {
            return Err(PublishError::NotConnected);
        }
        let size = payload.len();
        headers.insert("Nats-Expected-Stream", stream.as_str());
        let request = Request::new()
            .headers(headers)
            .payload(payload)
            .timeout(Some(patience));
        let answer = tokio::select! {
            answer = self.client().send_request(subject, request) => answer,
            _ = up.changed() => return Err(PublishError::Unknown("the connection was lost")),
            // The client's own limit begins once the message is queued; a stuck queue must not hold us.
            () = tokio::time::sleep(patience) => return Err(PublishError::Unknown("it took too long")),
        };
        match answer {
            Ok(answer) => read_ack(&answer.payload, stream),
            Err(error) => Err(match error.kind() {
                RequestErrorKind::NoResponders => PublishError::NoStream(stream),
                RequestErrorKind::MaxPayloadExceeded => PublishError::TooLarge(size),
                RequestErrorKind::TimedOut => PublishError::Unknown("it took too long"),
                RequestErrorKind::InvalidSubject | RequestErrorKind::Other => {
                    PublishError::Unknown("the client could not send it")
                }
            }),
        }
    }
}

#[derive(Deserialize)]
struct Ack {
    error: Option<AckError>,
    #[serde(default)]
    stream: String,
    #[serde(default)]
    seq: u64,
    #[serde(default)]
    duplicate: bool,
}

#[derive(Deserialize)]
struct AckError {
    #[serde(default)]
    err_code: u64,
    #[serde(default)]
    description: String,
}

/// Error codes of nats-server that mean something to us. From its `errors.json`.
mod code {
    pub(super) const STREAM_STORE_FAILED: u64 = 10077;
    pub(super) const STREAM_NOT_MATCH: u64 = 10060;
    pub(super) const WRONG_LAST_SEQUENCE: u64 = 10071;
    pub(super) const DUPLICATE_IN_PROCESS: u64 = 10158;
}

/// An acknowledgement counts only with the right stream and a sequence: `duplicate` with sequence 0 was seen from
/// servers that had lost the message.
fn read_ack(payload: &[u8], stream: String) -> Result<Stored, PublishError> {
    let Ok(ack) = serde_json::from_slice::<Ack>(payload) else {
        return Err(PublishError::Unknown("its answer cannot be read"));
    };
    match ack.error {
        None if ack.stream == stream && ack.seq > 0 => Ok(Stored {
            stream,
            sequence: ack.seq,
            duplicate: ack.duplicate,
        }),
        None if ack.stream == stream => {
            Err(PublishError::Unknown("its acknowledgement has no sequence"))
        }
        None => Err(PublishError::NoStream(stream)),
        Some(error) => Err(match error.err_code {
            code::STREAM_STORE_FAILED => PublishError::Full(stream),
            code::STREAM_NOT_MATCH => PublishError::NoStream(stream),
            code::WRONG_LAST_SEQUENCE => PublishError::Conflict,
            code::DUPLICATE_IN_PROCESS => {
                PublishError::Unknown("the same id is being stored right now")
            }
            code => PublishError::Refused {
                code,
                description: error.description,
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(payload: &str) -> Result<Stored, PublishError> {
        read_ack(payload.as_bytes(), "SLUICE_GIT".into())
    }

    #[test]
    fn an_ack_of_the_right_stream_counts() {
        let stored = Stored {
            stream: "SLUICE_GIT".into(),
            sequence: 7,
            duplicate: true,
        };
        assert_eq!(
            read(r#"{"stream":"SLUICE_GIT","seq":7,"duplicate":true,"domain":"x"}"#),
            Ok(stored)
        );
    }

    #[test]
    fn nothing_else_counts() {
        // N5, N9, N10
        for (answer, expected) in [
            (
                r#"{"stream":"OTHER","seq":7}"#,
                PublishError::NoStream("SLUICE_GIT".into()),
            ),
            (
                r#"{"stream":"SLUICE_GIT","seq":0,"duplicate":true}"#,
                PublishError::Unknown("its acknowledgement has no sequence"),
            ),
            ("{}", PublishError::NoStream("SLUICE_GIT".into())),
            ("", PublishError::Unknown("its answer cannot be read")),
            (
                r#"{"error":{"code":503,"err_code":10077,"description":"maximum messages exceeded"},"stream":"SLUICE_GIT","seq":0}"#,
                PublishError::Full("SLUICE_GIT".into()),
            ),
            (
                r#"{"error":{"code":409,"err_code":10158,"description":"duplicate message id is in process"}}"#,
                PublishError::Unknown("the same id is being stored right now"),
            ),
        ] {
            assert_eq!(read(answer), Err(expected), "{answer}");
        }
    }
}

//! Reading a stream forward, in batches, without a consumer.
//!
//! A direct batch read (`$JS.API.DIRECT.GET`, nats-server 2.11) leaves nothing on the server that a restart could
//! forget or that somebody else could change, and asks for no right but to read this stream. What it answers may be a
//! moment old at three replicas; whoever reads forward simply reads again.

use std::time::Duration;

use async_nats::StatusCode;
use futures_util::StreamExt;
use serde_json::{Value, json};
use sluice_events::Timestamp;

use crate::{Bus, LookupError, StoredMessage};

/// Most messages of one batch; the server allows 1,024.
const BATCH: usize = 1000;

/// Most bytes of one batch: the server cuts off who has more than 64 MiB still to read.
const BYTES: usize = 8 * 1024 * 1024;

/// How long the server may be silent within a batch.
const PATIENCE: Duration = Duration::from_secs(5);

/// The server counts nanoseconds since 1970 in 64 bits with a sign: what is later would be early to it.
const END_OF_TIME: i64 = i64::MAX / 1_000_000_000;

/// A batch ended.
const END_OF_BATCH: u16 = 204;

/// There is no such message.
const NOT_FOUND: u16 = 404;

impl Bus {
    /// The messages of a stream on a subject, wildcards allowed, from a sequence on: the first 1,000 or 8 MiB at most, none if
    /// there is nothing new. `stream` is a name before the namespace's prefix.
    pub async fn read_forward(
        &self,
        stream: &str,
        subject: &str,
        from: u64,
    ) -> Result<Vec<StoredMessage>, LookupError> {
        self.read_batch(
            &self.namespace().stream(stream),
            &self.namespace().subject(subject),
            from,
        )
        .await
    }

    /// The same, so many at most: for whoever takes long over each.
    pub async fn read_few_forward(
        &self,
        stream: &str,
        subject: &str,
        from: u64,
        most: usize,
    ) -> Result<Vec<StoredMessage>, LookupError> {
        let (stream, subject) = (
            self.namespace().stream(stream),
            self.namespace().subject(subject),
        );
        let begin = json!({"seq": from.max(1), "next_by_subj": subject, "batch": most.min(BATCH)});
        self.read_all_of(&stream, begin).await
    }

    /// The same of all subjects that the stream has. It spares the server to compare them: among very many that is most of
    /// its work.
    pub async fn read_whole_forward(
        &self,
        stream: &str,
        from: u64,
    ) -> Result<Vec<StoredMessage>, LookupError> {
        let stream = self.namespace().stream(stream);
        self.read_batch(&stream, ">", from).await
    }

    /// The same from what was stored at a time on.
    pub async fn read_since(
        &self,
        stream: &str,
        subject: &str,
        time: Timestamp,
    ) -> Result<Vec<StoredMessage>, LookupError> {
        if time.seconds <= 0 {
            return self.read_forward(stream, subject, 1).await;
        }
        if time.seconds >= END_OF_TIME {
            return Ok(Vec::new());
        }
        let (stream, subject) = (
            self.namespace().stream(stream),
            self.namespace().subject(subject),
        );
        let begin = json!({"start_time": time.to_string(), "next_by_subj": subject});
        self.read_all_of(&stream, begin).await
    }

    /// The same by names on the bus.
    pub(crate) async fn read_batch(
        &self,
        stream: &str,
        filter: &str,
        from: u64,
    ) -> Result<Vec<StoredMessage>, LookupError> {
        let begin = json!({"seq": from.max(1), "next_by_subj": filter});
        self.read_all_of(stream, begin).await
    }

    /// The last message of each of these subjects, 1,000 at most, by names on the bus.
    pub(crate) async fn read_last_of(
        &self,
        stream: &str,
        subjects: &[String],
    ) -> Result<Vec<StoredMessage>, LookupError> {
        self.read_all_of(stream, json!({"multi_last": subjects}))
            .await
    }

    /// All answers to one request.
    async fn read_all_of(
        &self,
        stream: &str,
        mut request: Value,
    ) -> Result<Vec<StoredMessage>, LookupError> {
        let failed =
            |reason: &dyn std::fmt::Display| LookupError::new(format!("stream {stream}"), reason);
        let mut up = self.up();
        up.borrow_and_update();
        let client = self.client();
        let inbox = client.new_inbox();
        let mut replies = client
            .subscribe(inbox.clone())
            .await
            .map_err(|error| failed(&error))?;
        if request["batch"].is_null() {
            request["batch"] = BATCH.into();
        }
        request["max_bytes"] = BYTES.into();
        let api = format!("$JS.API.DIRECT.GET.{stream}");
        client
            .publish_with_reply(api, inbox, request.to_string().into())
            .await
            .map_err(|error| failed(&error))?;
        let mut messages = Vec::new();
        loop {
            let reply = tokio::select! {
                reply = tokio::time::timeout(PATIENCE, replies.next()) => reply,
                _ = up.changed() => return Err(failed(&"the connection was lost")),
            };
            let reply = reply
                .map_err(|_| failed(&"it took too long"))?
                .ok_or_else(|| failed(&"the connection closed"))?;
            match reply.status.map(|status| status.as_u16()) {
                None => messages.push(
                    self.direct(reply)
                        .ok_or_else(|| failed(&"an answer without sequence"))?,
                ),
                Some(END_OF_BATCH | NOT_FOUND) => return Ok(messages),
                Some(_) if reply.status == Some(StatusCode::NO_RESPONDERS) => {
                    return Err(failed(&"nothing answers"));
                }
                Some(_) => return Err(failed(&reply.description.unwrap_or_default())),
            }
        }
    }

    /// A direct answer: the stored headers, and what the server adds about where it stood.
    fn direct(&self, reply: async_nats::Message) -> Option<StoredMessage> {
        let headers = reply.headers.unwrap_or_default();
        let subject = headers.get("Nats-Subject")?.as_str();
        Some(StoredMessage {
            subject: self
                .namespace()
                .strip(subject)
                .unwrap_or(subject)
                .to_owned(),
            sequence: headers.get("Nats-Sequence")?.as_str().parse().ok()?,
            payload: reply.payload,
            headers,
        })
    }
}

//! Several messages committed together: one atomic batch, so one sync to disk.
//!
//! The protocol (nats-server 2.12) is three headers: `Nats-Batch-Id`, `Nats-Batch-Sequence` from 1, and
//! `Nats-Batch-Commit: 1` on the last message. The first and the last are answered. A message id that the stream has
//! already refuses the whole batch, and nothing of it is stored.

use std::time::Duration;

use async_nats::HeaderMap;
use sluice_events::MessageId;

use crate::{Bus, Outgoing, PublishError, Stored};

impl Bus {
    /// Publishes messages of one stream, 1,000 at most, all of them or none. Waits at most for `patience`.
    ///
    /// Returns where the last one is stored.
    pub async fn publish_together(
        &self,
        messages: &[Outgoing],
        patience: Duration,
    ) -> Result<Stored, PublishError> {
        let Some((last, others)) = messages.split_last() else {
            return Err(PublishError::Unknown("there is nothing to publish"));
        };
        if !self.up().borrow().connected {
            return Err(PublishError::NotConnected);
        }
        let batch = MessageId::of(&[self.client().new_inbox().as_bytes()]);
        for (index, message) in others.iter().enumerate() {
            let mut headers = self.headers(message);
            mark(&mut headers, &batch, index + 1);
            let subject = self.namespace().subject(&message.subject);
            let payload = message.payload.clone();
            if index == 0 {
                self.open(subject, headers, payload, patience).await?;
            } else {
                let sent = self
                    .client()
                    .publish_with_headers(subject, headers, payload)
                    .await;
                sent.map_err(|_| PublishError::Unknown("the client could not send it"))?;
            }
        }
        let mut headers = self.headers(last);
        mark(&mut headers, &batch, messages.len());
        headers.insert("Nats-Batch-Commit", "1");
        let stream = self.namespace().stream(&last.stream);
        self.store(
            self.namespace().subject(&last.subject),
            stream,
            headers,
            last.payload.clone(),
            patience,
        )
        .await
    }

    /// The first message of a batch is answered with nothing, or with the reason why there will be no batch.
    async fn open(
        &self,
        subject: String,
        headers: HeaderMap,
        payload: bytes::Bytes,
        patience: Duration,
    ) -> Result<(), PublishError> {
        let request = async_nats::Request::new()
            .headers(headers)
            .payload(payload)
            .timeout(Some(patience));
        match self.client().send_request(subject, request).await {
            Ok(answer) if answer.payload.is_empty() => Ok(()),
            Ok(_) => Err(PublishError::Unknown("the batch was not opened")),
            Err(_) => Err(PublishError::Unknown("the batch was not opened in time")),
        }
    }
}

fn mark(headers: &mut HeaderMap, batch: &MessageId, sequence: usize) {
    headers.insert("Nats-Batch-Id", batch.as_str());
    headers.insert("Nats-Batch-Sequence", sequence.to_string());
}

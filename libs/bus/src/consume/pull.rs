//! Asking a durable consumer for messages: never for more than there are places, so that none waits here.
//!
//! The client library's stream of messages asks ahead. A message that waits in its buffer behind long work gives no
//! sign of life, is delivered to somebody else meanwhile, and is worked on twice.

use std::time::Duration;

use async_nats::{Subscriber, jetstream};
use futures_util::StreamExt;
use serde_json::json;
use tokio::sync::watch;

use crate::{Bus, LookupError, Up, topology::ConsumerSpec};

/// How long one request stands. It cannot be taken back, so this is also how long it takes to stop.
const EXPIRES: Duration = Duration::from_secs(1);

/// How long the server may be silent about it before it is asked anew.
const SILENCE: Duration = Duration::from_secs(5);

/// When what is given back comes again: not to us, whose request may still stand.
const LATER: Duration = EXPIRES;

/// A request's time is over.
const EXPIRED: u16 = 408;

pub(super) struct Pull {
    bus: Bus,
    consumer: String,
    inbox: String,
    replies: Subscriber,
    up: watch::Receiver<Up>,
    /// How many messages are still to come of the request that stands.
    due: usize,
}

impl Pull {
    /// Finds the consumer and makes an inbox for its messages.
    pub(super) async fn open(bus: &Bus, spec: &ConsumerSpec) -> Result<Self, LookupError> {
        let mut up = bus.up();
        up.borrow_and_update();
        let stream = bus.namespace().stream(&spec.stream);
        let consumer = format!("{stream}.{}", spec.name);
        if bus.consumer_info(&stream, &spec.name).await?.is_none() {
            return Err(LookupError::new(consumer, "it does not exist"));
        }
        let inbox = bus.client().new_inbox();
        let replies = bus.client().subscribe(inbox.clone()).await;
        Ok(Self {
            bus: bus.clone(),
            replies: replies.map_err(|error| LookupError::new(&consumer, error))?,
            consumer,
            inbox,
            up,
            due: 0,
        })
    }

    /// Asks for as many messages as there are places.
    pub(super) async fn ask(&mut self, places: usize) -> Result<(), LookupError> {
        let request = json!({
            "batch": places,
            "expires": EXPIRES.as_nanos(),
        });
        let api = format!("$JS.API.CONSUMER.MSG.NEXT.{}", self.consumer);
        // Before it is sent: whoever does not wait for that has asked all the same.
        self.due = places;
        let client = self.bus.client();
        let sent = client
            .publish_with_reply(api, self.inbox.clone(), request.to_string().into())
            .await;
        sent.map_err(|error| self.broken(error))
    }

    /// The next message; `None` when everything asked for has come, or its time is over. Safe to cancel.
    pub(super) async fn next(&mut self) -> Result<Option<jetstream::Message>, LookupError> {
        while self.due > 0 {
            let reply = tokio::select! {
                reply = tokio::time::timeout(SILENCE, self.replies.next()) => reply,
                _ = self.up.changed() => return Err(self.broken("the connection was lost")),
            };
            let reply = reply
                .map_err(|_| self.broken("the server is silent"))?
                .ok_or_else(|| self.broken("the connection closed"))?;
            match reply.status.map(|status| status.as_u16()) {
                None => {
                    self.due -= 1;
                    return Ok(Some(jetstream::Message {
                        message: reply,
                        context: self.bus.jetstream().clone(),
                    }));
                }
                Some(EXPIRED) => self.due = 0,
                Some(status) => {
                    let words = reply.description.unwrap_or_default();
                    return Err(self.broken(format_args!("{status} {words}")));
                }
            }
        }
        Ok(None)
    }

    /// Has what is still to come delivered to somebody else: else it would wait until the server noticed that nobody works
    /// on it. The client library forgets a subscription with what is on its way to it; so the end of the request is
    /// awaited, which the server tells behind the last message.
    pub(super) async fn give_back(mut self) {
        while let Ok(Some(message)) = self.next().await {
            let later = jetstream::AckKind::Nak(Some(LATER));
            if let Err(error) = message.ack_with(later).await {
                tracing::debug!(error, "a message comes again late");
            }
        }
    }

    /// Whether messages wait although nobody has one in hand.
    pub(super) async fn is_stalled(&self, spec: &ConsumerSpec) -> Result<bool, LookupError> {
        let stream = self.bus.namespace().stream(&spec.stream);
        let info = self.bus.consumer_info(&stream, &spec.name).await?;
        Ok(info.is_some_and(|info| info.num_pending > 0 && info.num_ack_pending == 0))
    }

    fn broken(&self, reason: impl std::fmt::Display) -> LookupError {
        LookupError::new(&self.consumer, reason)
    }
}

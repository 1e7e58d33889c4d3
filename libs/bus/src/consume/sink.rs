//! What a handler wants published.

use std::time::Duration;

use futures_util::future::join_all;

use super::Failure;
use crate::{Bus, Outgoing, PublishError};

/// How many messages wait at most before they are stored.
const MESSAGES: usize = 64;

/// How many bytes of data wait at most before they are stored.
const BYTES: usize = 2 * 1024 * 1024;

/// Takes what a handler wants published. Bounded: what is more than a little is stored while the handler goes on, so
/// that one event cannot take all memory. Before the state advances everything is stored.
#[derive(Debug)]
pub struct Sink {
    bus: Bus,
    patience: Duration,
    waiting: Vec<Outgoing>,
    bytes: usize,
}

impl Sink {
    pub(super) fn new(bus: &Bus, patience: Duration) -> Self {
        Self {
            bus: bus.clone(),
            patience,
            waiting: Vec::new(),
            bytes: 0,
        }
    }

    /// Adds a message, and stores those that wait if they are many.
    pub async fn push(&mut self, message: Outgoing) -> Result<(), Failure> {
        self.bytes += message.payload.len();
        self.waiting.push(message);
        if self.waiting.len() >= MESSAGES || self.bytes >= BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Stores everything that waits. What must be first on its subject and is not, was said before.
    pub(super) async fn flush(&mut self) -> Result<(), Failure> {
        self.bytes = 0;
        // Sent in this order and stored in it: there is one connection, and one stream for each family.
        let storing = self.waiting.drain(..).map(|message| {
            let first = message.first;
            let storing = self.bus.publish(message, self.patience);
            async move {
                match storing.await {
                    Err(PublishError::Conflict) if first => Ok(()),
                    stored => stored.map(|_| ()).map_err(unsaid),
                }
            }
        });
        join_all(storing).await.into_iter().collect()
    }
}

/// What is too large today is too large tomorrow; everything else may be stored later.
fn unsaid(error: PublishError) -> Failure {
    let reason = format!("what was said could not be stored: {error}");
    match error {
        PublishError::TooLarge(_) => Failure::Reject(reason),
        _ => Failure::Retry(reason),
    }
}

//! The loop that every worker runs.
//!
//! A [`Handler`] takes a decoded event, writes what it wants published into a bounded [`Sink`] and returns the state
//! to advance. The loop stores everything in the sink, then moves the state by compare-and-set, then acks: whatever
//! crashes in between, the message comes again and says the same once more. A handler never acks.

mod process;

use std::{future::Future, time::Duration};

use async_nats::jetstream::consumer::{PullConsumer, pull};
use bytes::Bytes;
use futures_util::StreamExt;
use serde::de::DeserializeOwned;
use sluice_daemon::shutdown::Shutdown;
use sluice_events::{Envelope, Subject};
use thiserror::Error;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Bus, LookupError, Outgoing, topology::ConsumerSpec};

/// How long the server may be silent on a pull before it is asked anew. Heartbeats come at half of it.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// How long messages may be pending without one being delivered before the pull is made anew.
const STALLED: Duration = Duration::from_secs(60);

/// How long the loop waits before it opens the consumer again.
const REOPEN: Duration = Duration::from_millis(250);

/// What a worker does with its messages.
pub trait Handler: Send + Sync + 'static {
    /// The data of the events it reads.
    type Event: DeserializeOwned + Send;

    /// Handles one event. May be called again with the same event, and with events in any order.
    fn handle(
        &self,
        event: Received<Self::Event>,
        sink: &mut Sink,
    ) -> impl Future<Output = Result<Option<Advance>, Failure>> + Send;
}

/// A decoded message.
#[derive(Debug)]
pub struct Received<E> {
    /// Its subject.
    pub subject: Subject,
    /// Its envelope.
    pub envelope: Envelope,
    /// Its data.
    pub data: E,
    /// Its sequence in its stream.
    pub sequence: u64,
    /// How often it has been delivered, this time included.
    pub attempt: u64,
}

/// Why a handler did not handle an event.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Failure {
    /// It may work later: the message comes again, later and later.
    #[error("{0}")]
    Retry(String),
    /// It will never work: the message becomes a dead letter.
    #[error("{0}")]
    Reject(String),
}

/// The state that a handled event brings forward: a record, moved by compare-and-set.
#[derive(Debug, Clone)]
pub struct Advance {
    /// The bucket, before the namespace's prefix.
    pub bucket: &'static str,
    /// The record's key.
    pub key: String,
    /// Its new value.
    pub value: Bytes,
    /// The revision it must have; 0: it must not exist.
    pub revision: u64,
}

/// Collects what a handler wants published. Bounded, so that one event cannot take all memory.
#[derive(Debug)]
pub struct Sink {
    messages: Vec<Outgoing>,
    limit: usize,
}

impl Sink {
    /// Adds a message; fails if there are too many already, which no retry mends.
    pub fn push(&mut self, message: Outgoing) -> Result<(), Failure> {
        if self.messages.len() >= self.limit {
            return Err(Failure::Reject(format!(
                "one event may publish {} messages at most",
                self.limit
            )));
        }
        self.messages.push(message);
        Ok(())
    }
}

/// How a worker consumes.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many messages this process works on at once.
    pub in_hand: usize,
    /// How often a message is tried before it becomes a dead letter.
    pub attempts: u64,
    /// The first pause before a message comes again; doubles with every try.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How long one publish may take.
    pub patience: Duration,
    /// How many messages one event may publish.
    pub sink_limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            in_hand: 16,
            attempts: 20,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(10 * 60),
            patience: Duration::from_secs(5),
            sink_limit: 1000,
        }
    }
}

/// Runs a worker until shutdown: then nothing more is taken, and what is in hand is finished.
pub async fn run<H: Handler>(
    bus: Bus,
    spec: ConsumerSpec,
    handler: H,
    options: Options,
    shutdown: Shutdown,
) {
    let stopping = shutdown.stopping();
    let worker = std::sync::Arc::new(process::Worker {
        bus,
        spec,
        handler,
        options,
    });
    let mut in_hand = JoinSet::new();
    while !stopping.is_cancelled() {
        tokio::select! {
            () = stopping.cancelled() => break,
            () = worker.bus.connected() => {}
        }
        if let Err(error) = pull(&worker, &mut in_hand, &stopping).await {
            tracing::warn!(consumer = worker.spec.name, %error, "opening the consumer anew");
            metrics::counter!("sluice_consumer_reopened_total", "consumer" => worker.spec.name.clone()).increment(1);
            tokio::time::sleep(REOPEN).await;
        }
    }
    while in_hand.join_next().await.is_some() {}
}

/// Takes messages until the stream of them breaks or shutdown begins.
async fn pull<H: Handler>(
    worker: &std::sync::Arc<process::Worker<H>>,
    in_hand: &mut JoinSet<()>,
    stopping: &CancellationToken,
) -> Result<(), LookupError> {
    let broken = |error: &dyn std::fmt::Display| {
        LookupError::new(format!("consumer {}", worker.spec.name), error)
    };
    let stream = worker.bus.namespace().stream(&worker.spec.stream);
    let jetstream = worker.bus.jetstream();
    let consumer: PullConsumer = jetstream
        .get_consumer_from_stream(&worker.spec.name, stream)
        .await
        .map_err(|error| broken(&error))?;
    let mut messages = open(&consumer, worker.options.in_hand)
        .await
        .map_err(|error| broken(&error))?;
    loop {
        // A place first, then a message for it: what waits here is somebody else's to take.
        while in_hand.len() >= worker.options.in_hand {
            in_hand.join_next().await;
        }
        let message = tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            message = tokio::time::timeout(STALLED, messages.next()) => message,
        };
        match message {
            Ok(Some(Ok(message))) => {
                let worker = std::sync::Arc::clone(worker);
                in_hand.spawn(async move { worker.process(message).await });
            }
            Ok(Some(Err(error))) => return Err(broken(&error)),
            Ok(None) => return Err(broken(&"the pull ended")),
            Err(_) if is_stalled(&consumer).await? => {
                return Err(broken(&"messages are pending and none comes"));
            }
            Err(_) => {}
        }
    }
}

async fn open(
    consumer: &PullConsumer,
    in_hand: usize,
) -> Result<pull::Stream, async_nats::jetstream::consumer::StreamError> {
    let builder = consumer
        .stream()
        .max_messages_per_batch(in_hand)
        .heartbeat(HEARTBEAT / 2)
        .expires(HEARTBEAT * 6);
    builder.messages().await
}

async fn is_stalled(consumer: &PullConsumer) -> Result<bool, LookupError> {
    let mut consumer = consumer.clone();
    let info = consumer
        .info()
        .await
        .map_err(|error| LookupError::new("consumer", error))?;
    Ok(info.num_pending > 0 && info.num_ack_pending == 0)
}

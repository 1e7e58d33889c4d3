//! The loop that every worker runs.
//!
//! A [`Handler`] takes a decoded event, writes what it wants published into a [`Sink`] and returns the state to advance.
//! Everything in the sink is stored, then the loop moves the state by compare-and-set, then it acks: whatever crashes in
//! between, the message comes again, and what it says once more has the same ids. A handler never acks.

mod process;
mod pull;
mod sink;

use std::{convert::Infallible, future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use sluice_daemon::shutdown::Shutdown;
use sluice_events::{Envelope, to_json};
use thiserror::Error;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use self::sink::Sink;
use self::{process::Worker, pull::Pull};
use crate::{Bus, LookupError, RecordError, Records, topology::ConsumerSpec};

/// How many requests in a row may bring nothing while messages wait, before the consumer is opened anew.
const EMPTY: u32 = 30;

/// How long the loop waits before it opens the consumer again; doubles while that does not help.
const REOPEN: Duration = Duration::from_millis(250);

/// How long it may take to give back what is on its way.
const GIVE_BACK: Duration = Duration::from_secs(3);

/// The longest such wait.
const REOPEN_LATEST: Duration = Duration::from_secs(5);

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
    /// Its subject, without the namespace's prefix.
    pub subject: String,
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
    /// The revision it must have; `None`: it must not exist.
    pub revision: Option<u64>,
    /// Records that nothing refers to once the state has advanced: deleted then.
    pub obsolete: Vec<(&'static str, String)>,
}

impl Advance {
    /// Brings a record forward.
    pub fn of<M: Serialize>(
        bucket: &'static str,
        key: String,
        record: &M,
        revision: Option<u64>,
    ) -> Result<Self, Failure> {
        let value = to_json(record)
            .map_err(|error| Failure::Reject(format!("the state cannot be encoded: {error}")))?;
        Ok(Self {
            bucket,
            key,
            value: value.into(),
            revision,
            obsolete: Vec::new(),
        })
    }

    /// Does so: for who has state to advance and no message in hand.
    pub async fn carry_out(self, bus: &Bus) -> Result<(), RecordError> {
        let records = Records::<serde_json::Value>::new(bus, self.bucket);
        records
            .put_encoded(&self.key, self.value, self.revision)
            .await?;
        for (bucket, key) in self.obsolete {
            let records = Records::<serde_json::Value>::new(bus, bucket);
            // What stays is never read again, and only takes room.
            if let Err(error) = records.remove(&key).await {
                tracing::warn!(bucket, key, %error, "an obsolete record stays");
            }
        }
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
}

impl Default for Options {
    fn default() -> Self {
        Self {
            in_hand: 16,
            attempts: 20,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(10 * 60),
            patience: Duration::from_secs(5),
        }
    }
}

/// Runs a worker until shutdown: then nothing more is taken, and what is in hand is finished, as far as the grace
/// allows.
pub async fn run<H: Handler>(
    bus: Bus,
    spec: ConsumerSpec,
    handler: H,
    options: Options,
    shutdown: Shutdown,
) {
    let stopping = shutdown.stopping();
    let worker = Arc::new(Worker {
        bus,
        spec,
        handler,
        options,
    });
    let mut in_hand = JoinSet::new();
    let taking = async {
        let mut pause = REOPEN;
        loop {
            if until(&stopping, worker.bus.connected()).await.is_none() {
                return;
            }
            let mut taken = false;
            let took = take(&worker, &mut in_hand, &mut taken, &stopping).await;
            let Err(error) = took else {
                return;
            };
            tracing::warn!(consumer = worker.spec.name, %error, "opening the consumer anew");
            metrics::counter!("sluice_consumer_reopened_total", "consumer" => worker.spec.name.clone()).increment(1);
            pause = if taken {
                REOPEN
            } else {
                (pause * 2).min(REOPEN_LATEST)
            };
            until(&stopping, tokio::time::sleep(pause)).await;
        }
    };
    // What is on its way when it has to stop is given back, and that must not take long.
    let late = async {
        stopping.cancelled().await;
        tokio::time::sleep(GIVE_BACK).await;
    };
    tokio::select! {
        () = late => {}
        () = taking => {}
    }
    let expired = shutdown.expired();
    let finishing = async { while in_hand.join_next().await.is_some() {} };
    tokio::select! {
        () = finishing => {}
        () = expired.cancelled() => tracing::warn!("the grace is over; what is in hand will come again"),
    }
}

/// Takes messages until it has to stop, or the consumer has to be opened anew. Says whether it took any.
async fn take<H: Handler>(
    worker: &Arc<Worker<H>>,
    in_hand: &mut JoinSet<()>,
    taken: &mut bool,
    stopping: &CancellationToken,
) -> Result<(), LookupError> {
    let mut pull = Pull::open(&worker.bus, &worker.spec).await?;
    let fed = until(stopping, feed(worker, &mut pull, in_hand, taken)).await;
    match fed {
        Some(Err(broken)) => Err(broken),
        None => {
            pull.give_back().await;
            Ok(())
        }
    }
}

/// What comes of something, unless it has to stop before.
async fn until<T>(stopping: &CancellationToken, what: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = stopping.cancelled() => None,
        done = what => Some(done),
    }
}

/// Has messages worked on as they come.
async fn feed<H: Handler>(
    worker: &Arc<Worker<H>>,
    pull: &mut Pull,
    in_hand: &mut JoinSet<()>,
    taken: &mut bool,
) -> Result<Infallible, LookupError> {
    let mut empty = 0;
    loop {
        // Places first, then messages for them: what waits here is somebody else's to take.
        while in_hand.try_join_next().is_some() {}
        if in_hand.len() >= worker.options.in_hand {
            in_hand.join_next().await;
            continue;
        }
        pull.ask(worker.options.in_hand - in_hand.len()).await?;
        empty += 1;
        while let Some(message) = pull.next().await? {
            (empty, *taken) = (0, true);
            let worker = Arc::clone(worker);
            in_hand.spawn(async move { worker.process(message).await });
        }
        if empty >= EMPTY {
            if pull.is_stalled(&worker.spec).await? {
                return Err(LookupError::new(
                    &worker.spec.name,
                    "messages wait and none comes",
                ));
            }
            empty = 0;
        }
    }
}

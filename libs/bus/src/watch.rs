//! A watch on a bucket that survives lost connections, restarted servers and emptied buckets.
//!
//! It reads the bucket forward from the last revision it has told, whenever a message on the bucket's subjects wakes
//! it. What wakes may not be stored yet, so it reads again soon after, then less and less often, and every [`LATEST`] in
//! case the wake-up was lost. There is no consumer that could stall.
//!
//! Most who watch wait for other things as well, and cancel the waiting again and again. What was asked of the server is
//! kept until its answer is there: else each cancellation would ask anew.

mod bucket;

use std::{
    collections::{HashSet, VecDeque},
    fmt, mem,
    time::Duration,
};

use async_nats::{Subscriber, datetime::DateTime};
use bucket::{Bucket, Standing};
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::Instant;

use crate::{LookupError, Records, StoredMessage, Versioned};

/// How soon the bucket is read again after a wake-up. On a busy machine one of a hundred came before its record.
const SOON: Duration = Duration::from_millis(20);

/// How often it is read even if nothing wakes us.
const LATEST: Duration = Duration::from_secs(5);

/// How long to wait before reading again after a failure.
const RETRY_INTERVAL: Duration = Duration::from_millis(250);

/// What a watch tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<M> {
    /// A record was written.
    Put(Versioned<M>),
    /// The record under this key is gone.
    Deleted(String),
    /// The value under this key is no record that this version can read; whatever was known of it still holds.
    Unreadable(String),
    /// Everything that stands in the bucket has been told. Comes again after every later change.
    Current,
    /// The bucket cannot be read at present, for this reason; what was told still holds.
    Interrupted(String),
}

/// Tells the records of a bucket and every change of them, for ever.
pub struct Watch<M> {
    records: Records<M>,
    bucket: Bucket,
    doing: Doing,
    /// When the bucket was made that is read.
    created: Option<DateTime>,
    /// The last revision told.
    seen: u64,
    /// Whether the bucket was shorter than that when it was last asked.
    shorter: bool,
    /// Keys told and not deleted since.
    known: HashSet<String>,
    /// Keys of a bucket that was replaced, until the new one is read.
    unconfirmed: HashSet<String>,
    wake: Option<Subscriber>,
    /// When it is read again if nothing wakes us.
    look_at: Instant,
    /// How long it was until then.
    pause: Duration,
    /// Whether something may have changed since [`Change::Current`] was told.
    changed: bool,
    /// Of one part of the bucket at most.
    pending: VecDeque<Change<M>>,
}

/// What a watch does, until it is done.
enum Doing {
    /// Everything is told.
    Waiting,
    /// Something failed; it begins anew then.
    Pausing(Instant),
    /// How does the bucket stand? With a subscription, where there was none.
    Asking(BoxFuture<'static, Result<(Option<Subscriber>, Standing), LookupError>>),
    /// What comes next, on the way to this revision?
    Reading(
        u64,
        BoxFuture<'static, Result<Vec<StoredMessage>, LookupError>>,
    ),
}

impl<M: Serialize + DeserializeOwned> Watch<M> {
    pub(crate) fn new(records: Records<M>) -> Self {
        Self {
            bucket: Bucket {
                bus: records.bus().clone(),
                name: records.name(),
            },
            records,
            doing: Doing::Pausing(Instant::now()),
            created: None,
            seen: 0,
            shorter: false,
            known: HashSet::new(),
            unconfirmed: HashSet::new(),
            wake: None,
            look_at: Instant::now(),
            pause: SOON,
            changed: true,
            pending: VecDeque::new(),
        }
    }

    /// The next change. Waits for ever if there is none; never ends. Safe to cancel.
    pub async fn next(&mut self) -> Change<M> {
        loop {
            if let Some(change) = self.pending.pop_front() {
                return change;
            }
            // What is awaited stays in its place until it is done, so nothing is lost where this is cancelled.
            match &mut self.doing {
                Doing::Waiting => {
                    self.wait().await;
                    self.ask();
                }
                Doing::Pausing(until) => {
                    tokio::time::sleep_until(*until).await;
                    self.ask();
                }
                Doing::Asking(asking) => match asking.await {
                    Ok((wake, standing)) => {
                        self.wake = wake.or(self.wake.take());
                        self.stands(standing);
                    }
                    Err(error) => self.failed(&error.to_string()),
                },
                Doing::Reading(last, reading) => match (*last, reading.await) {
                    (last, Ok(messages)) => self.note(last, messages),
                    (_, Err(error)) => self.failed(&error.to_string()),
                },
            }
        }
    }

    /// Until it is time to read: it was woken, it was not for a while, or it lost its subscription.
    async fn wait(&mut self) {
        let Some(wake) = &mut self.wake else { return };
        self.pause = match tokio::time::timeout_at(self.look_at, wake.next()).await {
            Ok(Some(_)) => {
                // What else has come by now is read with it.
                while let Some(Some(_)) = wake.next().now_or_never() {}
                SOON
            }
            Ok(None) => {
                self.wake = None;
                SOON
            }
            Err(_) => (self.pause * 3).min(LATEST),
        };
        self.look_at = Instant::now() + self.pause;
    }

    fn ask(&mut self) {
        let (bucket, subscribed) = (self.bucket.clone(), self.wake.is_some());
        self.doing = Doing::Asking(Box::pin(async move {
            // Subscribed before asking, so that nothing falls in between.
            let wake = match subscribed {
                true => None,
                false => Some(bucket.subscribe().await?),
            };
            Ok((wake, bucket.standing().await?))
        }));
    }

    fn failed(&mut self, reason: &str) {
        self.wake = None;
        self.doing = Doing::Pausing(Instant::now() + RETRY_INTERVAL);
        let reason = reason.to_owned();
        self.pending.push_back(Change::Interrupted(reason));
    }

    fn stands(&mut self, standing: Standing) {
        let same = self.created == Some(standing.created);
        let shorter = standing.last < self.seen;
        // A leader that is new may not have everything yet. Only who says so twice has lost something.
        if same && shorter && !mem::replace(&mut self.shorter, true) {
            return self.failed("the bucket has less than it had");
        }
        self.shorter = false;
        if self.created.replace(standing.created).is_some() && (!same || shorter) {
            // Another bucket of this name: its revisions begin anew, and so do we.
            self.seen = 0;
            self.unconfirmed.extend(self.known.drain());
            self.changed = true;
        }
        self.changed |= standing.last != self.seen;
        self.go_on(standing.last);
    }

    /// Reads on, or says that everything is told.
    fn go_on(&mut self, last: u64) {
        if self.seen < last {
            let (bucket, from) = (self.bucket.clone(), self.seen + 1);
            let reading = async move { bucket.read(from, last).await };
            self.doing = Doing::Reading(last, Box::pin(reading));
            return;
        }
        self.doing = Doing::Waiting;
        for key in mem::take(&mut self.unconfirmed) {
            if !self.known.contains(&key) {
                self.pending.push_back(Change::Deleted(key));
            }
        }
        if mem::take(&mut self.changed) {
            self.pending.push_back(Change::Current);
        }
    }

    fn note(&mut self, last: u64, messages: Vec<StoredMessage>) {
        // What the last revision stood for may be gone; it counts all the same.
        self.seen = messages.last().map_or(last, |newest| newest.sequence);
        for message in &messages {
            self.note_one(message);
        }
        self.go_on(last);
    }

    fn note_one(&mut self, message: &StoredMessage) {
        let Some(key) = self.records.key_of(message) else {
            return;
        };
        if message.is_deletion() {
            self.known.remove(&key);
            return self.pending.push_back(Change::Deleted(key));
        }
        self.known.insert(key.clone());
        self.pending.push_back(
            match self.records.read(&key, &message.payload, message.sequence) {
                Ok(record) => Change::Put(record),
                Err(error) => {
                    tracing::error!(%error, "a record cannot be read and is passed over");
                    Change::Unreadable(key)
                }
            },
        );
    }
}

impl<M> fmt::Debug for Watch<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (bucket, seen) = (&self.bucket.name, self.seen);
        write!(f, "watch on {bucket} at {seen}")
    }
}

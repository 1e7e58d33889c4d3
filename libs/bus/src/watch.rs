//! A watch on a bucket that survives lost connections, restarted servers and emptied buckets.
//!
//! It reads the bucket forward from the last revision it has told, whenever a message on the bucket's subjects wakes
//! it. What wakes may not be stored yet, so it reads again soon after, then less and less often, and every [`LATEST`] in
//! case the wake-up was lost. There is no consumer that could stall.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use futures_util::StreamExt;
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
#[derive(Debug)]
pub struct Watch<M> {
    records: Records<M>,
    /// The last revision told.
    seen: u64,
    /// Keys told and not deleted since.
    known: HashSet<String>,
    /// Keys of a bucket that was replaced, until the new one is read.
    unconfirmed: HashSet<String>,
    wake: Option<async_nats::Subscriber>,
    /// When it is read again if nothing wakes us. Whoever waits may be cancelled at any time, and come again.
    look_at: Instant,
    /// How long it was until then.
    pause: Duration,
    /// Set from a wake-up until everything is read.
    stale: bool,
    told_current: bool,
    pending: VecDeque<Change<M>>,
}

impl<M: Serialize + DeserializeOwned> Watch<M> {
    pub(crate) fn new(records: Records<M>) -> Self {
        Self {
            records,
            seen: 0,
            known: HashSet::new(),
            unconfirmed: HashSet::new(),
            wake: None,
            look_at: Instant::now(),
            pause: SOON,
            stale: true,
            told_current: false,
            pending: VecDeque::new(),
        }
    }

    /// The next change. Waits for ever if there is none; never ends. Safe to cancel.
    pub async fn next(&mut self) -> Change<M> {
        loop {
            if let Some(change) = self.pending.pop_front() {
                return change;
            }
            if let Err(error) = self.advance().await {
                self.wake = None;
                self.pending
                    .push_back(Change::Interrupted(error.to_string()));
                tokio::time::sleep(RETRY_INTERVAL).await;
            }
        }
    }

    /// Waits for a wake-up, but for the first time, and reads what is new. Whatever is cancelled here is taken up
    /// again by the next call.
    async fn advance(&mut self) -> Result<(), LookupError> {
        if !self.stale {
            self.wait().await;
            self.stale = true;
        }
        if self.wake.is_none() {
            self.records.bus().connected().await;
            // Subscribed before reading, so that nothing falls in between.
            let client = self.records.bus().client();
            let subscription = client
                .subscribe(format!("$KV.{}.>", self.records.name()))
                .await;
            self.wake =
                Some(subscription.map_err(|error| LookupError::new(self.records.name(), error))?);
        }
        self.read().await?;
        self.stale = false;
        Ok(())
    }

    /// Until it is time to read: it was woken, it was not for a while, or it lost its subscription.
    async fn wait(&mut self) {
        let Some(wake) = &mut self.wake else { return };
        self.pause = match tokio::time::timeout_at(self.look_at, wake.next()).await {
            Ok(Some(_)) => SOON,
            Ok(None) => {
                self.wake = None;
                SOON
            }
            Err(_) => (self.pause * 3).min(LATEST),
        };
        self.look_at = Instant::now() + self.pause;
    }

    async fn read(&mut self) -> Result<(), LookupError> {
        let last = self.records.last_revision().await?;
        if last < self.seen {
            // Another bucket of this name: its revisions begin anew, and so do we.
            self.seen = 0;
            self.unconfirmed.extend(self.known.drain());
        }
        let changed = last != self.seen || !self.told_current;
        while self.seen < last {
            let messages = self.records.read_from(self.seen + 1).await?;
            let Some(newest) = messages.last() else { break };
            self.seen = newest.sequence;
            messages.into_iter().for_each(|message| self.note(&message));
        }
        // What the last message stood for may be gone; the revision counts all the same.
        self.seen = self.seen.max(last);
        for key in std::mem::take(&mut self.unconfirmed) {
            if !self.known.contains(&key) {
                self.pending.push_back(Change::Deleted(key));
            }
        }
        if changed {
            self.told_current = true;
            self.pending.push_back(Change::Current);
        }
        Ok(())
    }

    fn note(&mut self, message: &StoredMessage) {
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

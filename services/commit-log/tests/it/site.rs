//! A site: a nats-server with what is shipped on it, sync and gateway to speak, an operator to ask.

use std::{collections::BTreeMap, time::Duration};

use serde::de::DeserializeOwned;
use sluice_bus::{Bus, StoredMessage};
use sluice_events::{
    from_json,
    v1::{CommitRecorded, DeadLetter, RefMoved},
};
use sluice_test_support::{Nats, eventually};

use crate::{listing::Listing, log::Log, raw::Raw};

pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Everything that a commit log needs.
pub(crate) struct Site {
    pub(crate) nats: Nats,
    pub(crate) sync: Bus,
    pub(crate) operator: Bus,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let nats = Nats::start().await;
        Self {
            sync: nats.bus("sync").await,
            operator: nats.bus("operator").await,
            nats,
        }
    }

    /// Has sync list commits.
    pub(crate) async fn list(&self, listing: &Listing) {
        self.sync
            .publish(listing.message(), PATIENCE)
            .await
            .unwrap();
    }

    /// Has sync list them, and waits until all of it is recorded and in the index.
    pub(crate) async fn recorded(&self, log: &Log, listings: &[Listing]) {
        for listing in listings {
            self.list(listing).await;
        }
        self.settled().await;
        log.is_current(self).await;
    }

    /// Waits until every listing is dealt with.
    pub(crate) async fn settled(&self) {
        eventually("every listing is dealt with", || async {
            (self.unsettled().await == 0).then_some(())
        })
        .await;
    }

    /// How many listings wait or are in hand.
    pub(crate) async fn unsettled(&self) -> u64 {
        let info = self.consumer().await;
        info["num_pending"].as_u64().unwrap() + info["num_ack_pending"].as_u64().unwrap()
    }

    /// Whether a listing was delivered more than once.
    pub(crate) async fn has_retried(&self) -> bool {
        let delivered = self.consumer().await["delivered"].clone();
        delivered["consumer_seq"].as_u64() > delivered["stream_seq"].as_u64()
    }

    /// How the consumer of listings stands.
    async fn consumer(&self) -> serde_json::Value {
        let connection = self.nats.connection("bootstrap");
        let asked = tokio::task::spawn_blocking(move || {
            Raw::connect(&connection).request("$JS.API.CONSUMER.INFO.SLUICE_BULK.commit-log", "")
        });
        serde_json::from_str(&asked.await.unwrap()).unwrap()
    }

    /// All commits of the log, in their order.
    pub(crate) async fn commits(&self) -> Vec<CommitRecorded> {
        self.read("sluice.v1.commit.*.*.*.*.recorded.*").await
    }

    /// All moves of the log, in their order.
    pub(crate) async fn moves(&self) -> Vec<RefMoved> {
        self.read("sluice.v1.commit.*.*.*.*.moved.>").await
    }

    /// How often each subject of the log was said.
    pub(crate) async fn said(&self) -> BTreeMap<String, usize> {
        let mut said = BTreeMap::new();
        for message in self.stored("SLUICE_COMMITS", "sluice.v1.commit.>").await {
            *said.entry(message.subject).or_default() += 1;
        }
        said
    }

    pub(crate) async fn dead_letters(&self) -> Vec<DeadLetter> {
        let letters = self
            .stored("SLUICE_DEADLETTERS", "sluice.v1.deadletter.>")
            .await;
        letters.iter().map(data).collect()
    }

    /// All that is stored in a stream under subjects.
    pub(crate) async fn stored(&self, stream: &str, subjects: &str) -> Vec<StoredMessage> {
        let mut all = Vec::new();
        let mut from = 1;
        loop {
            let part = self.operator.read_forward(stream, subjects, from).await;
            let part = part.unwrap();
            let Some(last) = part.last() else { return all };
            from = last.sequence + 1;
            all.extend(part);
        }
    }

    async fn read<M: DeserializeOwned>(&self, subjects: &str) -> Vec<M> {
        let stored = self.stored("SLUICE_COMMITS", subjects).await;
        stored.iter().map(data).collect()
    }
}

fn data<M: DeserializeOwned>(message: &StoredMessage) -> M {
    from_json(&message.payload).unwrap()
}

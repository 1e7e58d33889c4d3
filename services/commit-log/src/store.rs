//! Stores what is said of a listing: many records together in one atomic batch, so that a sync to disk is one for all.
//!
//! A batch in which one record is a repeat is refused as a whole; its records then go singly, through the sink, which
//! takes a repeat for said.

use std::time::Duration;

use sluice_bus::{
    Bus, Outgoing, PublishError,
    consume::{Failure, Sink},
};
use sluice_events::{from_json, v1::RefMoved};
use tokio::sync::Semaphore;

use crate::record::{Moved, is_same};

/// Messages in one batch at most; the server takes 1,000.
const BATCH: usize = 500;

/// So many messages cost no more singly than in a batch.
const FEW: usize = 4;

/// Batches that are open at once; the server takes 50 of one stream, from everybody together.
const OPEN: usize = 2;

/// How long storing may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where commits and moves are stored.
pub(crate) struct Store {
    bus: Bus,
    open: Semaphore,
}

impl Store {
    pub(crate) fn new(bus: &Bus) -> Self {
        Self {
            bus: bus.clone(),
            open: Semaphore::new(OPEN),
        }
    }

    /// Stores records that are new as far as is known. What is few, or refused together, goes to the sink.
    pub(crate) async fn commits(
        &self,
        records: Vec<Outgoing>,
        sink: &mut Sink,
    ) -> Result<(), Failure> {
        let mut rest = records.into_iter();
        loop {
            let batch: Vec<_> = rest.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                return Ok(());
            }
            if batch.len() <= FEW || !self.together(&batch).await? {
                for record in batch {
                    sink.push(record).await?;
                }
            }
        }
    }

    /// Whether all of them are stored now. If not, they may be stored singly.
    async fn together(&self, batch: &[Outgoing]) -> Result<bool, Failure> {
        // It is never closed, so this waits and no more.
        let _open = self.open.acquire().await;
        match self.bus.publish_together(batch, PATIENCE).await {
            Ok(_) => Ok(true),
            Err(
                error @ (PublishError::NotConnected
                | PublishError::Full(_)
                | PublishError::NoStream(_)),
            ) => Err(unsaid(error)),
            Err(error) => {
                tracing::debug!(%error, "records go singly");
                metrics::counter!("sluice_commit_log_batches_refused_total").increment(1);
                Ok(false)
            }
        }
    }

    /// Stores a move, beside another one of the same ref and generation if there is one.
    pub(crate) async fn moved(&self, moved: Moved) -> Result<(), Failure> {
        let subject = moved.first.subject.clone();
        match self.once(moved.first.clone()).await? {
            true => Ok(()),
            false if self.says(&subject, &moved).await? => Ok(()),
            false => self.once(moved.besides).await.map(|_| ()),
        }
    }

    /// Whether it is the first on its subject.
    async fn once(&self, record: Outgoing) -> Result<bool, Failure> {
        match self.bus.publish(record, PATIENCE).await {
            Ok(_) => Ok(true),
            Err(PublishError::Conflict) => Ok(false),
            Err(error) => Err(unsaid(error)),
        }
    }

    /// Whether what stands on a subject is this move.
    async fn says(&self, subject: &str, moved: &Moved) -> Result<bool, Failure> {
        let there = self.bus.last_message("SLUICE_COMMITS", subject).await;
        let there = there.map_err(|error| Failure::Retry(error.to_string()))?;
        let told = |payload: &[u8]| from_json::<RefMoved>(payload).ok()?.r#move;
        let there = there.and_then(|there| told(&there.payload));
        let ours = told(&moved.first.payload);
        Ok(there
            .zip(ours)
            .is_some_and(|(there, ours)| is_same(&there, &ours)))
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

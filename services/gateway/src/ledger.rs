//! The ledger: a line for every verified delivery, written behind the answer.
//!
//! Only the event decides what a host is told. Lines are collected while one batch is on its way and stored together,
//! in one atomic batch; a line that cannot be stored is counted and logged, and the event still names its delivery.
//! What is rejected has no event: its line is stored before the answer.

use std::{sync::Mutex, time::Duration};

use sluice_bus::{Bus, Outgoing, PublishError};
use sluice_events::{Envelope, MessageId, Subject, to_json, v1::DeliveryRecord};
use tokio::{sync::mpsc, task::JoinHandle};

/// Lines that wait at most; at more than that the bus is not keeping up, and lines are lost before events wait.
const WAITING: usize = 8192;

/// Lines in one batch at most; the server takes 1,000.
const BATCH: usize = 500;

/// How long a line waits for others at most. A crash takes no more than these from the ledger, and no event.
const GATHER: Duration = Duration::from_millis(50);

/// So many lines cost no more singly than in a batch.
const FEW: usize = 4;

/// How long storing may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the last lines may take at the end.
const FINISH: Duration = Duration::from_secs(10);

/// One line.
pub(crate) struct Line {
    pub(crate) subject: Subject,
    pub(crate) envelope: Envelope,
    pub(crate) id: MessageId,
    pub(crate) record: DeliveryRecord,
}

/// Where lines are written.
pub(crate) struct Ledger {
    bus: Bus,
    lines: Mutex<Option<mpsc::Sender<Line>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Ledger {
    /// Begins to write.
    pub(crate) fn spawn(bus: &Bus) -> Self {
        let (lines, waiting) = mpsc::channel(WAITING);
        let writer = tokio::spawn(write_out(bus.clone(), waiting));
        Self {
            bus: bus.clone(),
            lines: Mutex::new(Some(lines)),
            writer: Mutex::new(Some(writer)),
        }
    }

    /// Hands a line over; never waits.
    pub(crate) fn write(&self, line: Line) {
        let lines = self
            .lines
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if lines
            .as_ref()
            .is_none_or(|lines| lines.try_send(line).is_err())
        {
            lost(1, "too many lines are waiting");
        }
    }

    /// Stores a line and waits for it: where there is no event, nothing else is kept.
    pub(crate) async fn keep(&self, line: Line, patience: Duration) -> Result<(), PublishError> {
        match encode(line) {
            Some(message) => self.bus.publish(message, patience).await.map(|_| ()),
            // Told as lost; no later try can write it either.
            None => Ok(()),
        }
    }

    /// Writes out what waits.
    pub(crate) async fn finish(&self) {
        self.lines
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        let writer = self
            .writer
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        if let Some(writer) = writer
            && tokio::time::timeout(FINISH, writer).await.is_err()
        {
            tracing::error!("the last lines of the ledger could not be written in time");
        }
    }
}

async fn write_out(bus: Bus, mut waiting: mpsc::Receiver<Line>) {
    let mut lines = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut lines, BATCH).await > 0 {
        gather(&mut waiting, &mut lines).await;
        let messages: Vec<_> = lines.drain(..).filter_map(encode).collect();
        store(&bus, messages).await;
    }
}

/// Waits a moment for more lines: an atomic batch costs the server four syncs however long it is, a single message one.
async fn gather(waiting: &mut mpsc::Receiver<Line>, lines: &mut Vec<Line>) {
    let until = tokio::time::Instant::now() + GATHER;
    while lines.len() < BATCH {
        let missing = BATCH - lines.len();
        match tokio::time::timeout_at(until, waiting.recv_many(lines, missing)).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// A few lines go singly; several go together, and if the batch is refused, because one of them stands there
/// already, singly after all.
async fn store(bus: &Bus, messages: Vec<Outgoing>) {
    if messages.len() > FEW && bus.publish_together(&messages, PATIENCE).await.is_ok() {
        return;
    }
    let stored = messages
        .into_iter()
        .map(|message| bus.publish(message, PATIENCE));
    for stored in futures_util::future::join_all(stored).await {
        if let Err(error) = stored {
            lost(1, &error.to_string());
        }
    }
}

fn encode(line: Line) -> Option<Outgoing> {
    match to_json(&line.record) {
        Ok(payload) => Some(Outgoing::event(
            &line.subject,
            &line.envelope,
            line.id,
            payload,
        )),
        Err(error) => {
            lost(1, &error.to_string());
            None
        }
    }
}

fn lost(lines: u64, reason: &str) {
    metrics::counter!("sluice_ledger_lines_lost_total").increment(lines);
    tracing::error!(
        lines,
        reason,
        "a line of the ledger is lost; its event names the delivery"
    );
}

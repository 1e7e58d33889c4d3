//! A bounded trace of what was not verified: one record a second for each endpoint and reason at most, without body.
//!
//! It can neither fill the ledger nor change an answer (S19).

use std::{collections::HashMap, net::SocketAddr, time::Duration};

use sluice_bus::{Bus, Outgoing};
use sluice_events::{
    Address, Envelope, MessageId, Subject, Timestamp, to_json,
    v1::{Endpoint, RefusedAttempt, Trust},
};
use tokio::sync::mpsc;

/// How often records are written.
const EVERY: Duration = Duration::from_secs(1);

/// Attempts that wait at most; more are not even counted.
const WAITING: usize = 1024;

/// Records of one turn at most.
const RECORDS: usize = 32;

/// How long storing may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where attempts are noted.
pub(crate) struct Attempts(mpsc::Sender<Attempt>);

struct Attempt {
    project: String,
    record: RefusedAttempt,
}

impl Attempts {
    /// Begins to record.
    pub(crate) fn spawn(bus: &Bus) -> Self {
        let (attempts, waiting) = mpsc::channel(WAITING);
        tokio::spawn(record(bus.clone(), waiting));
        Self(attempts)
    }

    /// Notes an attempt; never waits.
    pub(crate) fn note(
        &self,
        endpoint: Option<&Endpoint>,
        reason: &str,
        client: Option<SocketAddr>,
    ) {
        let of = |field: fn(&Endpoint) -> &String| endpoint.map(field).cloned().unwrap_or_default();
        let record = RefusedAttempt {
            received_at: Some(Timestamp::now()),
            endpoint: of(|endpoint| &endpoint.name),
            host: of(|endpoint| &endpoint.host),
            reason: reason.to_owned(),
            client: client
                .map(|client| client.ip().to_string())
                .unwrap_or_default(),
            unrecorded: 0,
        };
        // A full queue is what a flood looks like; the metric counts every attempt.
        let _ = self.0.try_send(Attempt {
            project: of(|endpoint| &endpoint.project),
            record,
        });
    }
}

async fn record(bus: Bus, mut waiting: mpsc::Receiver<Attempt>) {
    let mut turn = tokio::time::interval(EVERY);
    let mut noted: HashMap<(String, String, String), RefusedAttempt> = HashMap::new();
    loop {
        tokio::select! {
            attempt = waiting.recv() => match attempt {
                Some(attempt) => note(&mut noted, attempt),
                None => return,
            },
            _ = turn.tick() => {
                for ((project, ..), record) in noted.drain() {
                    store(&bus, &project, record).await;
                }
            }
        }
    }
}

fn note(noted: &mut HashMap<(String, String, String), RefusedAttempt>, attempt: Attempt) {
    let key = (
        attempt.project,
        attempt.record.endpoint.clone(),
        attempt.record.reason.clone(),
    );
    let full = noted.len() >= RECORDS;
    match noted.get_mut(&key) {
        Some(first) => first.unrecorded += 1,
        None if full => {}
        None => {
            noted.insert(key, attempt.record);
        }
    }
}

async fn store(bus: &Bus, project: &str, record: RefusedAttempt) {
    let subject = Subject::new(
        "attempt",
        Address::of(project, &record.host, ""),
        "request",
        "refused",
    );
    let time = record.received_at.unwrap_or_default();
    let id = MessageId::of(&[
        project.as_bytes(),
        record.endpoint.as_bytes(),
        record.reason.as_bytes(),
        time.to_string().as_bytes(),
        record.client.as_bytes(),
    ]);
    let envelope = Envelope {
        id: id.as_str().to_owned(),
        source: "sluice:gateway".into(),
        event_type: subject.event_type(),
        subject: String::new(),
        time,
        project: project.to_owned(),
        fact: None,
        trust: Trust::Host,
        delivery: String::new(),
        operation: String::new(),
    };
    let Ok(payload) = to_json(&record) else {
        return;
    };
    if let Err(error) = bus
        .publish(Outgoing::event(&subject, &envelope, id, payload), PATIENCE)
        .await
    {
        tracing::debug!(%error, "a refused attempt was not recorded");
    }
}

//! The bare publisher: async-nats, the same event bytes, as many in flight, and nothing else.

use std::time::{Duration, Instant};

use async_nats::{ConnectOptions, HeaderMap, jetstream};
use sluice_bus::{Connection, Credentials, StoredMessage};
use tokio::task::JoinSet;

use crate::measure::Measured;

/// Publishes copies of an event for so long, each under an id of its own, and awaits every ack.
pub(crate) async fn publish(
    connection: &Connection,
    event: &StoredMessage,
    width: usize,
    time: Duration,
    seed: u64,
) -> Measured {
    let Credentials::UserPassword(user, password) = connection.credentials.clone() else {
        panic!("a user and a password");
    };
    let options = ConnectOptions::new()
        .user_and_password(user, password)
        .custom_inbox_prefix("_INBOX_gateway");
    let context = jetstream::new(options.connect(&connection.url).await.unwrap());
    let begun = Instant::now();
    let mut publishers = JoinSet::new();
    for number in 0..width {
        publishers.spawn(one(
            context.clone(),
            event.clone(),
            begun + time,
            format!("{seed}-{number}"),
        ));
    }
    let mut measured = Measured::default();
    while let Some(latencies) = publishers.join_next().await {
        measured.latencies.extend(latencies.unwrap());
    }
    measured.elapsed = begun.elapsed();
    measured
}

async fn one(
    context: jetstream::Context,
    event: StoredMessage,
    until: Instant,
    publisher: String,
) -> Vec<Duration> {
    let mut latencies = Vec::new();
    while Instant::now() < until {
        let mut headers = HeaderMap::new();
        for (name, value) in event.headers() {
            headers.insert(name.as_str(), value.as_str());
        }
        headers.insert(
            "Nats-Msg-Id",
            format!("{publisher}-{:040}", latencies.len()),
        );
        let begun = Instant::now();
        let sent = context
            .publish_with_headers(event.subject.clone(), headers, event.payload.clone())
            .await;
        sent.unwrap().await.unwrap();
        latencies.push(begun.elapsed());
    }
    latencies
}

//! Reading a stream forward: everything once and in order, whatever is missing in between.

use std::time::Duration;

use bytes::Bytes;
use sluice_bus::{Bus, Outgoing};
use sluice_events::MessageId;
use sluice_test_support::Nats;

use crate::admin;

const PATIENCE: Duration = Duration::from_secs(5);

async fn publish(bus: &Bus, number: usize, branch: &str, payload: Bytes) {
    let message = Outgoing {
        subject: format!("sluice.v1.git.default.github.acme.web.branch.updated.other.{branch}"),
        stream: "SLUICE_GIT".into(),
        id: Some(MessageId::of(&[&number.to_be_bytes()])),
        first: false,
        headers: Vec::new(),
        payload,
    };
    bus.publish(message, PATIENCE).await.unwrap();
}

/// The sequences of everything on a subject, read in as many parts as it takes.
async fn sequences(bus: &Bus, subject: &str) -> Vec<u64> {
    let mut all = Vec::new();
    loop {
        let from = all.last().map_or(1, |last| last + 1);
        let part = bus.read_forward("SLUICE_GIT", subject, from).await.unwrap();
        if part.is_empty() {
            return all;
        }
        all.extend(part.iter().map(|message| message.sequence));
    }
}

#[tokio::test]
async fn an_empty_stream_has_nothing_to_read() {
    let nats = Nats::start().await;
    let bus = nats.bus("operator").await;
    assert!(sequences(&bus, "sluice.v1.git.>").await.is_empty());
    let beyond = bus
        .read_forward("SLUICE_GIT", "sluice.v1.git.>", 1000)
        .await
        .unwrap();
    assert!(beyond.is_empty());
}

#[tokio::test]
async fn more_than_a_batch_and_its_gaps_are_read_in_order() {
    let nats = Nats::start().await;
    let gateway = nats.bus("gateway").await;
    for number in 0..1100 {
        let branch = if number % 2 == 0 { "even" } else { "odd" };
        publish(&gateway, number, branch, Bytes::from_static(b"{}")).await;
    }
    let jetstream = admin::jetstream(&nats.connection("bootstrap")).await;
    let stream = jetstream.get_stream("SLUICE_GIT").await.unwrap();
    let gone = [1, 500, 501, 502, 1000, 1001, 1100];
    for sequence in gone {
        stream.delete_message(sequence).await.unwrap();
    }

    let bus = nats.bus("operator").await;
    let expected: Vec<u64> = (1..=1100)
        .filter(|sequence| !gone.contains(sequence))
        .collect();
    assert_eq!(sequences(&bus, "sluice.v1.git.>").await, expected);
    let even: Vec<u64> = expected
        .iter()
        .copied()
        .filter(|sequence| sequence % 2 == 1)
        .collect();
    assert_eq!(
        sequences(&bus, "sluice.v1.git.*.*.*.*.branch.*.*.even").await,
        even
    );
    assert!(
        sequences(&bus, "sluice.v1.git.*.*.*.*.branch.*.*.none")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn large_messages_are_read_as_well() {
    let nats = Nats::start().await;
    let gateway = nats.bus("gateway").await;
    for number in 0..100 {
        publish(&gateway, number, "main", vec![b'x'; 900_000].into()).await;
    }
    let bus = nats.bus("operator").await;
    assert_eq!(
        sequences(&bus, "sluice.v1.git.>").await,
        (1..=100).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_an_error() {
    let nats = Nats::start().await;
    let answer = nats
        .bus("bootstrap")
        .await
        .read_forward("SLUICE_NONE", ">", 1)
        .await;
    assert!(answer.unwrap_err().to_string().contains("SLUICE_NONE"));
}

//! A message counts as stored when its stream says so, and never otherwise.

use std::time::{Duration, Instant};

use sluice_bus::{Outgoing, PublishError, topology::Topology};
use sluice_events::MessageId;
use sluice_test_support::{Nats, eventually};

const PATIENCE: Duration = Duration::from_secs(3);

pub(crate) fn message(id: &str) -> Outgoing {
    Outgoing {
        subject: "sluice.v1.git.default.github.acme.web.ping.received".into(),
        stream: "SLUICE_GIT".into(),
        id: Some(MessageId::of(&[id.as_bytes()])),
        first: false,
        headers: vec![("ce-id".into(), id.to_owned())],
        payload: r#"{"a":1}"#.into(),
    }
}

#[tokio::test]
async fn a_message_is_stored_once() {
    let nats = Nats::start().await;
    let bus = nats.bus("gateway").await;
    let first = bus.publish(message("a"), PATIENCE).await.unwrap();
    assert_eq!(
        (first.stream.as_str(), first.sequence, first.duplicate),
        ("SLUICE_GIT", 1, false)
    );
    let second = bus.publish(message("a"), PATIENCE).await.unwrap();
    assert_eq!((second.sequence, second.duplicate), (1, true));
    let stored = bus.message_at("SLUICE_GIT", 1).await.unwrap().unwrap();
    assert_eq!(stored.header("ce-id"), Some("a"));
    assert_eq!(stored.payload, r#"{"a":1}"#);
}

#[tokio::test]
async fn without_a_stream_nothing_is_stored() {
    // N21
    let nats = Nats::empty(Topology::current()).await;
    let bus = nats.bus("gateway").await;
    let answer = bus.publish(message("a"), PATIENCE).await;
    assert_eq!(answer, Err(PublishError::NoStream("SLUICE_GIT".into())));
}

#[tokio::test]
async fn a_full_stream_refuses_and_keeps_what_it_has() {
    // N10
    let mut topology = Topology::current();
    topology.streams[0].max_bytes = 600;
    let nats = Nats::with(topology).await;
    let bus = nats.bus("gateway").await;
    let mut answers = Vec::new();
    for id in ["a", "b", "c", "d", "e"] {
        answers.push(bus.publish(message(id), PATIENCE).await);
    }
    assert!(answers[0].is_ok());
    assert_eq!(answers[4], Err(PublishError::Full("SLUICE_GIT".into())));
    assert!(bus.publish(message("a"), PATIENCE).await.unwrap().duplicate);
}

#[tokio::test]
async fn a_killed_server_is_an_unknown_outcome_and_then_found_again() {
    // N5, N6, N22
    let mut nats = Nats::start().await;
    let bus = nats.bus("gateway").await;
    nats.pause();
    let begun = Instant::now();
    let slow = tokio::spawn({
        let bus = bus.clone();
        async move { bus.publish(message("a"), Duration::from_secs(20)).await }
    });
    tokio::task::yield_now().await;
    nats.resume();
    nats.kill().await;
    let answer = slow.await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "whoever waits is told when the connection is lost"
    );
    assert!(
        matches!(answer, Ok(_) | Err(PublishError::Unknown(_))),
        "{answer:?}"
    );
    eventually("the loss is noticed", || async {
        (!bus.up().borrow().connected).then_some(())
    })
    .await;
    assert_eq!(
        bus.publish(message("b"), PATIENCE).await,
        Err(PublishError::NotConnected)
    );

    nats.restart().await;
    bus.connected().await;
    let stored = eventually("it stores again", || async {
        bus.publish(message("a"), PATIENCE).await.ok()
    })
    .await;
    assert_eq!(stored.sequence, 1, "the same id is one message");
}

#[tokio::test]
async fn a_paused_server_costs_no_more_than_the_patience() {
    // N7
    let nats = Nats::start().await;
    let bus = nats.bus("gateway").await;
    nats.pause();
    let begun = Instant::now();
    let patience = Duration::from_millis(300);
    assert!(matches!(
        bus.publish(message("a"), patience).await,
        Err(PublishError::Unknown(_))
    ));
    assert!(
        begun.elapsed() < PATIENCE * 3,
        "far less than the client's own limit"
    );
    nats.resume();
    let stored = eventually("it stores again", || async {
        bus.publish(message("a"), PATIENCE).await.ok()
    })
    .await;
    assert_eq!(
        stored.sequence, 1,
        "stored once, whether or not the first attempt came through"
    );
}

#[tokio::test]
async fn what_is_too_large_is_refused_before_it_is_sent() {
    // N19
    let nats = Nats::start().await;
    let bus = nats.bus("gateway").await;
    let mut large = message("a");
    large.payload = vec![b'x'; bus.max_payload()].into();
    assert!(matches!(
        bus.publish(large, PATIENCE).await,
        Err(PublishError::TooLarge(_))
    ));
    assert!(
        bus.publish(message("b"), PATIENCE).await.is_ok(),
        "the connection survives"
    );
}

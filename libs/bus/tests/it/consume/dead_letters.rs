//! What a worker gives up on: kept with everything, and out of the way.

use std::time::Duration;

use sluice_bus::{
    consume::{Failure, Options},
    roles::{Grant, Role},
    topology::Topology,
};

use super::{
    site::Site,
    worker::{Act, WORKER},
};
use crate::admin;

fn reject() -> Act {
    Act::Fail(Failure::Reject("the branch is gone".into()))
}

#[tokio::test]
async fn a_rejected_event_is_kept_with_everything_and_the_next_one_comes() {
    let site = Site::start().await;
    let worker = site.run(|what, _| if what == "bad" { reject() } else { Act::Say });
    site.event("bad").await;
    site.event("good").await;
    let letter = site.wait_for_dead_letter().await;
    assert_eq!(
        (letter.consumer.as_str(), letter.reason.as_str()),
        ("worker", "the branch is gone")
    );
    assert_eq!(
        (letter.stream.as_str(), letter.sequence, letter.attempts),
        ("SLUICE_GIT", 1, 1)
    );
    assert_eq!(
        letter.subject,
        "sluice.v1.git.default.github.acme.web.ping.received"
    );
    assert_eq!(letter.data, r#"{"hookId":"bad"}"#);
    assert!(letter.failed_at.is_some());
    let header = |name: &str| letter.headers.iter().find(|header| header.name == name);
    assert_eq!(
        header("ce-type").unwrap().value,
        "dev.sluice.git.ping.received.v1"
    );
    assert!(header("Nats-Msg-Id").is_some());
    site.wait_until_settled().await;
    assert_eq!(site.effects().await, ["good"]);
    worker.stop().await;
}

#[tokio::test]
async fn what_cannot_be_decoded_is_kept_and_its_content_not_told() {
    let site = Site::start().await;
    let worker = site.run(|_, _| Act::Say);
    site.publish("a", br#"{"hookId": {"password": "hunter2"}}"#.to_vec())
        .await;
    let letter = site.wait_for_dead_letter().await;
    assert_eq!(letter.data, r#"{"hookId": {"password": "hunter2"}}"#);
    assert!(
        letter.reason.contains("its data cannot be read"),
        "{}",
        letter.reason
    );
    assert!(!letter.reason.contains("hunter2"), "reasons are logged");
    site.wait_until_settled().await;
    assert!(worker.calls().is_empty());
    worker.stop().await;
}

#[tokio::test]
async fn what_never_works_is_given_up_after_the_attempts_allowed() {
    // N13
    let site = Site::start().await;
    let worker = site.run(|_, _| Act::Fail(Failure::Retry("the host is away".into())));
    site.event("a").await;
    let letter = site.wait_for_dead_letter().await;
    assert_eq!(
        (letter.reason.as_str(), letter.attempts),
        ("the host is away", 3)
    );
    site.wait_until_settled().await;
    assert_eq!(worker.calls().len(), 3);
    worker.stop().await;
}

#[tokio::test]
async fn a_handler_that_panics_is_a_failure_like_any_other() {
    let site = Site::start().await;
    let worker = site.run(|what, _| if what == "bad" { Act::Panic } else { Act::Say });
    site.event("bad").await;
    site.event("good").await;
    let letter = site.wait_for_dead_letter().await;
    assert_eq!(
        (letter.reason.as_str(), letter.attempts),
        ("the handler panicked", 3)
    );
    site.wait_until_settled().await;
    assert_eq!(site.effects().await, ["good"]);
    worker.stop().await;
}

#[tokio::test]
async fn an_event_that_kills_every_process_is_given_up_unread() {
    let site = Site::start().await;
    site.event("a").await;
    let once = Options {
        attempts: 1,
        ..Options::default()
    };
    for _ in 0..2 {
        let dying = site.run_with(once.clone(), |_, _| Act::SayAndHang);
        dying.wait_for_calls(1).await;
        dying.crash().await;
    }
    let survivor = site.run_with(once, |_, _| Act::SayAndHang);
    let letter = site.wait_for_dead_letter().await;
    assert!(
        letter.reason.contains("taken 3 times and never settled"),
        "{}",
        letter.reason
    );
    assert!(survivor.calls().is_empty());
    site.wait_until_settled().await;
    survivor.stop().await;
}

#[tokio::test]
async fn one_event_may_say_more_than_is_held_at_once() {
    let site = Site::start().await;
    let worker = site.run(|_, _| Act::SayTimes(200));
    site.event("a").await;
    let effects = site.wait_for_effects(200).await;
    assert_eq!(effects.last().map(String::as_str), Some("a-199"));
    worker.stop().await;
}

#[tokio::test]
async fn data_too_large_for_a_dead_letter_is_left_where_it_stands() {
    let site = Site::start().await;
    let worker = site.run(|_, _| Act::Say);
    site.publish("a", vec![b'x'; 900_000]).await;
    let letter = site.wait_for_dead_letter().await;
    assert!(letter.data.is_empty());
    assert!(letter.reason.contains("too large"), "{}", letter.reason);
    assert_eq!((letter.stream.as_str(), letter.sequence), ("SLUICE_GIT", 1));
    site.wait_until_settled().await;
    worker.stop().await;
}

#[tokio::test]
async fn while_dead_letters_cannot_be_stored_the_event_stays() {
    let mut topology = Topology::current();
    let letters = topology
        .streams
        .iter_mut()
        .find(|spec| spec.name == "SLUICE_DEADLETTERS");
    letters.unwrap().max_bytes = 100;
    let site = Site::with(WORKER, topology, Duration::from_secs(1)).await;
    let worker = site.run(|_, _| reject());
    site.event("a").await;
    worker.wait_for_calls(4).await;
    assert!(site.dead_letters().await.is_empty());

    let jetstream = admin::jetstream(&site.nats.connection("bootstrap")).await;
    admin::change(&jetstream, "SLUICE_DEADLETTERS", |config| {
        config.max_bytes = 1 << 20
    })
    .await;
    let letter = site.wait_for_dead_letter().await;
    assert_eq!(letter.reason, "the branch is gone");
    site.wait_until_settled().await;
    worker.stop().await;
}

#[tokio::test]
async fn a_worker_without_the_right_to_dead_letters_loses_nothing() {
    const MUTE: Role = Role {
        grants: &[Grant::Consume("SLUICE_GIT", "worker")],
        ..WORKER
    };
    let site = Site::with(MUTE, Topology::current(), Duration::from_secs(1)).await;
    let worker = site.run(|_, _| reject());
    site.event("a").await;
    worker.wait_for_calls(2).await;
    worker.stop().await;
    assert_eq!(site.unsettled().await, 1);
}

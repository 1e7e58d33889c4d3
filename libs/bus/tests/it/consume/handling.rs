//! What a worker handles, and how often.

use std::time::Duration;

use sluice_bus::{
    consume::{Failure, Options},
    topology::Topology,
};

use super::{
    site::Site,
    worker::{Act, WORKER},
};

#[tokio::test]
async fn an_event_is_handled_and_what_it_says_is_stored() {
    let site = Site::start().await;
    let worker = site.run(|_, _| Act::Say);
    site.event("a").await;
    site.event("b").await;
    let mut effects = site.wait_for_effects(2).await;
    effects.sort();
    assert_eq!(effects, ["a", "b"]);
    site.wait_until_settled().await;
    worker.stop().await;
}

#[tokio::test]
async fn a_crash_between_publish_and_ack_changes_nothing() {
    let site = Site::start().await;
    site.event("a").await;
    let dying = site.run(|_, _| Act::SayAndHang);
    site.wait_for_effects(1).await;
    dying.crash().await;

    let next = site.run(|_, _| Act::Say);
    assert_eq!(next.wait_for_calls(1).await, [("a".to_owned(), 2)]);
    site.wait_until_settled().await;
    assert_eq!(site.effects().await, ["a"], "said twice, stored once");
    next.stop().await;
}

#[tokio::test]
async fn a_transient_failure_is_retried_until_it_works() {
    let site = Site::start().await;
    let worker = site.run(|_, attempt| match attempt {
        1 | 2 => Act::Fail(Failure::Retry("the host is away".into())),
        _ => Act::Say,
    });
    site.event("a").await;
    site.wait_for_effects(1).await;
    site.wait_until_settled().await;
    let calls: Vec<_> = worker
        .calls()
        .into_iter()
        .map(|(_, attempt)| attempt)
        .collect();
    assert_eq!(calls, [1, 2, 3]);
    assert!(site.dead_letters().await.is_empty());
    worker.stop().await;
}

#[tokio::test]
async fn state_that_moved_meanwhile_is_tried_again() {
    let site = Site::start().await;
    let worker = site.run(|_, attempt| Act::Advance(if attempt == 1 { 99 } else { 0 }));
    site.event("a").await;
    site.wait_until_settled().await;
    let state = site.state().get("state").await.unwrap().unwrap();
    assert_eq!(state.record.name, "a");
    assert_eq!(worker.calls().len(), 2);
    assert_eq!(site.effects().await, ["a"]);
    worker.stop().await;
}

#[tokio::test]
async fn long_work_is_not_delivered_a_second_time_meanwhile() {
    // N14
    let site = Site::start().await;
    for what in ["a", "b"] {
        site.event(what).await;
    }
    let one_at_a_time = Options {
        in_hand: 1,
        ..Options::default()
    };
    // Two of them, so that what one would hoard the other would get.
    let three_ack_waits = |_: &str, _| Act::Work(Duration::from_secs(3));
    let (first, second) = (
        site.run_with(one_at_a_time.clone(), three_ack_waits),
        site.run_with(one_at_a_time, three_ack_waits),
    );
    site.event("c").await;
    site.event("d").await;
    site.wait_for_effects(4).await;
    site.wait_until_settled().await;
    let calls = [first.calls(), second.calls()].concat();
    assert_eq!(calls.len(), 4, "{calls:?}");
    assert!(calls.iter().all(|(_, attempt)| *attempt == 1), "{calls:?}");
    first.stop().await;
    second.stop().await;
}

#[tokio::test]
async fn shutdown_finishes_what_is_in_hand_and_takes_no_more() {
    let site = Site::start().await;
    let one_at_a_time = Options {
        in_hand: 1,
        ..Options::default()
    };
    let worker = site.run_with(one_at_a_time, |_, _| Act::Work(Duration::from_millis(1500)));
    site.event("a").await;
    worker.wait_for_calls(1).await;
    site.event("b").await;
    worker.shutdown.request();
    worker.task.await.unwrap();
    assert_eq!(site.effects().await, ["a"]);

    let next = site.run(|_, _| Act::Say);
    assert_eq!(
        next.wait_for_calls(1).await,
        [("b".to_owned(), 1)],
        "it waited on the server"
    );
    site.wait_until_settled().await;
    next.stop().await;
}

#[tokio::test]
async fn what_is_on_its_way_at_shutdown_is_given_back_at_once() {
    let site = Site::with(WORKER, Topology::current(), Duration::from_secs(300)).await;
    // Each time events come all the while, so that some are on their way in the moment of the end.
    for round in 0..10 {
        let worker = site.run(|_, _| Act::Say);
        let telling = async {
            for number in 0.. {
                site.event(&format!("{round}-{number}")).await;
            }
        };
        let stopping = async {
            site.wait_for_effects(20 * (round + 1)).await;
            worker.stop().await;
        };
        tokio::select! {
            () = telling => {}
            () = stopping => {}
        }
        let next = site.run(|_, _| Act::Say);
        site.wait_until_settled().await;
        next.stop().await;
    }
}

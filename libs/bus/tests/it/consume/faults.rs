//! A worker while the server dies, hangs and comes back.

use std::{collections::BTreeSet, time::Duration};

use sluice_bus::{consume::Options, topology::Topology};

use super::{
    site::Site,
    worker::{Act, WORKER},
};

const EVENTS: usize = 500;
const KILLS: usize = 10;

fn patient() -> Options {
    Options {
        attempts: 1000,
        first_pause: Duration::from_millis(50),
        longest_pause: Duration::from_millis(200),
        patience: Duration::from_secs(2),
        ..Options::default()
    }
}

/// Every event was handled, and what it caused is there once.
async fn assert_all_handled_once(site: &Site, events: usize) {
    let effects = site.wait_for_effects(events).await;
    let different: BTreeSet<_> = effects.iter().collect();
    assert_eq!((effects.len(), different.len()), (events, events));
    site.wait_until_settled().await;
    assert_eq!(site.effects().await.len(), events);
    assert!(site.dead_letters().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_again_and_again_loses_nothing_and_doubles_nothing() {
    // N13, N15, N18
    let mut site = Site::start().await;
    let worker = site.run_with(patient(), |_, _| Act::Say);
    for round in 0..KILLS {
        let part = EVENTS / KILLS;
        for number in 0..part {
            site.event(&format!("e{}", round * part + number)).await;
            if number == part / 2 {
                site.nats.kill().await;
                site.nats.restart().await;
            }
        }
    }
    assert_all_handled_once(&site, EVENTS).await;
    let handled: BTreeSet<_> = worker.calls().into_iter().map(|(what, _)| what).collect();
    assert_eq!(handled.len(), EVENTS);
    worker.stop().await;
}

#[tokio::test]
async fn a_server_that_hangs_is_survived() {
    // N18
    let site = Site::with(WORKER, Topology::current(), Duration::from_secs(2)).await;
    let worker = site.run_with(patient(), |_, _| Act::Say);
    for number in 0..20 {
        site.event(&format!("before{number}")).await;
    }
    site.nats.pause();
    // The fault itself: longer than heartbeats, acks and publishes wait.
    tokio::time::sleep(Duration::from_secs(8)).await;
    site.nats.resume();
    for number in 0..20 {
        site.event(&format!("after{number}")).await;
    }
    assert_all_handled_once(&site, 40).await;
    worker.stop().await;
}

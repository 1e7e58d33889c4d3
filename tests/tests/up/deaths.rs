//! It is told to end, it is killed, its nats-server is killed: what was accepted stays.

use rustix::process::{Signal, kill_process};
use sluice_test_support::eventually;
use sluice_tests::{Up, ledger};
use tokio::task::JoinSet;

use crate::{declare, deliver, numbered, until_accepted};

/// The facts of the pushes with these numbers.
fn facts(numbers: &[usize]) -> Vec<String> {
    numbers
        .iter()
        .map(|number| numbered(*number).fact())
        .collect()
}

/// Everything that was accepted stands there once.
async fn nothing_is_lost(up: &Up, accepted: &[usize]) {
    let stored = ledger::stored_facts(&up.bus("reader").await).await;
    assert_eq!(
        ledger::check(&facts(accepted), &stored),
        ledger::Findings::default()
    );
}

#[tokio::test]
async fn told_to_end_under_load_it_loses_nothing_and_takes_its_server_along() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Up::start(folder.path()).await;
    declare(&up, &folder).await;
    let (hooks, server) = (up.hooks(), up.nats_server().unwrap());
    let mut deliveries = JoinSet::new();
    for number in 0..400 {
        deliveries.spawn(async move { (number, deliver(hooks, &numbered(number)).await) });
    }
    let mut accepted = Vec::new();
    while let Some(done) = deliveries.join_next().await {
        if let (number, Some(answer)) = done.unwrap() {
            assert!([202, 503].contains(&answer.status), "{answer:?}");
            accepted.extend((answer.status == 202).then_some(number));
        }
        if accepted.len() == 100 {
            up.process().signal(Signal::TERM);
        }
    }
    let status = up.process().ended().await;
    assert!(status.success(), "{status}: {}", up.process().complaints());
    assert_eq!(up.nats_server(), None);
    assert!(
        rustix::process::test_kill_process(server).is_err(),
        "nats-server still runs"
    );
    drop(up);

    let up = Up::start(folder.path()).await;
    nothing_is_lost(&up, &accepted).await;
}

#[tokio::test]
async fn killed_it_leaves_a_server_behind_that_the_next_one_copes_with() {
    let folder = tempfile::tempdir().unwrap();
    let mut killed = Up::start(folder.path()).await;
    declare(&killed, &folder).await;
    let accepted: Vec<_> = (0..50).collect();
    for number in &accepted {
        until_accepted(&killed, &numbered(*number)).await;
    }
    let orphan = killed.nats_server().unwrap();
    killed.process().kill().await;
    assert_eq!(killed.nats_server(), Some(orphan), "it outlives its parent");

    let up = Up::start(folder.path()).await;
    assert_ne!(up.nats_server(), Some(orphan));
    nothing_is_lost(&up, &accepted).await;
    // The endpoint is there, and so is its secret.
    until_accepted(&up, &numbered(50)).await;
    nothing_is_lost(&up, &[50]).await;
}

#[tokio::test]
async fn a_killed_nats_server_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path()).await;
    declare(&up, &folder).await;
    until_accepted(&up, &numbered(0)).await;
    for round in 1..=3 {
        let server = up.nats_server().unwrap();
        kill_process(server, Signal::KILL).unwrap();
        let back = async || up.nats_server().filter(|found| *found != server);
        eventually("another nats-server runs", back).await;
        until_accepted(&up, &numbered(round)).await;
    }
    up.ready().await;
    nothing_is_lost(&up, &[0, 1, 2, 3]).await;
}

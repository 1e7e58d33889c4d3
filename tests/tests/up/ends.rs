//! However it ends, what was accepted is there when it starts again.

use rustix::process::{Signal, kill_process};
use sluice_test_support::{Folder, eventually};
use sluice_tests::{Load, SECRET, Up, ledger};

use crate::{deliver, post, pushes};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn told_to_end_under_load_it_loses_nothing() {
    let folder = Folder::new();
    let mut up = Up::start(folder.path()).await;
    let hook = up.operator().declares_endpoint("first", SECRET).await;
    known(&up, &hook).await;
    let load = Load::start(up.hooks(), pushes(&hook, 2000), 50);
    load.until(|progress| progress.accepted >= 500).await;
    assert_eq!(up.process().end().await.code(), Some(0));
    assert_eq!(up.nats_server(), None);
    assert!(load.progress().accepted < 2000, "it ended under load");

    up.start_again().await;
    let (answered, progress) = load.finish().await;
    assert_eq!(answered.len(), 2000, "{progress:?}");
    let stored = ledger::stored_facts(&up.bus("reader").await).await;
    assert_eq!(
        ledger::check(&answered, &stored),
        ledger::Findings::default()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_it_leaves_a_server_behind_that_the_next_one_ends() {
    let folder = Folder::new();
    let mut up = Up::start(folder.path()).await;
    let hook = up.operator().declares_endpoint("first", SECRET).await;
    known(&up, &hook).await;
    let answered = deliver(&up, &hook, 50).await;
    up.process().kill().await;
    let orphan = up.nats_server().expect("it is left behind");

    up.start_again().await;
    let server = up.nats_server().expect("it has another one");
    assert_ne!(server, orphan);
    let stored = ledger::stored_facts(&up.bus("reader").await).await;
    assert_eq!(
        ledger::check(&answered, &stored),
        ledger::Findings::default()
    );
    // What was declared and delivered before still counts.
    assert_eq!(post(&up, &hook).await, 202);
    assert_eq!(up.process().end().await.code(), Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nats_server_that_dies_under_it_comes_back() {
    let folder = Folder::new();
    let mut up = Up::start(folder.path()).await;
    let hook = up.operator().declares_endpoint("first", SECRET).await;
    known(&up, &hook).await;
    let load = Load::start(up.hooks(), pushes(&hook, 2000), 50);
    for kill in 1..=3 {
        load.until(|progress| progress.accepted >= kill * 400).await;
        let server = eventually("a nats-server", async || up.nats_server()).await;
        kill_process(server, Signal::KILL).unwrap();
        let other = async || up.nats_server().filter(|other| *other != server);
        eventually("another nats-server", other).await;
    }
    let (answered, progress) = load.finish().await;
    assert_eq!(answered.len(), 2000, "{progress:?}");
    up.ready().await;
    let stored = ledger::stored_facts(&up.bus("reader").await).await;
    assert_eq!(
        ledger::check(&answered, &stored),
        ledger::Findings::default()
    );
    assert_eq!(up.process().end().await.code(), Some(0));
}

/// Waits until the gateway knows an endpoint that was just declared.
async fn known(up: &Up, hook: &str) {
    eventually("the gateway knows it", async || {
        (post(up, hook).await == 202).then_some(())
    })
    .await;
}

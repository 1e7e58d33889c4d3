use std::time::Duration;

use async_nats::jetstream::stream::DiscardPolicy;
use sluice_bus::{
    Bus, Namespace,
    server::{Server, Setup},
    topology::{Topology, apply},
};
use sluice_test_support::{Nats, nats_program};

use super::{told, with_consumer};
use crate::admin;

#[tokio::test]
async fn an_empty_server_gets_everything_and_a_second_time_nothing() {
    let table = with_consumer();
    let nats = Nats::empty(table.clone()).await;
    let bus = nats.bus("bootstrap").await;
    let parts = table.streams.len() + table.buckets.len() + table.consumers.len();
    assert_eq!(
        told(&bus, &table).await.len(),
        parts,
        "everything is missing"
    );

    let done = apply(&bus, &table).await.unwrap();
    assert_eq!(done.len(), parts);
    assert!(
        done.iter().all(|applied| applied.action == "create"),
        "{done:?}"
    );
    assert_eq!(told(&bus, &table).await, Vec::<String>::new());
    assert_eq!(
        apply(&bus, &table).await.unwrap(),
        vec![],
        "a second time changes nothing"
    );
}

#[tokio::test]
async fn sizes_and_ages_stay_the_operators() {
    let table = with_consumer();
    let nats = Nats::with(table.clone()).await;
    let jetstream = admin::jetstream(&nats.connection("bootstrap")).await;
    admin::change(&jetstream, "SLUICE_GIT", |config| {
        config.max_bytes = 12_345_678;
        config.max_age = Duration::from_secs(5 * 24 * 60 * 60);
        config.metadata.insert("owner".into(), "platform".into());
        // What is to be mended.
        config.discard = DiscardPolicy::Old;
    })
    .await;
    admin::change(&jetstream, "KV_sluice-hosts", |config| {
        config.max_bytes = 23_456_789;
        config.allow_rollup = false;
    })
    .await;

    let bus = nats.bus("bootstrap").await;
    let done = apply(&bus, &table).await.unwrap();
    let done: Vec<_> = done
        .iter()
        .map(|applied| (applied.what.as_str(), applied.action))
        .collect();
    assert_eq!(
        done,
        [("SLUICE_GIT", "update"), ("KV_sluice-hosts", "update")]
    );
    assert_eq!(told(&bus, &table).await, Vec::<String>::new());
    let git = jetstream
        .get_stream("SLUICE_GIT")
        .await
        .unwrap()
        .cached_info()
        .config
        .clone();
    assert_eq!(
        (git.max_bytes, git.max_age),
        (12_345_678, Duration::from_secs(5 * 24 * 60 * 60))
    );
    assert_eq!(
        git.metadata.get("owner").map(String::as_str),
        Some("platform")
    );
    let hosts = jetstream
        .get_stream("KV_sluice-hosts")
        .await
        .unwrap()
        .cached_info()
        .config
        .clone();
    assert_eq!(hosts.max_bytes, 23_456_789);
}

#[tokio::test]
async fn nothing_is_ever_deleted() {
    let table = with_consumer();
    let nats = Nats::with(table.clone()).await;
    let bus = nats.bus("bootstrap").await;
    let mut smaller = Topology::current();
    smaller.streams.truncate(1);
    smaller.streams[0].families.clear();
    smaller.buckets.clear();
    assert_eq!(apply(&bus, &smaller).await.unwrap(), vec![]);
    assert_eq!(
        told(&bus, &table).await,
        Vec::<String>::new(),
        "all of it still stands"
    );
}

#[tokio::test]
async fn a_store_too_small_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup {
        program: nats_program(),
        folder: folder.path().join("nats"),
        port: 0,
        sync_always: true,
        max_store: 1 << 30,
        topology: Topology::current(),
    };
    let server = Server::start(setup).await.unwrap();
    let bus = Bus::connect(&server.connection("bootstrap")).await.unwrap();
    bus.connected().await;
    let error = apply(&bus, &Topology::current())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("cannot create `SLUICE_GIT`: "), "{error}");
    assert!(
        error.contains("max_file_store: raise it, or lower the limits"),
        "{error}"
    );
    server.stop().await;
}

#[tokio::test]
async fn two_namespaces_share_an_account() {
    let nats = Nats::start().await;
    let mut connection = nats.connection("bootstrap");
    connection.namespace = Namespace::of("emea").unwrap();
    let emea = Bus::connect(&connection).await.unwrap();
    emea.connected().await;
    let table = Topology::current();
    assert_eq!(
        told(&emea, &table).await.len(),
        table.streams.len() + table.buckets.len() + table.consumers.len()
    );
    let done = apply(&emea, &table).await.unwrap();
    assert_eq!(done[0].what, "EMEA_SLUICE_GIT");
    assert_eq!(told(&emea, &table).await, Vec::<String>::new());
    assert_eq!(
        told(&nats.bus("bootstrap").await, &table).await,
        Vec::<String>::new()
    );
}

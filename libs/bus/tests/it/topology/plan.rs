//! What would be done is said before it is, with the reason; and what cannot be done is left to somebody's hand.

use std::time::Duration;

use async_nats::jetstream::{
    consumer::pull,
    stream::{Config, RetentionPolicy, StorageType},
};
use sluice_bus::topology::{Remedy, apply, chosen, differences, plan};
use sluice_test_support::Nats;

use super::{told, with_consumer};
use crate::admin;

#[tokio::test]
async fn a_plan_says_why_and_changes_nothing() {
    let table = with_consumer();
    let nats = Nats::with(table.clone()).await;
    let bus = nats.bus("operator").await;
    assert_eq!(plan(&bus, &table).await.unwrap(), vec![]);
    let jetstream = admin::jetstream(&nats.connection("bootstrap")).await;
    admin::change(&jetstream, "SLUICE_GIT", |config| {
        config.allow_direct = false;
        config.duplicate_window = Duration::from_secs(60);
    })
    .await;
    jetstream.delete_stream("KV_sluice-hosts").await.unwrap();

    let planned = plan(&bus, &table).await.unwrap();
    let said: Vec<_> = planned
        .iter()
        .map(|one| format!("{} {}: {}", one.action, one.what, one.because.join("; ")))
        .collect();
    let expected = [
        "update SLUICE_GIT: duplicate window is 60s, expected 259200s; does not allow direct reads",
        "create KV_sluice-hosts: does not exist",
    ];
    assert_eq!(said, expected);
    assert_eq!(
        plan(&bus, &table).await.unwrap(),
        planned,
        "planning does nothing"
    );

    let done = apply(&nats.bus("bootstrap").await, &table).await.unwrap();
    let done: Vec<_> = done.iter().map(|done| (done.action, &*done.what)).collect();
    let planned: Vec<_> = planned.iter().map(|one| (one.action, &*one.what)).collect();
    assert_eq!(done, planned);
    assert_eq!(plan(&bus, &table).await.unwrap(), vec![]);
}

#[tokio::test]
async fn what_no_update_changes_is_left_to_somebodys_hand() {
    let table = with_consumer();
    let nats = Nats::empty(table.clone()).await;
    let jetstream = admin::jetstream(&nats.connection("bootstrap")).await;
    for (name, subject, retention, storage) in [
        (
            "SLUICE_GIT",
            "sluice.v1.git.>",
            RetentionPolicy::Limits,
            StorageType::Memory,
        ),
        (
            "SLUICE_AUDIT",
            "sluice.v1.audit.>",
            RetentionPolicy::WorkQueue,
            StorageType::File,
        ),
        (
            "SLUICE_COMMITS",
            "sluice.v1.commit.>",
            RetentionPolicy::Interest,
            StorageType::File,
        ),
    ] {
        let config = Config {
            name: name.into(),
            subjects: vec![subject.into()],
            max_bytes: 1 << 20,
            retention,
            storage,
            ..Config::default()
        };
        jetstream.create_stream(config).await.unwrap();
    }
    let worker = pull::Config {
        durable_name: Some("worker".into()),
        deliver_policy: async_nats::jetstream::consumer::DeliverPolicy::New,
        ..pull::Config::default()
    };
    jetstream
        .create_consumer_on_stream(worker, "SLUICE_GIT")
        .await
        .unwrap();

    let bus = nats.bus("bootstrap").await;
    apply(&bus, &table).await.unwrap();
    let left = differences(&bus, &table).await.unwrap();
    let by_hand =
        |left: &sluice_bus::topology::Difference| matches!(left.remedy, Remedy::ByHand(_));
    let of_hand: Vec<_> = left
        .iter()
        .filter(|left| by_hand(left))
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        of_hand,
        [
            "SLUICE_GIT: storage is Memory, expected File",
            "SLUICE_AUDIT: retention is WorkQueue, expected Limits",
            "SLUICE_GIT.worker: begins at New, expected All",
        ]
    );
    // All else is mended, but for the consumer, which has to be made anew.
    let others = left.iter().filter(|left| !by_hand(left));
    assert!(
        others.clone().all(|left| left.what == "SLUICE_GIT.worker"),
        "{left:?}"
    );
    assert_eq!(
        apply(&bus, &table).await.unwrap(),
        vec![],
        "it does not try again and again"
    );

    // As the words say.
    for stream in ["SLUICE_GIT", "SLUICE_AUDIT"] {
        jetstream.delete_stream(stream).await.unwrap();
    }
    apply(&bus, &table).await.unwrap();
    assert_eq!(told(&bus, &table).await, Vec::<String>::new());
}

#[tokio::test]
async fn what_the_operator_has_chosen_is_told_apart() {
    let table = with_consumer();
    let nats = Nats::with(table.clone()).await;
    let bus = nats.bus("operator").await;
    assert_eq!(chosen(&bus, &table).await.unwrap(), vec![]);
    let jetstream = admin::jetstream(&nats.connection("bootstrap")).await;
    admin::change(&jetstream, "SLUICE_GIT", |config| {
        config.max_bytes = 1 << 20;
        config.max_age = Duration::from_secs(86_400 * 4);
        config.max_messages = 7;
        config.metadata.insert("owner".into(), "platform".into());
    })
    .await;
    admin::change(&jetstream, "KV_sluice-hosts", |config| {
        config.max_bytes = -1
    })
    .await;

    let found = chosen(&bus, &table).await.unwrap();
    assert!(found.iter().all(|found| found.remedy == Remedy::Nothing));
    let said: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "SLUICE_GIT: keeps 1048576 bytes, by the table 4294967296",
            "SLUICE_GIT: keeps 7 messages, by the table any number of",
            "SLUICE_GIT: keeps messages for 345600s, by the table for 2592000s",
            "SLUICE_GIT: has metadata owner, by the table none",
            "KV_sluice-hosts: keeps any number of bytes, by the table 67108864",
        ]
    );
    assert_eq!(
        told(&bus, &table).await,
        Vec::<String>::new(),
        "none of it is a fault"
    );
    let quorum = bus.declare(sluice_bus::topology::Durability::Quorum);
    let found = chosen(&quorum, &table).await.unwrap();
    let replicas = "SLUICE_GIT: has 1 replicas, by the declared durability 3";
    assert!(found.iter().any(|found| found.to_string() == replicas));
    let parts = table.streams.len() + table.buckets.len() + table.consumers.len();
    let short = found
        .iter()
        .filter(|found| found.problem.contains("replicas"));
    assert_eq!(short.count(), parts);
}

use std::time::Duration;

use async_nats::jetstream::{
    consumer::pull,
    stream::{Config, DiscardPolicy, StorageType},
};
use sluice_test_support::Nats;

use super::{told, with_consumer};
use crate::admin;

/// Plants a drift in a stream and expects that it alone is named.
async fn plant(stream: &str, named: &str, change: impl FnOnce(&mut Config)) {
    let table = with_consumer();
    let nats = Nats::with(table.clone()).await;
    let jetstream = admin::jetstream(&nats.connection("bootstrap")).await;
    admin::change(&jetstream, stream, change).await;
    let told = told(&nats.bus("operator").await, &table).await;
    assert_eq!(told, [format!("{stream}: {named}")]);
}

#[tokio::test]
async fn drift_of_a_stream_is_named() {
    plant(
        "SLUICE_GIT",
        "duplicate window is 60s, expected 259200s",
        |config| {
            config.duplicate_window = Duration::from_secs(60);
        },
    )
    .await;
    plant(
        "SLUICE_DELIVERIES",
        "discards Old, expected New",
        |config| {
            config.discard = DiscardPolicy::Old;
        },
    )
    .await;
    plant("SLUICE_GIT", "does not allow atomic batches", |config| {
        config.allow_atomic_publish = false
    })
    .await;
    plant("SLUICE_GIT", "does not allow direct reads", |config| {
        config.allow_direct = false
    })
    .await;
    plant(
        "SLUICE_GIT",
        "keeps 1 messages a subject, expected -1",
        |config| config.max_messages_per_subject = 1,
    )
    .await;
    plant(
        "SLUICE_ATTEMPTS",
        "does not keep subject `sluice.v1.attempt.>`",
        |config| {
            config.subjects = vec!["sluice.v1.attempt.default.>".into()];
        },
    )
    .await;
}

#[tokio::test]
async fn drift_of_a_bucket_is_named() {
    plant("KV_sluice-hosts", "discards Old, expected New", |config| {
        config.discard = DiscardPolicy::Old
    })
    .await;
    plant(
        "KV_sluice-hosts",
        "keeps 5 values a key, expected 1",
        |config| config.max_messages_per_subject = 5,
    )
    .await;
    plant("KV_sluice-hosts", "forgets after 3600s", |config| {
        config.max_age = Duration::from_secs(3600)
    })
    .await;
    plant(
        "KV_sluice-hosts",
        "does not allow atomic batches",
        |config| config.allow_atomic_publish = false,
    )
    .await;
}

#[tokio::test]
async fn what_was_made_otherwise_from_the_start_is_named() {
    let table = with_consumer();
    let nats = Nats::empty(table.clone()).await;
    let jetstream = admin::jetstream(&nats.connection("bootstrap")).await;
    let config = Config {
        name: "SLUICE_GIT".into(),
        subjects: vec!["sluice.v1.git.>".into()],
        storage: StorageType::Memory,
        max_bytes: 1 << 20,
        ..Config::default()
    };
    jetstream.create_stream(config).await.unwrap();
    let told = told(&nats.bus("operator").await, &table).await;
    for named in [
        "storage is Memory",
        "does not allow a message's own age",
        "duplicate window",
    ] {
        assert!(
            told.iter()
                .any(|line| line.starts_with("SLUICE_GIT: ") && line.contains(named)),
            "{named}: {told:?}"
        );
    }
    assert!(told.contains(&"SLUICE_DELIVERIES: does not exist".to_owned()));
    assert!(told.contains(&"SLUICE_GIT.worker: does not exist".to_owned()));
}

#[tokio::test]
async fn drift_of_a_consumer_is_named_and_mended() {
    let table = with_consumer();
    let nats = Nats::with(table.clone()).await;
    let jetstream = admin::jetstream(&nats.connection("bootstrap")).await;
    let drifted = pull::Config {
        durable_name: Some("worker".into()),
        ack_wait: Duration::from_secs(5),
        max_deliver: 3,
        max_ack_pending: 1000,
        filter_subject: "sluice.v1.git.>".into(),
        ..pull::Config::default()
    };
    jetstream
        .create_consumer_on_stream(drifted, "SLUICE_GIT")
        .await
        .unwrap();

    let bus = nats.bus("operator").await;
    let found = told(&bus, &table).await;
    assert_eq!(
        found,
        [
            r#"SLUICE_GIT.worker: reads ["sluice.v1.git.>"], expected ["sluice.v1.git.*.*.*.*.branch.>", "sluice.v1.git.*.*.*.*.tag.>"]"#,
            "SLUICE_GIT.worker: waits 5s for an ack, expected 30s",
            "SLUICE_GIT.worker: gives up after 3 deliveries",
            "SLUICE_GIT.worker: has 1000 messages in hand at once, expected 8",
        ]
    );
    nats.apply(&table).await;
    assert_eq!(told(&bus, &table).await, Vec::<String>::new());
}

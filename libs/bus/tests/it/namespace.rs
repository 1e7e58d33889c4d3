//! Two Sluices on one account: neither sees the other's messages and records.

use std::time::Duration;

use sluice_bus::{
    Bus, Change, Namespace, Records,
    topology::{Topology, apply},
};
use sluice_events::v1::Project;
use sluice_test_support::Nats;

use crate::publish::message;

fn project(description: &str) -> Project {
    Project {
        name: "a".into(),
        description: description.into(),
        ..Default::default()
    }
}

/// A second Sluice beside the one without a word.
async fn emea(nats: &Nats) -> Bus {
    let mut connection = nats.connection("bootstrap");
    connection.namespace = Namespace::of("emea").unwrap();
    let bus = Bus::connect(&connection).await.unwrap();
    bus.connected().await;
    apply(&bus, &Topology::current()).await.unwrap();
    bus
}

#[tokio::test]
async fn messages_stay_apart_and_keep_their_subjects() {
    let nats = Nats::start().await;
    let (emea, plain) = (emea(&nats).await, nats.bus("bootstrap").await);
    let patience = Duration::from_secs(3);
    let stored = emea.publish(message("a"), patience).await.unwrap();
    assert_eq!(
        (stored.stream.as_str(), stored.duplicate),
        ("EMEA_SLUICE_GIT", false)
    );
    let stored = plain.publish(message("a"), patience).await.unwrap();
    assert!(!stored.duplicate, "the same id, another Sluice");

    for bus in [&emea, &plain] {
        let read = bus
            .read_forward("SLUICE_GIT", "sluice.v1.git.>", 1)
            .await
            .unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].subject, message("a").subject);
        let last = bus
            .last_message("SLUICE_GIT", &message("a").subject)
            .await
            .unwrap();
        assert_eq!(last.unwrap().subject, message("a").subject);
    }
}

#[tokio::test]
async fn a_watch_tells_of_its_own_namespace_alone() {
    let nats = Nats::start().await;
    let (emea, plain) = (emea(&nats).await, nats.bus("bootstrap").await);
    let ours = Records::<Project>::new(&emea, "projects");
    let theirs = Records::<Project>::new(&plain, "projects");
    let mut watch = ours.watch();
    assert_eq!(next(&mut watch).await, Change::Current);

    theirs.put("theirs", &project("1"), None).await.unwrap();
    ours.put("ours", &project("2"), None).await.unwrap();
    let Change::Put(record) = next(&mut watch).await else {
        panic!("a record");
    };
    assert_eq!(
        (record.key.as_str(), record.record.description.as_str()),
        ("ours", "2")
    );
    assert_eq!(next(&mut watch).await, Change::Current);
    assert_eq!(theirs.all().await.unwrap().len(), 1);
}

async fn next(watch: &mut sluice_bus::Watch<Project>) -> Change<Project> {
    tokio::time::timeout(Duration::from_secs(20), watch.next())
        .await
        .expect("a change")
}

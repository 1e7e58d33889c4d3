//! Records have revisions; a watch on them survives what happens to the server.

mod begins;
mod replaced;

use std::time::Duration;

use sluice_bus::{
    Change, RecordError, Records, Watch,
    roles::{Grant, ROLES, Role},
    topology::Topology,
};
use sluice_events::v1::Project;
use sluice_test_support::Nats;

fn project(name: &str, description: &str) -> Project {
    Project {
        name: name.into(),
        description: description.into(),
        ..Default::default()
    }
}

async fn next(watch: &mut Watch<Project>) -> Change<Project> {
    loop {
        let change = tokio::time::timeout(Duration::from_secs(20), watch.next())
            .await
            .expect("a change");
        if !matches!(change, Change::Interrupted(_)) {
            return change;
        }
    }
}

/// The descriptions told until everything that stands there has been told.
async fn told(watch: &mut Watch<Project>) -> Vec<String> {
    let mut told = Vec::new();
    loop {
        match next(watch).await {
            Change::Put(record) => told.push(record.record.description),
            Change::Deleted(key) => told.push(format!("-{key}")),
            Change::Unreadable(key) => told.push(format!("?{key}")),
            Change::Current => return told,
            Change::Interrupted(_) => {}
        }
    }
}

#[tokio::test]
async fn a_record_changes_only_from_the_revision_that_was_read() {
    let nats = Nats::start().await;
    let records = Records::<Project>::new(&nats.bus("operator").await, "projects");
    assert_eq!(records.get("a").await.unwrap(), None);
    let created = records.put("a", &project("a", "1"), None).await.unwrap();
    let again = records.put("a", &project("a", "1"), None).await;
    assert!(
        matches!(again, Err(RecordError::Conflict { .. })),
        "{again:?}"
    );
    let changed = records
        .put("a", &project("a", "2"), Some(created))
        .await
        .unwrap();
    let stale = records.put("a", &project("a", "3"), Some(created)).await;
    assert!(
        matches!(stale, Err(RecordError::Conflict { .. })),
        "{stale:?}"
    );
    assert_eq!(
        records.get("a").await.unwrap().unwrap().record.description,
        "2"
    );
    let stale = records.delete("a", created).await;
    assert!(
        matches!(stale, Err(RecordError::Conflict { .. })),
        "{stale:?}"
    );
    records.delete("a", changed).await.unwrap();
    assert_eq!(records.get("a").await.unwrap(), None);
    assert_eq!(records.all().await.unwrap(), vec![]);
    records
        .put("a", &project("a", "4"), None)
        .await
        .expect("a deleted record can be created again");
}

#[tokio::test]
async fn all_records_come_whole_and_in_order() {
    let nats = Nats::start().await;
    let records = Records::<Project>::new(&nats.bus("operator").await, "projects");
    for number in (0..1234).rev() {
        records
            .put(
                &format!("p{number:04}"),
                &project("p", &number.to_string()),
                None,
            )
            .await
            .unwrap();
    }
    let all = records.all().await.unwrap();
    assert_eq!(all.len(), 1234);
    assert!(all.is_sorted_by_key(|record| record.key.clone()));
    assert_eq!(told(&mut records.watch()).await.len(), 1234);
    records.remove("p0007").await.unwrap();
    let mut wanted: Vec<_> = all.iter().map(|record| record.key.clone()).collect();
    wanted.push("nobody".into());
    let mut some = records.some(&wanted).await.unwrap();
    some.sort_by(|one, other| one.key.cmp(&other.key));
    let mut left = all;
    left.remove(7);
    assert!(some == left, "{} of {}", some.len(), left.len());
    assert_eq!(records.some(&[]).await.unwrap(), vec![]);
}

#[tokio::test]
async fn a_watch_tells_what_is_there_and_what_changes() {
    let nats = Nats::start().await;
    let records = Records::<Project>::new(&nats.bus("operator").await, "projects");
    let revision = records.put("a", &project("a", "1"), None).await.unwrap();
    let mut watch = records.watch();
    assert_eq!(told(&mut watch).await, ["1"]);
    let revision = records
        .put("a", &project("a", "2"), Some(revision))
        .await
        .unwrap();
    assert_eq!(told(&mut watch).await, ["2"]);
    records.delete("a", revision).await.unwrap();
    assert_eq!(told(&mut watch).await, ["-a"]);
}

/// Wake-ups get lost, and most who wait wait for other things as well.
#[tokio::test]
async fn a_watch_that_nothing_wakes_and_that_is_cancelled_again_and_again_tells_all_the_same() {
    const DEAF: Role = Role {
        name: "deaf",
        about: "May read the bucket, and hears nothing.",
        grants: &[Grant::Read("KV_sluice-projects")],
    };
    let nats = Nats::empty_for(Topology::current(), &[ROLES, &[DEAF]].concat()).await;
    nats.apply(&Topology::current()).await;
    let mut watch = Records::<Project>::new(&nats.bus("deaf").await, "projects").watch();
    assert!(told(&mut watch).await.is_empty());
    let records = Records::<Project>::new(&nats.bus("operator").await, "projects");
    records.put("a", &project("a", "1"), None).await.unwrap();
    let change = async {
        loop {
            let next = watch.next();
            if let Ok(change) = tokio::time::timeout(Duration::from_millis(50), next).await {
                return change;
            }
        }
    };
    let change = tokio::time::timeout(Duration::from_secs(20), change).await;
    assert!(matches!(change, Ok(Change::Put(_))), "{change:?}");
}

#[tokio::test]
async fn a_watch_survives_a_killed_server() {
    let mut nats = Nats::start().await;
    let records = Records::<Project>::new(&nats.bus("operator").await, "projects");
    let mut watch = records.watch();
    assert!(told(&mut watch).await.is_empty());
    for round in 0..3 {
        nats.kill().await;
        nats.restart().await;
        let other = Records::<Project>::new(&nats.bus("operator").await, "projects");
        other
            .put(
                &format!("p{round}"),
                &project("p", &round.to_string()),
                None,
            )
            .await
            .unwrap();
        let mut seen = Vec::new();
        while seen.is_empty() {
            seen = told(&mut watch).await;
        }
        assert_eq!(seen, [round.to_string()]);
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_told_and_harms_no_other() {
    let nats = Nats::start().await;
    let bus = nats.bus("operator").await;
    let records = Records::<Project>::new(&bus, "projects");
    let jetstream = crate::admin::jetstream(&nats.connection("bootstrap")).await;
    let garbage = jetstream
        .publish("$KV.sluice-projects.bad", "hunter2".into())
        .await;
    garbage.unwrap().await.unwrap();
    records
        .put("good", &project("good", "1"), None)
        .await
        .unwrap();
    assert_eq!(told(&mut records.watch()).await, ["?bad", "1"]);
    let error = records.all().await.unwrap_err().to_string();
    assert!(
        error.contains("bad") && !error.contains("hunter2"),
        "{error}"
    );
}

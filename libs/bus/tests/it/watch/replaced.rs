//! A bucket that is gone and made anew is another one, whatever its revisions are.

use sluice_bus::{Records, topology::Topology};
use sluice_events::v1::Project;
use sluice_test_support::Nats;

use super::{project, told};

async fn anew(nats: &Nats) {
    let jetstream = crate::admin::jetstream(&nats.connection("bootstrap")).await;
    jetstream.delete_stream("KV_sluice-projects").await.unwrap();
    nats.apply(&Topology::current()).await;
}

/// What a watch that knew `a`, `b` and `c` tells after the bucket was made anew with these.
async fn told_of_another(names: &[&str]) -> Vec<String> {
    let nats = Nats::start().await;
    let records = Records::<Project>::new(&nats.bus("operator").await, "projects");
    for name in ["a", "b", "c"] {
        records.put(name, &project(name, name), None).await.unwrap();
    }
    let mut watch = records.watch();
    assert_eq!(told(&mut watch).await, ["a", "b", "c"]);
    anew(&nats).await;
    for name in names {
        let new = project(name, &format!("new {name}"));
        records.put(name, &new, None).await.unwrap();
    }
    let mut seen = Vec::new();
    let gone = |seen: &[String]| seen.iter().filter(|one| one.starts_with('-')).count();
    let kept = ["a", "b", "c"]
        .iter()
        .filter(|name| names.contains(name))
        .count();
    while seen.len() < names.len() + 3 - kept || gone(&seen) < 3 - kept {
        seen.extend(told(&mut watch).await);
    }
    seen.sort();
    seen
}

#[tokio::test]
async fn with_less_in_it_is_told_from_the_start() {
    assert_eq!(told_of_another(&["b"]).await, ["-a", "-c", "new b"]);
}

#[tokio::test]
async fn with_more_in_it_is_told_from_the_start() {
    let told = told_of_another(&["b", "d", "e", "f", "g"]).await;
    assert_eq!(
        told,
        ["-a", "-c", "new b", "new d", "new e", "new f", "new g"]
    );
}

/// That everything is gone is news as well: who waits for the end of a reading hears of it.
#[tokio::test]
async fn with_nothing_in_it_is_told_to_its_end() {
    assert_eq!(told_of_another(&[]).await, ["-a", "-b", "-c"]);
}

/// What the last revision stood for may be gone without a trace.
#[tokio::test]
async fn whose_last_record_is_gone_without_a_trace_is_read_all_the_same() {
    let nats = Nats::start().await;
    let records = Records::<Project>::new(&nats.bus("operator").await, "projects");
    for name in ["a", "b"] {
        records.put(name, &project(name, name), None).await.unwrap();
    }
    let jetstream = crate::admin::jetstream(&nats.connection("bootstrap")).await;
    let stream = jetstream.get_stream("KV_sluice-projects").await.unwrap();
    stream
        .purge()
        .filter("$KV.sluice-projects.b")
        .await
        .unwrap();
    let mut watch = records.watch();
    assert_eq!(told(&mut watch).await, ["a"]);
    records.put("c", &project("c", "c"), None).await.unwrap();
    assert_eq!(told(&mut watch).await, ["c"]);
}

//! Tables of two versions on one bus.

use serde_json::json;
use sluice_bus::topology::{self, Topology};
use sluice_test_support::Nats;
use sluice_tests::{Operator, Wire, push};

use crate::site::Site;

/// The table as the next version might have it: a stream with a family, a family in a stream of today, a bucket.
fn next() -> Topology {
    let mut table = Topology::current();
    let version = table.version + 1;
    let mut stream = table.streams[0].clone();
    stream.name = "SLUICE_TARGETS".into();
    stream.families = vec![("target".into(), version)];
    stream.max_bytes = 64 * 1024 * 1024;
    stream.since = version;
    let mut bucket = table.buckets[0].clone();
    bucket.name = "targets".into();
    bucket.since = version;
    table.streams[0].families.push(("later".into(), version));
    table.streams.push(stream);
    table.buckets.push(bucket);
    Topology { version, ..table }
}

#[tokio::test]
async fn the_bus_goes_first_and_this_gateway_works_on_it() {
    let mut site = Site::start().await;
    site.nats.apply(&next()).await;
    let (one, two) = (
        push().delivered_as("1"),
        push().delivered_as("2").upto(&"c".repeat(40)),
    );
    assert_eq!(site.deliver(&site.hook, &one).await.status, 202);

    // One that comes up on such a bus compares it at once.
    site.gateway.kill().await;
    site.gateway.restart();
    site.gateway.ready().await;
    assert_eq!(site.deliver(&site.hook, &two).await.status, 202);
}

#[tokio::test]
async fn this_command_finds_nothing_wrong_with_a_later_bus_and_takes_nothing_from_it() {
    let nats = Nats::with(next()).await;
    let operator = Operator::of_nats(&nats.connection("operator"), nats.folder());
    let diff = operator.does(&["topology", "diff"]).await;
    assert!(diff.contains("the bus is as it must be"), "{diff}");

    let bootstrap = Operator::of_nats(&nats.connection("bootstrap"), nats.folder());
    let applied = bootstrap.does(&["topology", "apply"]).await;
    assert!(applied.contains("nothing to do"), "{applied}");
    let bus = nats.bus("bootstrap").await;
    let differences = topology::differences(&bus, &next()).await.unwrap();
    assert_eq!(differences, Vec::new());
    let mut wire = Wire::connect(&nats.connection("bootstrap")).await;
    let info = wire.ask("STREAM.INFO.SLUICE_GIT", &json!({})).await;
    let subjects = &info["config"]["subjects"];
    assert_eq!(*subjects, json!(["sluice.v1.git.>", "sluice.v1.later.>"]));
}

#[tokio::test]
async fn a_service_of_the_next_version_accepts_the_bus_of_this_one() {
    // Its users are upgraded before it: who may not ask for a stream cannot tell that it is missing.
    let nats = Nats::empty(next()).await;
    nats.apply(&Topology::current()).await;
    let bus = nats.bus("operator").await;
    let differences = topology::differences(&bus, &next()).await.unwrap();
    assert_eq!(differences, Vec::new());
}

#[tokio::test]
async fn the_version_after_the_next_does_not() {
    let nats = Nats::start().await;
    let bus = nats.bus("bootstrap").await;
    let table = Topology {
        version: next().version + 1,
        ..next()
    };
    let differences = topology::differences(&bus, &table).await.unwrap();
    let what: Vec<_> = differences
        .iter()
        .map(|difference| difference.what.as_str())
        .collect();
    assert_eq!(what, ["SLUICE_GIT", "SLUICE_TARGETS", "KV_sluice-targets"]);
}

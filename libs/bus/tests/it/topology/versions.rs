//! Binaries and buses of neighbouring versions work together, whichever is upgraded first.

use sluice_bus::topology::Topology;
use sluice_test_support::Nats;

use super::told;

/// This table as a later version has it: a family and a stream more with each.
fn version(number: u32) -> Topology {
    let mut topology = Topology::current();
    topology.version = number;
    for since in 2..=number {
        let family = (format!("later{since}"), since);
        topology.streams[0].families.push(family);
        let mut stream = topology.streams[1].clone();
        stream.name = format!("SLUICE_LATER{since}");
        stream.families = vec![(format!("more{since}"), since)];
        stream.max_bytes = 1 << 20;
        stream.since = since;
        topology.streams.push(stream);
    }
    topology
}

/// A bus of one version, seen by a binary of another.
async fn seen(bus: u32, binary: u32) -> Vec<String> {
    let nats = Nats::with(version(bus)).await;
    told(&nats.bus("bootstrap").await, &version(binary)).await
}

#[tokio::test]
async fn the_binary_may_be_upgraded_first() {
    assert_eq!(seen(1, 2).await, Vec::<String>::new());
}

#[tokio::test]
async fn the_bus_may_be_upgraded_first() {
    assert_eq!(seen(2, 1).await, Vec::<String>::new());
    assert_eq!(
        seen(3, 1).await,
        Vec::<String>::new(),
        "later ones only add"
    );
}

#[tokio::test]
async fn a_bus_two_versions_behind_is_named() {
    assert_eq!(
        seen(1, 3).await,
        [
            "SLUICE_GIT: does not keep subject `sluice.v1.later2.>`",
            "SLUICE_LATER2: does not exist",
        ],
        "what version 3 brought may be missing"
    );
}

#[tokio::test]
async fn an_old_binary_takes_nothing_away_when_it_applies_its_table() {
    let nats = Nats::with(version(2)).await;
    nats.apply(&version(1)).await;
    assert_eq!(
        told(&nats.bus("bootstrap").await, &version(2)).await,
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn upgrading_the_bus_brings_what_is_new() {
    let nats = Nats::with(version(1)).await;
    nats.apply(&version(3)).await;
    assert_eq!(
        told(&nats.bus("bootstrap").await, &version(3)).await,
        Vec::<String>::new()
    );
}

#[test]
fn the_table_and_the_families_agree() {
    let topology = Topology::current();
    for family in sluice_events::families::FAMILIES {
        let stream = topology
            .stream_of(family.name)
            .map(|spec| spec.name.as_str());
        assert_eq!(stream, Some(family.stream), "{}", family.name);
    }
}

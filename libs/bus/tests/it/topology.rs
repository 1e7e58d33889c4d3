//! The table is brought about, compared, and upgraded in either order; nothing is ever taken away.

mod apply;
mod drift;
mod plan;
mod versions;

use std::time::Duration;

use sluice_bus::{
    Bus,
    topology::{ConsumerSpec, Topology, differences},
};

/// The table of this version with a consumer in it.
fn with_consumer() -> Topology {
    let mut topology = Topology::current();
    topology.consumers.push(ConsumerSpec {
        name: "worker".into(),
        stream: "SLUICE_GIT".into(),
        filters: vec![
            "sluice.v1.git.*.*.*.*.branch.>".into(),
            "sluice.v1.git.*.*.*.*.tag.>".into(),
        ],
        ack_wait: Duration::from_secs(30),
        max_in_hand: 8,
        since: 1,
    });
    topology
}

/// What differs, a line each.
async fn told(bus: &Bus, topology: &Topology) -> Vec<String> {
    let found = differences(bus, topology).await.unwrap();
    found.iter().map(ToString::to_string).collect()
}

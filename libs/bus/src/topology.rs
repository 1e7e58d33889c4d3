//! What stands on the bus: streams, buckets and durable consumers, as one table.
//!
//! [`Topology::current`] is the table. `sluice up` and `sluice topology apply` bring it about ([`apply`]); everybody
//! else compares ([`differences`]) and is not ready while the contract is broken. Nothing here ever deletes.

mod apply;
mod compare;
mod config;
mod consumers;
mod streams;
mod work;

use std::time::Duration;

pub use apply::{Applied, ApplyError, Planned};
pub use compare::{Difference, Remedy};
pub use consumers::ConsumerSpec;
pub use streams::{BucketSpec, Discard, Sources, StreamSpec};
pub use work::{PARTITIONS, consumers as work_consumers};

use crate::{Bus, Namespace};

/// Version of the table in this binary. It rises with every addition; nothing is ever taken away within `sluice.v1`.
pub const VERSION: u32 = 1;

/// Everything that must stand on the bus.
#[derive(Debug, Clone)]
pub struct Topology {
    /// The version that this table describes.
    pub version: u32,
    /// Streams of messages.
    pub streams: Vec<StreamSpec>,
    /// Buckets of records.
    pub buckets: Vec<BucketSpec>,
    /// Durable consumers of the workers.
    pub consumers: Vec<ConsumerSpec>,
}

/// How far stored messages are safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The server syncs every message to disk before it acknowledges it (`sync_interval: always`).
    Fsync,
    /// Three replicas in three zones hold every message before it is acknowledged.
    Quorum,
}

impl Durability {
    /// Its name in settings, metrics and reports.
    pub fn word(self) -> &'static str {
        match self {
            Durability::Fsync => "fsync",
            Durability::Quorum => "quorum",
        }
    }

    /// How many replicas a stream gets when it is created.
    pub fn replicas(self) -> usize {
        match self {
            Durability::Fsync => 1,
            Durability::Quorum => 3,
        }
    }
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const MIB: i64 = 1024 * 1024;

impl Topology {
    /// The table of this binary.
    pub fn current() -> Self {
        Self {
            version: VERSION,
            streams: streams::streams(),
            buckets: streams::buckets(),
            consumers: consumers::consumers(),
        }
    }

    /// The durable consumer of that name on a stream.
    pub fn consumer(&self, stream: &str, name: &str) -> Option<&ConsumerSpec> {
        self.consumers
            .iter()
            .find(|consumer| consumer.stream == stream && consumer.name == name)
    }

    /// The stream that keeps a family.
    pub fn stream_of(&self, family: &str) -> Option<&StreamSpec> {
        self.streams
            .iter()
            .find(|stream| stream.families.iter().any(|(name, _)| name == family))
    }

    /// The sum of all size limits in bytes, which has to fit the server's store.
    pub fn max_bytes(&self) -> i64 {
        self.streams
            .iter()
            .map(|stream| stream.max_bytes)
            .sum::<i64>()
            + self
                .buckets
                .iter()
                .map(|bucket| bucket.max_bytes)
                .sum::<i64>()
    }
}

/// Where the bus breaks the contract of this table; empty if it keeps it.
///
/// What came into the table with its newest version may be missing: then the operator has not upgraded the bus yet.
pub async fn differences(
    bus: &Bus,
    topology: &Topology,
) -> Result<Vec<Difference>, crate::LookupError> {
    compare::differences(bus, topology).await
}

/// Where the operator has chosen otherwise than the table would: sizes, ages, replicas, placement, metadata. No fault.
pub async fn chosen(bus: &Bus, topology: &Topology) -> Result<Vec<Difference>, crate::LookupError> {
    compare::chosen(bus, topology).await
}

/// What has fewer replicas than the [`Durability`] needs that is declared of the bus.
pub async fn short_of_replicas(
    bus: &Bus,
    topology: &Topology,
) -> Result<Vec<String>, crate::LookupError> {
    compare::short_of_replicas(bus, topology).await
}

/// What [`apply`] would do.
pub async fn plan(bus: &Bus, topology: &Topology) -> Result<Vec<Planned>, crate::LookupError> {
    apply::plan(bus, topology).await
}

/// Creates what is missing and adds what a stream lacks. Leaves the operator's sizes and ages as they are, and what
/// the server changes on nothing that exists: [`differences`] says afterwards whether there is any.
pub async fn apply(bus: &Bus, topology: &Topology) -> Result<Vec<Applied>, ApplyError> {
    apply::apply(bus, topology).await
}

impl Namespace {
    /// The subjects of a stream as they stand on this bus.
    pub(crate) fn subjects_of(&self, spec: &StreamSpec) -> Vec<String> {
        spec.families
            .iter()
            .map(|(family, _)| self.subject(&format!("sluice.v1.{family}.>")))
            .collect()
    }
}

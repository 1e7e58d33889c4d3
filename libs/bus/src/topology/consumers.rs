//! The durable consumers of the workers.

use std::time::Duration;

use super::work;
use crate::Namespace;

/// A durable pull consumer with explicit acks. Its name is its service's.
#[derive(Debug, Clone)]
pub struct ConsumerSpec {
    /// Its name, which is its service's.
    pub name: String,
    /// The stream it reads, before the namespace's prefix.
    pub stream: String,
    /// The subjects it reads, before the namespace's prefix.
    pub filters: Vec<String>,
    /// How long a message may stay in hand without a sign of life.
    pub ack_wait: Duration,
    /// How many messages may be in hand at once, over all replicas.
    pub max_in_hand: i64,
    /// The table's version that brought it.
    pub since: u32,
}

/// The consumers of this version.
pub(super) fn consumers() -> Vec<ConsumerSpec> {
    let consumer = |name: &str, stream: &str, filters: &[&str]| ConsumerSpec {
        name: name.into(),
        stream: stream.into(),
        filters: filters.iter().map(|filter| (*filter).to_owned()).collect(),
        ack_wait: Duration::from_secs(10),
        max_in_hand: 64,
        since: 1,
    };
    let others = [
        consumer("sync", "SLUICE_COMMANDS", &["sluice.v1.command.*.*.sync.*"]),
        consumer(
            "connector",
            "SLUICE_COMMANDS",
            &["sluice.v1.command.*.*.connector.*"],
        ),
        consumer(
            "commit-log",
            "SLUICE_BULK",
            &["sluice.v1.bulk.*.*.*.*.commits.listed"],
        ),
        consumer(
            "recoverer",
            "SLUICE_GIT",
            &[
                "sluice.v1.git.*.*.*.*.branch.*.*.*",
                "sluice.v1.git.*.*.*.*.tag.*.*.*",
            ],
        ),
    ];
    work::consumers("sync").chain(others).collect()
}

impl ConsumerSpec {
    /// What it reads as it stands on the bus, in order.
    pub(super) fn filters(&self, namespace: &Namespace) -> Vec<String> {
        let mut filters: Vec<_> = self
            .filters
            .iter()
            .map(|filter| namespace.subject(filter))
            .collect();
        filters.sort();
        filters
    }
}

//! The stream of repositories that need work: partitioned, and one message for each repository.
//!
//! nats-server fills it from the events of refs, and services wake a repository by publishing on its `wake` subject. The
//! server computes the partition of either. Each partition has a consumer with one message in hand, so that a repository
//! is worked on in one place at a time, however many replicas there are.

use std::time::Duration;

use super::{ConsumerSpec, Discard, Sources, StreamSpec};

/// Its name.
pub(super) const STREAM: &str = "SLUICE_WORK";

/// How many partitions there are. Fixed: another number would put a repository into two places for a while.
pub const PARTITIONS: u32 = 64;

/// What a repository's message is called, wildcards counted from 1: project, host, owner, repository.
const WORK: &str = "sluice.v1.work.{{wildcard(1)}}.{{wildcard(2)}}.{{wildcard(3)}}.{{wildcard(4)}}.{{partition(64,1,2,3,4)}}.wake";

pub(super) fn stream(spec: StreamSpec) -> StreamSpec {
    // Owner and repository are one token each, so that there is one rule for each kind of ref.
    let moves = |name: &str| {
        let events = format!("sluice.v1.git.*.*.*.*.{name}.*.*.*");
        (events, WORK.to_owned())
    };
    StreamSpec {
        sources: Some(Sources {
            stream: "SLUICE_GIT".into(),
            renames: vec![moves("branch"), moves("tag")],
            own: ("sluice.v1.wake.*.*.*.*".into(), WORK.into()),
        }),
        // What was forgotten here is found by the next sweep.
        discard: Discard::Old,
        max_bytes: 256 * super::MIB,
        ..spec
    }
}

/// The consumers of a service, one for each partition.
pub fn consumers(service: &str) -> impl Iterator<Item = ConsumerSpec> {
    (0..PARTITIONS).map(move |partition| ConsumerSpec {
        name: format!("{service}-{partition:02}"),
        stream: STREAM.into(),
        filters: vec![format!("sluice.v1.work.*.*.*.*.{partition}.wake")],
        ack_wait: Duration::from_secs(10),
        max_in_hand: 1,
        since: 1,
    })
}

//! What each role may do, said a second time and in other words than in the library.

use std::time::Duration;

use sluice_bus::{
    roles::{Grant, ROLES, Role},
    topology::{ConsumerSpec, Topology},
};
use sluice_test_support::Nats;

/// What a role may do; all other rights are somebody else's.
pub(super) struct Expected {
    pub(super) role: &'static str,
    /// Families it publishes.
    says: &'static [&'static str],
    /// Families it hears live.
    hears: &'static [&'static str],
    /// Streams and buckets that it reads.
    reads: &'static [&'static str],
    /// Buckets that it is told changes of.
    watches: &'static [&'static str],
    /// Buckets that it writes.
    writes: &'static [&'static str],
    /// Streams and consumers whose configuration it sees besides.
    sees: &'static [&'static str],
    /// Further subjects it publishes to, and subscribes to.
    further: (&'static [&'static str], &'static [&'static str]),
}

const ALL: &[&str] = &[
    "STREAM.INFO.SLUICE_GIT",
    "STREAM.INFO.SLUICE_DELIVERIES",
    "STREAM.INFO.SLUICE_ATTEMPTS",
    "STREAM.INFO.SLUICE_DEADLETTERS",
    "STREAM.INFO.KV_sluice-projects",
    "STREAM.INFO.KV_sluice-hosts",
    "STREAM.INFO.KV_sluice-endpoints",
    "STREAM.INFO.KV_sluice-hook-secrets",
    "STREAM.INFO.KV_sluice-endpoint-state",
    "CONSUMER.INFO.SLUICE_GIT.worker",
];
const BUCKETS: &[&str] = &[
    "projects",
    "hosts",
    "endpoints",
    "hook-secrets",
    "endpoint-state",
];

pub(super) const EXPECTED: &[Expected] = &[
    Expected {
        role: "gateway",
        says: &["git", "delivery", "attempt"],
        hears: &[],
        reads: &["SLUICE_GIT", "SLUICE_DELIVERIES"],
        watches: BUCKETS,
        writes: &["endpoint-state"],
        sees: ALL,
        further: (
            &["_INBOX_fleet.a"],
            &[
                "$SRV.PING",
                "$SRV.PING.sluice-gateway",
                "$SRV.STATS.sluice-gateway.id",
            ],
        ),
    },
    Expected {
        role: "operator",
        says: &[],
        hears: &["git", "delivery", "attempt", "deadletter"],
        reads: &[
            "SLUICE_GIT",
            "SLUICE_DELIVERIES",
            "SLUICE_ATTEMPTS",
            "SLUICE_DEADLETTERS",
        ],
        watches: BUCKETS,
        writes: BUCKETS,
        sees: ALL,
        further: (&["$SRV.PING"], &["_INBOX_fleet.>"]),
    },
    Expected {
        role: "reader",
        says: &[],
        hears: &["git"],
        reads: &["SLUICE_GIT"],
        watches: &[],
        writes: &[],
        sees: &["STREAM.INFO.SLUICE_GIT"],
        further: (&[], &[]),
    },
    Expected {
        role: "worker",
        says: &["deadletter"],
        hears: &[],
        reads: &[],
        watches: &[],
        writes: &[],
        sees: &[
            "CONSUMER.INFO.SLUICE_GIT.worker",
            "CONSUMER.MSG.NEXT.SLUICE_GIT.worker",
        ],
        further: (&["$JS.ACK.SLUICE_GIT.worker.1.1.1.1.1"], &[]),
    },
];

impl Expected {
    pub(super) fn publishes(&self) -> Vec<String> {
        let events = self
            .says
            .iter()
            .map(|family| format!("sluice.v1.{family}.p.h.o.r.n.a"));
        let records = self
            .writes
            .iter()
            .map(|bucket| format!("$KV.sluice-{bucket}.key"));
        let buckets = self
            .watches
            .iter()
            .map(|bucket| format!("KV_sluice-{bucket}"));
        let streams = self.reads.iter().map(ToString::to_string).chain(buckets);
        let reads = streams.flat_map(|stream| {
            ["DIRECT.GET", "STREAM.MSG.GET"].map(|call| format!("$JS.API.{call}.{stream}"))
        });
        let sees = self.sees.iter().map(|call| format!("$JS.API.{call}"));
        let further = self.further.0.iter().map(ToString::to_string);
        events
            .chain(records)
            .chain(reads)
            .chain(sees)
            .chain(further)
            .collect()
    }

    pub(super) fn subscribes(&self) -> Vec<String> {
        let events = self
            .hears
            .iter()
            .map(|family| format!("sluice.v1.{family}.>"));
        let changes = self
            .watches
            .iter()
            .map(|bucket| format!("$KV.sluice-{bucket}.>"));
        let inbox = [format!("_INBOX_{}.>", self.role)];
        let further = self.further.1.iter().map(ToString::to_string);
        events.chain(changes).chain(inbox).chain(further).collect()
    }
}

/// What is shipped, and a worker with its consumer.
pub(super) async fn site() -> (Nats, Topology) {
    const WORKER: Role = Role {
        name: "worker",
        about: "Consumes.",
        grants: &[
            Grant::Consume("SLUICE_GIT", "worker"),
            Grant::Publish("deadletter"),
        ],
    };
    let mut topology = Topology::current();
    topology.consumers.push(ConsumerSpec {
        name: "worker".into(),
        stream: "SLUICE_GIT".into(),
        filters: vec!["sluice.v1.git.>".into()],
        ack_wait: Duration::from_secs(30),
        max_in_hand: 8,
        since: 1,
    });
    let nats = Nats::empty_for(topology.clone(), &[ROLES, &[WORKER]].concat()).await;
    nats.apply(&topology).await;
    (nats, topology)
}

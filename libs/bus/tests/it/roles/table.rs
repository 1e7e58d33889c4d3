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
    watches: Vec<&'static str>,
    /// Buckets that it writes.
    writes: Vec<&'static str>,
    /// Further streams whose configuration it sees, by their short names.
    sees: &'static [&'static str],
    /// Consumers that it takes messages from.
    consumes: &'static [&'static str],
    /// Further subjects it publishes to, and subscribes to.
    further: (&'static [&'static str], &'static [&'static str]),
}

const BUCKETS: &[&str] = &[
    "projects",
    "hosts",
    "endpoints",
    "hook-secrets",
    "endpoint-state",
];
const FETCHED: &[&str] = &["hosts", "repositories", "credentials", "credential-values"];
const DECLARED: &[&str] = &[
    "repositories",
    "credentials",
    "credential-values",
    "issuer-values",
    "access-tokens",
    "sync-state",
    "sync-refs",
    "known-refs",
    "known-tables",
    "connections",
    "imports",
];
/// Those of them that an operator writes; the others workers keep.
const WRITTEN: &[&str] = &[
    "repositories",
    "credentials",
    "credential-values",
    "issuer-values",
    "access-tokens",
];
const NONE: Expected = Expected {
    role: "",
    says: &[],
    hears: &[],
    reads: &[],
    watches: Vec::new(),
    writes: Vec::new(),
    sees: &[],
    consumes: &[],
    further: (&[], &[]),
};

pub(super) fn expected() -> Vec<Expected> {
    vec![
        Expected {
            role: "gateway",
            says: &["git", "delivery", "attempt"],
            reads: &["GIT", "DELIVERIES"],
            watches: BUCKETS.to_vec(),
            writes: vec!["endpoint-state"],
            sees: &["ATTEMPTS"],
            further: (
                &["_INBOX_fleet.a"],
                &[
                    "$SRV.PING",
                    "$SRV.PING.sluice-gateway",
                    "$SRV.STATS.sluice-gateway.id",
                ],
            ),
            ..NONE
        },
        Expected {
            role: "sync",
            says: &["sync", "bulk", "wake", "deadletter", "audit"],
            reads: &["GIT"],
            watches: [FETCHED, &["sync-state", "sync-refs", "operations"]].concat(),
            writes: vec!["sync-state", "sync-refs", "operations"],
            sees: &[
                "RESULTS",
                "BULK",
                "WORK",
                "DEADLETTERS",
                "AUDIT",
                "COMMANDS",
            ],
            consumes: &["WORK.sync-00", "WORK.sync-63", "COMMANDS.sync"],
            further: (&["_INBOX_fleet.a"], &["$SRV.PING"]),
            ..NONE
        },
        Expected {
            role: "recoverer",
            says: &["git", "wake", "deadletter"],
            reads: &["GIT"],
            watches: [FETCHED, &["sync-state", "known-refs", "known-tables"]].concat(),
            writes: vec!["known-refs", "known-tables"],
            sees: &["WORK", "DEADLETTERS"],
            consumes: &["GIT.recoverer"],
            further: (&["_INBOX_fleet.a"], &["$SRV.PING"]),
            ..NONE
        },
        Expected {
            role: "connector",
            says: &["webhook", "deadletter", "audit"],
            watches: [
                BUCKETS,
                FETCHED,
                &[
                    "issuer-values",
                    "installations",
                    "known-refs",
                    "connections",
                    "imports",
                    "operations",
                ],
            ]
            .concat(),
            writes: vec![
                "credentials",
                "credential-values",
                "installations",
                "repositories",
                "endpoints",
                "hook-secrets",
                "endpoint-state",
                "connections",
                "imports",
                "operations",
            ],
            sees: &["RESULTS", "DEADLETTERS", "AUDIT", "COMMANDS"],
            consumes: &["COMMANDS.connector"],
            further: (&["_INBOX_fleet.a"], &["$SRV.PING"]),
            ..NONE
        },
        Expected {
            role: "commit-log",
            says: &["commit", "deadletter", "audit"],
            hears: &["commit"],
            reads: &["GIT", "COMMITS"],
            watches: vec!["commit-places"],
            writes: vec!["commit-places"],
            sees: &["BULK", "DEADLETTERS", "AUDIT"],
            consumes: &["BULK.commit-log"],
            further: (
                &["_INBOX_fleet.a", "_INBOX_api.a", "_INBOX_operator.a"],
                &["$SRV.PING", "sluice.v1.query.*.*.commit-log.*"],
            ),
        },
        Expected {
            role: "api",
            says: &["audit"],
            hears: &["git"],
            reads: &["GIT", "AUDIT"],
            watches: [
                BUCKETS,
                FETCHED,
                &[
                    "issuer-values",
                    "access-tokens",
                    "sync-state",
                    "known-refs",
                    "connections",
                    "imports",
                    "operations",
                ],
            ]
            .concat(),
            writes: [BUCKETS, &FETCHED[1..], &["issuer-values", "access-tokens"]].concat(),
            sees: &["COMMANDS"],
            further: (
                &[
                    "_INBOX_fleet.a",
                    // For itself and for others, never as another user of the bus.
                    "sluice.v1.command.p.somebody.sync.verb",
                    "sluice.v1.command.p.somebody.connector.verb",
                    "sluice.v1.query.p.somebody.commit-log.verb",
                ],
                &["$SRV.PING"],
            ),
            ..NONE
        },
        Expected {
            role: "operator",
            says: &["audit"],
            hears: &[
                "git",
                "delivery",
                "attempt",
                "deadletter",
                "sync",
                "webhook",
                "commit",
                "audit",
            ],
            reads: &[
                "GIT",
                "DELIVERIES",
                "ATTEMPTS",
                "DEADLETTERS",
                "RESULTS",
                "COMMITS",
                "AUDIT",
            ],
            watches: [BUCKETS, DECLARED, &["operations"]].concat(),
            writes: [BUCKETS, WRITTEN].concat(),
            sees: &["everything"],
            further: (
                &[
                    "$SRV.PING",
                    "sluice.v1.command.p.operator.sync.verb",
                    "sluice.v1.command.p.operator.connector.verb",
                    "sluice.v1.query.p.operator.commit-log.verb",
                ],
                &["_INBOX_fleet.>"],
            ),
            ..NONE
        },
        Expected {
            role: "reader",
            hears: &["git"],
            reads: &["GIT"],
            ..NONE
        },
        Expected {
            role: "worker",
            says: &["deadletter"],
            consumes: &["GIT.worker"],
            ..NONE
        },
    ]
}

impl Expected {
    pub(super) fn publishes(&self, topology: &Topology) -> Vec<String> {
        let mut all = Vec::new();
        let mut api = |call: &str, what: &str| all.push(format!("$JS.API.{call}.{what}"));
        let buckets = |names: &[&str]| -> Vec<String> {
            names
                .iter()
                .map(|name| format!("KV_sluice-{name}"))
                .collect()
        };
        let streams: Vec<_> = self
            .reads
            .iter()
            .map(|name| format!("SLUICE_{name}"))
            .collect();
        for stream in streams.iter().chain(&buckets(&self.watches)) {
            api("DIRECT.GET", stream);
            api("STREAM.MSG.GET", stream);
            api("STREAM.INFO", stream);
        }
        for stream in buckets(&self.writes) {
            api("STREAM.INFO", &stream);
        }
        for name in self.sees {
            if *name == "everything" {
                topology
                    .streams
                    .iter()
                    .for_each(|spec| api("STREAM.INFO", &spec.name));
                for spec in &topology.buckets {
                    api("STREAM.INFO", &format!("KV_sluice-{}", spec.name));
                }
                for name in [
                    "GIT.worker",
                    "GIT.recoverer",
                    "BULK.commit-log",
                    "COMMANDS.sync",
                    "COMMANDS.connector",
                    "WORK.sync-00",
                    "WORK.sync-63",
                ] {
                    api("CONSUMER.INFO", &format!("SLUICE_{name}"));
                }
            } else {
                api("STREAM.INFO", &format!("SLUICE_{name}"));
            }
        }
        for name in self.consumes {
            api("CONSUMER.INFO", &format!("SLUICE_{name}"));
            api("CONSUMER.MSG.NEXT", &format!("SLUICE_{name}"));
        }
        let acks = self.consumes.iter();
        all.extend(acks.map(|name| format!("$JS.ACK.SLUICE_{name}.1.1.1.1.1")));
        all.extend(
            self.says
                .iter()
                .map(|family| format!("sluice.v1.{family}.p.h.o.r.n.a")),
        );
        all.extend(
            self.writes
                .iter()
                .map(|bucket| format!("$KV.sluice-{bucket}.key")),
        );
        all.extend(self.further.0.iter().map(ToString::to_string));
        all
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

//! Everything that anybody could try: a subject for each right that there is on this bus.

use sluice_bus::topology::Topology;

const USERS: [&str; 11] = [
    "gateway",
    "connector",
    "sync",
    "recoverer",
    "commit-log",
    "api",
    "operator",
    "reader",
    "bootstrap",
    "worker",
    "fleet",
];

/// Families of this version, and those that later ones bring.
const FAMILIES: [&str; 12] = [
    "webhook",
    "git",
    "delivery",
    "attempt",
    "deadletter",
    "audit",
    "sync",
    "bulk",
    "commit",
    "wake",
    "work",
    "credential",
];

/// Who asks: users of the bus, and somebody who holds an access token.
const PRINCIPALS: [&str; 5] = ["operator", "api", "sync", "reader", "somebody"];

/// Who is asked.
const ASKED: [&str; 3] = ["sync", "connector", "commit-log"];

/// Consumers of the shipped table, and some that are none of it.
const CONSUMERS: [&str; 8] = [
    "connector",
    "worker",
    "other",
    "recoverer",
    "commit-log",
    "sync",
    "sync-00",
    "sync-63",
];

/// Calls of JetStream's API that name a stream.
const STREAM_CALLS: [&str; 14] = [
    "STREAM.CREATE",
    "STREAM.UPDATE",
    "STREAM.DELETE",
    "STREAM.PURGE",
    "STREAM.INFO",
    "STREAM.SNAPSHOT",
    "STREAM.RESTORE",
    "STREAM.MSG.DELETE",
    "STREAM.MSG.GET",
    "STREAM.PEER.REMOVE",
    "STREAM.LEADER.STEPDOWN",
    "DIRECT.GET",
    "CONSUMER.LIST",
    "CONSUMER.NAMES",
];

/// Calls that name a stream and a consumer.
const CONSUMER_CALLS: [&str; 9] = [
    "CONSUMER.CREATE",
    "CONSUMER.DURABLE.CREATE",
    "CONSUMER.DELETE",
    "CONSUMER.INFO",
    "CONSUMER.MSG.NEXT",
    "CONSUMER.PAUSE",
    "CONSUMER.UNPIN",
    "CONSUMER.RESET",
    "CONSUMER.LEADER.STEPDOWN",
];

fn streams(topology: &Topology) -> Vec<String> {
    let streams = topology.streams.iter().map(|spec| spec.name.clone());
    let buckets = topology
        .buckets
        .iter()
        .map(|spec| format!("KV_sluice-{}", spec.name));
    streams.chain(buckets).collect()
}

/// Where one could publish.
pub(super) fn publishable(topology: &Topology) -> Vec<String> {
    let mut subjects = Vec::new();
    subjects.extend(FAMILIES.map(|family| format!("sluice.v1.{family}.p.h.o.r.n.a")));
    subjects.extend(
        topology
            .buckets
            .iter()
            .map(|spec| format!("$KV.sluice-{}.key", spec.name)),
    );
    subjects.extend(USERS.map(|user| format!("_INBOX_{user}.a")));
    for (kind, service) in ["command", "query"]
        .into_iter()
        .flat_map(|kind| ASKED.map(|asked| (kind, asked)))
    {
        subjects.extend(
            PRINCIPALS.map(|principal| format!("sluice.v1.{kind}.p.{principal}.{service}.verb")),
        );
    }
    for stream in streams(topology) {
        subjects.extend(STREAM_CALLS.map(|call| format!("$JS.API.{call}.{stream}")));
        subjects.push(format!("$JS.API.DIRECT.GET.{stream}.subject"));
        subjects.push(format!("$JS.API.CONSUMER.CREATE.{stream}"));
        for consumer in CONSUMERS {
            subjects
                .extend(CONSUMER_CALLS.map(|call| format!("$JS.API.{call}.{stream}.{consumer}")));
            subjects.push(format!("$JS.ACK.{stream}.{consumer}.1.1.1.1.1"));
            subjects.push(format!("$JS.FC.{stream}.{consumer}.a"));
        }
    }
    let others = [
        "_INBOX.a",
        "other.v1.git",
        "$SRV.PING",
        "$JS.API.INFO",
        "$JS.API.STREAM.NAMES",
        "$JS.API.STREAM.LIST",
        "$JS.API.META.LEADER.STEPDOWN",
        "$JS.API.SERVER.REMOVE",
        "$JS.API.ACCOUNT.PURGE.a",
        "$JS.API.STREAM.CREATE.OTHER",
        "$JS.API.STREAM.TEMPLATE.CREATE.a",
        "$SYS.REQ.SERVER.PING",
        "$SYS.REQ.USER.INFO",
        "$JS.EVENT.ADVISORY.a",
    ];
    subjects.extend(others.map(str::to_owned));
    subjects
}

/// What one could subscribe to.
pub(super) fn subscribable(topology: &Topology) -> Vec<String> {
    let mut subjects = Vec::new();
    subjects.extend(FAMILIES.map(|family| format!("sluice.v1.{family}.>")));
    subjects.extend(
        topology
            .buckets
            .iter()
            .map(|spec| format!("$KV.sluice-{}.>", spec.name)),
    );
    subjects.extend(USERS.map(|user| format!("_INBOX_{user}.>")));
    subjects.extend(ASKED.map(|service| format!("sluice.v1.query.*.*.{service}.*")));
    subjects.extend(ASKED.map(|service| format!("sluice.v1.command.*.*.{service}.*")));
    let others = [
        "sluice.v1.query.>",
        "sluice.v1.command.>",
        ">",
        "*.>",
        "sluice.>",
        "sluice.v1.>",
        "sluice.*.git.>",
        "$KV.>",
        "_INBOX.>",
        "*.*",
        "$JS.>",
        "$JS.API.>",
        "$JS.ACK.>",
        "$JS.EVENT.>",
        "$SRV.>",
        "$SRV.PING",
        "$SRV.PING.sluice-gateway",
        "$SRV.PING.sluice-other",
        "$SRV.STATS.sluice-gateway.id",
        "$SYS.>",
    ];
    subjects.extend(others.map(str::to_owned));
    subjects
}

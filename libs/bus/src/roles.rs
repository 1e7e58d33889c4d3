//! Who may do what on the bus: one user per service, with the least rights that it can work with.
//!
//! The table is in terms of families, streams and buckets; [`Role::publish`] and [`Role::subscribe`] spell it out in
//! subjects, and [`server_users`] as configuration of nats-server. `deploy/nats` is generated from it.

mod server_config;

pub use server_config::{Password, profile, server_users};

use crate::{Namespace, connection::inbox, topology::Topology};

/// A user of the bus.
#[derive(Debug, Clone, Copy)]
pub struct Role {
    /// Its name, which is its service's.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// What it may do.
    pub grants: &'static [Grant],
}

/// One right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// Publish the events of a family.
    Publish(&'static str),
    /// Read the stored messages of a stream, without making a consumer.
    Read(&'static str),
    /// Receive the events of a family as they are published.
    Follow(&'static str),
    /// Take messages from a stream's durable consumer and acknowledge them.
    Consume(&'static str, &'static str),
    /// Read a bucket and watch it.
    Watch(&'static str),
    /// Write records of a bucket.
    Write(&'static str),
    /// Compare what stands on the bus with the topology. Configurations are no secret, but they count subjects.
    Compare,
    /// Show up in the fleet and answer those who ask it.
    Join,
    /// Ask the fleet who is there.
    Survey,
    /// Everything: creates streams, buckets and consumers, and does nothing otherwise.
    Everything,
}

use Grant::{Compare, Consume, Everything, Follow, Join, Publish, Read, Survey, Watch, Write};

/// The users of this version.
pub const ROLES: &[Role] = &[
    Role {
        name: "gateway",
        about: "Takes deliveries and publishes what they tell.",
        grants: &[
            Publish("git"),
            Publish("delivery"),
            Publish("attempt"),
            Read("SLUICE_GIT"),
            Read("SLUICE_DELIVERIES"),
            Watch("projects"),
            Watch("hosts"),
            Watch("endpoints"),
            Watch("hook-secrets"),
            Watch("endpoint-state"),
            Write("endpoint-state"),
            Compare,
            Join,
        ],
    },
    Role {
        name: "operator",
        about: "The command of an operator: declares records, seals secrets, reads everything but secrets' plain text.",
        grants: &[
            Read("SLUICE_GIT"),
            Read("SLUICE_DELIVERIES"),
            Read("SLUICE_ATTEMPTS"),
            Read("SLUICE_DEADLETTERS"),
            Follow("git"),
            Follow("delivery"),
            Follow("attempt"),
            Follow("deadletter"),
            Watch("projects"),
            Write("projects"),
            Watch("hosts"),
            Write("hosts"),
            Watch("endpoints"),
            Write("endpoints"),
            Watch("hook-secrets"),
            Write("hook-secrets"),
            Watch("endpoint-state"),
            Write("endpoint-state"),
            Compare,
            Survey,
        ],
    },
    Role {
        name: "reader",
        about: "Reads events, and nothing else.",
        grants: &[Read("SLUICE_GIT"), Follow("git")],
    },
    Role {
        name: "bootstrap",
        about: "Creates what stands on the bus; runs for a moment only.",
        grants: &[Everything],
    },
];

/// The role of that name.
pub fn role(name: &str) -> Option<&'static Role> {
    ROLES.iter().find(|role| role.name == name)
}

/// Where the answers of the fleet go. Whoever may answer there may answer nobody else.
const FLEET_INBOX: &str = "_INBOX_fleet.>";

impl Role {
    /// The subjects it may publish to.
    pub fn publish(&self, namespace: &Namespace, topology: &Topology) -> Vec<String> {
        let grants = self.grants.iter();
        let mut subjects: Vec<_> = grants
            .flat_map(|grant| grant.publish(namespace, topology))
            .collect();
        subjects.sort();
        subjects.dedup();
        subjects
    }

    /// The subjects it may subscribe to: its own inbox always.
    pub fn subscribe(&self, namespace: &Namespace) -> Vec<String> {
        let grants = self.grants.iter();
        let mut subjects: Vec<_> = grants
            .flat_map(|grant| grant.subscribe(self.name, namespace))
            .collect();
        subjects.push(format!("{}.>", inbox(self.name)));
        subjects.sort();
        subjects
    }
}

impl Grant {
    fn publish(self, namespace: &Namespace, topology: &Topology) -> Vec<String> {
        let api = |calls: &[&str], what: &str| {
            let subjects = calls.iter().map(|call| format!("$JS.API.{call}.{what}"));
            subjects.collect::<Vec<_>>()
        };
        let bucket = |name: &str| format!("KV_{}", namespace.bucket(name));
        match self {
            Publish(family) => vec![namespace.subject(&format!("sluice.v1.{family}.>"))],
            Read(stream) => api(
                &["DIRECT.GET", "STREAM.MSG.GET", "STREAM.INFO"],
                &namespace.stream(stream),
            ),
            Consume(stream, durable) => {
                let consumer = format!("{}.{durable}", namespace.stream(stream));
                let mut subjects = api(&["CONSUMER.INFO", "CONSUMER.MSG.NEXT"], &consumer);
                subjects.push(format!("$JS.ACK.{consumer}.>"));
                subjects
            }
            Watch(name) => api(
                &["DIRECT.GET", "STREAM.MSG.GET", "STREAM.INFO"],
                &bucket(name),
            ),
            Write(name) => vec![format!("$KV.{}.>", namespace.bucket(name))],
            Compare => topology.info_calls(namespace),
            Join => vec![FLEET_INBOX.into()],
            Survey => vec!["$SRV.>".into()],
            Everything => vec![">".into()],
            Follow(_) => Vec::new(),
        }
    }

    fn subscribe(self, role: &str, namespace: &Namespace) -> Vec<String> {
        match self {
            Follow(family) => vec![namespace.subject(&format!("sluice.v1.{family}.>"))],
            Watch(name) => vec![format!("$KV.{}.>", namespace.bucket(name))],
            // Of everybody, of this service, of one instance of it. Not `$SRV.*`: a server lets whoever has that right
            // subscribe to `$SRV.>` as well.
            Join => {
                let verbs = ["PING", "INFO", "STATS"].into_iter();
                let subjects = verbs.flat_map(|verb| {
                    let everybody = format!("$SRV.{verb}");
                    let service = format!("{everybody}.sluice-{role}");
                    let instance = format!("{service}.*");
                    [everybody, service, instance]
                });
                subjects.collect()
            }
            Survey => vec![FLEET_INBOX.into()],
            Everything => vec![">".into()],
            Publish(_) | Read(_) | Consume(..) | Write(_) | Compare => Vec::new(),
        }
    }
}

impl Topology {
    /// The calls that tell how everything in the table is configured.
    fn info_calls(&self, namespace: &Namespace) -> Vec<String> {
        let streams = self.streams.iter().map(|spec| namespace.stream(&spec.name));
        let buckets = self
            .buckets
            .iter()
            .map(|spec| format!("KV_{}", namespace.bucket(&spec.name)));
        let streams = streams
            .chain(buckets)
            .map(|stream| format!("$JS.API.STREAM.INFO.{stream}"));
        let consumers = self.consumers.iter().map(|spec| {
            let stream = namespace.stream(&spec.stream);
            format!("$JS.API.CONSUMER.INFO.{stream}.{}", spec.name)
        });
        streams.chain(consumers).collect()
    }
}

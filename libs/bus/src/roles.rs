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
    grants: &'static [Grant],
}

/// One right.
#[derive(Debug, Clone, Copy)]
enum Grant {
    /// Publish the events of a family.
    Publish(&'static str),
    /// Read messages of a stream, live and stored, without making a consumer.
    Read(&'static str, &'static str),
    /// Read a bucket and watch it.
    Watch(&'static str),
    /// Write records of a bucket.
    Write(&'static str),
    /// Everything: creates streams, buckets and consumers, and does nothing otherwise.
    Everything,
}

use Grant::{Everything, Publish, Read, Watch, Write};

/// The users of this version.
pub const ROLES: &[Role] = &[
    Role {
        name: "gateway",
        about: "Takes deliveries and publishes what they tell.",
        grants: &[
            Publish("git"),
            Publish("delivery"),
            Publish("attempt"),
            Read("SLUICE_GIT", "git"),
            Read("SLUICE_DELIVERIES", "delivery"),
            Watch("projects"),
            Watch("hosts"),
            Watch("endpoints"),
            Watch("hook-secrets"),
            Watch("endpoint-state"),
            Write("endpoint-state"),
        ],
    },
    Role {
        name: "operator",
        about: "The command of an operator: declares records, seals secrets, reads everything but secrets' plain text.",
        grants: &[
            Read("SLUICE_GIT", "git"),
            Read("SLUICE_DELIVERIES", "delivery"),
            Read("SLUICE_ATTEMPTS", "attempt"),
            Read("SLUICE_DEADLETTERS", "deadletter"),
            Watch("projects"),
            Write("projects"),
            Watch("hosts"),
            Write("hosts"),
            Watch("endpoints"),
            Write("endpoints"),
            Watch("hook-secrets"),
            Write("hook-secrets"),
            Watch("endpoint-state"),
        ],
    },
    Role {
        name: "reader",
        about: "Reads events, and nothing else.",
        grants: &[Read("SLUICE_GIT", "git")],
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

impl Role {
    /// The subjects it may publish to.
    pub fn publish(&self, namespace: &Namespace, topology: &Topology) -> Vec<String> {
        let mut subjects: Vec<String> = self
            .grants
            .iter()
            .flat_map(|grant| grant.publish(namespace))
            .collect();
        if !self.is_everything() {
            subjects.extend(self.info(namespace, topology));
        }
        subjects
    }

    /// The subjects it may subscribe to.
    pub fn subscribe(&self, namespace: &Namespace) -> Vec<String> {
        let mut subjects: Vec<String> = self
            .grants
            .iter()
            .flat_map(|grant| grant.subscribe(namespace))
            .collect();
        if !self.is_everything() {
            subjects.push(format!("{}.>", inbox(self.name)));
            subjects.push("$SRV.>".into());
        }
        subjects
    }

    /// Everybody compares the topology; configurations are no secret.
    fn info(&self, namespace: &Namespace, topology: &Topology) -> Vec<String> {
        let streams = topology
            .streams
            .iter()
            .map(|spec| namespace.stream(&spec.name));
        let buckets = topology
            .buckets
            .iter()
            .map(|spec| format!("KV_{}", namespace.bucket(&spec.name)));
        streams
            .chain(buckets)
            .map(|stream| format!("$JS.API.STREAM.INFO.{stream}"))
            .collect()
    }

    fn is_everything(&self) -> bool {
        self.grants.iter().any(|grant| matches!(grant, Everything))
    }
}

impl Grant {
    fn publish(self, namespace: &Namespace) -> Vec<String> {
        let read = |stream: String| {
            ["DIRECT.GET", "STREAM.MSG.GET"]
                .map(|call| format!("$JS.API.{call}.{stream}"))
                .to_vec()
        };
        match self {
            Publish(family) => vec![namespace.subject(&format!("sluice.v1.{family}.>"))],
            Read(stream, _) => read(namespace.stream(stream)),
            Watch(bucket) => read(format!("KV_{}", namespace.bucket(bucket))),
            Write(bucket) => vec![format!("$KV.{}.>", namespace.bucket(bucket))],
            Everything => vec![">".into()],
        }
    }

    fn subscribe(self, namespace: &Namespace) -> Vec<String> {
        match self {
            Read(_, family) => vec![namespace.subject(&format!("sluice.v1.{family}.>"))],
            Watch(bucket) => vec![format!("$KV.{}.>", namespace.bucket(bucket))],
            Everything => vec![">".into()],
            Publish(_) | Write(_) => Vec::new(),
        }
    }
}

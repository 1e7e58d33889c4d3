//! Who may do what on the bus: one user per service, with the least rights that it can work with.
//!
//! [`ROLES`] is in terms of families, streams and buckets; [`Role::publish`] and [`Role::subscribe`] spell it out in
//! subjects, and [`server_users`] as configuration of nats-server. `deploy/nats` is generated from it.

mod part;
mod profiles;
mod server_config;
mod table;

pub use profiles::{single_node, three_nodes};
pub use server_config::{Password, server_users};
pub use table::ROLES;

use crate::{
    Namespace,
    connection::inbox,
    topology::{self, Topology},
};

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
    /// Take repositories that need work, by partition, from this service's consumers.
    Work(&'static str),
    /// Send commands to a service, as itself.
    Command(&'static str),
    /// Send commands to a service for others, none of whom is a user of the bus.
    CommandFor(&'static str),
    /// Ask a service, as itself.
    Query(&'static str),
    /// Ask a service for others, none of whom is a user of the bus.
    QueryFor(&'static str),
    /// Answer those who may ask this service.
    Answer(&'static str),
    /// Compare its own part of what stands on the bus with the topology.
    Compare,
    /// Compare all of it. Configurations are no secret, but they count subjects.
    Inspect,
    /// Show up in the fleet and answer those who ask it.
    Join,
    /// Ask the fleet who is there.
    Survey,
    /// Everything: creates streams, buckets and consumers, and does nothing otherwise.
    Everything,
}

use Grant::{
    Answer, Command, CommandFor, Compare, Consume, Everything, Follow, Inspect, Join, Publish,
    Query, QueryFor, Read, Survey, Watch, Work, Write,
};

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
            .flat_map(|grant| grant.publish(self, namespace, topology))
            .collect();
        subjects.sort();
        subjects.dedup();
        subjects
    }

    /// The subjects it may not publish to, although [`Role::publish`] has them: where others speak for themselves.
    pub fn never_publish(&self, namespace: &Namespace) -> Vec<String> {
        let kinds = self.grants.iter().filter_map(|grant| match grant {
            CommandFor(_) => Some("command"),
            QueryFor(_) => Some("query"),
            _ => None,
        });
        let mut subjects: Vec<_> = kinds
            .flat_map(|kind| {
                let users = ROLES.iter().map(|role| role.name);
                users.map(move |user| namespace.subject(&format!("sluice.v1.{kind}.*.{user}.>")))
            })
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
    fn publish(self, own: &Role, namespace: &Namespace, topology: &Topology) -> Vec<String> {
        let role = own.name;
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
            Work(service) => {
                let grants = topology::work_consumers(service);
                let subjects = grants.flat_map(|consumer| {
                    let consumer =
                        format!("{}.{}", namespace.stream(&consumer.stream), consumer.name);
                    let mut subjects = api(&["CONSUMER.INFO", "CONSUMER.MSG.NEXT"], &consumer);
                    subjects.push(format!("$JS.ACK.{consumer}.>"));
                    subjects
                });
                subjects.collect()
            }
            Command(service) => vec![calls(namespace, "command", role, service)],
            CommandFor(service) => vec![calls(namespace, "command", "*", service)],
            Query(service) => vec![calls(namespace, "query", role, service)],
            QueryFor(service) => vec![calls(namespace, "query", "*", service)],
            // The server's rule alone would let it answer whoever reads; it answers who asked (rule S22).
            Answer(service) => askers(service)
                .map(|asker| format!("{}.>", inbox(asker)))
                .collect(),
            Watch(name) => api(
                &["DIRECT.GET", "STREAM.MSG.GET", "STREAM.INFO"],
                &bucket(name),
            ),
            Write(name) => vec![format!("$KV.{}.>", namespace.bucket(name))],
            Compare => own.part_of(topology.clone()).info_calls(namespace),
            Inspect => topology.info_calls(namespace),
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
            Answer(service) => vec![namespace.subject(&format!("sluice.v1.query.*.*.{service}.*"))],
            Publish(_) | Read(_) | Consume(..) | Work(_) | Write(_) | Compare | Inspect => {
                Vec::new()
            }
            Command(_) | CommandFor(_) | Query(_) | QueryFor(_) => Vec::new(),
        }
    }
}

/// Calls of a user to a service, for any project. The user's name is pinned here, so nobody can ask as somebody else.
fn calls(namespace: &Namespace, kind: &str, user: &str, service: &str) -> String {
    namespace.subject(&format!("sluice.v1.{kind}.*.{user}.{service}.*"))
}

/// The user whose inbox takes the answers for a principal: its own, or that of the one who speaks for all others.
pub(crate) fn user_of(principal: &str) -> &str {
    if role(principal).is_some() {
        return principal;
    }
    let speaks = |role: &&Role| role.grants.iter().any(|grant| matches!(grant, QueryFor(_)));
    ROLES
        .iter()
        .find(speaks)
        .map_or(principal, |role| role.name)
}

/// The users who may ask a service.
fn askers(service: &str) -> impl Iterator<Item = &'static str> {
    ROLES.iter().filter(move |role| {
        let asks = |grant: &Grant| matches!(grant, Query(asked) | QueryFor(asked) if *asked == service);
        role.grants.iter().any(asks)
    }).map(|role| role.name)
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

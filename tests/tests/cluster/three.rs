//! Three nats-servers on loopback, by the shipped profile, each in a zone of its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::Path,
};

use serde_json::Value;
use sluice_bus::{Bus, Connection, Credentials, Namespace, roles::ROLES, topology::Durability};
use sluice_test_support::{Folder, eventually, nats_program};
use sluice_tests::{Http, Operator, Process, Program, free_port};

/// The nodes, called as the zones that they stand in are.
pub(crate) const NODES: [&str; 3] = ["a", "b", "c"];

pub(crate) struct Three {
    folder: Folder,
    nodes: BTreeMap<&'static str, Node>,
}

struct Node {
    clients: SocketAddr,
    monitor: SocketAddr,
    program: Program,
    process: Process,
}

/// A stream as one node tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stream {
    /// The node that leads it, if one does.
    pub(crate) leader: Option<String>,
    /// All nodes that have it.
    pub(crate) nodes: BTreeSet<String>,
    /// How many messages this node has, and up to which sequence.
    pub(crate) messages: (u64, u64),
}

impl Three {
    /// Starts them and waits until each says that it is well.
    pub(crate) async fn start() -> Self {
        Self::start_in(NODES).await
    }

    /// The same with the nodes in these zones.
    pub(crate) async fn start_in(zones: [&str; 3]) -> Self {
        let folder = Folder::new();
        let routes = NODES.map(|_| free_port());
        let nodes = (0..3).map(|index| {
            let node = Node::start(folder.path(), index, zones[index], &routes);
            (NODES[index], node)
        });
        let three = Self {
            nodes: nodes.collect(),
            folder,
        };
        for name in NODES {
            three.well(name).await;
        }
        three
    }

    /// Waits until a node says that it is well: it knows the others and has what it should.
    pub(crate) async fn well(&self, name: &str) {
        eventually("the node is well", async || {
            let answer = Http::get(self.nodes[name].monitor, "/healthz").await.ok()?;
            (answer.status == 200).then_some(())
        })
        .await;
    }

    /// Kills a node (SIGKILL).
    pub(crate) async fn kill(&mut self, name: &str) {
        self.nodes.get_mut(name).unwrap().process.kill().await;
    }

    /// Starts a node again, on its addresses and its store.
    pub(crate) fn start_again(&mut self, name: &str) {
        let log = self.folder.path().join(name);
        let node = self.nodes.get_mut(name).unwrap();
        node.process = node.program.start(&log);
    }

    /// Every stream and bucket, as a node tells of it; `None` if it does not answer.
    pub(crate) async fn streams(&self, name: &str) -> Option<BTreeMap<String, Stream>> {
        let page = "/jsz?accounts=true&streams=true";
        let answer = Http::get(self.nodes[name].monitor, page).await.ok()?;
        let told: Value = serde_json::from_str(&answer.body).ok()?;
        let streams = told["account_details"][0]["stream_detail"].as_array()?;
        let streams = streams
            .iter()
            .map(|told| (text(&told["name"]), Stream::of(told, name)));
        Some(streams.collect())
    }

    /// A folder that lives as long as the nodes.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// How to connect to any of them as a user.
    pub(crate) fn connection(&self, user: &str) -> Connection {
        let nodes = self.nodes.values();
        let addresses: Vec<_> = nodes
            .map(|node| format!("nats://{}", node.clients))
            .collect();
        Connection {
            url: addresses.join(","),
            credentials: Credentials::UserPassword(user.into(), password(user)),
            ca_file: None,
            client_certificate: None,
            namespace: Namespace::default(),
            durability: Durability::Quorum,
            name: user.into(),
        }
    }

    /// A connection as a user, up.
    pub(crate) async fn bus(&self, user: &str) -> Bus {
        let bus = Bus::connect(&self.connection(user)).await.unwrap();
        bus.connected().await;
        bus
    }

    /// Somebody who runs commands as this user.
    pub(crate) fn as_user(&self, user: &str) -> Operator {
        Operator::of_nats(&self.connection(user), self.folder())
    }
}

impl Node {
    fn start(folder: &Path, index: usize, zone: &str, routes: &[SocketAddr; 3]) -> Self {
        let name = NODES[index];
        let profile = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/nats/three-nodes.conf");
        let (clients, monitor) = (free_port(), free_port());
        let store = folder.join(format!("store-{name}"));
        let mut program = Program::at(nats_program())
            .with(["-c", profile.to_str().unwrap()])
            .with(["-m", &monitor.port().to_string()])
            .set("SLUICE_NATS_STORE", store.to_str().unwrap())
            .set("SLUICE_NATS_NAME", name)
            .set("SLUICE_NATS_ZONE", format!("zone:{zone}"))
            .set("SLUICE_NATS_LISTEN", clients.to_string())
            .set("SLUICE_NATS_CLUSTER_LISTEN", routes[index].to_string())
            .set("SLUICE_NATS_ROUTE_PASSWORD", password("route"));
        for (number, route) in (1..).zip(routes) {
            let address = format!("nats://route:{}@{route}", password("route"));
            program = program.set(&format!("SLUICE_NATS_ROUTE_{number}"), address);
        }
        for role in ROLES {
            let user = role.name.to_uppercase().replace('-', "_");
            let variable = format!("SLUICE_NATS_{user}_PASSWORD");
            program = program.set(&variable, password(role.name));
        }
        Self {
            process: program.start(&folder.join(name)),
            clients,
            monitor,
            program,
        }
    }
}

impl Stream {
    fn of(told: &Value, by: &str) -> Self {
        let cluster = &told["cluster"];
        let leader = cluster["leader"]
            .as_str()
            .filter(|leader| !leader.is_empty());
        let others = cluster["replicas"].as_array().cloned().unwrap_or_default();
        let names = others.iter().map(|other| text(&other["name"]));
        let number = |name: &str| told["state"][name].as_u64().unwrap_or_default();
        Self {
            nodes: names.chain([by.to_owned()]).collect(),
            messages: (number("messages"), number("last_seq")),
            leader: leader.map(str::to_owned),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn password(user: &str) -> String {
    format!("password-of-{user}")
}

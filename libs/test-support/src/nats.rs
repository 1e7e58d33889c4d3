//! A nats-server of a test's own.

use std::path::{Path, PathBuf};

use rustix::process::Signal;
use sluice_bus::{
    Bus, Connection, Credentials,
    roles::{ROLES, Role},
    server::{Server, Setup},
    topology::{self, Topology},
};

use crate::{Folder, canary::watch};

/// A server in a folder that goes with it.
pub struct Nats {
    // Ends before the folder is searched and goes.
    server: Server,
    folder: Folder,
}

/// The nats-server to test with.
///
/// # Panics
/// If there is none.
pub fn nats_program() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one setting of tests, given by make"
    )]
    let program = std::env::var_os("SLUICE_NATS_SERVER_BIN");
    program.map_or_else(|| PathBuf::from("nats-server"), PathBuf::from)
}

impl Nats {
    /// A server with everything on it that is shipped.
    pub async fn start() -> Self {
        Self::with(Topology::current()).await
    }

    /// The same, which has on disk at once what it confirms, or only later.
    pub async fn with_sync(always: bool) -> Self {
        let nats = Self::open(Topology::current(), ROLES, always).await;
        nats.apply(&Topology::current()).await;
        nats
    }

    /// A server with this table applied to it.
    pub async fn with(topology: Topology) -> Self {
        let nats = Self::empty(topology.clone()).await;
        nats.apply(&topology).await;
        nats
    }

    /// A server with the rights of this table and nothing on it.
    pub async fn empty(topology: Topology) -> Self {
        Self::empty_for(topology, ROLES).await
    }

    /// The same with other users.
    pub async fn empty_for(topology: Topology, roles: &[Role]) -> Self {
        Self::open(topology, roles, true).await
    }

    async fn open(topology: Topology, roles: &[Role], sync_always: bool) -> Self {
        let folder = Folder::new();
        let setup = Setup {
            program: nats_program(),
            folder: folder.path().join("nats"),
            port: 0,
            sync_always,
            max_store: 64 << 30,
            topology,
        };
        let server = Server::start_for(setup, roles).await.unwrap_or_else(|error| {
            panic!(
                "{error}; run tests by `make test`, or name a nats-server in SLUICE_NATS_SERVER_BIN"
            )
        });
        for role in roles {
            if let Credentials::UserPassword(_, password) = server.connection(role.name).credentials
            {
                watch().secret(&format!("NATS password: of {}", role.name), password);
            }
        }
        Self { server, folder }
    }

    /// Brings a table about on it.
    pub async fn apply(&self, topology: &Topology) {
        topology::apply(&self.bus("bootstrap").await, topology)
            .await
            .unwrap();
    }

    /// A connection to it as a role, up.
    pub async fn bus(&self, role: &str) -> Bus {
        let bus = Bus::connect(&self.connection(role)).await.unwrap();
        bus.connected().await;
        bus
    }

    /// How to connect to it as a role.
    pub fn connection(&self, role: &str) -> Connection {
        self.server.connection(role)
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// A folder that lives as long as the server.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Kills it (SIGKILL) and waits for its end.
    pub async fn kill(&mut self) {
        self.server.signal(Signal::KILL);
        self.server.ended().await;
    }

    /// Starts it again, on the same address and store.
    pub async fn restart(&mut self) {
        self.server.restart().await.unwrap();
    }

    /// Stops it in its tracks (SIGSTOP): connections stay, answers do not come.
    pub fn pause(&self) {
        self.server.signal(Signal::STOP);
        // The signal is on its way: until every thread has stopped, answers may still come.
        while !self.is_stopped() {
            std::thread::yield_now();
        }
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.server.pid().expect("it runs")
    }

    fn is_stopped(&self) -> bool {
        let pid = self.pid();
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        threads.flatten().all(|thread| {
            // proc(5): the state follows the name, which is in parentheses.
            let stat = std::fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            stat.rsplit_once(") ")
                .is_none_or(|(_, rest)| rest.starts_with('T'))
        })
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&self) {
        self.server.signal(Signal::CONT);
    }
}

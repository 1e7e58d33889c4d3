//! The gateway as a process of its own.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use rustix::process::Signal;
use sluice_bus::{Connection, Credentials};
use sluice_test_support::eventually;

use crate::{Answer, Http, Process, Program, free_port};

/// A gateway that keeps its addresses however often it is killed.
pub struct Gateway {
    program: Program,
    process: Process,
    log: PathBuf,
    hooks: SocketAddr,
    admin: SocketAddr,
}

impl Gateway {
    /// Starts it with this connection to NATS and the keys in a folder, where its log goes, too.
    pub fn start(connection: &Connection, keys: &Path) -> Self {
        let Credentials::UserPassword(user, password) = &connection.credentials else {
            panic!("the gateway has a user of its own");
        };
        let (hooks, admin) = (free_port(), free_port());
        let key = keys.join("hook-secrets.key");
        let program = Program::ours("gateway")
            .set("SLUICE_NATS", connection.url.as_str())
            .set("SLUICE_NATS_USER", user)
            .set("SLUICE_NATS_PASSWORD", password)
            .set("SLUICE_DURABILITY", connection.durability.word())
            .set("SLUICE_HOOKS", hooks.to_string())
            .set("SLUICE_ADMIN", admin.to_string())
            .set("SLUICE_HOOK_SECRETS_KEY", key.to_str().unwrap())
            .set("SLUICE_DRAIN_DELAY", "0s")
            .set("RUST_LOG", "warn,async_nats=error");
        let log = keys.join("gateway");
        Self {
            process: program.start(&log),
            program,
            log,
            hooks,
            admin,
        }
    }

    /// Where it takes webhooks.
    pub fn hooks(&self) -> SocketAddr {
        self.hooks
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// What its page of health says, with every check.
    pub async fn health(&self) -> Option<Answer> {
        Http::get(self.admin, "/readyz?verbose").await.ok()
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&self) {
        eventually("the gateway is ready", async || {
            self.health().await.filter(|answer| answer.status == 200)
        })
        .await;
    }

    /// Waits until it says that it is not, and returns why.
    pub async fn unready(&self) -> String {
        let answer = eventually("the gateway is not ready", async || {
            self.health().await.filter(|answer| answer.status == 503)
        });
        answer.await.body
    }

    /// Kills it (SIGKILL) and waits for its end.
    pub async fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.ended().await;
    }

    /// Ends it, and starts it again with these private keys, on the same addresses.
    pub async fn open_with(&mut self, keys: &[&Path]) {
        let keys: Vec<_> = keys.iter().map(|key| key.to_str().unwrap()).collect();
        let program = self.program.clone();
        self.program = program.set("SLUICE_HOOK_SECRETS_KEY", keys.join(","));
        self.process.end().await;
        self.restart();
        self.ready().await;
    }

    /// Starts it again, on the same addresses.
    pub fn restart(&mut self) {
        self.process = self.program.start(&self.log);
    }
}

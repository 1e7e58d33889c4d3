//! A gateway as a process of its own, which can be killed and started again.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use sluice_bus::{Connection, Credentials};
use sluice_test_support::eventually;

use crate::{Answer, Http, Process, Program, free_port};

/// A gateway with its user, its key and its ports.
#[derive(Debug)]
pub struct Gateway {
    program: Program,
    process: Process,
    log: PathBuf,
    hooks: SocketAddr,
    admin: SocketAddr,
}

impl Gateway {
    /// Starts it on NATS as whoever this connection is, with the keys in this folder, beside which its log goes. It
    /// need not be ready yet.
    pub fn start(connection: &Connection, keys: &Path) -> Self {
        let Credentials::UserPassword(user, password) = &connection.credentials else {
            panic!("a user and a password");
        };
        let (hooks, admin) = (free_port(), free_port());
        let key = keys.join("hook-secrets.key");
        let program = Program::ours("gateway")
            .set("SLUICE_NATS", connection.url.as_str())
            .set("SLUICE_NATS_USER", user.as_str())
            .set("SLUICE_NATS_PASSWORD", password.as_str())
            .set("SLUICE_HOOK_SECRETS_KEY", key.to_str().unwrap())
            .set("SLUICE_HOOKS", hooks.to_string())
            .set("SLUICE_ADMIN", admin.to_string())
            .set("SLUICE_DRAIN_DELAY", "0s");
        let log = keys.with_file_name("gateway");
        Self {
            process: program.start(&log),
            program,
            log,
            hooks,
            admin,
        }
    }

    /// Where webhooks are received, also after a restart.
    pub fn hooks(&self) -> SocketAddr {
        self.hooks
    }

    /// Where health and metrics are, also after a restart.
    pub fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Kills it (SIGKILL) and waits for its end.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Starts it again on the same ports.
    pub fn restart(&mut self) {
        self.process = self.program.start(&self.log);
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&self) -> Answer {
        self.says(200).await
    }

    /// Waits until its readiness has this status.
    pub async fn says(&self, status: u16) -> Answer {
        let asked = async || {
            let answer = Http::get(self.admin, "/readyz?verbose").await.ok();
            answer.filter(|answer| answer.status == status)
        };
        eventually(&format!("/readyz is {status}"), asked).await
    }
}

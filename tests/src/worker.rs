//! Any worker as a process of its own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, Signal, kill_process};
use sluice_bus::{Connection, Credentials};
use sluice_test_support::eventually;

use crate::{Answer, Http, Process, Program, free_port};

/// A worker that keeps its address and its folder however often it is killed.
pub struct Worker {
    program: Program,
    process: Process,
    log: PathBuf,
    admin: SocketAddr,
}

impl Worker {
    /// Starts the program of that name with this connection to NATS and these settings; its log goes to a folder.
    pub fn start(
        name: &str,
        connection: &Connection,
        folder: &Path,
        settings: &[(&str, &str)],
    ) -> Self {
        let Credentials::UserPassword(user, password) = &connection.credentials else {
            panic!("every worker has a user of its own");
        };
        let admin = free_port();
        let mut program = Program::ours(name)
            .set("SLUICE_NATS", connection.url.as_str())
            .set("SLUICE_NATS_USER", user)
            .set("SLUICE_NATS_PASSWORD", password)
            .set("SLUICE_ADMIN", admin.to_string())
            .set("SLUICE_DRAIN_DELAY", "0s")
            .set("RUST_LOG", "warn,async_nats=error");
        for (name, value) in settings {
            program = program.set(name, *value);
        }
        let log = folder.join(name);
        Self {
            process: program.start(&log),
            program,
            log,
            admin,
        }
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
        eventually("the worker is ready", async || {
            self.health().await.filter(|answer| answer.status == 200)
        })
        .await;
    }

    /// Kills it (SIGKILL) and waits for its end.
    pub async fn kill(&mut self) {
        self.process.signal(Signal::KILL);
        self.process.ended().await;
    }

    /// Starts it again, on the same address and folder.
    pub fn restart(&mut self) {
        self.process = self.program.start(&self.log);
    }

    /// Kills (SIGKILL) a child of it that runs this program, if there is one now.
    pub fn kill_child(&self, program: &str) -> bool {
        let parent = self.process.pid().as_raw_nonzero().to_string();
        let children = fs::read_dir("/proc")
            .unwrap()
            .flatten()
            .filter_map(|entry| {
                let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
                // proc(5): the name is in parentheses, then come the state and the parent.
                let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
                let (front, rest) = stat.rsplit_once(") ")?;
                let name = front.split_once('(')?.1;
                let ours = name == program && rest.split(' ').nth(1)? == parent;
                ours.then(|| Pid::from_raw(pid)).flatten()
            });
        children
            .take(1)
            .any(|pid| kill_process(pid, Signal::KILL).is_ok())
    }
}

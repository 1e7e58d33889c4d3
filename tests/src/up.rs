//! `sluice up`: everything in one process, with a nats-server of its own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sluice_bus::{Bus, Connection, Credentials, Namespace, topology::Durability};
use sluice_test_support::{eventually, nats_program};

use crate::{Answer, Http, Operator, Process, Program};

/// A running `sluice up`, ready. Dropping it kills it and the nats-server that it runs.
pub struct Up {
    process: Process,
    folder: PathBuf,
    data_dir: PathBuf,
    line: String,
}

impl Up {
    /// The command that starts it on free ports, with its data in `data` below a folder.
    pub fn program(folder: &Path) -> Program {
        Self::program_on(folder, "127.0.0.1:0")
    }

    fn program_on(folder: &Path, hooks: &str) -> Program {
        let data = folder.join("data");
        let words = ["up", "--hooks", hooks, "--admin", "127.0.0.1:0"];
        Program::ours("sluice")
            .with(words)
            .with(["--api", "127.0.0.1:0"])
            .with(["--output", "json", "--data-dir", data.to_str().unwrap()])
            .set("SLUICE_NATS_SERVER_BIN", nats_program().to_str().unwrap())
    }

    /// Starts it and waits until it says that it is ready.
    pub async fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[]).await
    }

    /// The same with more settings.
    pub async fn start_with(folder: &Path, settings: &[&str]) -> Self {
        Self::start_as(Self::program(folder).with(settings), folder).await
    }

    /// The same by a [`program`](Self::program) of this folder.
    pub async fn start_as(program: Program, folder: &Path) -> Self {
        let process = program.start(&folder.join("up"));
        let mut up = Self {
            process,
            folder: folder.to_owned(),
            data_dir: folder.join("data"),
            line: String::new(),
        };
        up.line = up.process.first_line().await;
        up
    }

    /// Starts it again, after it has ended: on the same folder, and takes webhooks where it took them.
    pub async fn start_again(&mut self) {
        let hooks = self.hooks().to_string();
        self.process = Self::program_on(&self.folder, &hooks).start(&self.folder.join("up"));
        self.line = self.process.first_line().await;
    }

    /// The line that it says once it is ready.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Its process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// The folder of its data.
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Where it takes webhooks.
    pub fn hooks(&self) -> SocketAddr {
        self.address("hooks")
    }

    /// A page of its admin listener.
    pub async fn page(&self, path: &str) -> Option<Answer> {
        Http::get(self.address("admin"), path).await.ok()
    }

    /// Waits until it is ready, or ready again.
    pub async fn ready(&self) {
        eventually("sluice up is ready", async || {
            self.page("/readyz")
                .await
                .filter(|answer| answer.status == 200)
        })
        .await;
    }

    /// Somebody who runs commands against it.
    pub fn operator(&self) -> Operator {
        Operator::of_folder(&self.data_dir, &self.folder)
    }

    /// How to connect to its NATS as `reader` or `operator`, by what `connection.json` says.
    pub fn connection(&self, role: &str) -> Connection {
        let file = fs::read(self.data_dir.join("connection.json")).unwrap();
        let file: Value = serde_json::from_slice(&file).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (user, password) = (text(&file[role]["user"]), text(&file[role]["password"]));
        Connection {
            url: text(&file["nats"]),
            credentials: Credentials::UserPassword(user, password),
            ca_file: None,
            client_certificate: None,
            namespace: Namespace::default(),
            durability: Durability::Fsync,
            name: role.to_owned(),
        }
    }

    /// A connection to its NATS as `reader` or `operator`.
    pub async fn bus(&self, role: &str) -> Bus {
        let bus = Bus::connect(&self.connection(role)).await.unwrap();
        bus.connected().await;
        bus
    }

    /// The nats-server that runs on its folder; `None`: there is none.
    pub fn nats_server(&self) -> Option<Pid> {
        let pid = fs::read_to_string(self.data_dir.join("nats/nats.pid")).ok()?;
        let pid = Pid::from_raw(pid.trim().parse().ok()?)?;
        // The number may be another process's by now.
        let arguments = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).ok()?;
        let config = self.data_dir.join("nats/nats.conf");
        let mut arguments = arguments.split(|&byte| byte == 0);
        let ours = arguments.any(|argument| argument == config.as_os_str().as_encoded_bytes());
        ours.then_some(pid)
    }

    fn address(&self, name: &str) -> SocketAddr {
        let line: Value = serde_json::from_str(&self.line).unwrap();
        let address = line[name].as_str().unwrap();
        address.trim_start_matches("http://").parse().unwrap()
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // First, so that it does not start its server again.
        self.process.kill_now();
        if let Some(server) = self.nats_server() {
            // It may be ending just now.
            let _ = kill_process(server, Signal::KILL);
        }
    }
}

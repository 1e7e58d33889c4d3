//! A running `sluice up`.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use sluice_bus::{Bus, Connection, Credentials, Namespace, topology::Durability};
use sluice_test_support::{eventually, nats_program};

use crate::{Answer, Http, Process, Program};

/// `sluice up` on a data folder, ready. Dropping it kills it, and the nats-server on its folder.
#[derive(Debug)]
pub struct Up {
    /// Its process.
    pub process: Process,
    /// The line that it said once it was ready.
    pub line: String,
    /// Where webhooks are received.
    pub hooks: SocketAddr,
    /// Where health and metrics are.
    pub admin: SocketAddr,
    folder: PathBuf,
}

impl Up {
    /// Starts it on free ports and waits until it is ready. Data and logs go below this folder.
    pub async fn start(folder: &Path) -> Self {
        let log = folder.join("up");
        let mut process = Self::program(folder).start(&log);
        let line = process.first_line().await;
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = |name: &str| {
            let url = said[name].as_str().unwrap();
            url.strip_prefix("http://").unwrap().parse().unwrap()
        };
        let (hooks, admin) = (address("hooks"), address("admin"));
        let folder = folder.to_owned();
        Self {
            process,
            line,
            hooks,
            admin,
            folder,
        }
    }

    /// `sluice up` on the data folder below this one, not started.
    pub fn program(folder: &Path) -> Program {
        let words = ["up", "--output", "json", "--hooks", "127.0.0.1:0"];
        let words = words.into_iter().chain(["--admin", "127.0.0.1:0"]);
        sluice(folder).with(words).with(on(folder))
    }

    /// The command `sluice` with these words, for this system.
    pub fn sluice(&self, words: &[&str]) -> Program {
        sluice(&self.folder).with(words).with(on(&self.folder))
    }

    /// Applies a manifest.
    pub async fn apply(&self, manifest: &str) -> String {
        let apply = self.sluice(&["apply", "-f", "-"]);
        apply.run_on(manifest).await.good()
    }

    /// Waits until it says that it is ready.
    pub async fn ready(&self) -> Answer {
        let ready = async || {
            let answer = Http::get(self.admin, "/readyz?verbose").await.ok();
            answer.filter(|answer| answer.status == 200)
        };
        eventually("sluice up is ready", ready).await
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        data(&self.folder)
    }

    /// Its nats-server, if it runs.
    pub fn server(&self) -> Option<Pid> {
        server_of(&self.data())
    }

    /// A connection to its NATS as the user `reader` or `operator`.
    pub fn connection(&self, user: &str) -> Connection {
        let file = fs::read(self.data().join("connection.json")).unwrap();
        let file: Value = serde_json::from_slice(&file).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (name, password) = (text(&file[user]["user"]), text(&file[user]["password"]));
        Connection {
            url: text(&file["nats"]),
            credentials: Credentials::UserPassword(name.clone(), password),
            ca_file: None,
            client_certificate: None,
            namespace: Namespace::default(),
            durability: Durability::Fsync,
            name,
        }
    }

    /// The same, up.
    pub async fn bus(&self, user: &str) -> Bus {
        let bus = Bus::connect(&self.connection(user)).await.unwrap();
        bus.connected().await;
        bus
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // First, so that it does not start its server again.
        self.process.kill_now();
        if let Some(server) = self.server() {
            // It may be ending just now.
            let _ = kill_process(server, Signal::KILL);
        }
    }
}

fn data(folder: &Path) -> PathBuf {
    folder.join("data")
}

fn on(folder: &Path) -> [String; 2] {
    [
        "--data-dir".into(),
        data(folder).to_str().unwrap().to_owned(),
    ]
}

fn sluice(folder: &Path) -> Program {
    Program::ours("sluice")
        .set("HOME", folder.to_str().unwrap())
        .set("SLUICE_NATS_SERVER_BIN", nats_program().to_str().unwrap())
}

/// The nats-server that runs on this data folder. The number in its file may be another process's by now.
fn server_of(data: &Path) -> Option<Pid> {
    let text = fs::read_to_string(data.join("nats/nats.pid")).ok()?;
    let pid = Pid::from_raw(text.trim().parse().ok()?)?;
    let arguments = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).ok()?;
    let config = data.join("nats/nats.conf");
    let mut arguments = arguments.split(|&byte| byte == 0);
    arguments
        .any(|argument| argument == config.as_os_str().as_encoded_bytes())
        .then_some(pid)
}

//! The gateway as a process of its own: its logs, its metrics, its memory, its end.

use std::{
    fs::{self, File},
    net::SocketAddr,
    ops::Deref,
    path::PathBuf,
    process::Stdio,
};

use rustix::process::{Pid, Signal, kill_process};
use sluice_bus::Credentials;
use sluice_test_support::{Folder, eventually, http::Wire};
use tokio::process::{Child, Command};

use crate::{gateway::Door, site::Site};

/// A gateway of a process of its own. It is killed when dropped.
pub(crate) struct Program {
    door: Door,
    admin: SocketAddr,
    child: Child,
    folder: Folder,
}

impl Program {
    /// Starts one with these variables besides what it needs, and waits until it is ready.
    pub(crate) async fn start(site: &Site, variables: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let bus = site.nats.connection("gateway");
        let Credentials::UserPassword(user, password) = bus.credentials else {
            panic!("the servers of tests have users and passwords");
        };
        let child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .env_clear()
            .env("SLUICE_NATS", bus.url)
            .env("SLUICE_NATS_USER", user)
            .env("SLUICE_NATS_PASSWORD", password)
            .env("SLUICE_HOOK_SECRETS_KEY", site.registry.opening_key())
            .env("SLUICE_HOOKS", "127.0.0.1:0")
            .env("SLUICE_ADMIN", "127.0.0.1:0")
            .env("SLUICE_DRAIN_DELAY", "0s")
            .env("SLUICE_LOG_FORMAT", "json")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let log = folder.path().join("log");
        let admin = said(&log, "admin").await;
        let hooks = said(&log, "hooks").await;
        let program = Self {
            door: Door { addr: hooks },
            admin,
            child,
            folder,
        };
        eventually("the process is ready", || async {
            (program.admin("/readyz").await.0 == 200).then_some(())
        })
        .await;
        program
    }

    /// Everything that it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// All its metrics.
    pub(crate) async fn metrics(&self) -> String {
        let (status, text) = self.admin("/metrics").await;
        assert_eq!(status, 200);
        text
    }

    /// Its resident memory in bytes.
    pub(crate) async fn memory(&self) -> u64 {
        let metrics = self.metrics().await;
        let mut lines = metrics.lines();
        let value = lines.find_map(|line| line.strip_prefix("process_resident_memory_bytes "));
        value.unwrap().parse::<f64>().unwrap() as u64
    }

    async fn admin(&self, path: &str) -> (u16, String) {
        let mut wire = Wire::connect(self.admin).await.unwrap();
        let host = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n\r\n", self.admin);
        let answer = wire.say(host.as_bytes()).await.unwrap();
        (answer.status, answer.body)
    }

    /// Asks it to end (SIGTERM).
    pub(crate) fn terminate(&self) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok());
        kill_process(id.and_then(Pid::from_raw).unwrap(), Signal::TERM).unwrap();
    }

    /// Its exit code, once it has ended.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        self.child.wait().await.unwrap().code()
    }
}

impl Deref for Program {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

/// The address that a line of the log names.
async fn said(log: &PathBuf, field: &str) -> SocketAddr {
    eventually("the process says where it listens", || async {
        let text = fs::read_to_string(log).unwrap();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        let mut named =
            lines.filter_map(|line: serde_json::Value| line[field].as_str()?.parse().ok());
        named.next()
    })
    .await
}

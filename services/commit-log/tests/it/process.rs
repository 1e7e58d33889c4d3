//! The commit log as a process of its own.

use std::{fs, process::Stdio};

use rustix::process::{Pid, Signal, kill_process};
use sluice_bus::Credentials;
use sluice_test_support::{Folder, eventually};
use tokio::process::{Child, Command};

use crate::site::Site;

/// A commit log of a process of its own. It is killed when dropped.
pub(crate) struct Program {
    child: Child,
    folder: Folder,
}

impl Program {
    /// Starts one with these variables besides what it needs, and waits until it answers.
    pub(crate) async fn start(site: &Site, variables: &[(&str, &str)]) -> Self {
        let folder = Folder::new();
        let bus = site.nats.connection("commit-log");
        let Credentials::UserPassword(user, password) = bus.credentials else {
            panic!("the servers of tests have users and passwords");
        };
        let child = Command::new(env!("CARGO_BIN_EXE_commit-log"))
            .env_clear()
            .env("SLUICE_NATS", bus.url)
            .env("SLUICE_NATS_USER", user)
            .env("SLUICE_NATS_PASSWORD", password)
            .env("SLUICE_DATA_DIR", folder.path().join("data"))
            .env("SLUICE_ADMIN", "127.0.0.1:0")
            .env("SLUICE_DRAIN_DELAY", "0s")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let program = Self { child, folder };
        eventually("the process answers", || async {
            site.ask("default").list(|_| {}).await.ok()
        })
        .await;
        program
    }

    /// Everything that it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Ends it at once (SIGKILL).
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.unwrap();
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

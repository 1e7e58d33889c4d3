//! Sync as a process of its own.

use std::{fs, process::Stdio};

use sluice_bus::Credentials;
use tokio::process::{Child, Command};

use sluice_test_support::{Folder, git_child};

use crate::site::Site;

/// A sync of a process of its own. It is killed when dropped.
pub(crate) struct Program {
    child: Child,
    /// Where it logs.
    _log: Folder,
}

impl Program {
    /// Starts one that keeps its mirrors in the site's folder.
    pub(crate) fn start(site: &Site) -> Self {
        let log = Folder::new();
        let bus = site.nats.connection("sync");
        let Credentials::UserPassword(user, password) = bus.credentials else {
            panic!("the servers of tests have users and passwords");
        };
        let child = Command::new(env!("CARGO_BIN_EXE_sync"))
            .env_clear()
            .env("SLUICE_NATS", bus.url)
            .env("SLUICE_NATS_USER", user)
            .env("SLUICE_NATS_PASSWORD", password)
            .env("SLUICE_DATA_DIR", site.folder.path())
            .env("SLUICE_CREDENTIALS_KEY", site.registry.credentials_key())
            .env("SLUICE_GIT_PROGRAM", git_child())
            .env("SLUICE_LOCAL_REPOSITORIES", "true")
            .env("SLUICE_ADMIN", "127.0.0.1:0")
            .env("SLUICE_DRAIN_DELAY", "0s")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(log.path().join("log")).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, _log: log }
    }

    /// Ends it at once (SIGKILL).
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

//! A commit log under test, in this process.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use sluice_bus::consume::Options;
use sluice_commit_log::{Config, Limits, SERVICE};
use sluice_daemon::{Health, Process, Shutdown, shutdown::Pace};
use sluice_test_support::{Folder, eventually};
use tokio::task::JoinHandle;

use crate::site::Site;

pub(crate) struct Log {
    pub(crate) health: Health,
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

/// The limits that are shipped, with pauses fit for tests.
pub(crate) fn limits() -> Limits {
    Limits {
        push_grace: Duration::from_secs(5),
        query_steps: 200_000_000,
        consume: Options {
            attempts: 200,
            first_pause: Duration::from_millis(20),
            longest_pause: Duration::from_millis(50),
            ..Options::default()
        },
    }
}

/// A folder for an index.
pub(crate) fn folder() -> Folder {
    Folder::new()
}

impl Log {
    /// Starts one and waits until it is ready.
    pub(crate) async fn start(site: &Site, folder: &Path) -> Self {
        Self::limited(site, folder, limits()).await
    }

    pub(crate) async fn limited(site: &Site, folder: &Path, limits: Limits) -> Self {
        let log = Self::starting(site, folder, limits).await.unwrap();
        eventually("the commit log is ready", || async {
            log.health.readiness().ready.then_some(())
        })
        .await;
        log
    }

    /// Starts one, if it can be.
    pub(crate) async fn starting(
        site: &Site,
        folder: &Path,
        limits: Limits,
    ) -> anyhow::Result<Self> {
        let (health, shutdown) = (Health::default(), Shutdown::default());
        let process = Process {
            service: &SERVICE,
            health: health.clone(),
            shutdown: shutdown.clone(),
            admin: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let config = Config {
            bus: site.nats.connection("commit-log"),
            data_dir: folder.to_owned(),
            limits,
        };
        let pace = Pace {
            drain_delay: Duration::ZERO,
            grace: Duration::from_secs(20),
        };
        tokio::spawn(shutdown.clone().conduct(pace, health.clone()));
        let started = sluice_commit_log::start(config, process).await?;
        Ok(Self {
            health,
            shutdown,
            running: tokio::spawn(started.run()),
        })
    }

    /// Waits until its index has all of the log, as its answers say.
    pub(crate) async fn is_current(&self, site: &Site) {
        eventually("the index is current", || async {
            let page = site.ask("default").list(|_| {}).await.ok()?;
            let index = page.index.unwrap();
            (index.indexed == index.last).then_some(())
        })
        .await;
    }

    /// Stops it as SIGTERM does, and waits for its end.
    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.running.await.unwrap().unwrap();
    }
}

/// The file of the index in a folder.
pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join("commit-log/index.sqlite")
}

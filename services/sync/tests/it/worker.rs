//! A sync under test, in this process.

use std::{net::SocketAddr, time::Duration};

use sluice_bus::consume::Options;
use sluice_daemon::{Health, Process, Shutdown, shutdown::Pace};
use sluice_sync::{Config, Limits, SERVICE};
use sluice_test_support::{eventually, git_child};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::site::Site;

pub(crate) struct Worker {
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

/// The settings of Git work, on the ground of tests.
pub(crate) fn git() -> sluice_git::Settings {
    sluice_git::Settings {
        local: true,
        stall: Duration::from_secs(10),
        ..sluice_git::Settings::of(git_child())
    }
}

impl Worker {
    /// Starts one that keeps its mirrors in the site's folder, and waits until it is ready.
    pub(crate) async fn start(site: &Site) -> Self {
        Self::keeping(site, &site.folder).await
    }

    /// Starts one with a folder of its own.
    pub(crate) async fn keeping(site: &Site, folder: &TempDir) -> Self {
        let (health, shutdown) = (Health::default(), Shutdown::default());
        let process = Process {
            service: &SERVICE,
            health: health.clone(),
            shutdown: shutdown.clone(),
            admin: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let config = Config {
            bus: site.nats.connection("sync"),
            credentials_keys: vec![site.registry.credentials_key()],
            data_dir: folder.path().to_owned(),
            git: git(),
            limits: Limits {
                at_once: 4,
                consume: Options {
                    first_pause: Duration::from_millis(20),
                    longest_pause: Duration::from_millis(50),
                    ..Options::default()
                },
            },
        };
        let pace = Pace {
            drain_delay: Duration::ZERO,
            grace: Duration::from_secs(20),
        };
        tokio::spawn(shutdown.clone().conduct(pace, health.clone()));
        let started = sluice_sync::start(config, process).await.unwrap();
        let running = tokio::spawn(started.run());
        eventually("sync is ready", || async {
            health.readiness().ready.then_some(())
        })
        .await;
        Self { shutdown, running }
    }

    /// Stops it as SIGTERM does, and waits for its end.
    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.running.await.unwrap().unwrap();
    }
}

//! A recoverer under test, in this process.

use std::{net::SocketAddr, time::Duration};

use sluice_bus::consume::Options;
use sluice_daemon::{Health, Process, Shutdown, shutdown::Pace};
use sluice_recoverer::{Config, Limits, SERVICE};
use sluice_test_support::{eventually, git_child};
use tokio::task::JoinHandle;

use crate::site::Site;

pub(crate) struct Worker {
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

/// Sweeps often, and waits long enough for a webhook that the test tells next.
pub(crate) fn limits() -> Limits {
    Limits {
        interval: Duration::from_millis(500),
        interval_healthy: Duration::from_millis(500),
        grace: Duration::from_millis(700),
        at_once: 4,
        per_minute: 60_000,
        consume: Options {
            first_pause: Duration::from_millis(20),
            longest_pause: Duration::from_millis(50),
            ..Options::default()
        },
    }
}

impl Worker {
    /// Starts one and waits until it is ready.
    pub(crate) async fn start(site: &Site) -> Self {
        Self::limited(site, limits()).await
    }

    pub(crate) async fn limited(site: &Site, limits: Limits) -> Self {
        let (health, shutdown) = (Health::default(), Shutdown::default());
        let process = Process {
            service: &SERVICE,
            health: health.clone(),
            shutdown: shutdown.clone(),
            admin: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let config = Config {
            bus: site.nats.connection("recoverer"),
            credentials_keys: vec![site.registry.credentials_key()],
            git: sluice_git::Settings {
                local: true,
                stall: Duration::from_secs(10),
                ..sluice_git::Settings::of(git_child())
            },
            limits,
        };
        let pace = Pace {
            drain_delay: Duration::ZERO,
            grace: Duration::from_secs(20),
        };
        tokio::spawn(shutdown.clone().conduct(pace, health.clone()));
        let started = sluice_recoverer::start(config, process).await.unwrap();
        let running = tokio::spawn(started.run());
        eventually("the recoverer is ready", || async {
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

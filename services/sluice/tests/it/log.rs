//! A commit log in this process, with nothing but its index in it.

use std::{net::SocketAddr, time::Duration};

use sluice_bus::consume::Options;
use sluice_commit_log::{Config, Limits, SERVICE};
use sluice_daemon::{Health, Process, Shutdown, shutdown::Pace};
use sluice_test_support::eventually;
use tokio::task::JoinHandle;

use crate::site::Site;

pub(crate) struct Log {
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

impl Log {
    /// Starts one, and waits until its index has everything that is recorded.
    pub(crate) async fn start(site: &Site) -> Self {
        let (health, shutdown) = (Health::default(), Shutdown::default());
        let process = Process {
            service: &SERVICE,
            health: health.clone(),
            shutdown: shutdown.clone(),
            admin: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let config = Config {
            bus: site.nats.connection("commit-log"),
            data_dir: site.folder().join("index"),
            limits: Limits {
                push_grace: Duration::ZERO,
                query_steps: 200_000_000,
                consume: Options::default(),
            },
        };
        let pace = Pace {
            drain_delay: Duration::ZERO,
            grace: Duration::from_secs(20),
        };
        tokio::spawn(shutdown.clone().conduct(pace, health));
        let started = sluice_commit_log::start(config, process).await.unwrap();
        let log = Self {
            shutdown,
            running: tokio::spawn(started.run()),
        };
        eventually("the index is current", || async {
            let ran = site.run(&["commits", "list", "-n", "1"]).await;
            (ran.code == Some(0) && !ran.stderr.contains("has read")).then_some(())
        })
        .await;
        log
    }

    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.running.await.unwrap().unwrap();
    }
}

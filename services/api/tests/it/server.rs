//! The API and the commit log under test, in this process.

use std::{net::SocketAddr, time::Duration};

use sluice_api::Listen;
use sluice_bus::{Connection, consume::Options};
use sluice_daemon::{Health, Process, Service, Shutdown, shutdown::Pace};
use sluice_test_support::{Registry, eventually};
use tokio::task::JoinHandle;

use crate::{client::Client, site::Site};

/// Where hosts send webhooks to.
pub(crate) const HOOKS: &str = "https://hooks.test";

/// A service of this process.
pub(crate) struct Running {
    pub(crate) health: Health,
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

/// An API.
pub(crate) struct Api {
    pub(crate) addr: SocketAddr,
    pub(crate) running: Running,
}

/// The limits that are shipped, on a free port, with less patience.
pub(crate) fn limits() -> Listen {
    Listen {
        addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        answer_deadline: Duration::from_secs(3),
        follow_deadline: Duration::from_secs(2),
        max_connections: 1000,
    }
}

fn process(service: &'static Service) -> (Process, Health, Shutdown) {
    let (health, shutdown) = (Health::default(), Shutdown::default());
    let process = Process {
        service,
        health: health.clone(),
        shutdown: shutdown.clone(),
        admin: SocketAddr::from(([127, 0, 0, 1], 0)),
    };
    let pace = Pace {
        drain_delay: Duration::ZERO,
        grace: Duration::from_secs(20),
    };
    tokio::spawn(shutdown.clone().conduct(pace, health.clone()));
    (process, health, shutdown)
}

impl Api {
    /// Starts one. It may not be ready yet.
    pub(crate) async fn starting(bus: Connection) -> Self {
        Self::with(sluice_api::Config {
            bus,
            listen: limits(),
            hooks_url: Some(HOOKS.to_owned()),
            hook_secrets_pub: None,
            credentials_pub: None,
            issuers_pub: None,
        })
        .await
    }

    /// Starts one with these settings.
    pub(crate) async fn with(config: sluice_api::Config) -> Self {
        let (process, health, shutdown) = process(&sluice_api::SERVICE);
        let started = sluice_api::start(config, process).await.unwrap();
        Self {
            addr: started.addr(),
            running: Running {
                health,
                shutdown,
                running: tokio::spawn(started.run()),
            },
        }
    }

    /// Starts one that can seal, and waits until it is ready.
    pub(crate) async fn sealing(site: &Site, registry: &Registry) -> Self {
        let api = Self::with(sluice_api::Config {
            bus: site.nats.connection("api"),
            listen: limits(),
            hooks_url: Some(HOOKS.to_owned()),
            hook_secrets_pub: Some(registry.sealing_key()),
            credentials_pub: Some(registry.credentials_sealing_key()),
            issuers_pub: Some(registry.issuers_sealing_key()),
        })
        .await;
        api.running.ready().await;
        api
    }

    /// Starts one and waits until it is ready.
    pub(crate) async fn start(site: &Site) -> Self {
        let api = Self::starting(site.nats.connection("api")).await;
        api.running.ready().await;
        api
    }

    /// Somebody with this access token.
    pub(crate) fn client(&self, token: &str) -> Client {
        Client {
            addr: self.addr,
            token: Some(token.to_owned()),
        }
    }

    /// Somebody without one.
    pub(crate) fn stranger(&self) -> Client {
        Client {
            addr: self.addr,
            token: None,
        }
    }
}

impl Running {
    /// A commit log, ready. Whether it has read everything that is recorded, its answers say.
    pub(crate) async fn commit_log(site: &Site) -> Self {
        let (process, health, shutdown) = process(&sluice_commit_log::SERVICE);
        let config = sluice_commit_log::Config {
            bus: site.nats.connection("commit-log"),
            data_dir: site.nats.folder().join("index"),
            limits: sluice_commit_log::Limits {
                push_grace: Duration::ZERO,
                query_steps: 200_000_000,
                consume: Options::default(),
            },
        };
        let started = sluice_commit_log::start(config, process).await.unwrap();
        let log = Self {
            health,
            shutdown,
            running: tokio::spawn(started.run()),
        };
        log.ready().await;
        log
    }

    pub(crate) async fn ready(&self) {
        eventually("the service is ready", || async {
            self.health.readiness().ready.then_some(())
        })
        .await;
    }

    /// Stops it as SIGTERM does, and waits for its end.
    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.running.await.unwrap().unwrap();
    }
}

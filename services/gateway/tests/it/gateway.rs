//! A gateway under test, and what it may never answer.

use std::{net::SocketAddr, ops::Deref, time::Duration};

use sluice_bus::Connection;
use sluice_daemon::{Health, Process, Shutdown, shutdown::Pace};
use sluice_gateway::{Config, Listen, SERVICE};
use sluice_test_support::{
    Delivery, eventually,
    http::{self, Answer, Wire},
    registry::id_of,
};
use tokio::task::JoinHandle;

/// Where deliveries go in.
#[derive(Clone, Copy)]
pub(crate) struct Door {
    pub(crate) addr: SocketAddr,
}

/// A gateway of this process.
pub(crate) struct Gateway {
    door: Door,
    pub(crate) health: Health,
    shutdown: Shutdown,
    running: JoinHandle<anyhow::Result<()>>,
}

/// The limits that are shipped, on a free port.
pub(crate) fn shipped_limits() -> Listen {
    Listen {
        addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        body_budget: 128 << 20,
        body_deadline: Duration::from_secs(8),
        store_deadline: Duration::from_millis(3500),
        max_connections: 10_000,
    }
}

impl Gateway {
    /// Starts one. It may not be ready yet.
    pub(crate) async fn start(bus: Connection, key: std::path::PathBuf, listen: Listen) -> Self {
        let (health, shutdown) = (Health::default(), Shutdown::default());
        let process = Process {
            service: &SERVICE,
            health: health.clone(),
            shutdown: shutdown.clone(),
            admin: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        let config = Config {
            bus,
            hook_secrets_keys: vec![key],
            listen,
        };
        tokio::spawn(shutdown.clone().conduct(Pace::default(), health.clone()));
        let started = sluice_gateway::start(config, process).await.unwrap();
        Self {
            door: Door {
                addr: started.addr(),
            },
            running: tokio::spawn(started.run()),
            health,
            shutdown,
        }
    }

    /// Waits until it is ready.
    pub(crate) async fn ready(self) -> Self {
        eventually("the gateway is ready", || async {
            self.health.readiness().ready.then_some(())
        })
        .await;
        self
    }

    /// Stops it as SIGTERM does, and waits for its end.
    pub(crate) async fn stop(self) {
        self.shutdown.request();
        self.running.await.unwrap().unwrap();
    }
}

impl Deref for Gateway {
    type Target = Door;

    fn deref(&self) -> &Door {
        &self.door
    }
}

impl Door {
    /// Sends a delivery to the endpoint of that name.
    pub(crate) async fn post(&self, endpoint: &str, delivery: &Delivery) -> Answer {
        self.post_to(&path(endpoint, delivery), delivery).await
    }

    /// Sends a delivery to any path.
    pub(crate) async fn post_to(&self, path: &str, delivery: &Delivery) -> Answer {
        let sample = delivery.sample();
        self.send(&http::request("POST", path, &sample.headers, &sample.body))
            .await
    }

    /// Sends a delivery and says in a word what became of it.
    pub(crate) async fn take(&self, endpoint: &str, delivery: &Delivery) -> String {
        said(&self.post(endpoint, delivery).await)
    }

    /// Sends bytes and reads one answer.
    pub(crate) async fn send(&self, bytes: &[u8]) -> Answer {
        let mut wire = Wire::connect(self.addr).await.unwrap();
        allowed(wire.say(bytes).await.unwrap())
    }
}

/// Where a delivery to the endpoint of that name goes.
pub(crate) fn path(endpoint: &str, delivery: &Delivery) -> String {
    let secret = delivery.path_secret();
    let secret = secret.map(|secret| format!("/{secret}"));
    format!("/hooks/{}{}", id_of(endpoint), secret.unwrap_or_default())
}

/// What may never be answered: a redirect, which Gitea and Forgejo follow with the signed body; 410 and 500, over which
/// Azure DevOps disables a subscription; anything that a cache may keep. What is our fault says when to come again.
pub(crate) fn allowed(answer: Answer) -> Answer {
    const STATUSES: [u16; 11] = [202, 400, 401, 403, 404, 405, 408, 413, 415, 431, 503];
    assert!(STATUSES.contains(&answer.status), "{answer:?}");
    assert_eq!(answer.header("location"), "", "{answer:?}");
    if answer.status == 503 {
        assert!(
            answer.header("retry-after").parse::<u64>().is_ok(),
            "{answer:?}"
        );
    }
    if !answer.body.is_empty() {
        assert_eq!(
            answer.header("content-type"),
            "application/json",
            "{answer:?}"
        );
        assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
    }
    answer
}

/// The outcome of what was taken, else the status.
pub(crate) fn said(answer: &Answer) -> String {
    if answer.status != 202 {
        return answer.status.to_string();
    }
    let body: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    body["outcome"].as_str().unwrap().to_owned()
}

//! Takes webhooks: proves who sent them, says what they tell in one event model, stores it, then answers.
//!
//! Consumes:  HTTP on `/hooks/{id}`; watches projects' hosts, endpoints, hook secrets, endpoint state.
//! Publishes: `git.*` events; `delivery.request.*` (the ledger); `attempt.request.refused`.
//! State:     the endpoint table in memory; `endpoint-state` in KV.
//! Failure:   whatever is our fault is 503 with `Retry-After`, and the same ids next time.
//! Twice:     one event per fact, however many hooks and replicas tell it ([`identity`]).
//!
//! The way of a delivery, in this order: [`server`] (limits) → [`intake`] (endpoint, body) → [`way`] (verify, bind,
//! normalize) → [`identity`] (publish) → [`answer`].

mod answer;
mod attempts;
mod awaited;
mod bind;
mod body;
mod config;
mod delivery;
mod endpoints;
mod event;
mod identity;
mod intake;
mod learnt;
mod ledger;
mod server;
mod way;

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
pub use config::{Config, HOOKS, LIMITS, Listen, SERVICE};
use sluice_bus::{Bus, Fleet, readiness};
use sluice_daemon::Process;
use sluice_registry::{KeyClass, OpeningKeys};

use crate::{
    attempts::Attempts, body::Budget, endpoints::Endpoints, ledger::Ledger, server::Server,
    way::Gateway,
};

/// Runs the gateway until it is told to stop.
pub async fn run(config: Config, process: Process) -> anyhow::Result<()> {
    start(config, process).await?.run().await
}

/// A gateway that listens and is not served yet.
pub struct Started {
    server: Server,
    gateway: Arc<Gateway>,
    process: Process,
}

/// Builds the gateway: connects, binds, and begins to read the endpoint table.
pub async fn start(config: Config, process: Process) -> anyhow::Result<Started> {
    let keys = OpeningKeys::load(KeyClass::HookSecrets, &config.hook_secrets_keys)
        .context("cannot load the key of webhook secrets; name it with --hook-secrets-key, make one with `sluice keys new`")?;
    let server = Server::bind(config.listen.addr)?;
    let bus = Bus::connect(&config.bus).await?;
    let endpoints = Endpoints::default();
    let gateway = Arc::new(Gateway {
        ledger: Ledger::spawn(&bus),
        attempts: Attempts::spawn(&bus),
        budget: Budget::new(config.listen.body_budget),
        endpoints: endpoints.clone(),
        listen: config.listen,
        bus: bus.clone(),
    });
    tokio::spawn(endpoints::follow(
        bus.clone(),
        endpoints,
        keys,
        process.health.check("endpoints"),
    ));
    tokio::spawn(readiness::follow(
        bus,
        SERVICE.name,
        process.health.check("nats"),
        process.health.check("topology"),
    ));
    Ok(Started {
        server,
        gateway,
        process,
    })
}

impl Started {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// Serves until told to stop, then finishes what is in hand and writes out the ledger.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self {
            server,
            gateway,
            process,
        } = self;
        process.health.has_started();
        tracing::info!(hooks = %server.addr(), "taking webhooks");
        let fleet = Fleet::join(&gateway.bus, SERVICE.name, SERVICE.version, SERVICE.about);
        let serving = server.run(Arc::clone(&gateway), process.shutdown.stopping());
        tokio::pin!(serving);
        // The fleet is joined once NATS is there, which may be later than the first request.
        let (served, _fleet) = tokio::select! {
            served = &mut serving => (served, None),
            fleet = fleet => (serving.await, fleet),
        };
        gateway.ledger.finish().await;
        gateway.bus.drain().await;
        served.context("the listener for webhooks failed")
    }
}

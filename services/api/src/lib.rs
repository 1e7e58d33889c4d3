//! Speaks HTTP with those who hold an access token: the commit log, events, repositories.
//!
//! Consumes:  HTTP on `/api/v1/…`; watches access tokens, projects and repositories.
//! Publishes: nothing. Asks `commit-log`, in the name of the access token.
//! State:     what it watches, in memory.
//! Failure:   whatever is our fault is 503 with `Retry-After`.
//! Twice:     it reads, and changes nothing.
//!
//! The way of a request: [`server`] (limits) → [`access`] (who asks, and which project that opens) → [`parameters`]
//! (what is asked) → [`commits`], [`events`] or [`repositories`]. What goes wrong is a [`problem`].

mod access;
mod commits;
mod config;
mod directory;
mod events;
mod parameters;
mod problem;
mod repositories;
mod server;

use std::net::SocketAddr;

use anyhow::Context;
pub use config::{API, Config, LIMITS, Listen, SERVICE};
use sluice_bus::{Bus, Fleet, readiness};
use sluice_daemon::Process;
use tokio::sync::Semaphore;

use crate::{directory::Directory, server::Server};

/// Reads of the stream that are in hand at once; each holds a few megabytes.
const READS: usize = 8;

/// Runs the API until it is told to stop.
pub async fn run(config: Config, process: Process) -> anyhow::Result<()> {
    start(config, process).await?.run().await
}

/// What answers are made from.
pub(crate) struct Api {
    pub(crate) bus: Bus,
    pub(crate) directory: Directory,
    pub(crate) listen: Listen,
    /// Places for those who read a stream.
    pub(crate) reads: Semaphore,
}

/// An API that listens and is not served yet.
pub struct Started {
    server: Server,
    api: Api,
    process: Process,
}

/// Builds the API: binds, connects, and begins to read who may use it.
pub async fn start(config: Config, process: Process) -> anyhow::Result<Started> {
    let server = Server::bind(config.listen.addr)?;
    let bus = Bus::connect(&config.bus).await?;
    let directory = Directory::default();
    tokio::spawn(directory::follow(
        bus.clone(),
        directory.clone(),
        process.health.check("directory"),
    ));
    tokio::spawn(readiness::follow(
        bus.clone(),
        SERVICE.name,
        process.health.check("nats"),
        process.health.check("topology"),
    ));
    Ok(Started {
        server,
        api: Api {
            bus,
            directory,
            listen: config.listen,
            reads: Semaphore::new(READS),
        },
        process,
    })
}

impl Started {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.server.addr()
    }

    /// Serves until told to stop, then finishes what is in hand.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self {
            server,
            api,
            process,
        } = self;
        let bus = api.bus.clone();
        tracing::info!(api = %server.addr(), "serving the API");
        let fleet = Fleet::join(&bus, SERVICE.name, SERVICE.version, SERVICE.about);
        let serving = server.run(api, process.shutdown.stopping());
        tokio::pin!(serving);
        // The fleet is joined once NATS is there, which may be later than the first request.
        let (served, _fleet) = tokio::select! {
            served = &mut serving => (served, None),
            fleet = fleet => (serving.await, fleet),
        };
        bus.drain().await;
        served.context("the listener of the API failed")
    }
}

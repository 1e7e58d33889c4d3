//! Speaks HTTP with those who hold an access token: what is declared, the commit log, events, the audit.
//!
//! Consumes:  HTTP on `/api/v1/…`; watches access tokens, what is declared, imports and how repositories are connected.
//! Publishes: `audit.entry.*`; commands to `sync` and `connector`, in the name of the access token, as it asks `commit-log`.
//! State:     what it watches, in memory. It writes records by compare-and-set; it seals secrets and opens none.
//!            Who follows events reads the stream itself, woken by what is published.
//! Failure:   whatever is our fault is 503 with `Retry-After`; what cannot be noted in the audit is not changed.
//! Twice:     declaring the same again changes nothing, but that a value that is given is always a new one.
//!
//! The way of a request: [`server`] (limits) → [`operations`] (the table of what can be asked) → [`serve`]: [`access`] (who
//! asks, and whether they may) and [`parameters`] (what is asked) → the module that the table names. What is declared is in
//! [`records`] and [`apply`], work for others in [`commands`], many repositories at once in
//! [`imports`]. What goes wrong is a [`problem`].

mod access;
mod apply;
mod audit;
mod body;
mod commands;
mod commits;
mod config;
mod directory;
mod events;
mod imports;
mod openapi;
mod operations;
mod page;
mod parameters;
mod places;
mod problem;
mod reading;
mod records;
mod refusals;
mod serve;
mod server;
mod tokens;

use std::net::SocketAddr;

use anyhow::Context;
pub use config::{API, Config, LIMITS, Listen, SERVICE};
pub use openapi::openapi;
use sluice_bus::{Bus, Fleet, readiness};
use sluice_daemon::Process;
use sluice_registry::{KeyClass, SealingKey, SealingKeys};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{directory::Directory, places::Places, refusals::Refusals, server::Server};

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
    /// Places for those who send something, and have planned what that comes to.
    pub(crate) bodies: Places,
    pub(crate) refusals: Refusals,
    pub(crate) followers: Places,
    /// Public keys: what is sealed here is opened elsewhere.
    pub(crate) sealing: SealingKeys,
    pub(crate) hooks_url: Option<String>,
    /// Cancelled when we stop: who follows events would stay for ever.
    pub(crate) stopping: CancellationToken,
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
    let sealing = sealing_keys(&config)?;
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
            bodies: Places::of_bodies(),
            refusals: Refusals::default(),
            followers: Places::of_followers(),
            stopping: process.shutdown.stopping(),
            sealing,
            hooks_url: config.hooks_url,
        },
        process,
    })
}

fn sealing_keys(config: &Config) -> anyhow::Result<SealingKeys> {
    let files = [
        (KeyClass::HookSecrets, &config.hook_secrets_pub),
        (KeyClass::Credentials, &config.credentials_pub),
        (KeyClass::Issuers, &config.issuers_pub),
    ];
    let named = files
        .iter()
        .filter_map(|(class, file)| Some((*class, file.as_ref()?)));
    let keys = named.map(|(class, file)| Ok(SealingKey::load(class, file)?));
    keys.collect()
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
        process.health.has_started();
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

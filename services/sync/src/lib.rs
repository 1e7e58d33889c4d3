//! Keeps mirrors in step with their repositories and says what changed.
//!
//! Consumes:  `SLUICE_WORK`, durables `sync-00` to `sync-63`, one for each partition; commands to sync.
//! Publishes: `sync.repository.completed|failed|connected|disconnected`, `bulk.commits.listed`; wakes of repositories.
//! State:     `sync-state` and `sync-refs` in KV; bare mirrors in the data folder, rebuilt if lost.
//! Failure:   what may pass is tried again at `retry_at`, later and later; what somebody has to mend waits until the
//!            repository's, the host's or the credential's record changes, or a command comes.
//! Twice:     fetching what we already have publishes nothing; what is said again has the same ids.
//!
//! A message says only that a repository needs work: [`handler`] reads the repository's present state and converges.

mod commands;
mod config;
mod forget;
mod handler;
mod listing;
mod pushes;
mod report;
mod retries;
mod state;
mod wake;

use std::sync::Arc;

use anyhow::Context;
pub use config::{Config, LIMITS, Limits, SERVICE};
use sluice_bus::{
    Fleet,
    consume::{self, Options},
    topology::{Topology, work_consumers},
};
use sluice_daemon::Process;
use sluice_git::{Git, probe};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::{commands::Commands, handler::Sync, state::States};

/// Runs sync until it is told to stop.
pub async fn run(config: Config, process: Process) -> anyhow::Result<()> {
    start(config, process).await?.run().await
}

/// Sync that reads the registry and takes no work yet.
pub struct Started {
    sync: Arc<Sync>,
    process: Process,
}

/// Builds sync: loads its keys, connects, and begins to read the registry.
pub async fn start(config: Config, process: Process) -> anyhow::Result<Started> {
    let (bus, repositories) =
        sluice_repositories::begin(&SERVICE, &config.bus, &config.credentials_keys, &process)
            .await?;
    let git = Git::new(config.git);
    tokio::spawn(probe(git.clone(), process.health.check("git")));
    let sync = Arc::new(Sync {
        states: States::of(&bus),
        bus,
        git,
        mirrors: config.data_dir.join("mirrors"),
        repositories,
        places: Semaphore::new(config.limits.at_once),
        consume: config.limits.consume,
    });
    Ok(Started { sync, process })
}

impl Started {
    /// Works until told to stop, then finishes what is in hand.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { sync, process } = self;
        process.health.has_started();
        let (bus, repositories) = (sync.bus.clone(), sync.repositories.clone());
        let waking = tokio::spawn(wake::follow(bus.clone(), repositories.clone()));
        let forgetting = tokio::spawn(forget::follow(Arc::clone(&sync)));
        let retrying = tokio::spawn(retries::follow(bus.clone(), repositories.clone()));
        let stopping = process.shutdown.stopping();
        let fleet = tokio::select! {
            fleet = Fleet::join(&bus, SERVICE.name, SERVICE.version, SERVICE.about) => fleet,
            () = stopping.cancelled() => None,
        };
        let mut consuming = JoinSet::new();
        // One message in hand for each partition: what waits there is another repository, and nobody else's to take.
        let options = Options {
            in_hand: 1,
            attempts: u64::MAX / 4,
            ..sync.consume.clone()
        };
        for spec in work_consumers(SERVICE.name) {
            let (bus, handler) = (bus.clone(), handler::Handler(Arc::clone(&sync)));
            let (options, shutdown) = (options.clone(), process.shutdown.clone());
            consuming.spawn(consume::run(bus, spec, handler, options, shutdown));
        }
        let spec = Topology::current()
            .consumer("SLUICE_COMMANDS", SERVICE.name)
            .cloned();
        let spec = spec.context("the topology has no consumer for commands to sync")?;
        let commands = Commands {
            bus: bus.clone(),
            repositories,
        };
        let (options, shutdown) = (sync.consume.clone(), process.shutdown.clone());
        consuming.spawn(consume::run(bus.clone(), spec, commands, options, shutdown));
        while consuming.join_next().await.is_some() {}
        for follower in [waking, retrying, forgetting] {
            follower.abort();
            // It was cancelled, or had failed before: either way it has ended.
            let _ = follower.await;
        }
        drop(fleet);
        bus.drain().await;
        Ok(())
    }
}

//! Finds what no webhook told, and publishes it.
//!
//! Consumes:  `SLUICE_GIT`, durable `recoverer`: moves of branches and tags. Refs, read from the hosts; names, owners and
//!            the like, read from their APIs where a credential opens them.
//! Publishes: `git.branch.*`, `git.tag.*` and `git.repository.*` with trust `host` and the mark `recovered`.
//! State:     `known-refs` in KV: where refs are known to be, what a repository is known to be, when either is read next.
//! Failure:   what may pass is read again, later and later; what somebody has to mend waits until the repository's, the
//!            host's or the credential's record changes.
//! Twice:     what happened has the same fact and the same ids as the webhook's event: whoever tells second changes nothing.
//!
//! An event goes [`handler`] → [`known`]. A sweep goes [`schedule`] (when, and how many at a host) → [`sweep`] (reads the
//! refs) → [`gaps`] (what is missing) → [`report`] (publishes it). A question goes [`schedule`] → [`ask`] (reads the
//! repository by its id) → [`told`] (what events say) → [`became`] (what is missing) → [`report`].

mod ask;
mod became;
mod config;
mod forget;
mod gaps;
mod handler;
mod known;
mod pace;
mod report;
mod schedule;
mod sweep;
mod told;

use std::sync::Arc;

use anyhow::Context;
pub use config::{Config, LIMITS, Limits, SERVICE};
use sluice_bus::{
    Fleet,
    consume::{self, Options},
    topology::Topology,
};
use sluice_daemon::Process;
use sluice_git::{Git, probe};
use sluice_hosts::Hosts;

use crate::{handler::Handler, known::Known, sweep::Sweeper};

/// Runs the recoverer until it is told to stop.
pub async fn run(config: Config, process: Process) -> anyhow::Result<()> {
    start(config, process).await?.run().await
}

/// A recoverer that reads the registry and sweeps nothing yet.
pub struct Started {
    sweeper: Arc<Sweeper>,
    process: Process,
}

/// Builds the recoverer: loads its keys, connects, and begins to read the registry.
pub async fn start(config: Config, process: Process) -> anyhow::Result<Started> {
    let (bus, repositories) =
        sluice_repositories::begin(&SERVICE, &config.bus, &config.credentials_keys, &process)
            .await?;
    let settings = sluice_hosts::Settings {
        local: config.git.local,
        ..sluice_hosts::Settings::default()
    };
    let hosts = Hosts::new(settings, SERVICE.name);
    let git = Git::new(config.git);
    tokio::spawn(probe(git.clone(), process.health.check("git")));
    let spec = Topology::current()
        .consumer("SLUICE_GIT", SERVICE.name)
        .cloned();
    let sweeper = Arc::new(Sweeper {
        spec: spec.context("the topology has no consumer for the recoverer")?,
        known: Known::of(&bus),
        bus,
        git,
        hosts,
        repositories,
        limits: config.limits,
    });
    Ok(Started { sweeper, process })
}

impl Started {
    /// Works until told to stop, then finishes what is in hand.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { sweeper, process } = self;
        process.health.has_started();
        let bus = sweeper.bus.clone();
        let forgetting = tokio::spawn(forget::follow(Arc::clone(&sweeper)));
        let sweeping = tokio::spawn(schedule::follow(Arc::clone(&sweeper)));
        let stopping = process.shutdown.stopping();
        let fleet = tokio::select! {
            fleet = Fleet::join(&bus, SERVICE.name, SERVICE.version, SERVICE.about) => fleet,
            () = stopping.cancelled() => None,
        };
        // One after the other: events of one ref build on each other.
        let options = Options {
            in_hand: 1,
            ..sweeper.limits.consume.clone()
        };
        let (spec, handler) = (sweeper.spec.clone(), Handler(Arc::clone(&sweeper)));
        consume::run(
            bus.clone(),
            spec,
            handler,
            options,
            process.shutdown.clone(),
        )
        .await;
        for follower in [sweeping, forgetting] {
            follower.abort();
            // It was cancelled, or had failed before: either way it has ended. A sweep that it interrupts is due again.
            let _ = follower.await;
        }
        drop(fleet);
        bus.drain().await;
        Ok(())
    }
}

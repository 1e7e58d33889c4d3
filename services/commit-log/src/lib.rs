//! Records commits for ever, and answers what is asked about them.
//!
//! Consumes:  `SLUICE_BULK`, durable `commit-log`: `bulk.commits.listed`; queries `list` and `show`.
//! Publishes: `commit.recorded.<sha>`, `commit.moved.<generation>.<branch|tag>.<ref>`.
//! State:     where repositories are recorded, in `commit-places`; an index of the log in a file, rebuilt if it is lost.
//! Failure:   an absent bus or a full stream is tried again; a listing that says nonsense becomes a dead letter. Without
//!            its index it records all the same.
//! Twice:     a record must be the first on its subject, so a repeat is refused, however late it comes.
//!
//! A listing goes [`handler`] → [`places`] (which subjects) → [`pushes`] (who pushed) → [`record`] (what is said) →
//! [`store`]. From there it comes back through the stream: [`index`] follows the log and nothing else, so that every
//! replica knows the same. A query goes [`queries`] → [`index`].

mod config;
mod handler;
mod index;
mod listing;
mod places;
mod pushes;
mod queries;
mod record;
mod store;

use anyhow::Context;
pub use config::{Config, LIMITS, Limits, SERVICE};
use sluice_bus::{Bus, consume, readiness, topology::Topology};
use sluice_daemon::Process;

use crate::{
    handler::Recorder,
    index::{Index, follow},
    queries::Answering,
};

/// Runs the commit log until it is told to stop.
pub async fn run(config: Config, process: Process) -> anyhow::Result<()> {
    start(config, process).await?.run().await
}

/// A commit log that reads its index and records nothing yet.
pub struct Started {
    bus: Bus,
    index: Index,
    limits: Limits,
    process: Process,
}

/// Builds the commit log: opens its index and connects.
pub async fn start(config: Config, process: Process) -> anyhow::Result<Started> {
    let index = Index::open(&config.data_dir.join(SERVICE.name))
        .await
        .with_context(|| format!("cannot open the index in {}", config.data_dir.display()))?;
    let bus = Bus::connect(&config.bus).await?;
    tokio::spawn(readiness::follow(
        bus.clone(),
        SERVICE.name,
        process.health.check("nats"),
        process.health.check("topology"),
    ));
    Ok(Started {
        bus,
        index,
        limits: config.limits,
        process,
    })
}

impl Started {
    /// Records and answers until told to stop, then finishes what is in hand.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self {
            bus,
            index,
            limits,
            process,
        } = self;
        process.health.has_started();
        let topology = Topology::current();
        let spec = topology.consumer("SLUICE_BULK", SERVICE.name);
        let spec = spec.context("the topology has no consumer for commits")?;
        let following = tokio::spawn(follow::follow(
            bus.clone(),
            index.clone(),
            process.health.check("index"),
        ));
        let answering = tokio::spawn(queries::serve(
            Answering {
                bus: bus.clone(),
                index: index.clone(),
                steps: limits.query_steps,
            },
            process.shutdown.stopping(),
        ));
        let recorder = Recorder::new(&bus, index, limits.push_grace);
        consume::run(
            bus.clone(),
            spec.clone(),
            recorder,
            limits.consume,
            process.shutdown.clone(),
        )
        .await;
        let answered = answering.await.context("answering queries failed");
        following.abort();
        // It was cancelled, or had failed before: either way it has ended.
        let _ = following.await;
        bus.drain().await;
        answered
    }
}

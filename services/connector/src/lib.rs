//! Acts at Git hosts: checks repositories, installs, repairs and removes their webhooks.
//!
//! Consumes:  commands to the connector; watches repositories, imports, connections, what gateways learn of endpoints, and
//!            Apps with their tokens.
//! Publishes: `webhook.hook.installed|repaired|removed|failed`, `webhook.connection.gained|lost`.
//! State:     `connections`, `imports` and `installations` in KV; endpoints and their sealed secrets; repositories' names and
//!            ids; tokens of Apps as versions of credentials.
//! Failure:   what may pass is tried again at `due_at`, later and later; what somebody has to mend waits until the
//!            repository's, the host's or the credential's record changes, or a command comes.
//! Twice:     an intent stands in the record before a call that changes something at a host; after an unknown outcome the
//!            host is asked what there is, and what that call made is removed before another one is made.
//!
//! [`wake`] says which repositories need work, [`handler`] does it: [`reach`] (is it there, which one is it), then [`hook`]
//! (its webhook, by an [`endpoint`]), [`manual`], [`shared`] (another's tells of it) or [`remove`]; [`report`] says what changed.
//! [`import`] registers many, and [`owner`] keeps the one webhook that may tell of all of them: [`whose`] it is, is all that
//! differs. Credentials that are Apps act by [`apps`], and [`installation`] makes the tokens that others fetch with. One
//! replica at a time works on each: [`state`].

mod apps;
mod commands;
mod config;
mod endpoint;
mod fault;
mod handler;
mod hook;
mod hosts;
mod import;
mod installation;
mod manual;
mod opened;
mod openers;
mod openings;
mod owner;
mod reach;
mod remove;
mod report;
mod retries;
mod shared;
mod state;
mod waits;
mod wake;
mod whose;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
pub use config::{AppsConfig, Config, LIMITS, Limits, SERVICE};
use sluice_bus::{Fleet, consume, topology::Topology};
use sluice_daemon::Process;
use sluice_git::{Git, probe};
use sluice_registry::{KeyClass, OpeningKeys, SealingKey, SealingKeys};

use crate::{
    apps::Apps, commands::Commands, endpoint::Endpoints, handler::Connector, hosts::Hosts,
    openers::Openers, state::Connections, waits::Waits,
};

/// How long what is in hand may take once it is to stop.
const FINISH: Duration = Duration::from_secs(12);

/// Runs the connector until it is told to stop.
pub async fn run(config: Config, process: Process) -> anyhow::Result<()> {
    start(config, process).await?.run().await
}

/// A connector that reads the registry and works on nothing yet.
pub struct Started {
    connector: Arc<Connector>,
    process: Process,
}

/// Builds the connector: loads its keys, connects, and begins to read the registry.
pub async fn start(config: Config, process: Process) -> anyhow::Result<Started> {
    let sealing = SealingKey::load(KeyClass::HookSecrets, &config.hook_secrets_pub)
        .context("cannot load the public key of webhook secrets; name it with --hook-secrets-pub, make one with `sluice keys new`")?;
    let (bus, repositories) =
        sluice_repositories::begin(&SERVICE, &config.bus, &config.credentials_keys, &process)
            .await?;
    let limits = &config.limits;
    let hosts = Arc::new(Hosts::new(config.git.local, limits.hosts_clock));
    let (issuers, credentials) = apps_keys(config.apps.as_ref())?;
    let apps = Arc::new(Apps::of(&bus, issuers));
    let opening = OpeningKeys::load(KeyClass::Credentials, &config.credentials_keys)?;
    let git = Git::new(config.git);
    tokio::spawn(probe(git.clone(), process.health.check("git")));
    let connector = Arc::new(Connector {
        connections: Connections::of(&bus, state::new_name()?),
        endpoints: Endpoints::of(&bus, [sealing].into_iter().collect()),
        openers: Openers {
            bus: bus.clone(),
            opening,
            apps: Arc::clone(&apps),
            hosts: Arc::clone(&hosts),
        },
        apps,
        sealing: credentials,
        bus,
        git,
        repositories,
        hosts,
        hooks_url: config.hooks_url,
        limits: config.limits,
        waits: Waits::default(),
    });
    Ok(Started { connector, process })
}

/// What private keys of Apps are opened with, and what their tokens are sealed to.
fn apps_keys(config: Option<&AppsConfig>) -> anyhow::Result<(OpeningKeys, SealingKeys)> {
    let Some(config) = config else {
        return Ok(<(OpeningKeys, SealingKeys)>::default());
    };
    let issuers = OpeningKeys::load(KeyClass::Issuers, &config.issuers_keys)
        .context("cannot load the key of issuers; name it with --issuers-key, make one with `sluice keys new`")?;
    let credentials = SealingKey::load(KeyClass::Credentials, &config.credentials_pub)
        .context("cannot load the public key of credentials; name it with --credentials-pub")?;
    Ok((issuers, [credentials].into_iter().collect()))
}

impl Started {
    /// Works until told to stop, then finishes what is in hand.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { connector, process } = self;
        process.health.has_started();
        let bus = connector.bus.clone();
        let stopping = process.shutdown.stopping();
        let making = tokio::spawn(installation::follow(
            Arc::clone(&connector),
            stopping.clone(),
        ));
        let importing = tokio::spawn(import::follow(Arc::clone(&connector), stopping.clone()));
        let waking = tokio::spawn(wake::follow(Arc::clone(&connector), stopping.clone()));
        let fleet = tokio::select! {
            fleet = Fleet::join(&bus, SERVICE.name, SERVICE.version, SERVICE.about) => fleet,
            () = stopping.cancelled() => None,
        };
        let spec = Topology::current()
            .consumer("SLUICE_COMMANDS", SERVICE.name)
            .cloned();
        let spec = spec.context("the topology has no consumer for commands to the connector")?;
        let commands = Commands {
            bus: bus.clone(),
            repositories: connector.repositories.clone(),
        };
        let options = connector.limits.consume.clone();
        consume::run(
            bus.clone(),
            spec,
            commands,
            options,
            process.shutdown.clone(),
        )
        .await;
        // What it does not finish stands in the record, and whoever is next goes on from there.
        let finishing = async { tokio::join!(waking, importing, making) };
        let _ = tokio::time::timeout(FINISH, finishing).await;
        drop(fleet);
        bus.drain().await;
        Ok(())
    }
}

//! The services that run in this process.

use std::net::SocketAddr;

use anyhow::Context;
use sluice_daemon::{Process, shutdown::Shutdown};
use sluice_registry::KeyClass;

use super::{config::Config, nats::Nats};
use crate::key_folder::KeyFolder;

/// All of them, built and not run yet.
pub(super) struct Services {
    gateway: sluice_gateway::Started,
    sync: sluice_sync::Started,
    connector: sluice_connector::Started,
    recoverer: sluice_recoverer::Started,
    commit_log: sluice_commit_log::Started,
    api: sluice_api::Started,
    shutdown: Shutdown,
}

impl Services {
    /// Builds them; each has its own user of NATS, and its own checks.
    pub(super) async fn start(
        config: &Config,
        nats: &Nats,
        keys: &KeyFolder,
        process: &Process,
    ) -> anyhow::Result<Self> {
        let credentials_keys = keys.opening(KeyClass::Credentials)?;
        let gateway = sluice_gateway::Config {
            bus: nats.connection("gateway"),
            hook_secrets_keys: keys.opening(KeyClass::HookSecrets)?,
            listen: config.listen.clone(),
        };
        let sync = sluice_sync::Config {
            bus: nats.connection("sync"),
            credentials_keys: credentials_keys.clone(),
            data_dir: config.data_dir.clone(),
            git: config.git.clone(),
            limits: config.sync.clone(),
        };
        let recoverer = sluice_recoverer::Config {
            bus: nats.connection("recoverer"),
            credentials_keys: credentials_keys.clone(),
            git: config.git.clone(),
            limits: config.recoverer.clone(),
        };
        let commit_log = sluice_commit_log::Config {
            bus: nats.connection("commit-log"),
            data_dir: config.data_dir.clone(),
            limits: config.commit_log.clone(),
        };
        let part = |service| process.part(service);
        let gateway = sluice_gateway::start(gateway, part(&sluice_gateway::SERVICE)).await?;
        let hooks_url = config.hooks_url.clone();
        let hooks_url = hooks_url.unwrap_or_else(|| format!("http://{}", gateway.addr()));
        let connector = sluice_connector::Config {
            bus: nats.connection("connector"),
            credentials_keys,
            hook_secrets_pub: keys.public(KeyClass::HookSecrets),
            apps: Some(sluice_connector::AppsConfig {
                issuers_keys: keys.opening(KeyClass::Issuers)?,
                credentials_pub: keys.public(KeyClass::Credentials),
            }),
            hooks_url: hooks_url.clone(),
            git: config.git.clone(),
            limits: config.connector.clone(),
        };
        let api = sluice_api::Config {
            bus: nats.connection("api"),
            listen: config.api.clone(),
            hooks_url: Some(hooks_url),
            hook_secrets_pub: Some(keys.public(KeyClass::HookSecrets)),
            credentials_pub: Some(keys.public(KeyClass::Credentials)),
            issuers_pub: Some(keys.public(KeyClass::Issuers)),
        };
        Ok(Self {
            gateway,
            connector: sluice_connector::start(connector, part(&sluice_connector::SERVICE)).await?,
            sync: sluice_sync::start(sync, part(&sluice_sync::SERVICE)).await?,
            recoverer: sluice_recoverer::start(recoverer, part(&sluice_recoverer::SERVICE)).await?,
            commit_log: sluice_commit_log::start(commit_log, part(&sluice_commit_log::SERVICE))
                .await?,
            api: sluice_api::start(api, part(&sluice_api::SERVICE)).await?,
            shutdown: process.shutdown.clone(),
        })
    }

    /// Where webhooks are received.
    pub(super) fn hooks(&self) -> SocketAddr {
        self.gateway.addr()
    }

    /// Where the API is.
    pub(super) fn api(&self) -> SocketAddr {
        self.api.addr()
    }

    /// Runs them until told to stop. Where one ends before, all do.
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let mut running = tokio::task::JoinSet::new();
        running.spawn(self.gateway.run());
        running.spawn(self.sync.run());
        running.spawn(self.connector.run());
        running.spawn(self.recoverer.run());
        running.spawn(self.commit_log.run());
        running.spawn(self.api.run());
        let mut outcome = Ok(());
        while let Some(ended) = running.join_next().await {
            let ended = ended.context("a service failed").and_then(|ended| ended);
            outcome = outcome.and(ended);
            self.shutdown.request();
        }
        outcome
    }
}

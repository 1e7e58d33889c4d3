//! The NATS that everything in this process uses: the user's, or one that is run and watched here.

use std::{path::absolute, time::Duration};

use anyhow::Context;
use sluice_bus::{
    Connection,
    server::{Server, Setup},
    topology::Topology,
};
use tokio::{sync::oneshot, task::JoinHandle};

use super::config::Config;

/// How long until a server that did not start is tried again.
const RETRY: Duration = Duration::from_secs(2);

/// Where NATS is and how to connect to it.
pub(super) struct Nats {
    connections: Box<dyn Fn(&str) -> Connection + Send + Sync>,
    url: String,
    watched: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Nats {
    pub(super) async fn start(config: &Config) -> anyhow::Result<Self> {
        if let Some(connection) = config.nats.clone() {
            let url = connection.url.clone();
            let connections = move |role: &str| Connection {
                name: role.to_owned(),
                ..connection.clone()
            };
            return Ok(Self {
                connections: Box::new(connections),
                url,
                watched: None,
            });
        }
        let program = match &config.program {
            Some(program) => program.clone(),
            None => super::program::find(&config.path).await?,
        };
        let setup = Setup {
            program,
            folder: absolute(&config.data_dir)
                .context("cannot find the data folder")?
                .join("nats"),
            port: config.nats_port,
            sync_always: true,
            max_store: config.max_store,
            topology: Topology::current(),
        };
        let server = Server::start(setup)
            .await
            .context("cannot start nats-server")?;
        let url = server.url();
        let known: Vec<_> = sluice_bus::roles::ROLES
            .iter()
            .map(|role| server.connection(role.name))
            .collect();
        let connections = move |role: &str| {
            let found = known.iter().find(|connection| connection.name == role);
            found.cloned().unwrap_or_else(|| known[0].clone())
        };
        let (stop, stopped) = oneshot::channel();
        let watched = Some((stop, tokio::spawn(watch(server, stopped))));
        Ok(Self {
            connections: Box::new(connections),
            url,
            watched,
        })
    }

    /// How to connect as a role. On the user's NATS everybody connects as the user does.
    pub(super) fn connection(&self, role: &str) -> Connection {
        (self.connections)(role)
    }

    pub(super) fn url(&self) -> String {
        self.url.clone()
    }

    /// Stops the server, after everything that uses it.
    pub(super) async fn stop(self) {
        if let Some((stop, watching)) = self.watched {
            // If it is gone, so is the server.
            let _ = stop.send(());
            let _ = watching.await;
        }
    }
}

/// Starts the server again whenever it dies.
async fn watch(mut server: Server, mut stopped: oneshot::Receiver<()>) {
    loop {
        tokio::select! {
            _ = &mut stopped => return server.stop().await,
            () = server.ended() => tracing::error!("nats-server died; starting it again"),
        }
        while let Err(error) = server.restart().await {
            tracing::error!(%error, "nats-server does not start; trying again");
            tokio::time::sleep(RETRY).await;
        }
    }
}

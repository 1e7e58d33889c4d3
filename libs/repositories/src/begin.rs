//! How every service begins that opens the credentials of repositories.

use std::path::PathBuf;

use anyhow::Context;
use sluice_bus::{Bus, Connection, readiness};
use sluice_daemon::{Key, Process, Service, Settings};
use sluice_git::keep_memory_private;
use sluice_registry::{KeyClass, OpeningKeys};

use crate::{Repositories, follow};

/// The private key for credentials.
pub static CREDENTIALS_KEY: Key = Key::new(
    "credentials-key",
    "file with the private key that credentials are sealed to; several, separated by commas, while keys change",
)
.placeholder("FILE");

/// Reads [`CREDENTIALS_KEY`].
pub fn credentials_keys(settings: &mut Settings) -> Vec<PathBuf> {
    let files = settings.list(&CREDENTIALS_KEY);
    files.into_iter().map(PathBuf::from).collect()
}

/// Loads the keys, connects, and begins to read the registry. What fails later shows in the process's health.
///
/// # Errors
/// If the keys cannot be loaded, or the connection's settings make no sense.
pub async fn begin(
    service: &'static Service,
    connection: &Connection,
    credentials_keys: &[PathBuf],
    process: &Process,
) -> anyhow::Result<(Bus, Repositories)> {
    let opening = OpeningKeys::load(KeyClass::Credentials, credentials_keys)
        .context("cannot load the key of credentials; name it with --credentials-key, make one with `sluice keys new`")?;
    if let Err(error) = keep_memory_private() {
        tracing::warn!(%error, "other processes of this user can read the memory of this one");
    }
    let bus = Bus::connect(connection).await?;
    let repositories = Repositories::default();
    let health = &process.health;
    tokio::spawn(readiness::follow(
        bus.clone(),
        service.name,
        health.check("nats"),
        health.check("topology"),
    ));
    tokio::spawn(follow(
        bus.clone(),
        repositories.clone(),
        opening,
        health.check("repositories"),
    ));
    Ok((bus, repositories))
}

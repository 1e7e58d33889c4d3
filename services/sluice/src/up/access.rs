//! The first access token: written where only the operator of this machine can read it, and never shown.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Context;
use sluice_bus::{Bus, Connection, Records};
use sluice_events::{
    Timestamp,
    v1::{AccessRole, AccessToken},
};
use sluice_registry::{keys, new_access_token};

use crate::connection_file::TOKEN_FILE;

/// Its name, in the registry and in the audit.
const NAME: &str = "admin";

/// Makes it if it was never made. One that somebody deleted stays deleted as long as its file is there.
pub(super) async fn first(connection: &Connection, folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(TOKEN_FILE);
    if path.exists() {
        return Ok(());
    }
    let bus = Bus::connect(connection).await?;
    bus.connected().await;
    let records = Records::<AccessToken>::new(&bus, keys::ACCESS_TOKENS);
    let key = keys::access_token(NAME);
    if records.get(&key).await?.is_none() {
        let made = new_access_token(NAME, "", AccessRole::Admin, Timestamp::now(), None);
        let (token, record) = made.map_err(|problem| anyhow::anyhow!("{problem}"))?;
        write(&path, token.expose()).with_context(|| format!("cannot write {}", path.display()))?;
        records.put(&key, &record, None).await?;
    }
    bus.drain().await;
    Ok(())
}

fn write(path: &Path, token: &[u8]) -> std::io::Result<()> {
    let mut options = fs::File::options();
    let mut file = options
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(token)?;
    file.write_all(b"\n")?;
    file.sync_all()
}

//! The first access token: written where only the operator of this machine can read it, and never shown.

use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use anyhow::Context;
use sluice_bus::{Bus, Connection, Records};
use sluice_events::{
    Timestamp,
    v1::{AccessRole, AccessToken},
};
use sluice_registry::{keys, new_access_token, token_digest};

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
    // Whoever is interrupted has stored either nothing or what stands in this file.
    let begun = path.with_extension("new");
    let stored = records.get(&keys::access_token(NAME)).await?;
    let is_begun = match &stored {
        Some(stored) => fs::read(&begun)
            .is_ok_and(|token| token_digest(token.trim_ascii()) == stored.record.digest[..]),
        None => {
            let made = new_access_token(NAME, "", AccessRole::Admin, Timestamp::now(), None);
            let (token, record) = made.map_err(|problem| anyhow::anyhow!("{problem}"))?;
            let written = write(&begun, token.expose());
            written.with_context(|| format!("cannot write {}", begun.display()))?;
            let key = keys::access_token(NAME);
            records.put(&key, &record, None).await?;
            true
        }
    };
    if is_begun {
        let renamed = fs::rename(&begun, &path);
        renamed.with_context(|| format!("cannot write {}", path.display()))?;
    }
    bus.drain().await;
    Ok(())
}

fn write(path: &Path, token: &[u8]) -> std::io::Result<()> {
    // Of an interrupted start, which has stored nothing.
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
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

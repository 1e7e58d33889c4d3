//! Forgetting repositories that are not registered any more: how they stood, their refs, their mirrors.

use std::{path::Path, sync::Arc};

use sluice_bus::{Bus, RecordError, Records};
use sluice_events::v1::{RefTable, RefTablePart, SyncState};
use sluice_registry::keys;
use sluice_repositories::{RefTables, Repositories, forget_gone};

use crate::handler::Sync;

/// Forgets what is gone, for ever.
pub(crate) async fn follow(sync: Arc<Sync>) {
    forget_gone(sync.repositories.clone(), || forget(Arc::clone(&sync))).await;
}

async fn forget(sync: Arc<Sync>) -> Result<(), String> {
    let states = states(&sync.bus, &sync.repositories).await;
    states.map_err(|error| error.to_string())?;
    let removing = tokio::task::spawn_blocking(move || remove(&sync.mirrors, &sync.repositories));
    let removed = removing.await.map_err(|error| error.to_string())?;
    removed.map_err(|error| format!("a mirror cannot be removed: {error}"))
}

async fn states(bus: &Bus, repositories: &Repositories) -> Result<(), RecordError> {
    let states = Records::<SyncState>::new(bus, keys::SYNC_STATE);
    let parts = Records::<RefTablePart>::new(bus, keys::SYNC_REFS);
    for state in states.all().await? {
        if repositories.get(&state.key).is_some() {
            continue;
        }
        let table = state.record.refs.unwrap_or_default();
        for part in RefTables::obsolete(&state.key, &table, &RefTable::default()) {
            parts.remove(&part).await?;
        }
        states.delete(&state.key, state.revision).await?;
    }
    Ok(())
}

/// Removes the mirrors of others than these.
fn remove(mirrors: &Path, repositories: &Repositories) -> std::io::Result<()> {
    for project in folders(mirrors)? {
        for mirror in folders(&mirrors.join(&project))? {
            let Some(name) = mirror.strip_suffix(".git") else {
                continue;
            };
            if repositories.named(&project, name).is_none() {
                std::fs::remove_dir_all(mirrors.join(&project).join(&mirror))?;
                tracing::info!(
                    project,
                    name,
                    "the mirror of a repository that is gone was removed"
                );
            }
        }
    }
    Ok(())
}

fn folders(folder: &Path) -> std::io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    Ok(names.collect())
}

//! Forgetting repositories that are not registered any more: what was known of their refs.

use std::sync::Arc;

use sluice_bus::{Bus, RecordError, Records};
use sluice_events::v1::{KnownRefs, RefTable, RefTablePart};
use sluice_registry::keys;
use sluice_repositories::{RefTables, Repositories, forget_gone};

use crate::sweep::Sweeper;

/// Forgets what is gone, for ever.
pub(crate) async fn follow(sweeper: Arc<Sweeper>) {
    forget_gone(sweeper.repositories.clone(), || {
        forget(Arc::clone(&sweeper))
    })
    .await;
}

async fn forget(sweeper: Arc<Sweeper>) -> Result<(), String> {
    let known = known(&sweeper.bus, &sweeper.repositories).await;
    known.map_err(|error| error.to_string())
}

async fn known(bus: &Bus, repositories: &Repositories) -> Result<(), RecordError> {
    let records = Records::<KnownRefs>::new(bus, keys::KNOWN_REFS);
    let parts = Records::<RefTablePart>::new(bus, keys::KNOWN_TABLES);
    for known in records.all().await? {
        if repositories.get(&known.key).is_some() {
            continue;
        }
        let table = known.record.refs.unwrap_or_default();
        for part in RefTables::obsolete(&known.key, &table, &RefTable::default()) {
            parts.remove(&part).await?;
        }
        records.delete(&known.key, known.revision).await?;
    }
    Ok(())
}

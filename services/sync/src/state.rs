//! How a repository stands: its record, and the table of refs that stands in it.

use sluice_bus::{
    Bus, RecordError, Records,
    consume::{Advance, Failure},
};
use sluice_events::{
    Timestamp,
    v1::{SyncFailure, SyncState},
};
use sluice_git::GitError;
use sluice_registry::keys;
use sluice_repositories::{RefTables, Refs, Registered};

use crate::{report::Found, retries};

/// The records of all repositories.
pub(crate) struct States {
    records: Records<SyncState>,
    tables: RefTables,
}

/// How a repository stood before.
pub(crate) struct Before {
    revision: Option<u64>,
    pub(crate) state: SyncState,
    /// Where its refs were.
    pub(crate) refs: Refs,
}

impl States {
    pub(crate) fn of(bus: &Bus) -> Self {
        Self {
            records: Records::new(bus, keys::SYNC_STATE),
            tables: RefTables::new(bus, keys::SYNC_REFS),
        }
    }

    /// Reads how a repository stands.
    pub(crate) async fn read(&self, registered: &Registered) -> Result<Before, Failure> {
        let found = self.records.get(&registered.key).await.map_err(unread)?;
        let (state, revision) = match found {
            Some(found) => (found.record, Some(found.revision)),
            None => (SyncState::default(), None),
        };
        let table = state.refs.clone().unwrap_or_default();
        let refs = self.tables.read(&registered.key, &table).await;
        Ok(Before {
            revision,
            state,
            refs: refs.map_err(unread)?,
        })
    }

    /// How it stands when it is in step. Events were taken into account up to this sequence.
    pub(crate) async fn completed(
        &self,
        registered: &Registered,
        before: &Before,
        found: &Found,
        events_read: u64,
    ) -> Result<SyncState, Failure> {
        let table = before.state.refs.clone().unwrap_or_default();
        let refs = self
            .tables
            .advance(&registered.key, &table, &before.refs, &found.refs);
        Ok(SyncState {
            generation: found.generation(&before.state),
            refs: Some(refs.await.map_err(unread)?),
            head: found.head.clone(),
            completed_at: Some(Timestamp::now()),
            events_read,
            ..SyncState::default()
        })
    }

    /// What brings the record from how it stood to how it stands.
    pub(crate) fn advance(
        &self,
        registered: &Registered,
        before: &Before,
        state: &SyncState,
    ) -> Result<Advance, Failure> {
        let old = before.state.refs.clone().unwrap_or_default();
        let new = state.refs.clone().unwrap_or_default();
        let obsolete = RefTables::obsolete(&registered.key, &old, &new).into_iter();
        let key = registered.key.clone();
        Ok(Advance {
            obsolete: obsolete.map(|key| (keys::SYNC_REFS, key)).collect(),
            ..Advance::of(keys::SYNC_STATE, key, state, before.revision)?
        })
    }
}

/// How a repository stands after a failure: what was synced stays.
pub(crate) fn failed(
    registered: &Registered,
    before: &SyncState,
    error: &GitError,
    now: Timestamp,
) -> SyncState {
    let since = match &before.failure {
        Some(failure) if failure.problem() == error.problem => failure.since,
        _ => Some(now),
    };
    let failures = before.failures.saturating_add(1);
    let halts = error.needs_somebody();
    SyncState {
        failure: Some(SyncFailure {
            problem: error.problem.into(),
            message: error.message.clone(),
            since,
        }),
        halt: halts.then(|| registered.versions.halt()),
        retry_at: (!halts).then(|| retries::at(now, failures)),
        failures,
        ..before.clone()
    }
}

fn unread(error: RecordError) -> Failure {
    Failure::Retry(error.to_string())
}

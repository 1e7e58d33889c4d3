//! Repositories as lists go through them: in order, each with how it stands, and with what tells from afar that there is
//! nothing of what is wanted.

use std::{collections::BTreeSet, sync::Arc};

use sluice_events::v1::{AccessLevel, Connection, ConnectionStatus, RegisteredRepository};
use sluice_registry::{Kind, Object, Part, SharedMap, keys};

/// All of them, by project and name.
pub(crate) type Repositories = SharedMap<(String, String), Listed, Summary>;

/// Some that stand beside each other.
pub(crate) type Neighbours = Part<(String, String), Listed, Summary>;

/// One of them.
#[derive(Clone)]
pub(crate) struct Listed {
    pub(crate) record: Arc<RegisteredRepository>,
    /// How it stands with its host.
    pub(crate) status: ConnectionStatus,
}

/// What neighbours have among them.
pub(crate) struct Summary {
    /// Whatever they are called, in lower case.
    pub(crate) names: String,
    /// How they stand.
    pub(crate) statuses: BTreeSet<ConnectionStatus>,
    /// Whether one is shown to all projects.
    pub(crate) shown: bool,
}

impl Listed {
    pub(crate) fn new(
        record: &Arc<RegisteredRepository>,
        connection: Option<&Arc<Connection>>,
    ) -> Self {
        Self {
            record: Arc::clone(record),
            status: status(connection),
        }
    }

    /// Under which it stands.
    pub(crate) fn key(&self) -> (String, String) {
        (self.record.project.clone(), self.record.name.clone())
    }
}

impl Summary {
    pub(crate) fn of(neighbours: &Neighbours) -> Self {
        let mut summary = Self {
            names: String::new(),
            statuses: BTreeSet::new(),
            shown: false,
        };
        for Listed { record, status } in neighbours.values() {
            for name in [&record.name, &record.full_name] {
                summary.names += &name.to_lowercase();
                // Stands in no name, so that nothing is found across two of them.
                summary.names.push('\n');
            }
            summary.statuses.insert(*status);
            summary.shown |= record.level() == AccessLevel::Organization;
        }
        summary
    }
}

/// Notes how a repository stands, by the key of its record. Without a record it is not listed.
pub(super) fn note_status(
    repositories: &mut Repositories,
    key: &str,
    connection: Option<&Arc<Connection>>,
) {
    let Some(Object { project, name, .. }) = keys::object(Kind::Repository.bucket(), key) else {
        return;
    };
    let place = (project, name);
    let Some(listed) = repositories.get(&place) else {
        return;
    };
    let status = status(connection);
    if listed.status != status {
        let record = Arc::clone(&listed.record);
        repositories.insert(place, Listed { record, status });
    }
}

fn status(connection: Option<&Arc<Connection>>) -> ConnectionStatus {
    connection.map_or(ConnectionStatus::Unspecified, |found| found.status())
}

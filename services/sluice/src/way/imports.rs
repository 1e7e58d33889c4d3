//! Imports, by either way.

use std::{collections::HashMap, time::Duration};

use sluice_bus::Records;
use sluice_events::v1::{Connection, ConnectionStatus, ConnectorRequest, Import};
use sluice_registry::{DEFAULT_PROJECT, ImportSpec, ShownImport, keys};
use zeroize::Zeroizing;

use super::{Direct, Operation};
use crate::{
    api::{Api, Place},
    failure::Failure,
};

/// How long it is wanted past the API: it is asked for at once, and goes on by itself.
const WANTED: Duration = Duration::from_secs(60 * 60);

impl Api {
    pub(super) async fn import(
        &self,
        project: &str,
        name: &str,
    ) -> anyhow::Result<Option<ShownImport>> {
        self.find(Place {
            path: &["imports", name],
            query: &[("project", project)],
        })
        .await
    }

    pub(super) async fn start_import(
        &self,
        project: &str,
        name: &str,
        spec: &ImportSpec,
    ) -> anyhow::Result<String> {
        let sent = Zeroizing::new(serde_json::to_vec(spec)?);
        let place = Place {
            path: &["imports", name],
            query: &[("project", project)],
        };
        let operation: Operation = self.post(place, Some(sent)).await?;
        Ok(operation.id)
    }

    pub(super) async fn end_import(&self, project: &str, name: &str) -> anyhow::Result<String> {
        let place = Place {
            path: &["imports", name],
            query: &[("project", project)],
        };
        let operation: Option<Operation> = self.delete(place).await?;
        Ok(operation.map(|operation| operation.id).unwrap_or_default())
    }
}

impl Direct {
    pub(super) async fn imports(&self, project: &str) -> anyhow::Result<Vec<ShownImport>> {
        let imports = Records::<Import>::new(&self.system.bus, keys::IMPORTS);
        let found = imports.all().await?.into_iter().map(|found| found.record);
        let wanted = |import: &Import| project.is_empty() || import.project == project;
        let found: Vec<_> = found.filter(wanted).collect();
        self.shown_imports(&found).await
    }

    pub(super) async fn import(
        &self,
        project: &str,
        name: &str,
    ) -> anyhow::Result<Option<ShownImport>> {
        let project = if project.is_empty() {
            DEFAULT_PROJECT
        } else {
            project
        };
        let imports = Records::<Import>::new(&self.system.bus, keys::IMPORTS);
        let found = imports.get(&keys::import(project, name)).await?;
        let Some(found) = found else { return Ok(None) };
        Ok(self.shown_imports(&[found.record]).await?.pop())
    }

    async fn shown_imports(&self, imports: &[Import]) -> anyhow::Result<Vec<ShownImport>> {
        let connections = Records::<Connection>::new(&self.system.bus, keys::CONNECTIONS);
        let connections: HashMap<_, _> = connections
            .all()
            .await?
            .into_iter()
            .map(|found| (found.key, found.record))
            .collect();
        let snapshot = self.declared().await?.snapshot;
        let shown = imports.iter().map(|import| {
            let registered = snapshot.repositories().filter(|repository| {
                repository.project == import.project && repository.import == import.name
            });
            let standing = registered.map(|repository| {
                let key = keys::repository(&repository.project, &repository.name);
                let found = connections.get(&key);
                found.map_or(ConnectionStatus::Unspecified, Connection::status)
            });
            let key = keys::import_connection(&import.project, &import.name);
            ShownImport::of(import, connections.get(&key).cloned(), standing)
        });
        Ok(shown.collect())
    }

    pub(super) async fn start_import(
        &self,
        project: &str,
        name: &str,
        spec: &ImportSpec,
    ) -> anyhow::Result<String> {
        let import = spec.import(project, name, &self.declared().await?.snapshot);
        let import = import.map_err(|problems| Failure::refused(problems.to_string(), ""))?;
        self.ask_connector(
            "import",
            project,
            name,
            ConnectorRequest {
                import: Some(import),
                ..ConnectorRequest::default()
            },
        )
        .await
    }

    pub(super) async fn end_import(&self, project: &str, name: &str) -> anyhow::Result<String> {
        let project = if project.is_empty() {
            DEFAULT_PROJECT
        } else {
            project
        };
        self.ask_connector("end-import", project, name, ConnectorRequest::default())
            .await
    }

    async fn ask_connector(
        &self,
        verb: &str,
        project: &str,
        name: &str,
        request: ConnectorRequest,
    ) -> anyhow::Result<String> {
        self.send(
            "connector",
            verb,
            project,
            name,
            WANTED,
            |command, deadline| {
                command.outgoing(&ConnectorRequest {
                    name: name.to_owned(),
                    deadline,
                    ..request
                })
            },
        )
        .await
    }
}

//! The way through the API.

use sluice_registry::{Kind, Manifest, Object, render_with_values};

use super::{Applied, How, Operation, Shown, Work};
use crate::api::{Api, Place};

impl Api {
    pub(super) async fn list(&self, kind: Kind, project: &str) -> anyhow::Result<Vec<Shown>> {
        let project = if kind.is_of_project() { project } else { "" };
        self.all(kind.bucket(), project).await
    }

    pub(super) async fn object(&self, object: &Object) -> anyhow::Result<Option<Shown>> {
        self.find(Place {
            path: &[object.kind.bucket(), &object.name],
            query: &[("project", &object.project)],
        })
        .await
    }

    pub(super) async fn declare(
        &self,
        manifests: &[Manifest],
        how: How<'_>,
    ) -> anyhow::Result<Applied> {
        let flag = |is_set| if is_set { "true" } else { "" };
        let query = [
            ("dryRun", flag(how.dry_run)),
            ("set", how.set),
            ("prune", flag(how.prune)),
        ];
        let place = Place {
            path: &["apply"],
            query: &query,
        };
        let sent = render_with_values(manifests)?;
        self.post(place, Some(sent)).await
    }

    pub(super) async fn remove(&self, object: &Object) -> anyhow::Result<Option<Operation>> {
        self.delete(Place {
            path: &[object.kind.bucket(), &object.name],
            query: &[("project", &object.project)],
        })
        .await
    }

    pub(super) async fn ask(
        &self,
        work: Work,
        project: &str,
        name: &str,
    ) -> anyhow::Result<String> {
        let verb = match work {
            Work::Sync => "sync",
            Work::Recheck => "recheck",
            Work::Renew => "renew",
            Work::Accept => "accept",
            Work::Remove { force } => return self.ask_to_remove(project, name, force).await,
        };
        let place = Place {
            path: &[Kind::Repository.bucket(), name, verb],
            query: &[("project", project)],
        };
        let operation: Operation = self.post(place, None).await?;
        Ok(operation.id)
    }

    async fn ask_to_remove(
        &self,
        project: &str,
        name: &str,
        force: bool,
    ) -> anyhow::Result<String> {
        let force = if force { "true" } else { "" };
        let place = Place {
            path: &[Kind::Repository.bucket(), name],
            query: &[("project", project), ("force", force)],
        };
        let operation: Option<Operation> = self.delete(place).await?;
        Ok(operation.map(|operation| operation.id).unwrap_or_default())
    }

    pub(super) async fn operation(&self, id: &str) -> anyhow::Result<Operation> {
        self.get(Place {
            path: &["operations", id],
            query: &[],
        })
        .await
    }
}

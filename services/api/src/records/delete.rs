//! Removing one object.

use std::sync::Arc;

use actix_web::{HttpResponse, http::StatusCode};
use sluice_events::v1::{Import, ImportStatus};
use sluice_registry::{Kind, Object, deletion};

use super::{precondition::Precondition, put::changed};
use crate::{Api, commands::Work, problem::Problem, serve::Asked};

/// Removes the object that the path names. A repository is removed by the connector, since its webhook goes first.
pub(crate) async fn delete(kind: Kind, asked: Asked) -> Result<HttpResponse, Problem> {
    let object = asked.object(kind);
    asked.find(&object)?;
    let api = &asked.api;
    let precondition = Precondition::read(&asked.request)?;
    let declared = api.directory.declared(&api.bus);
    let revision = declared.revision(&object);
    precondition.check(revision)?;
    if kind == Kind::Repository {
        // The connector acts later, and on what was seen here alone.
        let work = Work::Remove {
            force: asked.parameters.flag("force")?,
            revision: revision.filter(|_| precondition.names_revisions()),
        };
        return asked.have_done(work, &object.name).await;
    }
    api.check_unused(&object)?;
    let steps = deletion(&object, &declared.snapshot)
        .map_err(|problem| Problem::new(StatusCode::CONFLICT, problem.to_string()))?;
    let author = api.author(&asked.holder)?;
    let done = declared.carry_out(&author, "delete", &object, steps).await;
    done.map_err(|error| changed(error, &precondition))?;
    api.directory.knows(&object, None).await;
    Ok(HttpResponse::NoContent().finish())
}

impl Api {
    /// That nobody needs it who is not declared: access tokens of a project, which would open the next project of that name,
    /// and imports.
    pub(crate) fn check_unused(&self, object: &Object) -> Result<(), Problem> {
        let (project, name) = (&object.project, &object.name);
        let conflict = |what: String| Err(Problem::new(StatusCode::CONFLICT, what));
        let imports = self.directory.imports();
        let mut imports = imports.iter();
        if object.kind == Kind::Project {
            let tokens = self.directory.tokens();
            if let Some(token) = tokens.iter().find(|token| &token.project == name) {
                return conflict(format!(
                    "the access token {} is for it: revoke it first",
                    token.name
                ));
            }
            if let Some(import) = imports.find(|import| &import.project == name) {
                return conflict(format!(
                    "the import {} is in it: delete it first",
                    import.name
                ));
            }
        }
        if object.kind == Kind::Credential {
            let needs = |import: &&Arc<Import>| {
                let own = (import.project.as_str(), import.credential.as_str());
                let of = import.credential.split_once('/').unwrap_or(own);
                let goes_on = import.follow || import.status() != ImportStatus::Listed;
                of == (project.as_str(), name.as_str()) && goes_on
            };
            if let Some(import) = imports.find(needs) {
                return conflict(format!(
                    "the import {} lists by it: delete that first",
                    import.name
                ));
            }
        }
        Ok(())
    }
}

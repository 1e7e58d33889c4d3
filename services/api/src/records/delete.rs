//! Removing one object.

use actix_web::{HttpResponse, http::StatusCode};
use sluice_registry::{Kind, deletion};

use super::{precondition::Precondition, put::changed};
use crate::{commands::Work, problem::Problem, serve::Asked};

/// Removes the object that the path names. A repository is removed by the connector, since its webhook goes first.
pub(crate) async fn delete(kind: Kind, asked: Asked) -> Result<HttpResponse, Problem> {
    let object = asked.object(kind);
    asked.find(&object)?;
    let api = &asked.api;
    let precondition = Precondition::read(&asked.request);
    precondition.check(Some(api.directory.revision(&object)))?;
    if kind == Kind::Repository {
        let force = asked.parameters.flag("force")?;
        return asked.have_done(Work::Remove { force }, &object.name).await;
    }
    let declared = api.directory.declared(&api.bus);
    let steps = deletion(&object, &declared.snapshot)
        .map_err(|problem| Problem::new(StatusCode::CONFLICT, problem.to_string()))?;
    let author = api.author(&asked.holder)?;
    let done = declared.carry_out(&author, "delete", &object, steps).await;
    done.map_err(|error| changed(error, &precondition))?;
    api.directory.knows(&object, None).await;
    Ok(HttpResponse::NoContent().finish())
}

//! Removing what a named set declared before and declares no more.

use sluice_declared::{Author, Declared};
use sluice_registry::{Kind, Manifest, Object, deletion, left_out};

use super::{Became, is_conflict, needs};
use crate::{commands::Work, problem::Problem, serve::Asked};

/// What is to be removed, if that is asked for: of the project that is named or that the token opens, else of all.
pub(super) fn wanted(
    asked: &Asked,
    set: &str,
    manifests: &[Manifest],
    declared: &Declared,
) -> Result<Vec<Object>, Problem> {
    if !asked.parameters.flag("prune")? {
        return Ok(Vec::new());
    }
    if set.is_empty() {
        return Err(needs("prune", "set"));
    }
    let named = asked.parameters.text("project");
    let mut objects = left_out(set, manifests, &declared.snapshot);
    objects.retain(|object| match object.kind {
        Kind::Project | Kind::Host => asked.holder.opens_all() && named.is_none(),
        Kind::Credential | Kind::Repository | Kind::Endpoint => {
            asked.holder.opens(&object.project) && named.is_none_or(|named| named == object.project)
        }
    });
    Ok(objects)
}

/// Removes them, those first that need others. What is still needed is kept and said: applied again, it goes then. So is
/// what is of another set by now.
pub(super) async fn carry_out(
    asked: &Asked,
    set: &str,
    author: &Author,
    objects: Vec<Object>,
    dry_run: bool,
) -> Result<Vec<Became>, Problem> {
    let mut became = Vec::with_capacity(objects.len());
    for object in objects {
        let declared = asked.api.directory.declared(&asked.api.bus);
        let (record, revision) = (
            declared.snapshot.record(&object),
            declared.revision(&object),
        );
        if record.is_none_or(|record| record.set() != set) {
            became.push(Became {
                reason: Some("it is not of this set any more".into()),
                ..Became::simply(&object, "kept")
            });
            continue;
        }
        became.push(match (dry_run, object.kind) {
            (true, Kind::Repository) => Became::simply(&object, "removing"),
            (true, _) => Became::simply(&object, "deleted"),
            (false, Kind::Repository) => {
                let work = Work::Remove {
                    force: false,
                    revision,
                };
                let operation = asked
                    .request_work(work, &object.project, &object.name)
                    .await?;
                Became {
                    operation: Some(operation.id),
                    ..Became::simply(&object, "removing")
                }
            }
            (false, _) => match delete(asked, author, &object).await {
                Ok(()) => Became::simply(&object, "deleted"),
                Err(problem) if is_conflict(&problem) => Became {
                    reason: Some(problem.detail),
                    ..Became::simply(&object, "kept")
                },
                Err(problem) => return Err(problem),
            },
        });
    }
    Ok(became)
}

async fn delete(asked: &Asked, author: &Author, object: &Object) -> Result<(), Problem> {
    let api = &asked.api;
    let declared = api.directory.declared(&api.bus);
    api.check_unused(object)?;
    let steps = deletion(object, &declared.snapshot).map_err(|problem| {
        let conflict = actix_web::http::StatusCode::CONFLICT;
        Problem::new(conflict, problem.to_string())
    })?;
    declared.carry_out(author, "delete", object, steps).await?;
    api.directory.knows(object, None).await;
    Ok(())
}

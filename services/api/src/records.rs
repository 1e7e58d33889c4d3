//! What is declared, over HTTP: listed, shown, declared and removed, in the form of manifests.

mod delete;
mod facts;
mod kept;
mod list;
mod precondition;
mod put;
mod shown;
mod wanted;

use actix_web::HttpResponse;
use actix_web::http::header::ETAG;
use sluice_registry::{Kind, Object, Record};

use crate::{problem::Problem, serve::Asked};
pub(crate) use delete::delete;
use facts::Facts;
pub(crate) use list::list;
pub(crate) use put::{can_seal, put};
pub(crate) use shown::STATES;

/// Shows one.
pub(crate) async fn show(kind: Kind, asked: Asked) -> Result<HttpResponse, Problem> {
    let object = asked.object(kind);
    let revision = asked.api.directory.revision(&object);
    let record = asked.find(&object)?;
    let shown = asked.shown_in_full(&record, revision).await?;
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, shown.tag()))
        .json(shown))
}

impl Asked {
    /// The object that the path names.
    pub(crate) fn object(&self, kind: Kind) -> Object {
        Object::new(kind, self.reach.project(), self.segment("name"))
    }

    /// Its record, if it is there and may be seen.
    pub(crate) fn find(&self, object: &Object) -> Result<Record, Problem> {
        let found = self.api.directory.snapshot().record(object);
        let found = found.filter(|record| self.may_see(&Facts::of(record)));
        found.ok_or_else(|| match self.reach.is_foreign() {
            // What a project does not show is as little there as a project that is not there.
            true => crate::access::no_project(),
            false => Problem::missing("name", format!("there is no {}", object)),
        })
    }
}

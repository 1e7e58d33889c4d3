//! Lists of what is declared: filtered and sorted in memory, and only what a page shows is looked up.

use std::sync::Arc;

use actix_web::HttpResponse;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value};
use sluice_registry::{Kind, Record, Snapshot};

use super::shown::state;
use crate::{
    access,
    page::{Cursor, USUAL},
    problem::Problem,
    serve::Asked,
};

/// How many a page may have.
const MOST: u32 = 200;

/// How many of them are looked up at once.
const AT_ONCE: usize = 8;

/// Lists those of a kind, by project and name.
pub(crate) async fn list(kind: Kind, asked: Asked) -> Result<HttpResponse, Problem> {
    let limit = asked.parameters.limit(USUAL, MOST)? as usize;
    let after = asked
        .parameters
        .text("after")
        .map(Cursor::read)
        .transpose()?;
    let snapshot = asked.api.directory.snapshot();
    let mut found: Vec<_> = of_kind(kind, &snapshot)
        .filter(|record| is_after(record, after.as_ref()) && asked.may_see(record))
        .filter(|record| asked.is_wanted(record))
        .take(limit + 1)
        .collect();
    if found.is_empty() && asked.reach.is_foreign() && after.is_none() {
        return Err(access::no_project());
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more).map(Record::object);
    let next = last.map(|last| Cursor::after(&last.project, &last.name));
    let asking = &asked;
    let shown = stream::iter(&found).map(|record| asking.shown(record));
    let shown = asked
        .api
        .in_time(shown.buffered(AT_ONCE).try_collect::<Vec<_>>());
    let mut page = Map::new();
    let shown = serde_json::to_value(shown.await?);
    let shown = shown.map_err(|_| Problem::unavailable("a record cannot be shown"))?;
    page.insert(plural(kind).to_owned(), shown);
    if let Some(next) = &next {
        page.insert("next".to_owned(), Value::from(next.as_str()));
    }
    Ok(asked.page(&page, "after", next.as_deref()))
}

/// What a page has its records under.
pub(crate) fn plural(kind: Kind) -> &'static str {
    kind.bucket()
}

/// Records of a kind, by project and name.
fn of_kind(kind: Kind, snapshot: &Arc<Snapshot>) -> Box<dyn Iterator<Item = Record> + '_> {
    match kind {
        Kind::Project => Box::new(snapshot.projects().map(Record::Project)),
        Kind::Host => Box::new(snapshot.hosts().map(Record::Host)),
        Kind::Credential => Box::new(snapshot.credentials().cloned().map(Record::Credential)),
        Kind::Repository => Box::new(snapshot.repositories().cloned().map(Record::Repository)),
        Kind::Endpoint => Box::new(snapshot.endpoints().cloned().map(Record::Endpoint)),
    }
}

fn is_after(record: &Record, after: Option<&Cursor>) -> bool {
    let object = record.object();
    after.is_none_or(|after| after.is_before(&object.project, &object.name))
}

impl Asked {
    fn is_wanted(&self, record: &Record) -> bool {
        let asked = |name: &str| self.parameters.text(name);
        asked("host").is_none_or(|host| host_of(record) == Some(host))
            && asked("q").is_none_or(|part| is_called(record, part))
            && asked("status").is_none_or(|status| match record {
                Record::Repository(repository) => state(&self.api, repository) == status,
                _ => false,
            })
    }
}

fn host_of(record: &Record) -> Option<&str> {
    match record {
        Record::Project(_) | Record::Host(_) => None,
        Record::Credential(credential) => Some(&credential.host),
        Record::Repository(repository) => Some(&repository.host),
        Record::Endpoint(endpoint) => Some(&endpoint.host),
    }
}

/// Whether a name of it has this in it, in letters of either case.
fn is_called(record: &Record, part: &str) -> bool {
    let part = part.to_lowercase();
    let name = record.object().name;
    let full_name = match record {
        Record::Repository(repository) => repository.full_name.to_lowercase(),
        _ => String::new(),
    };
    name.contains(&part) || full_name.contains(&part)
}

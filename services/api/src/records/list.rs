//! Lists of what is declared: filtered and sorted in memory, and only what a page shows is looked up.

use actix_web::HttpResponse;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::{Map, Value};
use sluice_registry::{Kind, Record};

use super::facts::Facts;
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
    let mut found = wanted(kind, &asked, after.as_ref(), limit + 1);
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
fn plural(kind: Kind) -> &'static str {
    kind.bucket()
}

/// Those that are wanted of a kind, by project and name, as many as these. Nothing else is copied: there may be very many.
fn wanted(kind: Kind, asked: &Asked, after: Option<&Cursor>, most: usize) -> Vec<Record> {
    let snapshot = asked.api.directory.snapshot();
    let found = |facts: &Facts<'_>| asked.is_wanted(facts, after);
    match kind {
        Kind::Project => {
            let all = snapshot.projects().map(Record::Project);
            all.filter(|one| found(&Facts::of(one)))
                .take(most)
                .collect()
        }
        Kind::Host => {
            let all = snapshot.hosts().map(Record::Host);
            all.filter(|one| found(&Facts::of(one)))
                .take(most)
                .collect()
        }
        Kind::Credential => {
            let all = snapshot.credentials();
            let found = all.filter(|one| found(&Facts::of_credential(one)));
            found.take(most).cloned().map(Record::Credential).collect()
        }
        Kind::Repository => {
            let all = snapshot.repositories();
            let found = all.filter(|one| found(&Facts::of_repository(one)));
            found.take(most).cloned().map(Record::Repository).collect()
        }
        Kind::Endpoint => {
            let all = snapshot.endpoints();
            let found = all.filter(|one| found(&Facts::of_endpoint(one)));
            found.take(most).cloned().map(Record::Endpoint).collect()
        }
    }
}

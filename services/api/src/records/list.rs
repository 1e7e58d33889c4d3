//! Lists of what is declared: found in memory, and only what a page shows is looked up.

use actix_web::HttpResponse;
use serde_json::{Map, Value};
use sluice_registry::{Kind, Record};

use super::{facts::Facts, kept::Kept, wanted::Wanted};
use crate::{
    access,
    page::{Cursor, USUAL},
    problem::Problem,
    serve::Asked,
};

/// How many a page may have.
const MOST: u32 = 200;

/// Lists those of a kind, by project and name.
pub(crate) async fn list(kind: Kind, asked: Asked) -> Result<HttpResponse, Problem> {
    let limit = asked.parameters.limit(USUAL, MOST)? as usize;
    let wanted = Wanted::of(&asked)?;
    // Before what they are the revisions of.
    let revisions = asked.api.directory.declared(&asked.api.bus);
    let mut found = find(kind, &wanted, &asked, limit + 1);
    if found.is_empty() && asked.reach.is_foreign() && wanted.is_first() {
        return Err(access::no_project());
    }
    let more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| more).map(Record::object);
    let next = last.map(|last| Cursor::after(&last.project, &last.name));
    let kept = asked.api.in_time(Kept::of_page(&asked.api.bus, &found));
    let kept = kept.await?;
    let shown = found.iter().map(|record| {
        let revision = revisions.revision(&record.object()).unwrap_or(0);
        asked.shown(record, revision, &kept)
    });
    let shown: Vec<_> = shown.collect();
    let mut page = Map::new();
    let shown = serde_json::to_value(shown);
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
fn find(kind: Kind, wanted: &Wanted<'_>, asked: &Asked, most: usize) -> Vec<Record> {
    let snapshot = asked.api.directory.snapshot();
    let found = |facts: &Facts<'_>| wanted.has(facts);
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
        Kind::Repository => wanted.repositories(most),
        Kind::Endpoint => {
            let all = snapshot.endpoints();
            let found = all.filter(|one| found(&Facts::of_endpoint(one)));
            found.take(most).cloned().map(Record::Endpoint).collect()
        }
    }
}

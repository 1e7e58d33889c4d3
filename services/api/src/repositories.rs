//! Registered repositories over HTTP: what is declared, and what services keep about it.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;
use sluice_bus::{RecordError, Records};
use sluice_events::v1::{KnownRefs, RegisteredRepository, SyncState};
use sluice_registry::keys;

use crate::{Api, access::Holder, parameters::Parameters, problem::Problem};

/// How many repositories a page has if nobody says.
const USUAL: u32 = 50;

/// How many it may have.
const MOST: u32 = 200;

/// How many of them are looked up at once.
const AT_ONCE: usize = 8;

/// The parameters of a list.
const LIST: &[&str] = &["project", "host", "after", "limit"];

/// A page.
#[derive(Serialize)]
struct Page {
    repositories: Vec<Shown>,
    /// What gives the next page as `after`; absent from the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A repository, and how it stands. Tables of refs are left out: most of them stand elsewhere.
#[derive(Serialize)]
struct Shown {
    repository: RegisteredRepository,
    /// What sync keeps about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    sync: Option<SyncState>,
    /// What the recoverer keeps about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<KnownRefs>,
}

/// `GET /api/v1/repositories`.
pub(crate) async fn list(
    holder: Holder,
    request: HttpRequest,
    api: Data<Api>,
) -> Result<HttpResponse, Problem> {
    let asked = Parameters::read(request.query_string(), LIST)?;
    let limit = asked.limit(USUAL, MOST)? as usize;
    let project = holder.project(asked.text("project"), &api.directory)?;
    let mut wanted = api.directory.repositories(&project);
    wanted.retain(|repository| {
        let on_host = asked
            .text("host")
            .is_none_or(|host| host == repository.host);
        on_host
            && asked
                .text("after")
                .is_none_or(|after| repository.name.as_str() > after)
    });
    let more = wanted.len() > limit;
    wanted.truncate(limit);
    let last = wanted.last().filter(|_| more);
    let next = last.map(|last| last.name.clone());
    let repositories = stream::iter(wanted)
        .map(|repository| api.shown(repository))
        .buffered(AT_ONCE)
        .try_collect();
    Ok(HttpResponse::Ok().json(Page {
        repositories: api.in_time(repositories).await?,
        next,
    }))
}

/// `GET /api/v1/repositories/{name}`.
pub(crate) async fn show(
    holder: Holder,
    name: Path<String>,
    request: HttpRequest,
    api: Data<Api>,
) -> Result<HttpResponse, Problem> {
    let asked = Parameters::read(request.query_string(), &["project"])?;
    let project = holder.project(asked.text("project"), &api.directory)?;
    let repository = api.directory.repository(&project, &name);
    let repository = repository
        .ok_or_else(|| Problem::missing("name", "there is no repository of that name"))?;
    Ok(HttpResponse::Ok().json(api.in_time(api.shown(repository)).await?))
}

impl Api {
    /// What services keep about a repository.
    async fn shown(&self, repository: Arc<RegisteredRepository>) -> Result<Shown, RecordError> {
        let key = keys::repository(&repository.project, &repository.name);
        let sync = Records::<SyncState>::new(&self.bus, keys::SYNC_STATE);
        let known = Records::<KnownRefs>::new(&self.bus, keys::KNOWN_REFS);
        let (sync, known) = tokio::try_join!(sync.get(&key), known.get(&key))?;
        Ok(Shown {
            repository: (*repository).clone(),
            sync: sync.map(|sync| SyncState {
                refs: None,
                ..sync.record
            }),
            known: known.map(|known| KnownRefs {
                refs: None,
                pending: Vec::new(),
                ..known.record
            }),
        })
    }

    async fn in_time<T>(
        &self,
        reading: impl Future<Output = Result<T, RecordError>>,
    ) -> Result<T, Problem> {
        let read = tokio::time::timeout(self.listen.answer_deadline, reading).await;
        let read = read.map_err(|_| Problem::unavailable("the records took too long to read"))?;
        Ok(read?)
    }
}

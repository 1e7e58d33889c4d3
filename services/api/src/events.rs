//! Events over HTTP: what is stored, from the oldest on, in pages.

mod filter;
mod shown;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use filter::Filter;
use serde::Serialize;
use shown::Shown;
use sluice_bus::{LookupError, StoredMessage};

use crate::{Api, access::Holder, parameters::Parameters, problem::Problem};

/// How many events a page has if nobody says.
const USUAL: u32 = 50;

/// How many it may have.
const MOST: u32 = 1000;

/// The stream that is read.
const STREAM: &str = "SLUICE_GIT";

/// The parameters.
const LIST: &[&str] = &[
    "project",
    "host",
    "repository",
    "kind",
    "ref",
    "since",
    "after",
    "limit",
];

/// A page.
#[derive(Serialize)]
struct Page {
    events: Vec<Shown>,
    /// What gives the next page as `after`; absent where nothing more is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /api/v1/events`.
pub(crate) async fn list(
    holder: Holder,
    request: HttpRequest,
    api: Data<Api>,
) -> Result<HttpResponse, Problem> {
    let asked = Parameters::read(request.query_string(), LIST)?;
    let limit = asked.limit(USUAL, MOST)?;
    let (since, after) = (asked.time("since")?, asked.sequence("after")?);
    let project = holder.project(asked.text("project"), &api.directory)?;
    let filter = Filter::read(&asked, &project, &api.directory)?.subject();

    let place = api.reads.try_acquire();
    let _place = place.map_err(|_| Problem::unavailable("too many read events at once"))?;
    let reading = async {
        match (after, since) {
            (Some(after), _) => {
                let from = after.saturating_add(1);
                api.bus.read_forward(STREAM, &filter, from).await
            }
            (None, Some(since)) => api.bus.read_since(STREAM, &filter, since).await,
            (None, None) => api.bus.read_forward(STREAM, &filter, 1).await,
        }
    };
    let read: Result<_, LookupError> = tokio::time::timeout(api.listen.answer_deadline, reading)
        .await
        .map_err(|_| Problem::unavailable("the events took too long to read"))?;
    let mut messages = read?;
    let more = messages.len() > limit as usize;
    messages.truncate(limit as usize);
    let next = messages.last().filter(|last| more || has_more(last));
    Ok(HttpResponse::Ok().json(Page {
        next: next.map(|last| last.sequence.to_string()),
        events: messages.iter().filter_map(Shown::read).collect(),
    }))
}

/// Whether the server has said that something follows.
fn has_more(last: &StoredMessage) -> bool {
    let pending = last.header("Nats-Num-Pending");
    pending.is_some_and(|pending| pending != "0")
}

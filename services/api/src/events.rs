//! Events over HTTP: what is stored, from the oldest on, in pages; or as it comes.

mod filter;
pub(crate) mod live;
mod shown;

use actix_web::HttpResponse;
use filter::Filter;
use serde::Serialize;
use shown::Shown;

use crate::{page::USUAL, problem::Problem, serve::Asked};

/// How many events a page may have.
const MOST: u32 = 1000;

/// The stream that is read.
const STREAM: &str = "SLUICE_GIT";

/// A page.
#[derive(Serialize)]
struct Page {
    events: Vec<Shown>,
    /// What gives the next page as `after`; absent where nothing more is stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// `GET /api/v1/events`.
pub(crate) async fn list(asked: Asked) -> Result<HttpResponse, Problem> {
    let limit = asked.parameters.limit(USUAL, MOST)?;
    let filter = Filter::read(
        &asked.parameters,
        asked.reach.opened(),
        &asked.api.directory,
    )?;
    let subject = filter.subject();
    if live::is_wanted(&asked) {
        let after = asked.after()?;
        if asked.parameters.text("since").is_some() {
            let detail = "a stream begins behind an event: list them since then, and follow from the `next` of the last page";
            return Err(Problem::parameter("since", detail));
        }
        return live::follow(asked, subject, after).await;
    }
    let (read, next) = asked.read(STREAM, &subject, limit).await?;
    let page = Page {
        events: read.iter().filter_map(Shown::read).collect(),
        next: next.clone(),
    };
    Ok(asked.page(&page, "after", next.as_deref()))
}

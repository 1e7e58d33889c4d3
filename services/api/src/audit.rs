//! The audit over HTTP: who changed what, or was not allowed to, from the oldest on.

use actix_web::HttpResponse;
use serde::Serialize;
use sluice_bus::StoredMessage;
use sluice_events::{token, v1::AuditEntry};

use crate::{page::USUAL, problem::Problem, serve::Asked};

/// How many entries a page may have.
const MOST: u32 = 1000;

/// The stream that is read.
const STREAM: &str = "SLUICE_AUDIT";

/// An entry and where it stands.
#[derive(Serialize)]
struct Shown {
    /// Its sequence in the stream.
    sequence: u64,
    entry: AuditEntry,
}

/// A page.
#[derive(Serialize)]
struct Page {
    entries: Vec<Shown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists entries of the projects that the token opens; of what belongs to none, for tokens that open all.
pub(crate) async fn list(asked: Asked) -> Result<HttpResponse, Problem> {
    let limit = asked.parameters.limit(USUAL, MOST)?;
    let project = asked.reach.opened().map(token::encode);
    let project = project.unwrap_or_else(|| "*".to_owned());
    let filter = format!("sluice.v1.audit.{project}.>");
    let (read, next) = asked.read(STREAM, &filter, limit).await?;
    let page = Page {
        entries: read.iter().filter_map(shown).collect(),
        next: next.clone(),
    };
    Ok(asked.page(&page, "after", next.as_deref()))
}

fn shown(message: &StoredMessage) -> Option<Shown> {
    let entry = serde_json::from_slice(&message.payload).ok()?;
    let sequence = message.sequence;
    Some(Shown { sequence, entry })
}

//! The commit log over HTTP: what is asked here is asked there, in the name of the token's holder.

use actix_web::HttpResponse;
use serde::{Serialize, de::DeserializeOwned};
use sluice_events::{
    Call, CallKind,
    v1::{CommitPage, IndexProgress, ListCommits, RecordedCommit, ShowCommit},
};

use crate::{page::USUAL, parameters, problem::Problem, serve::Asked};

/// How many it may have.
const MOST: u32 = 1000;

/// A page.
#[derive(Serialize)]
struct Page {
    commits: Vec<RecordedCommit>,
    /// What gives the next page as `cursor`; absent from the last.
    #[serde(skip_serializing_if = "String::is_empty")]
    next: String,
    /// How far the index is behind the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<IndexProgress>,
}

/// `GET /api/v1/commits`.
pub(crate) async fn list(asked: Asked) -> Result<HttpResponse, Problem> {
    let given = &asked.parameters;
    let question = ListCommits {
        repository: given.or_empty("repository"),
        host: given.or_empty("host"),
        branch: given.or_empty("branch"),
        author: given.or_empty("author"),
        since: given.time("since")?,
        until: given.time("until")?,
        path: given.or_empty("path"),
        text: given.or_empty("text"),
        sha: given.sha("sha")?,
        limit: given.limit(USUAL, MOST)?,
        cursor: given.or_empty("cursor"),
    };
    let page: CommitPage = asked.ask("list", &question).await?;
    let next = Some(page.next.clone()).filter(|next| !next.is_empty());
    let page = Page {
        commits: page.commits,
        next: page.next,
        index: page.index,
    };
    Ok(asked.page(&page, "cursor", next.as_deref()))
}

/// `GET /api/v1/commits/{sha}`.
pub(crate) async fn show(asked: Asked) -> Result<HttpResponse, Problem> {
    let given = &asked.parameters;
    let question = ShowCommit {
        repository: given.or_empty("repository"),
        host: given.or_empty("host"),
        sha: parameters::sha("sha", asked.segment("sha"))?,
    };
    let commit: RecordedCommit = asked.ask("show", &question).await?;
    Ok(HttpResponse::Ok().json(commit))
}

impl Asked {
    /// Asks the commit log.
    async fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        verb: &str,
        question: &Q,
    ) -> Result<A, Problem> {
        let call = Call {
            kind: CallKind::Query,
            project: self.reach.project().to_owned(),
            principal: self.holder.name().to_owned(),
            service: "commit-log".to_owned(),
            verb: verb.to_owned(),
        };
        let deadline = self.api.listen.answer_deadline;
        Ok(self.api.bus.ask(&call, question, deadline).await?)
    }
}

//! The commit log over HTTP: what is asked here is asked there, in the name of the token's holder.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use serde::{Serialize, de::DeserializeOwned};
use sluice_events::{
    Call, CallKind,
    v1::{CommitPage, IndexProgress, ListCommits, RecordedCommit, ShowCommit},
};

use crate::{
    Api,
    access::Holder,
    parameters::{self, Parameters},
    problem::Problem,
};

/// How many commits a page has if nobody says.
const USUAL: u32 = 50;

/// How many it may have.
const MOST: u32 = 1000;

/// The parameters of a list.
const LIST: &[&str] = &[
    "project",
    "repository",
    "host",
    "branch",
    "author",
    "since",
    "until",
    "path",
    "text",
    "sha",
    "limit",
    "cursor",
];

/// The parameters of one.
const SHOW: &[&str] = &["project", "repository", "host"];

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
pub(crate) async fn list(
    holder: Holder,
    request: HttpRequest,
    api: Data<Api>,
) -> Result<HttpResponse, Problem> {
    let asked = Parameters::read(request.query_string(), LIST)?;
    let question = ListCommits {
        repository: asked.or_empty("repository"),
        host: asked.or_empty("host"),
        branch: asked.or_empty("branch"),
        author: asked.or_empty("author"),
        since: asked.time("since")?,
        until: asked.time("until")?,
        path: asked.or_empty("path"),
        text: asked.or_empty("text"),
        sha: asked.sha("sha")?,
        limit: asked.limit(USUAL, MOST)?,
        cursor: asked.or_empty("cursor"),
    };
    let project = holder.project(asked.text("project"), &api.directory)?;
    let page: CommitPage = api.ask(&holder, project, "list", &question).await?;
    Ok(HttpResponse::Ok().json(Page {
        commits: page.commits,
        next: page.next,
        index: page.index,
    }))
}

/// `GET /api/v1/commits/{sha}`.
pub(crate) async fn show(
    holder: Holder,
    sha: Path<String>,
    request: HttpRequest,
    api: Data<Api>,
) -> Result<HttpResponse, Problem> {
    let asked = Parameters::read(request.query_string(), SHOW)?;
    let question = ShowCommit {
        repository: asked.or_empty("repository"),
        host: asked.or_empty("host"),
        sha: parameters::sha("sha", &sha)?,
    };
    let project = holder.project(asked.text("project"), &api.directory)?;
    let commit: RecordedCommit = api.ask(&holder, project, "show", &question).await?;
    Ok(HttpResponse::Ok().json(commit))
}

impl Api {
    /// Asks the commit log.
    async fn ask<Q: Serialize, A: DeserializeOwned>(
        &self,
        holder: &Holder,
        project: String,
        verb: &str,
        question: &Q,
    ) -> Result<A, Problem> {
        let call = Call {
            kind: CallKind::Query,
            project,
            principal: holder.name().to_owned(),
            service: "commit-log".to_owned(),
            verb: verb.to_owned(),
        };
        let answer = self.bus.ask(&call, question, self.listen.answer_deadline);
        Ok(answer.await?)
    }
}

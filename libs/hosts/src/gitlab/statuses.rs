//! What is said of commits at GitLab, where a status is a job that somebody else runs.

use futures_util::{FutureExt, future::BoxFuture};

use super::GitLabApi;
use crate::{
    ApiError, CommitStatus, Problem, StatusState, Statuses,
    client::Route,
    names,
    status::{Described, set},
};

impl GitLabApi {
    /// A job that stands so already is refused the same state: what stands there decides whether that matters.
    async fn say(&self, full_name: &str, sha: &str, status: &CommitStatus) -> Result<(), ApiError> {
        let project = names::namespaced(full_name)?;
        let route = Route::of(["projects", project, "statuses", names::object(sha)?]);
        let state = match status.state {
            StatusState::Failure | StatusState::Error => "failed",
            known => known.word(),
        };
        match set(&self.session, route, status, state).await {
            Err(error) if error.problem == Problem::Refused => {
                let all = self.read(full_name, sha).await?;
                let stands = |known: &CommitStatus| {
                    known.context == status.context && known.state == StatusState::of(state)
                };
                match all.iter().any(stands) {
                    true => Ok(()),
                    false => Err(error),
                }
            }
            done => done,
        }
    }

    async fn read(&self, full_name: &str, sha: &str) -> Result<Vec<CommitStatus>, ApiError> {
        let project = names::namespaced(full_name)?;
        let sha = names::object(sha)?;
        let route = Route::of([
            "projects",
            project,
            "repository",
            "commits",
            sha,
            "statuses",
        ]);
        let all: Vec<Described> = self.session.whole(route.with("per_page", "100")).await?;
        Ok(all.into_iter().map(Described::status).collect())
    }
}

impl Statuses for GitLabApi {
    fn set_status<'a>(
        &'a self,
        full_name: &'a str,
        sha: &'a str,
        status: &'a CommitStatus,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        self.say(full_name, sha, status).boxed()
    }

    fn statuses_of<'a>(
        &'a self,
        full_name: &'a str,
        sha: &'a str,
    ) -> BoxFuture<'a, Result<Vec<CommitStatus>, ApiError>> {
        self.read(full_name, sha).boxed()
    }
}

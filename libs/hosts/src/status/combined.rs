//! Statuses under the paths of GitHub, which Gitea and Forgejo have as well.

use futures_util::{FutureExt, future::BoxFuture};
use serde::Deserialize;

use super::{CommitStatus, Described, set};
use crate::{
    ApiError, Statuses,
    client::{Route, Session},
    names,
};

/// A host that has them so.
pub(crate) trait Combines: Send + Sync {
    /// The client of its API.
    fn session(&self) -> &Session;
}

impl<H: Combines> Statuses for H {
    fn set_status<'a>(
        &'a self,
        full_name: &'a str,
        sha: &'a str,
        status: &'a CommitStatus,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        say(self.session(), full_name, sha, status).boxed()
    }

    fn statuses_of<'a>(
        &'a self,
        full_name: &'a str,
        sha: &'a str,
    ) -> BoxFuture<'a, Result<Vec<CommitStatus>, ApiError>> {
        read(self.session(), full_name, sha).boxed()
    }
}

/// All of a commit, the last of each context.
#[derive(Deserialize)]
struct Combined {
    /// Null where there is none.
    statuses: Option<Vec<Described>>,
}

/// Says something of a commit.
async fn say(
    session: &Session,
    full_name: &str,
    sha: &str,
    status: &CommitStatus,
) -> Result<(), ApiError> {
    let (owner, name) = names::pair(full_name)?;
    let route = Route::of(["repos", owner, name, "statuses", names::object(sha)?]);
    set(session, route, status, status.state.word()).await
}

/// What stands at a commit.
async fn read(
    session: &Session,
    full_name: &str,
    sha: &str,
) -> Result<Vec<CommitStatus>, ApiError> {
    let (owner, name) = names::pair(full_name)?;
    let sha = names::object(sha)?;
    let route = Route::of(["repos", owner, name, "commits", sha, "status"]);
    let combined: Combined = session.get(route).await?;
    let all = combined.statuses.unwrap_or_default();
    Ok(all.into_iter().map(Described::status).collect())
}

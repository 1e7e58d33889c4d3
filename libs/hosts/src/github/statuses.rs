//! What is said of commits at GitHub.

use futures_util::{FutureExt, future::BoxFuture};

use super::GitHubApi;
use crate::{ApiError, CommitStatus, Statuses, status::combined};

impl Statuses for GitHubApi {
    fn set_status<'a>(
        &'a self,
        full_name: &'a str,
        sha: &'a str,
        status: &'a CommitStatus,
    ) -> BoxFuture<'a, Result<(), ApiError>> {
        combined::say(&self.session, full_name, sha, status).boxed()
    }

    fn statuses_of<'a>(
        &'a self,
        full_name: &'a str,
        sha: &'a str,
    ) -> BoxFuture<'a, Result<Vec<CommitStatus>, ApiError>> {
        combined::read(&self.session, full_name, sha).boxed()
    }
}

//! Branches.

use serde_json::{Value, json};

use super::{GitHub, not_found, problem};
use crate::{http::Answer, serve::Outcome};

impl GitHub<'_> {
    pub(super) fn branches(&self, id: u64) -> Outcome {
        self.reads_contents()?;
        let repository = self.state.repository(id).ok_or_else(not_found)?;
        self.page(repository.branches(), |(name, sha)| {
            self.branch_json(id, name, sha)
        })
    }

    pub(super) fn branch(&self, id: u64, name: &str) -> Outcome {
        self.reads_contents()?;
        let repository = self.state.repository(id).ok_or_else(not_found)?;
        let head = repository.head(name);
        let sha = head.ok_or_else(|| problem(404, "Branch not found"))?;
        Ok(Answer::json(200, &self.branch_json(id, name, sha)).into())
    }

    /// What a token of an installation needs for more than that a repository is there.
    fn reads_contents(&self) -> Result<(), Answer> {
        let token = self.state.token_of(self.caller);
        let Some(reach) = token.and_then(|token| token.reach.as_ref()) else {
            return Ok(());
        };
        let granted = reach.permissions.iter().any(|(name, _)| name == "contents");
        let refusal = || problem(403, "Resource not accessible by integration");
        granted.then_some(()).ok_or_else(refusal)
    }

    fn branch_json(&self, id: u64, name: &str, sha: &str) -> Value {
        let commit = format!("{}/repositories/{id}/commits/{sha}", self.state.api());
        json!({"name": name, "commit": {"sha": sha, "url": commit}, "protected": false})
    }
}

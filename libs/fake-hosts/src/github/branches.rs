//! Branches.

use serde_json::{Value, json};

use super::{GitHub, not_found, problem};
use crate::{http::Answer, serve::Outcome};

impl GitHub<'_> {
    pub(super) fn branches(&self, id: u64) -> Outcome {
        let repository = self.state.repository(id).ok_or_else(not_found)?;
        self.page(repository.branches(), |(name, sha)| {
            self.branch_json(id, name, sha)
        })
    }

    pub(super) fn branch(&self, id: u64, name: &str) -> Outcome {
        let repository = self.state.repository(id).ok_or_else(not_found)?;
        let head = repository.head(name);
        let sha = head.ok_or_else(|| problem(404, "Branch not found"))?;
        Ok(Answer::json(200, &self.branch_json(id, name, sha)).into())
    }

    fn branch_json(&self, id: u64, name: &str, sha: &str) -> Value {
        let commit = format!("{}/repositories/{id}/commits/{sha}", self.state.api());
        json!({"name": name, "commit": {"sha": sha, "url": commit}, "protected": false})
    }
}

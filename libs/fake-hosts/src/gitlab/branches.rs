//! Branches.

use serde_json::{Value, json};

use super::{GitLab, problem};
use crate::{clock::written, http::Answer, serve::Outcome, state::Repository};

impl GitLab<'_> {
    pub(super) fn branches(&self, id: u64) -> Outcome {
        let project = self.project_of(id)?;
        self.page(project.branches(), |(name, sha)| branch(project, name, sha))
    }

    pub(super) fn branch(&self, id: u64, name: &str) -> Outcome {
        let project = self.project_of(id)?;
        let sha = project.head(name);
        let sha = sha.ok_or_else(|| problem(404, "404 Branch Not Found"))?;
        Ok(Answer::json(200, &branch(project, name, sha)).into())
    }

    pub(super) fn project_of(&self, id: u64) -> Result<&Repository, Answer> {
        let project = self.state.repository(id);
        project.ok_or_else(|| problem(404, "404 Project Not Found"))
    }
}

fn branch(project: &Repository, name: &str, sha: &str) -> Value {
    json!({
        "name": name,
        "commit": {
            "id": sha,
            "short_id": sha.get(..8),
            "title": "A commit that nobody made",
            "created_at": written(project.created_at),
        },
        "merged": false,
        "protected": name == project.default_branch,
        "default": name == project.default_branch,
        "can_push": true,
    })
}

//! Repositories, their branches, and who the caller is.

use serde_json::{Value, json};

use super::{
    Gitea,
    json::{of_account, of_commit},
    not_found, problem,
};
use crate::{
    http::Answer,
    serve::Outcome,
    state::{Repository, Role},
};

impl Gitea<'_> {
    pub(super) fn user(&self) -> Outcome {
        let login = self.signed_in()?;
        let account = self.state.account(login).ok_or_else(not_found)?;
        Ok(Answer::json(200, &of_account(self.state, account)).into())
    }

    pub(super) fn read_repository(&self, id: u64) -> Outcome {
        let repository = self.state.repository(id).ok_or_else(not_found)?;
        Ok(Answer::json(200, &self.repository_json(repository)).into())
    }

    pub(super) fn repositories_of(&self, login: &str, organization: bool) -> Outcome {
        let owner = self.state.account(login);
        let owner = owner.filter(|owner| owner.organization || !organization);
        let owner = owner.ok_or_else(not_found)?;
        let all = self.state.repositories_of(&owner.path, false);
        let shown = all.into_iter().filter(|repository| self.sees(repository));
        self.page(shown.collect(), |found| self.repository_json(found))
    }

    /// Those in which the caller has a role of its own.
    pub(super) fn own_repositories(&self) -> Outcome {
        let login = self.signed_in()?;
        let all = self.state.repositories.iter();
        let own = all.filter(|found| self.state.role_of(login, found) > Role::None);
        self.page(own.collect(), |found| self.repository_json(found))
    }

    pub(super) fn branches(&self, id: u64) -> Outcome {
        let repository = self.state.repository(id).ok_or_else(not_found)?;
        self.page(repository.branches(), |(name, sha)| {
            self.branch_json(repository, name, sha)
        })
    }

    pub(super) fn branch(&self, id: u64, name: &str) -> Outcome {
        let repository = self.state.repository(id).ok_or_else(not_found)?;
        let sha = repository.head(name);
        let message = format!("branch does not exist [name: {name}]");
        let sha = sha.ok_or_else(|| problem(404, &message))?;
        Ok(Answer::json(200, &self.branch_json(repository, name, sha)).into())
    }

    fn branch_json(&self, repository: &Repository, name: &str, sha: &str) -> Value {
        json!({
            "name": name,
            "commit": of_commit(self.state, repository, sha, "octavia"),
            "protected": false,
            "required_approvals": 0,
            "enable_status_check": false,
            "status_check_contexts": [],
            "user_can_push": true,
            "user_can_merge": true,
            "effective_branch_protection_name": "",
        })
    }

    fn repository_json(&self, repository: &Repository) -> Value {
        let role = self.state.role(self.caller, repository);
        super::json::of_repository(self.state, repository, role)
    }
}

//! Repositories: one, those of an owner, those of the caller.

use super::{GitHub, not_found, problem};
use crate::{
    http::Answer,
    serve::Outcome,
    state::{Role, Visibility},
};

impl GitHub<'_> {
    pub(super) fn read_repository(&self, id: u64) -> Outcome {
        let repository = self.state.repository(id).ok_or_else(not_found)?;
        Ok(Answer::json(200, &self.repository_json(repository)).into())
    }

    /// Those of an organization, or of a user; of a user the public ones alone.
    pub(super) fn repositories_of(&self, login: &str, organization: bool) -> Outcome {
        let owner = self.state.account(login);
        let owner = owner.filter(|owner| owner.organization == organization || !organization);
        let owner = owner.ok_or_else(not_found)?;
        let all = self.state.repositories_of(&owner.path, false);
        let shown = all.into_iter().filter(|repository| {
            (organization || repository.visibility == Visibility::Public)
                && self.shows(repository, &[])
        });
        self.page(shown.collect(), |found| self.repository_json(found))
    }

    /// Those in which the caller has a role of its own.
    pub(super) fn own_repositories(&self) -> Outcome {
        let Some(login) = self.caller.login() else {
            return Err(problem(401, "Requires authentication"));
        };
        let all = self.state.repositories.iter();
        let own = all.filter(|repository| {
            self.state.role_of(login, repository) >= Role::Read && self.shows(repository, &[])
        });
        self.page(own.collect(), |found| self.repository_json(found))
    }
}

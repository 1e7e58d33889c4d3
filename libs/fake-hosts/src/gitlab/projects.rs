//! Projects: one, those of a user or a group, those of the caller.

use super::{GitLab, problem};
use crate::{http::Answer, serve::Outcome, state::Role};

impl GitLab<'_> {
    pub(super) fn read_project(&self, id: u64) -> Outcome {
        let project = self.state.repository(id);
        let project = project.ok_or_else(|| problem(404, "404 Project Not Found"))?;
        Ok(Answer::json(200, &self.project_json(project)).into())
    }

    /// Everything that the caller sees, newest first; with `membership=true` what it has a role in.
    pub(super) fn projects(&self) -> Outcome {
        let member = self.flag("membership");
        let shown = self.state.repositories.iter().rev().filter(|project| {
            let role = self
                .caller
                .login()
                .map(|login| self.state.role_of(login, project));
            self.sees(project) && (!member || role.is_some_and(|role| role > Role::None))
        });
        self.page(shown.collect(), |project| self.project_json(project))
    }

    pub(super) fn projects_of_user(&self, id: &str) -> Outcome {
        let by_number = id.parse().ok().and_then(|id| self.state.account_by_id(id));
        let user = by_number.or_else(|| self.state.account(id));
        let user = user.filter(|user| !user.organization);
        let user = user.ok_or_else(|| problem(404, "404 User Not Found"))?;
        self.projects_below(&user.path, false)
    }

    /// Without `include_subgroups=true` those of the group itself alone.
    pub(super) fn projects_of_group(&self, id: &str) -> Outcome {
        let by_number = id.parse().ok().and_then(|id| self.state.account_by_id(id));
        let group = by_number.or_else(|| self.state.account(id));
        let group = group.filter(|group| group.organization);
        let group = group.ok_or_else(|| problem(404, "404 Group Not Found"))?;
        self.projects_below(&group.path, self.flag("include_subgroups"))
    }

    fn projects_below(&self, path: &str, with_subgroups: bool) -> Outcome {
        let all = self.state.repositories_of(path, with_subgroups);
        let shown = all.into_iter().rev().filter(|project| self.sees(project));
        self.page(shown.collect(), |project| self.project_json(project))
    }

    fn flag(&self, name: &str) -> bool {
        matches!(
            self.request.parameter(name).as_deref(),
            Some("true" | "1" | "yes")
        )
    }
}

//! What callers may. GitHub would rather say "not found" than "forbidden".

use super::{GitHub, identity::is_fine_grained, not_found, problem};
use crate::{
    http::{Answer, encoded},
    state::{Caller, Repository, Role, Scope, Visibility},
};

/// What is wanted of a hook.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Read,
    Write,
    Delete,
}

impl Want {
    pub(super) fn of(method: &str) -> Self {
        match method {
            "GET" => Self::Read,
            "DELETE" => Self::Delete,
            _ => Self::Write,
        }
    }
}

impl GitHub<'_> {
    /// The id of a repository that the caller sees. Elsewhere it is not there; under an old name it is shown the way.
    pub(super) fn visible(&self, owner: &str, name: &str, rest: &[&str]) -> Result<u64, Answer> {
        let full_name = format!("{owner}/{name}");
        let named = self.state.repository_named(&full_name);
        let found = named.or_else(|| self.state.repository_once_named(&full_name));
        let repository = found.filter(|found| self.shows(found, rest));
        let id = repository.ok_or_else(not_found)?.id;
        match named {
            Some(_) => Ok(id),
            None => Err(self.moved(id, rest)),
        }
    }

    fn moved(&self, id: u64, rest: &[&str]) -> Answer {
        let mut location = format!("{}/repositories/{id}", self.state.api());
        for part in rest {
            location = format!("{location}/{}", encoded(part));
        }
        if !self.request.query.is_empty() {
            location = format!("{location}?{}", self.request.query);
        }
        // What writes is to be repeated as it is.
        let status = if self.request.method == "GET" {
            301
        } else {
            307
        };
        let body = serde_json::json!({
            "message": "Moved Permanently",
            "url": location,
            "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
        });
        Answer::json(status, &body).with("location", location)
    }

    pub(super) fn visible_by_id(&self, id: &str, rest: &[&str]) -> Result<u64, Answer> {
        let id = id.parse().map_err(|_| not_found())?;
        let found = self.state.repository(id);
        let found = found.filter(|found| self.shows(found, rest));
        found.map(|found| found.id).ok_or_else(not_found)
    }

    /// Whether the caller sees what is below a repository. For hooks there are scopes that show nothing else of it.
    pub(super) fn shows(&self, repository: &Repository, rest: &[&str]) -> bool {
        let public = repository.visibility == Visibility::Public;
        let open = public || rest.first() == Some(&"hooks");
        let sees = self.state.role(self.caller, repository) >= Role::Read;
        sees && (open || self.token_reaches_private(repository.id))
    }

    /// Whether the token shows private repositories at all; a classic one needs the scope `repo`.
    fn token_reaches_private(&self, id: u64) -> bool {
        match self.state.token_of(self.caller) {
            None => matches!(self.caller, Caller::App { .. }),
            Some(token) => match &token.reach {
                Some(reach) => self.state.reaches(reach, id),
                None => is_fine_grained(token) || token.has("repo"),
            },
        }
    }

    /// Whether the caller may do this with the hooks of a repository: administrators alone, others hear that there are
    /// none.
    pub(super) fn may_hooks(&self, id: u64, want: Want) -> Result<(), Answer> {
        let repository = self.state.repository(id).ok_or_else(not_found)?;
        let administers = self.state.role(self.caller, repository) >= Role::Admin;
        let also: &[&str] = match repository.visibility {
            Visibility::Public => &["repo", "public_repo"],
            _ => &["repo"],
        };
        self.token_may(want, "repo_hook", "repository_hooks", also)?;
        if !administers {
            return Err(not_found());
        }
        if want != Want::Read && repository.archived {
            return Err(problem(403, "Repository was archived so is read-only."));
        }
        Ok(())
    }

    /// The hooks of an organization whose owner the caller is.
    pub(super) fn owner_scope(&self, login: &str, want: Want) -> Result<Scope, Answer> {
        let owner = self.state.account(login).ok_or_else(not_found)?;
        let role = match (self.caller, self.state.token_of(self.caller)) {
            (Caller::User { login, .. }, _) => self.state.role_in(login, owner),
            (_, Some(token)) if self.state.reaches_owner(token, owner.id) => Role::Admin,
            _ => Role::None,
        };
        if !owner.organization || role < Role::Admin {
            return Err(not_found());
        }
        self.token_may(want, "org_hook", "organization_hooks", &[])?;
        Ok(Scope::Owner(owner.id))
    }

    /// By scope or by permission. Classic tokens hear 404, the others what they lack.
    fn token_may(
        &self,
        want: Want,
        hook: &str,
        permission: &str,
        also: &[&str],
    ) -> Result<(), Answer> {
        let Some(token) = self.state.token_of(self.caller) else {
            return Err(not_found());
        };
        if let Some(reach) = &token.reach {
            let granted = reach
                .permissions
                .iter()
                .find(|(name, _)| name == permission);
            let level = granted.map(|(_, level)| level.as_str());
            let may = level == Some("write") || level == Some("read") && want == Want::Read;
            let refusal = || problem(403, "Resource not accessible by integration");
            return may.then_some(()).ok_or_else(refusal);
        }
        if is_fine_grained(token) {
            let may = token.has(&format!("{permission}:write"))
                || want == Want::Read && token.has(&format!("{permission}:read"));
            let refusal = || {
                let level = if want == Want::Read { "read" } else { "write" };
                problem(403, "Resource not accessible by personal access token").with(
                    "x-accepted-github-permissions",
                    format!("{permission}={level}"),
                )
            };
            return may.then_some(()).ok_or_else(refusal);
        }
        let levels: &[&str] = match want {
            Want::Read => &["read", "write", "admin"],
            Want::Write => &["write", "admin"],
            Want::Delete => &["admin"],
        };
        let scopes = levels.iter().map(|level| format!("{level}:{hook}"));
        let may = scopes.into_iter().any(|scope| token.has(&scope))
            || also.iter().any(|scope| token.has(scope));
        may.then_some(()).ok_or_else(not_found)
    }
}

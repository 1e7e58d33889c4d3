//! Who calls, and what they may.

use serde_json::json;

use super::{GitLab, problem};
use crate::{
    http::{Answer, Request, encoded},
    state::{Caller, Repository, Role, Scope, State, Visibility},
};

/// Whom the caller is taken for. The API knows no Basic authentication: its header is passed over.
///
/// Who rotates with a token that was rotated before is a thief, or was robbed: every token of that line is revoked.
pub(crate) fn identify(state: &mut State, request: &Request) -> Result<Caller, Answer> {
    let header = request.header("private-token").map(str::to_owned);
    let bearer = || request.scheme(&["bearer"]).map(str::to_owned);
    let parameter = || request.parameter("private_token");
    let Some(value) = header.or_else(bearer).or_else(parameter) else {
        return Ok(Caller::Nobody);
    };
    let token = state.token_valued(&value);
    let token = token.ok_or_else(|| problem(401, "401 Unauthorized"))?;
    if token.revoked {
        let family = token.family;
        if request.path.ends_with("/rotate") {
            let mut tokens = state.tokens.iter_mut();
            while let Some(token) = tokens.find(|token| token.family == family && !token.revoked) {
                token.revoked = true;
            }
        }
        return Err(invalid(
            "Token was revoked. You have to re-authorize from the user.",
        ));
    }
    if state.expired(token) {
        return Err(invalid(
            "Token is expired. You can either do re-authorization or token refresh.",
        ));
    }
    Ok(Caller::User {
        login: token.user.clone(),
        token: Some(token.id),
    })
}

fn invalid(description: &str) -> Answer {
    Answer::json(
        401,
        &json!({"error": "invalid_token", "error_description": description}),
    )
}

impl GitLab<'_> {
    /// Whether the token's scopes are wide enough for the call at all: this is asked before anything is looked up.
    pub(super) fn scope_for(&self, method: &str, path: &[&str]) -> Result<(), Answer> {
        let Some(token) = self.state.token_of(self.caller) else {
            return Ok(());
        };
        let may = match (method, path) {
            ("GET", ["personal_access_tokens", "self"]) => true,
            ("POST", ["personal_access_tokens", "self", "rotate"]) => token.has("self_rotate"),
            ("GET", ["user"]) => token.has("read_user") || token.has("read_api"),
            ("GET", _) => token.has("read_api"),
            _ => false,
        };
        if may || token.has("api") {
            return Ok(());
        }
        let scope = if method == "GET" {
            "api read_api"
        } else {
            "api"
        };
        Err(Answer::json(
            403,
            &json!({
                "error": "insufficient_scope",
                "error_description": "The request requires higher privileges than provided by the access token.",
                "scope": scope,
            }),
        ))
    }

    /// The id of a project that the caller sees, by number or by path. Under an old path it is shown the way, to read.
    pub(super) fn visible(&self, id: &str, rest: &[&str]) -> Result<u64, Answer> {
        let missing = || problem(404, "404 Project Not Found");
        let by_number = id.parse().ok().and_then(|id| self.state.repository(id));
        let named = by_number.or_else(|| self.state.repository_named(id));
        let found = named.or_else(|| self.state.repository_once_named(id));
        let found = found.filter(|found| self.state.role(self.caller, found) >= Role::Read);
        let project = found.ok_or_else(missing)?;
        match named {
            Some(_) => Ok(project.id),
            None => Err(self.moved(project, rest)),
        }
    }

    fn moved(&self, project: &Repository, rest: &[&str]) -> Answer {
        if self.request.method != "GET" {
            return problem(405, "Non GET methods are not allowed for moved projects");
        }
        let mut location = format!("{}/projects/{}", self.state.api(), project.id);
        for part in rest {
            location = format!("{location}/{}", encoded(part));
        }
        if !self.request.query.is_empty() {
            location = format!("{location}?{}", self.request.query);
        }
        let message = format!("This resource has been moved temporarily to {location}");
        problem(302, &message).with("location", location)
    }

    /// Whether the caller may manage the hooks of a project that it sees: maintainers may.
    pub(super) fn may_hooks(&self, id: u64) -> Result<(), Answer> {
        let project = self.state.repository(id);
        let role = project.map(|project| self.state.role(self.caller, project));
        match (self.caller, role) {
            (Caller::Nobody, _) => Err(problem(401, "401 Unauthorized")),
            (_, Some(role)) if role >= Role::Maintainer => Ok(()),
            _ => Err(problem(403, "403 Forbidden")),
        }
    }

    /// The hooks of a group whose owner the caller is, if the licence has such.
    pub(super) fn group_scope(&self, id: &str) -> Result<Scope, Answer> {
        let by_number = id.parse().ok().and_then(|id| self.state.account_by_id(id));
        let group = by_number.or_else(|| self.state.account(id));
        let group = group.filter(|group| group.organization);
        let group = group.ok_or_else(|| problem(404, "404 Group Not Found"))?;
        let Some(login) = self.caller.login() else {
            return Err(problem(401, "401 Unauthorized"));
        };
        if !self.state.group_hooks {
            return Err(problem(404, "404 Not Found"));
        }
        if self.state.role_in(login, group) < Role::Admin {
            return Err(problem(403, "403 Forbidden"));
        }
        Ok(Scope::Owner(group.id))
    }

    /// Whether a list shows a project to the caller.
    pub(super) fn sees(&self, project: &Repository) -> bool {
        project.visibility == Visibility::Public
            || self.state.role(self.caller, project) >= Role::Read
    }
}

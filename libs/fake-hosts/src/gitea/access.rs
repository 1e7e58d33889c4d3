//! Who calls, and what they may.

use super::{Gitea, not_found, problem};
use crate::{
    Kind,
    http::{Answer, Request},
    state::{Caller, Repository, Role, Scope, State, Token},
};

/// Whom the caller is taken for: by a token, wherever it stands, or by a password.
pub(crate) fn identify(state: &State, request: &Request) -> Result<Caller, Answer> {
    let unknown = || problem(401, "invalid username, password or token");
    let live = |value: &str| {
        let token = state.token_valued(value);
        token.filter(|token| !token.revoked && !state.expired(token))
    };
    if let Some(value) = request.scheme(&["token", "bearer"]) {
        return live(value).map(of_token).ok_or_else(unknown);
    }
    let Some((user, password)) = request.basic() else {
        return match request.header("authorization") {
            Some(_) => Err(unknown()),
            None => Ok(Caller::Nobody),
        };
    };
    let as_user = (password.is_empty() || password == "x-oauth-basic")
        .then(|| live(&user))
        .flatten();
    let token = as_user.or_else(|| live(&password)).map(of_token);
    token
        .or_else(|| state.by_password(&user, &password))
        .ok_or_else(unknown)
}

fn of_token(token: &Token) -> Caller {
    Caller::User {
        login: token.user.clone(),
        token: Some(token.id),
    }
}

impl Gitea<'_> {
    /// Whether the token's scopes are wide enough for the call at all: this is asked before anything is looked up.
    pub(super) fn scope_for(&self, method: &str, path: &[&str]) -> Result<(), Answer> {
        let category = match path {
            ["repos" | "repositories", ..] | [_, "repos"] | [_, _, "repos"] => "repository",
            ["user" | "users", ..] => "user",
            ["orgs", ..] => "organization",
            _ => return Ok(()),
        };
        let Some(token) = self.state.token_of(self.caller) else {
            return Ok(());
        };
        let write = format!("write:{category}");
        let read = format!("read:{category}");
        let may = token.has("all") || token.has(&write) || method == "GET" && token.has(&read);
        let wanted = if method == "GET" { read } else { write };
        let message = format!("token does not have at least one of required scope(s): [{wanted}]");
        may.then_some(()).ok_or_else(|| problem(403, &message))
    }

    /// The id of a repository that the caller sees. Under an old name it is shown the way, whoever it is.
    pub(super) fn visible(&self, owner: &str, name: &str) -> Result<u64, Answer> {
        let full_name = format!("{owner}/{name}");
        if let Some(found) = self.state.repository_named(&full_name) {
            return self.sees(found).then_some(found.id).ok_or_else(not_found);
        }
        let once = self.state.repository_once_named(&full_name);
        Err(once.map_or_else(not_found, |found| self.moved(&full_name, found)))
    }

    /// 301 at Gitea, after which clients tend to ask with GET; 307 at Forgejo.
    fn moved(&self, old: &str, repository: &Repository) -> Answer {
        let new = self.state.full_name(repository);
        let path = self.request.path.replacen(old, &new, 1);
        let base = self.state.kind.api_base();
        let query = if self.request.query.is_empty() {
            ""
        } else {
            "?"
        };
        let location = format!("{base}{path}{query}{}", self.request.query);
        let status = match self.state.kind {
            Kind::Forgejo => 307,
            _ => 301,
        };
        Answer::empty(status).with("location", location)
    }

    pub(super) fn visible_by_id(&self, id: &str) -> Result<u64, Answer> {
        let id = id.parse().map_err(|_| not_found())?;
        let found = self.state.repository(id).filter(|found| self.sees(found));
        found.map(|found| found.id).ok_or_else(not_found)
    }

    pub(super) fn sees(&self, repository: &Repository) -> bool {
        self.state.role(self.caller, repository) >= Role::Read
    }

    /// Whether the caller may do anything with the hooks of a repository that it sees: administrators may.
    pub(super) fn may_hooks(&self, id: u64) -> Result<(), Answer> {
        self.signed_in()?;
        let repository = self.state.repository(id).ok_or_else(not_found)?;
        let message = "user should be an owner or a collaborator with admin write of a repository";
        let administers = self.state.role(self.caller, repository) >= Role::Admin;
        administers
            .then_some(())
            .ok_or_else(|| problem(403, message))
    }

    /// The hooks of an organization whose owner the caller is.
    pub(super) fn owner_scope(&self, login: &str) -> Result<Scope, Answer> {
        let owner = self.state.account(login);
        let owner = owner.filter(|owner| owner.organization);
        let owner = owner.ok_or_else(not_found)?;
        let caller = self.signed_in()?;
        let owns = self.state.role_in(caller, owner) >= Role::Admin;
        let refusal = || problem(403, "Must be an organization owner");
        owns.then_some(Scope::Owner(owner.id)).ok_or_else(refusal)
    }

    pub(super) fn signed_in(&self) -> Result<&str, Answer> {
        let login = self.caller.login();
        login.ok_or_else(|| problem(401, "token is required"))
    }
}

//! GitHub: `/api/v3`.
//!
//! Traps: what a caller may not see is 404, hooks without an administrator's rights too; a secret is told as asterisks,
//! which sent back become the secret; a `config` without one takes it away; a second hook of the same address and events,
//! and the 21st of an event, are 422; a new hook is pinged at once; what is sent again bears the same id and the present
//! secret; a secondary limit answers 403 or 429 while the budget is not used up.
//!
//! Chosen here, since nothing was found that settles it: an old name answers 307 to what writes (301 to what reads); the
//! test call of a repository that nobody pushed to sends nothing; the texts of refusals are near the real ones.

mod access;
mod app;
mod branches;
mod config;
mod deliveries;
mod edit;
mod hooks;
mod identity;
mod json;
mod manifest;
mod payload;
mod repositories;
mod whoami;

pub(crate) use identity::{dress, identify};
pub(crate) use payload::{headers, listens, pushed};

use serde_json::{Value, json};

use crate::{
    http::{Answer, Request},
    page::{Page, Paging},
    serve::Outcome,
    state::{Caller, Scope, State},
};

const PAGING: Paging = Paging {
    size: "per_page",
    usual: 30,
    most: 100,
    order: ["prev", "next", "last", "first"],
    ends_always: false,
};

/// What a call is about: the state, who calls, and the request.
pub(crate) struct GitHub<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) caller: &'a Caller,
    pub(crate) request: &'a Request,
}

/// All that is served.
pub(crate) fn serve(state: &mut State, caller: &Caller, request: &Request) -> Outcome {
    let mut call = GitHub {
        state,
        caller,
        request,
    };
    if request.header("user-agent").is_none_or(str::is_empty) {
        let message = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header";
        return Err(problem(403, message));
    }
    if let Some(answer) = call.web_page() {
        return answer;
    }
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("GET", ["meta"]) => call.meta(),
        ("GET", ["rate_limit"]) => call.rate_limit(),
        ("GET", ["user"]) => call.user(),
        ("GET", ["user", "repos"]) => call.own_repositories(),
        ("GET", ["users", login, "repos"]) => call.repositories_of(login, false),
        ("GET", ["orgs", login, "repos"]) => call.repositories_of(login, true),
        ("GET", ["orgs", login, "installation"]) => call.installation_of_owner(login),
        ("GET", ["users", login, "installation"]) => call.installation_of_owner(login),
        (_, ["orgs", login, "hooks", rest @ ..]) => call.owner_hooks(login, method, rest),
        ("GET", ["app"]) => call.app(),
        ("GET", ["app", "hook", "config"]) => call.app_hook_config(),
        ("POST", ["app-manifests", code, "conversions"]) => call.convert(code),
        ("GET", ["app", "installations"]) => call.installations(),
        ("GET", ["app", "installations", id]) => call.installation(id),
        ("POST", ["app", "installations", id, "access_tokens"]) => call.mint(id),
        ("GET", ["installation", "repositories"]) => call.installation_repositories(),
        (_, ["repositories", id, rest @ ..]) => {
            let id = call.visible_by_id(id, rest)?;
            call.repository(id, method, rest)
        }
        (_, ["repos", owner, name, rest @ ..]) => {
            let id = call.visible(owner, name, rest)?;
            call.repository(id, method, rest)
        }
        _ => Err(not_found()),
    }
}

impl GitHub<'_> {
    /// What there is below a repository that the caller sees.
    fn repository(&mut self, id: u64, method: &str, rest: &[&str]) -> Outcome {
        if matches!(self.caller, Caller::App { .. }) && rest != ["installation"] {
            return Err(problem(403, "Resource not accessible by integration"));
        }
        match (method, rest) {
            ("GET", []) => self.read_repository(id),
            ("GET", ["branches"]) => self.branches(id),
            ("GET", ["branches", name @ ..]) => self.branch(id, &name.join("/")),
            ("GET", ["installation"]) => self.installation_of_repository(id),
            (_, ["hooks", rest @ ..]) => self.repository_hooks(id, method, rest),
            _ => Err(not_found()),
        }
    }

    /// Hooks of a repository or an organization, once the caller is known to be allowed.
    fn hooks(&mut self, scope: Scope, method: &str, rest: &[&str]) -> Outcome {
        let &[id, ref rest @ ..] = rest else {
            return match method {
                "GET" => self.list_hooks(scope),
                "POST" => self.create_hook(scope),
                _ => Err(not_found()),
            };
        };
        let id = id.parse().map_err(|_| not_found())?;
        if self.state.hook(scope, id).is_none() {
            return Err(not_found());
        }
        match (method, rest) {
            ("GET", []) => self.read_hook(id),
            ("PATCH", []) => self.edit_hook(id),
            ("DELETE", []) => self.delete_hook(id),
            ("GET", ["config"]) => self.read_config(id),
            ("PATCH", ["config"]) => self.edit_config(id),
            ("POST", ["pings"]) => self.ping(id),
            ("POST", ["tests"]) => self.test(id),
            ("GET", ["deliveries"]) => self.deliveries(id),
            ("GET", ["deliveries", delivery]) => self.delivery(id, delivery),
            ("POST", ["deliveries", delivery, "attempts"]) => self.redeliver(id, delivery),
            _ => Err(not_found()),
        }
    }

    /// A page of a list.
    fn page<T>(&self, items: Vec<T>, json: impl FnMut(T) -> Value) -> Outcome {
        self.page_in(items, json, Value::Array)
    }

    /// A page of a list that stands in something else.
    fn page_in<T>(
        &self,
        items: Vec<T>,
        json: impl FnMut(T) -> Value,
        around: impl FnOnce(Vec<Value>) -> Value,
    ) -> Outcome {
        let page = Page::of(&PAGING, self.request, items.len());
        let links = page.links(&PAGING, &self.state.api(), self.request);
        let shown = page.cut(items).into_iter().map(json).collect();
        let answer = Answer::json(200, &around(shown));
        Ok(match links {
            Some(links) => answer.with("link", links),
            None => answer,
        }
        .into())
    }
}

/// What GitHub says of what is not there, and of what is none of the caller's business.
pub(crate) fn not_found() -> Answer {
    problem(404, "Not Found")
}

pub(crate) fn problem(status: u16, message: &str) -> Answer {
    let page = "https://docs.github.com/rest";
    Answer::json(
        status,
        &json!({"message": message, "documentation_url": page, "status": status.to_string()}),
    )
}

/// 422 with what is wrong.
pub(crate) fn invalid(resource: &str, message: &str) -> Answer {
    Answer::json(
        422,
        &json!({
            "message": "Validation Failed",
            "errors": [{"resource": resource, "code": "custom", "message": message}],
            "documentation_url": "https://docs.github.com/rest",
            "status": "422",
        }),
    )
}

/// An answer of a host that is ill.
pub(crate) fn trouble(status: u16) -> Answer {
    let message = match status {
        401 => "Bad credentials",
        403 => "Forbidden",
        404 => "Not Found",
        502 => "Server Error",
        503 => "Service unavailable",
        _ => "Sorry, your request timed out. It's likely that your input was too large to process.",
    };
    problem(status, message)
}

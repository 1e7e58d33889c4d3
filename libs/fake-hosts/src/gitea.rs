//! Gitea and Forgejo: `/api/v1`.
//!
//! Traps: a hook is not active unless that is said; unknown events are dropped and some bring others along, so that what
//! is told is not what was asked for; an edit resets events, filter and `Authorization`, and passes over the secret with
//! 200; an inactive hook is tested with 204 and nothing is sent; a list of hooks has no links; one slow receiver delays
//! every hook; redirections are followed; a repository made of a template takes hooks along.
//!
//! Chosen here, since nothing was found that settles it: the texts of most refusals, and the order in which events are
//! told, which is not that in which they were asked for.

mod access;
mod edit;
mod events;
mod hooks;
mod json;
mod payload;
mod repositories;
mod test;
mod tokens;

pub(crate) use access::identify;
pub(crate) use payload::{glob, headers, listens, pushed};

use serde_json::{Value, json};

use crate::{
    http::{Answer, Request},
    page::{Page, Paging},
    serve::Outcome,
    state::{Caller, Scope, State},
};

const PAGING: Paging = Paging {
    size: "limit",
    usual: 30,
    most: 50,
    order: ["next", "last", "first", "prev"],
    ends_always: false,
};

/// What a call is about: the state, who calls, and the request.
pub(crate) struct Gitea<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) caller: &'a Caller,
    pub(crate) request: &'a Request,
}

/// All that is served.
pub(crate) fn serve(state: &mut State, caller: &Caller, request: &Request) -> Outcome {
    let mut call = Gitea {
        state,
        caller,
        request,
    };
    let (method, path) = request.route();
    call.scope_for(method, &path)?;
    match (method, path.as_slice()) {
        ("GET", ["version"]) => call.version(),
        ("GET", ["user"]) => call.user(),
        ("GET", ["user", "repos"]) => call.own_repositories(),
        ("GET", ["users", login, "repos"]) => call.repositories_of(login, false),
        ("GET", ["orgs", login, "repos"]) => call.repositories_of(login, true),
        (_, ["users", login, "tokens", rest @ ..]) => call.tokens(login, method, rest),
        (_, ["orgs", login, "hooks", rest @ ..]) => {
            let scope = call.owner_scope(login)?;
            call.hooks(scope, method, rest)
        }
        ("GET", ["repositories", id]) => {
            let id = call.visible_by_id(id)?;
            call.read_repository(id)
        }
        (_, ["repos", owner, name, rest @ ..]) => {
            let id = call.visible(owner, name)?;
            call.repository(id, method, rest)
        }
        _ => Err(not_found()),
    }
}

impl Gitea<'_> {
    /// What there is below a repository that the caller sees.
    fn repository(&mut self, id: u64, method: &str, rest: &[&str]) -> Outcome {
        match (method, rest) {
            ("GET", []) => self.read_repository(id),
            ("GET", ["branches"]) => self.branches(id),
            ("GET", ["branches", name @ ..]) => self.branch(id, &name.join("/")),
            (_, ["hooks", rest @ ..]) => {
                self.may_hooks(id)?;
                self.hooks(Scope::Repository(id), method, rest)
            }
            _ => Err(not_found()),
        }
    }

    /// Hooks of a repository or an organization, once the caller is known to be allowed. There is no log of deliveries,
    /// and organizations cannot try theirs.
    fn hooks(&mut self, scope: Scope, method: &str, rest: &[&str]) -> Outcome {
        let &[id, ref rest @ ..] = rest else {
            return match method {
                "GET" => self.list_hooks(scope),
                "POST" => self.create_hook(scope),
                _ => Err(Answer::empty(405)),
            };
        };
        let id = id.parse().map_err(|_| not_found())?;
        if self.state.hook(scope, id).is_none() {
            return Err(not_found());
        }
        match (method, rest, scope) {
            ("GET", [], _) => self.read_hook(id),
            ("PATCH", [], _) => self.edit_hook(id),
            ("DELETE", [], _) => self.delete_hook(id),
            ("POST", ["tests"], Scope::Repository(repository)) => self.test(id, repository),
            _ => Err(not_found()),
        }
    }

    /// A page of a list.
    fn page<T>(&self, items: Vec<T>, json: impl FnMut(T) -> Value) -> Outcome {
        let page = Page::of(&PAGING, self.request, items.len());
        let links = page.links(&PAGING, &self.state.api(), self.request);
        let answer = self.unlinked_page(items, json);
        Ok(match links {
            Some(links) => answer.with("link", links),
            None => answer,
        }
        .into())
    }

    /// A page of which only the total is told: so it is with hooks and tokens.
    fn unlinked_page<T>(&self, items: Vec<T>, json: impl FnMut(T) -> Value) -> Answer {
        let page = Page::of(&PAGING, self.request, items.len());
        let total = page.total.to_string();
        let shown = page.cut(items).into_iter().map(json).collect();
        Answer::json(200, &Value::Array(shown)).with("x-total-count", total)
    }

    fn version(&self) -> Outcome {
        let version = self.state.version_text();
        let version = match self.state.kind {
            crate::Kind::Forgejo => format!("{version}+gitea-1.22.0"),
            _ => version,
        };
        Ok(Answer::json(200, &json!({"version": version})).into())
    }
}

pub(crate) fn problem(status: u16, message: &str) -> Answer {
    Answer::json(
        status,
        &json!({"message": message, "url": "http://127.0.0.1/api/swagger"}),
    )
}

/// What Gitea says of what is not there, and of what the caller does not see.
pub(crate) fn not_found() -> Answer {
    Answer::json(
        404,
        &json!({
            "errors": [],
            "message": "The target couldn't be found.",
            "url": "http://127.0.0.1/api/swagger",
        }),
    )
}

/// An answer of a host that is ill.
pub(crate) fn trouble(status: u16) -> Answer {
    match status {
        404 => not_found(),
        // The proxy in front of it says so, and speaks no JSON.
        502..=504 => Answer {
            body: b"<html><body><h1>Bad Gateway</h1></body></html>".to_vec(),
            ..Answer::empty(status).with("content-type", "text/html")
        },
        _ => problem(status, ""),
    }
}

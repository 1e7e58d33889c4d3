//! GitLab: `/api/v4`.
//!
//! Traps: tokens are never told, only whether there are any; editing needs the address, and another address takes the
//! secret token away; versions before 19 pass over a signing token without a word; hooks that fail are disabled, which an
//! edit does not mend and a test does; a test is made up and its answer is that of the receiver; a rotated token is dead
//! at once; under its old path a project answers 302 to what reads and 405 to what writes.
//!
//! Chosen here, since nothing was found that settles it: both `…_present` flags came with version 19; group hooks that the
//! licence does not have are 404; editing the address leaves the signing token alone.

mod access;
mod branches;
mod disable;
mod edit;
mod events;
mod hooks;
mod json;
mod payload;
mod projects;
mod test;
mod tokens;

pub(crate) use access::identify;
pub(crate) use disable::judge;
pub(crate) use payload::{headers, listens, pushed};

use serde_json::{Value, json};

use crate::{
    http::{Answer, Request, form},
    page::{Page, Paging},
    serve::Outcome,
    state::{Caller, Scope, State},
};

const PAGING: Paging = Paging {
    size: "per_page",
    usual: 20,
    most: 100,
    order: ["prev", "next", "first", "last"],
    ends_always: true,
};

/// What a call is about: the state, who calls, and the request.
pub(crate) struct GitLab<'a> {
    pub(crate) state: &'a mut State,
    pub(crate) caller: &'a Caller,
    pub(crate) request: &'a Request,
}

/// All that is served.
pub(crate) fn serve(state: &mut State, caller: &Caller, request: &Request) -> Outcome {
    let mut call = GitLab {
        state,
        caller,
        request,
    };
    let (method, path) = request.route();
    call.scope_for(method, &path)?;
    match (method, path.as_slice()) {
        ("GET", ["version"]) => call.version(),
        ("GET", ["user"]) => call.user(),
        ("GET", ["personal_access_tokens", "self"]) => call.own_token(),
        ("POST", ["personal_access_tokens", "self", "rotate"]) => call.rotate(),
        ("GET", ["projects"]) => call.projects(),
        ("GET", ["users", id, "projects"]) => call.projects_of_user(id),
        ("GET", ["groups", id, "projects"]) => call.projects_of_group(id),
        (_, ["groups", id, "hooks", rest @ ..]) => {
            let scope = call.group_scope(id)?;
            call.hooks(scope, method, rest)
        }
        (_, ["projects", id, rest @ ..]) => {
            let id = call.visible(id, rest)?;
            call.project(id, method, rest)
        }
        _ => Err(no_route()),
    }
}

impl GitLab<'_> {
    /// What there is below a project that the caller sees.
    fn project(&mut self, id: u64, method: &str, rest: &[&str]) -> Outcome {
        match (method, rest) {
            ("GET", []) => self.read_project(id),
            ("GET", ["repository", "branches"]) => self.branches(id),
            ("GET", ["repository", "branches", name]) => self.branch(id, name),
            (_, ["hooks", rest @ ..]) => {
                self.may_hooks(id)?;
                self.hooks(Scope::Repository(id), method, rest)
            }
            _ => Err(no_route()),
        }
    }

    /// Hooks of a project or a group, once the caller is known to be allowed.
    fn hooks(&mut self, scope: Scope, method: &str, rest: &[&str]) -> Outcome {
        let &[id, ref rest @ ..] = rest else {
            return match method {
                "GET" => self.list_hooks(scope),
                "POST" => self.create_hook(scope),
                _ => Err(problem(405, "405 Method Not Allowed")),
            };
        };
        let id: u64 = id.parse().map_err(|_| wrong("hook_id is invalid"))?;
        if self.state.hook(scope, id).is_none() {
            return Err(problem(404, "404 Not found"));
        }
        match (method, rest) {
            ("GET", []) => self.read_hook(id),
            ("PUT", []) => self.edit_hook(id),
            ("DELETE", []) => self.delete_hook(id),
            ("POST", ["test", trigger]) => self.test(id, trigger),
            ("GET", ["events"]) if self.state.version >= (17, 3) => self.events(id),
            ("POST", ["events", event, "resend"]) if self.state.version >= (17, 4) => {
                self.resend(id, event)
            }
            _ => Err(no_route()),
        }
    }

    /// What was sent, wherever it stands: query, form or JSON. The body wins.
    fn parameters(&self) -> Result<Value, Answer> {
        let mut all = json!({});
        for (name, value) in self.request.parameters() {
            all[name] = json!(value);
        }
        let content_type = self.request.header("content-type").unwrap_or_default();
        if content_type.starts_with("application/x-www-form-urlencoded") {
            for (name, value) in form(&self.request.body) {
                all[name] = json!(value);
            }
        } else if !self.request.body.is_empty() {
            let body = self.request.json();
            let body = body.ok_or_else(|| wrong("message body does not match declared format"))?;
            let fields = body.as_object().cloned();
            let fields = fields.ok_or_else(|| wrong("The request body must be a JSON object"))?;
            for (name, value) in fields {
                all[name] = value;
            }
        }
        Ok(all)
    }

    /// A page of a list, told in `Link` and in `x-` headers.
    fn page<T>(&self, items: Vec<T>, json: impl FnMut(T) -> Value) -> Outcome {
        let page = Page::of(&PAGING, self.request, items.len());
        let number = |number: Option<usize>| number.map(|n| n.to_string()).unwrap_or_default();
        let links = page.links(&PAGING, &self.state.api(), self.request);
        let shown = page.cut(items).into_iter().map(json).collect();
        let answer = Answer::json(200, &Value::Array(shown));
        Ok(answer
            .with("link", links.unwrap_or_default())
            .with("x-next-page", number(page.next()))
            .with("x-page", page.number.to_string())
            .with("x-per-page", page.size.to_string())
            .with("x-prev-page", number(page.previous()))
            .with("x-total", page.total.to_string())
            .with("x-total-pages", page.last().to_string())
            .into())
    }
}

/// A refusal under `message`, as the application writes it.
pub(crate) fn problem(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({"message": message}))
}

/// A refusal of parameters, which stands under `error`.
fn wrong(error: &str) -> Answer {
    Answer::json(400, &json!({"error": error}))
}

fn no_route() -> Answer {
    Answer::json(404, &json!({"error": "404 Not Found"}))
}

/// An answer of a host that is ill.
pub(crate) fn trouble(status: u16) -> Answer {
    let message = match status {
        401 => "401 Unauthorized",
        403 => "403 Forbidden",
        404 => "404 Not Found",
        429 => return problem(429, "Retry later"),
        500 => "500 Internal Server Error",
        // The proxy in front of it says so, and speaks no JSON.
        _ => {
            let page = format!(
                "<html><head><title>GitLab is not responding</title></head><body><h1>{status}</h1></body></html>"
            );
            return Answer {
                body: page.into_bytes(),
                ..Answer::empty(status).with("content-type", "text/html; charset=utf-8")
            };
        }
    };
    problem(status, message)
}

//! Everything that can be asked of the API, as one table.
//!
//! The router, the authorization, the OpenAPI document and the tests of each are made from it: what does not stand here
//! is not there, and who may is said once.

pub(crate) mod parameters;
mod table;

use actix_web::{HttpResponse, http};
use futures_util::future::LocalBoxFuture;
use sluice_events::v1::AccessRole;

use crate::{problem::Problem, serve::Asked};
use parameters::Parameter;

/// One thing that can be asked.
pub(crate) struct Operation {
    /// Its name, unique.
    pub(crate) id: &'static str,
    /// What it does, in a sentence.
    pub(crate) about: &'static str,
    /// What takes GET takes HEAD.
    pub(crate) method: Method,
    /// Its path, with `{name}` or the like in it.
    pub(crate) path: &'static str,
    /// The least role that may.
    pub(crate) role: AccessRole,
    /// What it is about.
    pub(crate) scope: Scope,
    /// What may stand behind the `?`.
    pub(crate) parameters: &'static [&'static Parameter],
    /// What its body is. Absent: it has none.
    pub(crate) body: Option<Body>,
    /// What it answers where nothing goes wrong.
    pub(crate) answers: &'static [Answer],
    /// Answers it.
    pub(crate) run: fn(Asked) -> Answering,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Get,
    Put,
    Post,
    Delete,
}

impl Method {
    /// As requests say it.
    pub(crate) fn http(self) -> http::Method {
        match self {
            Method::Get => http::Method::GET,
            Method::Put => http::Method::PUT,
            Method::Post => http::Method::POST,
            Method::Delete => http::Method::DELETE,
        }
    }

    /// The same as a text.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Put => "PUT",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
}

/// An answer on its way.
pub(crate) type Answering = LocalBoxFuture<'static, Result<HttpResponse, Problem>>;

/// What an operation is about, and so which tokens open it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// One project: `project`, else the token's own, else `default`.
    Project,
    /// `project`, else every project that the token opens.
    Projects,
    /// As `Project`, and what other projects show to all.
    Shown,
    /// As `Projects`, and what other projects show to all.
    AllShown,
    /// What belongs to no project, and everybody may see.
    Everybody,
    /// What belongs to no project: for tokens that open all.
    System,
}

/// A body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Body {
    /// Name of its schema.
    pub(crate) schema: &'static str,
    /// Whether YAML is taken as well as JSON.
    pub(crate) yaml: bool,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) about: &'static str,
    /// Name of the schema of its body. Absent: it has none.
    pub(crate) schema: Option<&'static str>,
}

impl Operation {
    /// Whether `If-Match` and `If-None-Match` are looked at: what it changes has a revision.
    pub(crate) fn is_conditional(&self) -> bool {
        self.changes() && self.shows_record()
    }

    /// Whether it is about one record of those that are declared.
    pub(crate) fn shows_record(&self) -> bool {
        let kinds = sluice_registry::Kind::ALL.into_iter();
        let mut paths = kinds.map(|kind| format!("/api/v1/{}/{{name}}", kind.bucket()));
        paths.any(|path| path == self.path)
    }

    /// Whether it changes something, or has something changed.
    pub(crate) fn changes(&self) -> bool {
        self.method != Method::Get
    }
}

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Operation> {
    table::PARTS.iter().copied().flatten()
}

/// All paths, each once.
pub(crate) fn paths() -> Vec<&'static str> {
    let mut paths: Vec<_> = all().map(|operation| operation.path).collect();
    paths.sort_unstable();
    paths.dedup();
    paths
}

/// What a path takes.
pub(crate) fn at(path: &str) -> impl Iterator<Item = &'static Operation> {
    all().filter(move |operation| operation.path == path)
}

/// The methods that a path takes, as `Allow` says them.
pub(crate) fn allowed_at(path: &str) -> String {
    let mut methods: Vec<_> = at(path).map(|operation| operation.method.word()).collect();
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.sort_unstable();
    methods.join(", ")
}

/// The operation of that name.
pub(crate) fn named(id: &str) -> Option<&'static Operation> {
    all().find(|operation| operation.id == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_so_are_method_and_path() {
        let ids: BTreeSet<_> = all().map(|operation| operation.id).collect();
        assert_eq!(ids.len(), all().count());
        let places: BTreeSet<_> = all()
            .map(|operation| (operation.method.word(), operation.path))
            .collect();
        assert_eq!(places.len(), all().count());
    }

    #[test]
    fn only_those_who_may_write_change_something() {
        for operation in all().filter(|operation| operation.changes()) {
            assert!(operation.role > AccessRole::Viewer, "{}", operation.id);
            let shown = [Scope::Shown, Scope::AllShown, Scope::Everybody];
            assert!(!shown.contains(&operation.scope), "{}", operation.id);
        }
    }

    #[test]
    fn what_asks_for_a_project_takes_one() {
        for operation in all() {
            let takes = operation
                .parameters
                .iter()
                .any(|parameter| parameter.name == "project");
            let shared = matches!(operation.scope, Scope::Everybody | Scope::System);
            assert_ne!(takes, shared, "{}", operation.id);
        }
    }
}

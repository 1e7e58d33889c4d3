//! What is declared and done, by either way: through the API, or past it by NATS.
//!
//! Commands are written once, over [`Way`]; what it gives has one form, whichever way it came.

mod direct;
mod http;
mod imports;
mod sealing;
mod shown;
mod tokens;

use std::time::Duration;

pub(crate) use direct::Direct;
use serde::{Deserialize, Serialize};
pub(crate) use shown::{Shown, Status};
use sluice_registry::{ImportSpec, Kind, Manifest, Object, ShownImport};
pub(crate) use tokens::{NewToken, Token};

use crate::api::Api;

/// How what is declared is reached.
pub(crate) enum Way {
    /// By the rules of the API, as the holder of an access token.
    Api(Api),
    /// By NATS, as its operator.
    Direct(Box<Direct>),
}

/// How manifests are declared.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct How<'h> {
    /// Only said.
    pub(crate) dry_run: bool,
    /// The set that all of it is part of; empty: none is said.
    pub(crate) set: &'h str,
    /// Whether what the set has left out goes.
    pub(crate) prune: bool,
}

/// What became of manifests.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Applied {
    pub(crate) dry_run: bool,
    pub(crate) outcomes: Vec<Became>,
    #[serde(default)]
    pub(crate) warnings: Vec<Said>,
}

/// What became of one object.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Became {
    pub(crate) kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) project: String,
    pub(crate) name: String,
    /// `created`, `configured`, `unchanged`; of what is pruned `deleted`, `removing`, `kept`.
    pub(crate) outcome: String,
    /// Of a dry run through the API.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) changes: Vec<Change>,
    /// The operation that removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<String>,
    /// Why it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

/// A field that changes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) old: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) new: Option<serde_json::Value>,
    /// It has a new value, which nobody shows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) secret: bool,
}

/// What deserves a second look.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) place: String,
    pub(crate) what: String,
    pub(crate) remedy: String,
}

/// What can be done to a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Sync,
    Recheck,
    Renew,
    Accept,
    /// With force even if the host refuses.
    Remove {
        force: bool,
    },
}

/// How far an operation has come.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Operation {
    pub(crate) id: String,
    /// `waiting`, `accepted`, `done`, `refused`, `failed`.
    pub(crate) state: String,
    #[serde(default)]
    pub(crate) verb: String,
    #[serde(default)]
    pub(crate) principal: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<String>,
}

impl Became {
    /// The object as messages name it.
    pub(crate) fn object(&self) -> String {
        match self.project.as_str() {
            "" => format!("{} {}", self.kind, self.name),
            project => format!("{} {project}/{}", self.kind, self.name),
        }
    }
}

impl Work {
    /// Which service does it.
    pub(crate) fn service(self) -> &'static str {
        match self {
            Work::Sync => "sync",
            Work::Recheck | Work::Renew | Work::Accept | Work::Remove { .. } => "connector",
        }
    }
}

impl Way {
    /// All of a kind: of one project, or of all that are there to be seen.
    pub(crate) async fn list(&self, kind: Kind, project: &str) -> anyhow::Result<Vec<Shown>> {
        match self {
            Way::Api(api) => api.list(kind, project).await,
            Way::Direct(direct) => direct.list(kind, project).await,
        }
    }

    /// One object, if it is there.
    pub(crate) async fn find(&self, object: &Object) -> anyhow::Result<Option<Shown>> {
        match self {
            Way::Api(api) => api.object(object).await,
            Way::Direct(direct) => direct.object(object).await,
        }
    }

    /// Declares all of it, or, if anything stands against it, nothing.
    pub(crate) async fn declare(
        &self,
        manifests: Vec<Manifest>,
        how: How<'_>,
    ) -> anyhow::Result<Applied> {
        match self {
            Way::Api(api) => api.declare(&manifests, how).await,
            Way::Direct(direct) => direct.declare(manifests, how).await,
        }
    }

    /// Removes one object; returns the operation that does, where it is not done at once.
    pub(crate) async fn delete(&self, object: &Object) -> anyhow::Result<Option<Operation>> {
        match self {
            Way::Api(api) => api.remove(object).await,
            Way::Direct(direct) => direct.delete(object).await.map(|()| None),
        }
    }

    /// Asks for something to be done to a repository, and returns the operation's id. Past the API it is wanted so long.
    pub(crate) async fn ask(
        &self,
        work: Work,
        project: &str,
        name: &str,
        wanted: Duration,
    ) -> anyhow::Result<String> {
        match self {
            Way::Api(api) => api.ask(work, project, name).await,
            Way::Direct(direct) => direct.ask(work, project, name, wanted).await,
        }
    }

    /// All imports of a project, or of all that may be seen.
    pub(crate) async fn imports(&self, project: &str) -> anyhow::Result<Vec<ShownImport>> {
        match self {
            Way::Api(api) => api.all("imports", project).await,
            Way::Direct(direct) => direct.imports(project).await,
        }
    }

    /// One import, if it is there.
    pub(crate) async fn import(
        &self,
        project: &str,
        name: &str,
    ) -> anyhow::Result<Option<ShownImport>> {
        match self {
            Way::Api(api) => api.import(project, name).await,
            Way::Direct(direct) => direct.import(project, name).await,
        }
    }

    /// Asks for an import, and returns the operation's id.
    pub(crate) async fn start_import(
        &self,
        project: &str,
        name: &str,
        spec: &ImportSpec,
    ) -> anyhow::Result<String> {
        match self {
            Way::Api(api) => api.start_import(project, name, spec).await,
            Way::Direct(direct) => direct.start_import(project, name, spec).await,
        }
    }

    /// Asks for an import to end, and returns the operation's id.
    pub(crate) async fn end_import(&self, project: &str, name: &str) -> anyhow::Result<String> {
        match self {
            Way::Api(api) => api.end_import(project, name).await,
            Way::Direct(direct) => direct.end_import(project, name).await,
        }
    }

    /// How far an operation has come.
    pub(crate) async fn operation(&self, id: &str) -> anyhow::Result<Operation> {
        match self {
            Way::Api(api) => api.operation(id).await,
            Way::Direct(direct) => direct.operation(id).await,
        }
    }

    /// All access tokens that may be seen.
    pub(crate) async fn tokens(&self) -> anyhow::Result<Vec<Token>> {
        match self {
            Way::Api(api) => api.all("access-tokens", "").await,
            Way::Direct(direct) => direct.tokens().await,
        }
    }

    /// Makes an access token, and returns what opens: it stands nowhere else.
    pub(crate) async fn new_token(
        &self,
        new: &NewToken,
    ) -> anyhow::Result<sluice_registry::Plaintext> {
        match self {
            Way::Api(api) => api.new_token(new).await,
            Way::Direct(direct) => direct.new_token(new).await,
        }
    }

    /// Takes an access token away.
    pub(crate) async fn delete_token(&self, name: &str) -> anyhow::Result<()> {
        match self {
            Way::Api(api) => api.delete_token(name).await,
            Way::Direct(direct) => direct.delete_token(name).await,
        }
    }

    /// Waits until what was written has left.
    pub(crate) async fn close(&self) {
        if let Way::Direct(direct) = self {
            direct.close().await;
        }
    }
}

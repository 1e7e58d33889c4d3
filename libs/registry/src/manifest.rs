//! Manifests: what people declare, shaped like Kubernetes objects.
//!
//! Several stand in one file as YAML documents; JSON is read as the YAML that it is. Each has `apiVersion`
//! ([`API_VERSION`]), `kind`, `metadata` and `spec`, with `kind` before `spec`. What is unknown, doubled or ambiguous is
//! refused (rule S30), never passed over.

mod loader;
mod print;
mod read;
mod resolve;
mod wire;

use std::{fmt, path::PathBuf};

use sluice_events::{
    Timestamp,
    v1::{self, SecretKind},
};

pub use loader::{MAX_MANIFEST_BYTES, parse};
pub use print::render;
pub(crate) use read::secret_place;
pub(crate) use resolve::MAX_SECRET_BYTES;
pub use resolve::resolve;

use crate::Plaintext;

/// The version of manifests that is read and written.
pub const API_VERSION: &str = "sluice.dev/v1";

/// Kinds of objects that can be declared, in the order in which they need each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Who owns records.
    Project,
    /// One installation of Git host software.
    Host,
    /// A webhook URL.
    Endpoint,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 3] = [Kind::Project, Kind::Host, Kind::Endpoint];

    const WORDS: [&'static str; 3] = ["Project", "Host", "Endpoint"];

    /// The word in `kind:`.
    pub fn word(self) -> &'static str {
        let [project, host, endpoint] = Self::WORDS;
        match self {
            Kind::Project => project,
            Kind::Host => host,
            Kind::Endpoint => endpoint,
        }
    }
}

/// Which object is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// Its kind.
    pub kind: Kind,
    /// Its project. Empty for projects and hosts, which belong to none.
    pub project: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind.word())?;
        if !self.project.is_empty() {
            write!(f, "{}/", self.project.escape_debug())?;
        }
        write!(f, "{}", self.name.escape_debug())
    }
}

/// One declared object. Its serde form is the manifest, without secrets' values.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// Line of the file where it begins; 0 if it was made of records.
    pub line: u64,
    /// What is declared.
    pub spec: Spec,
}

/// What is declared.
#[derive(Debug, Clone)]
pub enum Spec {
    /// A project.
    Project(v1::Project),
    /// A host.
    Host(v1::Host),
    /// An endpoint.
    Endpoint(EndpointSpec),
}

/// A declared endpoint.
#[derive(Debug, Clone)]
pub struct EndpointSpec {
    /// Project that it belongs to.
    pub project: String,
    /// Name in its project.
    pub name: String,
    /// What stands in its URL. Absent: what it has stays, or one is made.
    pub id: Option<String>,
    /// Name of the host whose deliveries it takes.
    pub host: String,
    /// Whose deliveries it takes.
    pub scope: Option<v1::scope::Of>,
    /// All secrets that it accepts from now on, in order.
    pub secrets: Vec<SecretSpec>,
    /// Whether it takes no deliveries.
    pub disabled: bool,
}

/// A declared secret of an endpoint.
#[derive(Debug, Clone)]
pub struct SecretSpec {
    /// Its id in the endpoint. Where none is declared, the word of its kind.
    pub id: String,
    /// What kind of proof it is for.
    pub kind: SecretKind,
    /// Where its value comes from.
    pub source: Source,
    /// After this time it is not accepted any more.
    pub accept_until: Option<Timestamp>,
}

/// Where a secret's value comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// From nowhere: the value that is there stays.
    Kept,
    /// From the manifest itself.
    Value(Plaintext),
    /// From a file of whoever applies the manifest.
    File(PathBuf),
    /// From an environment variable of whoever applies the manifest.
    Env(String),
}

impl Manifest {
    /// Which object it declares.
    pub fn object(&self) -> Object {
        let (kind, project, name) = match &self.spec {
            Spec::Project(project) => (Kind::Project, "", &project.name),
            Spec::Host(host) => (Kind::Host, "", &host.name),
            Spec::Endpoint(endpoint) => (Kind::Endpoint, &*endpoint.project, &endpoint.name),
        };
        Object {
            kind,
            project: project.to_owned(),
            name: name.clone(),
        }
    }

    /// Where it stands and what it declares, for messages.
    pub(crate) fn place(&self) -> String {
        match self.line {
            0 => self.object().to_string(),
            line => format!("line {line}: {}", self.object()),
        }
    }
}

//! Manifests: what people declare, shaped like Kubernetes objects.
//!
//! Several stand in one file as YAML documents; JSON is read as the YAML that it is, or, where it is known to be JSON and
//! the order of fields is nobody's, by [`parse_json`]. Each has `apiVersion`
//! ([`API_VERSION`]), `kind`, `metadata` and `spec`, with `kind` before `spec`; `status`, which
//! the API shows beside them, is passed over. What is unknown, doubled or ambiguous is
//! refused (rule S30), never passed over.

mod json;
mod loader;
mod print;
mod read;
mod resolve;
mod spec;
mod wire;

use std::fmt;

use crate::{KeyClass, keys, label, problem::may_be_secret};

pub use json::parse_json;
pub use loader::{MAX_MANIFEST_BYTES, parse, parse_in};
pub use print::{render, with_values::render_with_values, yaml};
pub(crate) use read::{credential_place, secret_place};
pub use resolve::resolve;
pub use spec::{CredentialSpec, EndpointSpec, HostSpec, SecretSpec, Source, Spec};

/// The version of manifests that is read and written.
pub const API_VERSION: &str = "sluice.dev/v1";

/// Kinds of objects that can be declared, in the order in which they need each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Who owns records.
    Project,
    /// One installation of Git host software.
    Host,
    /// What opens repositories.
    Credential,
    /// A repository that is fetched from.
    Repository,
    /// A webhook URL.
    Endpoint,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 5] = [
        Kind::Project,
        Kind::Host,
        Kind::Credential,
        Kind::Repository,
        Kind::Endpoint,
    ];

    const WORDS: [&'static str; 5] = ["Project", "Host", "Credential", "Repository", "Endpoint"];

    /// The word in `kind:`.
    pub fn word(self) -> &'static str {
        let [project, host, credential, repository, endpoint] = Self::WORDS;
        match self {
            Kind::Project => project,
            Kind::Host => host,
            Kind::Credential => credential,
            Kind::Repository => repository,
            Kind::Endpoint => endpoint,
        }
    }

    /// The bucket that its records stand in.
    pub fn bucket(self) -> &'static str {
        match self {
            Kind::Project => keys::PROJECTS,
            Kind::Host => keys::HOSTS,
            Kind::Credential => keys::CREDENTIALS,
            Kind::Repository => keys::REPOSITORIES,
            Kind::Endpoint => keys::ENDPOINTS,
        }
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// Whether each of its objects belongs to a project.
    pub fn is_of_project(self) -> bool {
        match self {
            Kind::Project | Kind::Host => false,
            Kind::Credential | Kind::Repository | Kind::Endpoint => true,
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

impl Object {
    /// The object of that kind and name, in that project if objects of its kind belong to one.
    pub fn new(kind: Kind, project: &str, name: &str) -> Self {
        let project = if kind.is_of_project() { project } else { "" };
        Self {
            kind,
            project: project.to_owned(),
            name: name.to_owned(),
        }
    }
}

impl Object {
    /// The key that its record stands under, in the bucket of its kind.
    pub fn key(&self) -> String {
        let (project, name) = (&self.project, &self.name);
        match self.kind {
            Kind::Project => keys::project(name),
            Kind::Host => keys::host(name),
            Kind::Credential => keys::credential(project, name),
            Kind::Repository => keys::repository(project, name),
            Kind::Endpoint => keys::endpoint(project, name),
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind.word())?;
        if !self.project.is_empty() {
            write!(f, "{}/", shown(&self.project))?;
        }
        write!(f, "{}", shown(&self.name))
    }
}

/// A name, unless it is none and may be a secret.
fn shown(name: &str) -> String {
    match label::check("name", name) {
        Some(_) if may_be_secret(name) => "[redacted]".to_owned(),
        _ => name.escape_debug().to_string(),
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

impl Manifest {
    /// Which object it declares.
    pub fn object(&self) -> Object {
        match &self.spec {
            Spec::Project(project) => Object::new(Kind::Project, "", &project.name),
            Spec::Host(spec) => Object::new(Kind::Host, "", &spec.host.name),
            Spec::Credential(spec) => Object::new(Kind::Credential, &spec.project, &spec.name),
            Spec::Repository(repository) => {
                Object::new(Kind::Repository, &repository.project, &repository.name)
            }
            Spec::Endpoint(spec) => Object::new(Kind::Endpoint, &spec.project, &spec.name),
        }
    }

    /// The named set that it is part of. Empty: none is said, and what the record was part of stays.
    pub fn set(&self) -> &str {
        match &self.spec {
            Spec::Project(project) => &project.set,
            Spec::Host(spec) => &spec.host.set,
            Spec::Credential(spec) => &spec.set,
            Spec::Repository(repository) => &repository.set,
            Spec::Endpoint(spec) => &spec.set,
        }
    }

    /// Makes it part of a named set.
    pub fn put_in_set(&mut self, set: &str) {
        let place = match &mut self.spec {
            Spec::Project(project) => &mut project.set,
            Spec::Host(spec) => &mut spec.host.set,
            Spec::Credential(spec) => &mut spec.set,
            Spec::Repository(repository) => &mut repository.set,
            Spec::Endpoint(spec) => &mut spec.set,
        };
        set.clone_into(place);
    }

    /// The classes of the keys that its values are to be sealed with.
    pub fn sealed_classes(&self) -> impl Iterator<Item = KeyClass> {
        let given = |source: &Source| !matches!(source, Source::Kept);
        let class = match &self.spec {
            Spec::Credential(spec) if given(&spec.source) => Some(match spec.app {
                Some(_) => KeyClass::Issuers,
                None => KeyClass::Credentials,
            }),
            Spec::Endpoint(spec) if spec.secrets.iter().any(|secret| given(&secret.source)) => {
                Some(KeyClass::HookSecrets)
            }
            _ => None,
        };
        class.into_iter()
    }

    /// Where it stands and what it declares, for messages.
    pub(crate) fn place(&self) -> String {
        match self.line {
            0 => self.object().to_string(),
            line => format!("line {line}: {}", self.object()),
        }
    }
}

//! What manifests declare, once it is read.

use std::path::PathBuf;

use sluice_events::{
    Timestamp,
    v1::{self, CredentialKind, SecretKind},
};

use crate::Plaintext;

/// What is declared.
#[derive(Debug, Clone)]
pub enum Spec {
    /// A project.
    Project(v1::Project),
    /// A host.
    Host(HostSpec),
    /// A credential.
    Credential(CredentialSpec),
    /// A repository. Without an address it has the one that its host gives to its full name.
    Repository(v1::RegisteredRepository),
    /// An endpoint.
    Endpoint(EndpointSpec),
}

/// A declared host.
#[derive(Debug, Clone)]
pub struct HostSpec {
    /// The host.
    pub host: v1::Host,
    /// A file of whoever applies the manifest, whose text becomes the host's `ca`.
    pub ca_file: Option<PathBuf>,
}

/// A declared credential.
#[derive(Debug, Clone)]
pub struct CredentialSpec {
    /// Project that it belongs to.
    pub project: String,
    /// Name in its project.
    pub name: String,
    /// Name of the host that it is for.
    pub host: String,
    /// What it is.
    pub kind: CredentialKind,
    /// The user that goes with it. Empty: what the kind of host takes.
    pub user: String,
    /// Which App it is, if it is one: its id, and the installation, if one is declared.
    pub app: Option<v1::CredentialApp>,
    /// Where its value comes from; of an App its private key.
    pub source: Source,
    /// When it ends, where somebody says so.
    pub expires_at: Option<Timestamp>,
    /// The repositories of its own project that it opens. Empty: all on its host.
    pub repositories: Vec<String>,
    /// Other projects that may use it.
    pub grants: Vec<v1::CredentialGrant>,
    /// The named set that it is part of. Empty: what it was part of stays.
    pub set: String,
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
    /// Name of the registered repository that it is made for. Empty: none.
    pub repository: String,
    /// The host's own id of the repository in its scope. Empty: the name decides.
    pub repository_host_id: String,
    /// Name of the import whose owner's webhook it is made for. Empty: what it was made for stays.
    pub import: String,
    /// The named set that it is part of. Empty: what it was part of stays.
    pub set: String,
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
    /// From here: one is made, unless one is there.
    Made,
    /// From the manifest itself.
    Value(Plaintext),
    /// From a file of whoever applies the manifest.
    File(PathBuf),
    /// From an environment variable of whoever applies the manifest.
    Env(String),
}

impl From<v1::Host> for HostSpec {
    fn from(host: v1::Host) -> Self {
        Self {
            host,
            ca_file: None,
        }
    }
}

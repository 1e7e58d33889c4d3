//! What an operator declares, said in words.

use sluice_events::{
    Timestamp,
    v1::{self, CredentialKind, MirrorKind, WebhookKind, scope::Of},
};
use sluice_providers::SecretKind;
use sluice_registry::{
    CredentialSpec, DEFAULT_PROJECT, EndpointSpec, Manifest, Plaintext, SecretSpec, Source, Spec,
};

use crate::canary::watch;

/// What stands in the URL of the endpoint of that name.
pub fn id_of(name: &str) -> String {
    format!("{name}-0123456789abcdef")
}

/// A host.
pub fn host(name: &str, provider: &str, url: &str) -> Manifest {
    host_of(v1::Host {
        name: name.into(),
        provider: provider.into(),
        url: url.into(),
        ..Default::default()
    })
}

/// A host with all that it has.
pub fn host_of(host: v1::Host) -> Manifest {
    declared(Spec::Host(host.into()))
}

/// A credential for a host, which has no value until one is said.
pub fn credential(name: &str, host: &str) -> Credential {
    Credential(CredentialSpec {
        project: DEFAULT_PROJECT.into(),
        name: name.into(),
        host: host.into(),
        kind: CredentialKind::Token,
        user: String::new(),
        app: None,
        source: Source::Kept,
        expires_at: None,
        repositories: Vec::new(),
        grants: Vec::new(),
        set: String::new(),
    })
}

/// A declared credential.
#[derive(Clone)]
pub struct Credential(CredentialSpec);

impl Credential {
    /// A token.
    pub fn token(self, value: &str) -> Self {
        self.value(CredentialKind::Token, "", value)
    }

    /// A user and a password.
    pub fn password(self, user: &str, value: &str) -> Self {
        self.value(CredentialKind::Password, user, value)
    }

    /// A private key of ssh.
    pub fn ssh_key(self, user: &str, value: &str) -> Self {
        self.value(CredentialKind::SshKey, user, value)
    }

    /// An App of GitHub with its private key in PEM.
    pub fn app(mut self, id: &str, key: &str) -> Self {
        self.0.app = Some(v1::CredentialApp {
            id: id.into(),
            ..v1::CredentialApp::default()
        });
        self.value(CredentialKind::App, "", key)
    }

    fn value(mut self, kind: CredentialKind, user: &str, value: &str) -> Self {
        self.0.kind = kind;
        self.0.user = user.into();
        self.0.source = handed_over(&format!("credential: {}", self.0.name), value);
        self
    }

    /// For repositories with such full names alone.
    pub fn for_repositories(mut self, patterns: &[&str]) -> Self {
        self.0.repositories = patterns.iter().map(|&one| one.to_owned()).collect();
        self
    }

    /// Ends at a time.
    pub fn until(mut self, time: Timestamp) -> Self {
        self.0.expires_at = Some(time);
        self
    }

    /// Of another project.
    pub fn of_project(mut self, project: &str) -> Self {
        self.0.project = project.into();
        self
    }

    /// As it is declared.
    pub fn manifest(self) -> Manifest {
        declared(Spec::Credential(self.0))
    }
}

/// A repository of a host, with a full mirror and the address that the host gives it, until it is said otherwise.
pub fn repository(name: &str, host: &str, full_name: &str) -> Repository {
    Repository(v1::RegisteredRepository {
        project: DEFAULT_PROJECT.into(),
        name: name.into(),
        host: host.into(),
        full_name: full_name.into(),
        mirror: MirrorKind::Full.into(),
        ..Default::default()
    })
}

/// A declared repository.
#[derive(Clone)]
pub struct Repository(v1::RegisteredRepository);

impl Repository {
    /// Fetched from this address.
    pub fn at(mut self, url: &str) -> Self {
        self.0.url = url.into();
        self
    }

    /// With this default branch.
    pub fn branch(mut self, branch: &str) -> Self {
        self.0.branch = branch.into();
        self
    }

    /// Opened by this credential.
    pub fn opened_by(mut self, credential: &str) -> Self {
        self.0.credential = credential.into();
        self
    }

    /// Kept like this.
    pub fn mirror(mut self, mirror: MirrorKind) -> Self {
        self.0.mirror = mirror.into();
        self
    }

    /// With a webhook that this one takes care of.
    pub fn webhook(mut self, webhook: WebhookKind) -> Self {
        self.0.webhook = webhook.into();
        self
    }

    /// Of which the webhook of that endpoint tells.
    pub fn told_by(mut self, endpoint: &str) -> Self {
        self.0.webhook = WebhookKind::Shared.into();
        self.0.shared_endpoint = endpoint.into();
        self
    }

    /// Whose webhook is used for so many days.
    pub fn webhook_days(mut self, days: u32) -> Self {
        self.0.webhook_days = days;
        self
    }

    /// With the id that the host gives it.
    pub fn host_id(mut self, id: &str) -> Self {
        self.0.host_id = id.into();
        self
    }

    /// Of another project.
    pub fn of_project(mut self, project: &str) -> Self {
        self.0.project = project.into();
        self
    }

    /// As it is declared.
    pub fn manifest(self) -> Manifest {
        declared(Spec::Repository(self.0))
    }
}

/// An endpoint of a host, for everything on it until it is said otherwise.
pub fn endpoint(name: &str, host: &str) -> Endpoint {
    Endpoint(EndpointSpec {
        project: DEFAULT_PROJECT.into(),
        name: name.into(),
        id: Some(id_of(name)),
        host: host.into(),
        scope: Some(Of::Host(true)),
        secrets: Vec::new(),
        disabled: false,
        repository: String::new(),
        repository_host_id: String::new(),
        import: String::new(),
        set: String::new(),
    })
}

/// A declared endpoint.
#[derive(Clone)]
pub struct Endpoint(EndpointSpec);

impl Endpoint {
    /// For what belongs to this owner.
    pub fn for_owner(mut self, owner: &str) -> Self {
        self.0.scope = Some(Of::Owner(owner.into()));
        self
    }

    /// For this repository alone.
    pub fn for_repository(mut self, repository: &str) -> Self {
        self.0.scope = Some(Of::Repository(repository.into()));
        self
    }

    /// For this repository alone, which has this id at its host.
    pub fn for_repository_with_id(mut self, repository: &str, host_id: &str) -> Self {
        self.0.repository_host_id = host_id.into();
        self.for_repository(repository)
    }

    /// Accepts a secret, besides those that it accepts already.
    pub fn accepting(self, id: &str, kind: SecretKind, value: &str) -> Self {
        let source = self.handed_over(value);
        self.secret(id, kind, source, None)
    }

    /// The same for a while.
    pub fn accepting_until(
        self,
        id: &str,
        kind: SecretKind,
        value: &str,
        until: Timestamp,
    ) -> Self {
        let source = self.handed_over(value);
        self.secret(id, kind, source, Some(until))
    }

    /// Goes on accepting the value that is there.
    pub fn keeping(self, id: &str, kind: SecretKind) -> Self {
        self.secret(id, kind, Source::Kept, None)
    }

    fn handed_over(&self, value: &str) -> Source {
        handed_over(&format!("webhook secret: of {}", self.0.name), value)
    }

    fn secret(
        mut self,
        id: &str,
        kind: SecretKind,
        source: Source,
        accept_until: Option<Timestamp>,
    ) -> Self {
        self.0.secrets.push(SecretSpec {
            id: id.into(),
            kind,
            source,
            accept_until,
        });
        self
    }

    /// Made for this registered repository.
    pub fn made_for(mut self, repository: &str) -> Self {
        self.0.repository = repository.into();
        self
    }

    /// Takes no deliveries.
    pub fn disabled(mut self) -> Self {
        self.0.disabled = true;
        self
    }

    /// As it is declared.
    pub fn manifest(self) -> Manifest {
        declared(Spec::Endpoint(self.0))
    }
}

fn declared(spec: Spec) -> Manifest {
    Manifest { line: 0, spec }
}

/// A secret that nobody is to see from now on.
fn handed_over(name: &str, value: &str) -> Source {
    watch().secret(name, value);
    Source::Value(Plaintext::new(value))
}

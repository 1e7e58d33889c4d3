//! What a manifest declares in the shape in which it is written.

use sluice_events::v1::{self, CredentialKind, scope::Of};

use crate::{
    ACCESS_LEVELS, CredentialSpec, EndpointSpec, HostSpec, MIRROR_KINDS, SECRET_KINDS, SecretSpec,
    Source, Spec, WEBHOOK_KINDS,
    manifest::wire::{self, Ca},
    repository,
};

impl From<&v1::Credential> for CredentialSpec {
    fn from(credential: &v1::Credential) -> Self {
        Self {
            project: credential.project.clone(),
            name: credential.name.clone(),
            host: credential.host.clone(),
            kind: credential.kind(),
            user: credential.user.clone(),
            source: Source::Kept,
            // An App's end is that of its last token, which nobody declares.
            expires_at: credential.expires_at.filter(|_| credential.app.is_none()),
            app: credential.app.clone(),
            repositories: credential.repositories.clone(),
            grants: credential.grants.clone(),
            set: credential.set.clone(),
        }
    }
}

impl From<&v1::Endpoint> for EndpointSpec {
    fn from(endpoint: &v1::Endpoint) -> Self {
        let secret = |secret: &v1::HookSecret| SecretSpec {
            id: secret.id.clone(),
            kind: secret.kind(),
            source: Source::Kept,
            accept_until: secret.accept_until,
        };
        Self {
            project: endpoint.project.clone(),
            name: endpoint.name.clone(),
            id: Some(endpoint.id.clone()),
            host: endpoint.host.clone(),
            scope: endpoint.scope.clone().and_then(|scope| scope.of),
            secrets: endpoint.secrets.iter().map(secret).collect(),
            disabled: endpoint.disabled,
            repository: endpoint.repository.clone(),
            repository_host_id: endpoint.repository_host_id.clone(),
            import: endpoint.import.clone(),
            set: endpoint.set.clone(),
        }
    }
}

/// What stands in `spec`.
pub(super) fn wire(spec: &Spec) -> wire::Spec {
    match spec {
        Spec::Project(project) => wire::Spec::Project(wire::Project {
            description: project.description.clone(),
        }),
        Spec::Host(spec) => wire::Spec::Host(host(spec)),
        Spec::Credential(spec) => wire::Spec::Credential(credential(spec)),
        Spec::Repository(spec) => wire::Spec::Repository(repository(spec)),
        Spec::Endpoint(spec) => wire::Spec::Endpoint(endpoint(spec)),
    }
}

fn host(HostSpec { host, ca_file }: &HostSpec) -> wire::Host {
    let file = ca_file
        .as_ref()
        .map(|path| Ca::File(path.to_string_lossy().into_owned()));
    let text = (!host.ca.is_empty()).then(|| Ca::Text(host.ca.clone()));
    wire::Host {
        provider: host.provider.clone(),
        url: host.url.clone(),
        api_url: host.api_url.clone(),
        ssh_url: host.ssh_url.clone(),
        ssh_host_keys: host.ssh_host_keys.clone(),
        ca: file.or(text),
        private_addresses: host.private_addresses,
        calls_per_hour: (host.calls_per_hour > 0).then_some(host.calls_per_hour),
        shares: host.shares.clone(),
    }
}

fn credential(spec: &CredentialSpec) -> wire::Credential {
    let mut written = wire::Credential {
        host: spec.host.clone(),
        expires_at: spec.expires_at.map(|at| at.to_string()),
        repositories: spec.repositories.clone(),
        grants: spec.grants.iter().map(grant).collect(),
        ..Default::default()
    };
    let field = match spec.kind {
        CredentialKind::Unspecified => None,
        CredentialKind::Token => Some(&mut written.token),
        CredentialKind::Password => Some(&mut written.user_password),
        CredentialKind::SshKey => Some(&mut written.ssh_key),
        CredentialKind::App => {
            let app = spec.app.as_ref().map(|app| wire::App {
                id: app.id.clone(),
                installation: app.installation.clone(),
                ..Default::default()
            });
            written.app = app.map(Box::new);
            None
        }
    };
    if let Some(field) = field {
        *field = Some(wire::Value {
            user: spec.user.clone(),
            ..Default::default()
        });
    }
    written
}

fn grant(grant: &v1::CredentialGrant) -> wire::Grant {
    wire::Grant {
        project: grant.project.clone(),
        repositories: grant.repositories.clone(),
    }
}

fn repository(repository: &v1::RegisteredRepository) -> wire::Repository {
    wire::Repository {
        host: repository.host.clone(),
        full_name: repository.full_name.clone(),
        url: repository.url.clone(),
        branch: repository.branch.clone(),
        credential: repository.credential.clone(),
        mirror: Some(MIRROR_KINDS.word(repository::mirror(repository)).to_owned()),
        host_id: repository.host_id.clone(),
        title: repository.title.clone(),
        webhook_days: (repository.webhook_days > 0).then_some(repository.webhook_days),
        webhook: Some(
            WEBHOOK_KINDS
                .word(repository::webhook(repository))
                .to_owned(),
        ),
        shared_endpoint: repository.shared_endpoint.clone(),
        level: Some(ACCESS_LEVELS.word(repository::level(repository)).to_owned()),
    }
}

fn endpoint(endpoint: &EndpointSpec) -> wire::Endpoint {
    wire::Endpoint {
        id: endpoint.id.clone(),
        host: endpoint.host.clone(),
        scope: scope(endpoint),
        secrets: endpoint.secrets.iter().map(secret).collect(),
        disabled: endpoint.disabled,
        repository: endpoint.repository.clone(),
    }
}

fn scope(endpoint: &EndpointSpec) -> wire::Scope {
    let host_id = endpoint.repository_host_id.clone();
    let scope = wire::Scope {
        host_id,
        ..Default::default()
    };
    match endpoint.scope.clone() {
        None => scope,
        Some(Of::Owner(owner)) => wire::Scope {
            owner: Some(owner),
            ..scope
        },
        Some(Of::Repository(repository)) => wire::Scope {
            repository: Some(repository),
            ..scope
        },
        Some(Of::Host(host)) => wire::Scope {
            host: Some(host),
            ..scope
        },
    }
}

fn secret(secret: &SecretSpec) -> wire::Secret {
    wire::Secret {
        kind: SECRET_KINDS.word(secret.kind).to_owned(),
        id: Some(secret.id.clone()),
        value: None,
        file: None,
        env: None,
        accept_until: secret.accept_until.map(|until| until.to_string()),
    }
}

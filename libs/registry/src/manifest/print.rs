//! From records back to manifests: what is printed can be applied, and changes nothing.

use serde::{Serialize, Serializer};
use sluice_events::v1::{self, scope::Of};

use super::{
    API_VERSION, EndpointSpec, Manifest, SecretSpec, Source, Spec,
    wire::{self, Document, Metadata},
};
use crate::{Record, secret_kind};

/// Manifests as YAML documents. Secrets stand there without their values.
pub fn render(manifests: &[Manifest]) -> Result<String, serde_saphyr::SerializeError> {
    let documents: Vec<_> = manifests.iter().map(document).collect();
    serde_saphyr::to_string_multiple(&documents)
}

impl From<&Record> for Manifest {
    fn from(record: &Record) -> Self {
        let spec = match record {
            Record::Project(project) => Spec::Project(project.clone()),
            Record::Host(host) => Spec::Host(host.clone()),
            Record::Endpoint(endpoint) => Spec::Endpoint(EndpointSpec::from(endpoint)),
        };
        Self { line: 0, spec }
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
        }
    }
}

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        document(self).serialize(serializer)
    }
}

fn document(manifest: &Manifest) -> Document {
    let object = manifest.object();
    Document {
        api_version: API_VERSION,
        kind: object.kind.word(),
        metadata: Metadata {
            name: object.name,
            project: Some(object.project).filter(|project| !project.is_empty()),
        },
        spec: match &manifest.spec {
            Spec::Project(project) => wire::Spec::Project(wire::Project {
                description: project.description.clone(),
            }),
            Spec::Host(host) => wire::Spec::Host(wire::Host {
                provider: host.provider.clone(),
                url: host.url.clone(),
                api_url: host.api_url.clone(),
            }),
            Spec::Endpoint(endpoint) => wire::Spec::Endpoint(wire_endpoint(endpoint)),
        },
    }
}

fn wire_endpoint(endpoint: &EndpointSpec) -> wire::Endpoint {
    wire::Endpoint {
        id: endpoint.id.clone(),
        host: endpoint.host.clone(),
        scope: match endpoint.scope.clone() {
            None => wire::Scope::default(),
            Some(Of::Owner(owner)) => wire::Scope {
                owner: Some(owner),
                ..Default::default()
            },
            Some(Of::Repository(repository)) => wire::Scope {
                repository: Some(repository),
                ..Default::default()
            },
            Some(Of::Host(host)) => wire::Scope {
                host: Some(host),
                ..Default::default()
            },
        },
        secrets: endpoint.secrets.iter().map(wire_secret).collect(),
        disabled: endpoint.disabled,
    }
}

fn wire_secret(secret: &SecretSpec) -> wire::Secret {
    wire::Secret {
        kind: secret_kind::word(secret.kind).to_owned(),
        id: Some(secret.id.clone()),
        value: None,
        file: None,
        env: None,
        accept_until: secret.accept_until.map(|until| until.to_string()),
    }
}

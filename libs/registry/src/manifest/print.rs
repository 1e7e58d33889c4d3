//! From records back to manifests: what is printed can be applied, and changes nothing.

mod spec;
pub(super) mod with_values;

use std::borrow::Borrow;

use serde::{Serialize, Serializer};

use super::{
    API_VERSION, Manifest, Spec,
    wire::{Document, Metadata},
};
use crate::Record;

/// Manifests as YAML documents. Secrets stand there without their values.
pub fn render<M: Borrow<Manifest> + Serialize>(
    manifests: &[M],
) -> Result<String, serde_saphyr::SerializeError> {
    serde_saphyr::to_string_multiple(manifests)
}

/// Anything else as one YAML document.
pub fn yaml<T: Serialize>(value: &T) -> Result<String, serde_saphyr::SerializeError> {
    serde_saphyr::to_string(value)
}

impl From<&Record> for Manifest {
    fn from(record: &Record) -> Self {
        let spec = match record {
            Record::Project(project) => Spec::Project(project.clone()),
            Record::Host(host) => Spec::Host(host.clone().into()),
            Record::Credential(credential) => Spec::Credential(credential.into()),
            Record::Repository(repository) => Spec::Repository(repository.clone()),
            Record::Endpoint(endpoint) => Spec::Endpoint(endpoint.into()),
        };
        Self { line: 0, spec }
    }
}

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        document(self).serialize(serializer)
    }
}

/// A manifest in the shape in which it is written, without values.
fn document(manifest: &Manifest) -> Document {
    let object = manifest.object();
    Document {
        api_version: API_VERSION,
        kind: object.kind.word(),
        metadata: Metadata {
            name: object.name,
            project: Some(object.project).filter(|project| !project.is_empty()),
            set: manifest.set().to_owned(),
        },
        spec: spec::wire(&manifest.spec),
    }
}

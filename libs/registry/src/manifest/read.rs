//! From the written shape to what is declared.
//!
//! Only what cannot be expressed in a record is checked here; the rules of records are checked when they are planned.

use serde_saphyr::Spanned;
use sluice_events::{
    Timestamp,
    v1::{self, SecretKind, scope::Of},
};

use super::{
    EndpointSpec, Manifest, SecretSpec, Source, Spec,
    wire::{self, Document, Metadata},
};
use crate::{
    DEFAULT_PROJECT,
    problem::{Problem, Problems, quoted},
    secret_kind,
};

/// Reads all documents, or says everything that is wrong with any of them.
pub(super) fn all(documents: Vec<Spanned<Document>>) -> Result<Vec<Manifest>, Problems> {
    let mut problems = Vec::new();
    let mut manifests = Vec::with_capacity(documents.len());
    for document in documents {
        let mut found = Vec::new();
        let manifest = Manifest {
            line: document.referenced.line(),
            spec: spec(document.value, &mut found),
        };
        let place = manifest.place();
        problems.extend(found.into_iter().map(|problem| problem.within(&place)));
        manifests.push(manifest);
    }
    Problems::none_or(problems, manifests)
}

fn spec(document: Document, problems: &mut Vec<Problem>) -> Spec {
    let Metadata { name, project } = document.metadata;
    if project.is_some() && !matches!(document.spec, wire::Spec::Endpoint(_)) {
        problems.push(Problem::new(
            "metadata.project",
            format!("a {} belongs to no project", document.kind),
            "leave it out",
        ));
    }
    match document.spec {
        wire::Spec::Project(spec) => Spec::Project(v1::Project {
            name,
            description: spec.description,
        }),
        wire::Spec::Host(spec) => Spec::Host(v1::Host {
            name,
            provider: spec.provider,
            url: spec.url,
            api_url: spec.api_url,
            ..Default::default()
        }),
        wire::Spec::Endpoint(spec) => Spec::Endpoint(EndpointSpec {
            project: project.unwrap_or_else(|| DEFAULT_PROJECT.to_owned()),
            name,
            id: spec.id,
            host: spec.host,
            scope: scope(spec.scope, problems),
            secrets: secrets(spec.secrets, problems),
            disabled: spec.disabled,
        }),
    }
}

/// The one thing that a scope says. Saying nothing is left to the rules of endpoints.
fn scope(scope: wire::Scope, problems: &mut Vec<Problem>) -> Option<Of> {
    let said: Vec<_> = [
        scope.owner.map(Of::Owner),
        scope.repository.map(Of::Repository),
        scope.host.map(Of::Host),
    ]
    .into_iter()
    .flatten()
    .collect();
    if said.len() > 1 {
        problems.push(Problem::new(
            "spec.scope",
            "it says more than one thing",
            "keep one of owner, repository, host; make another endpoint for the rest",
        ));
    }
    said.into_iter().next()
}

fn secrets(secrets: Vec<wire::Secret>, problems: &mut Vec<Problem>) -> Vec<SecretSpec> {
    let mut read = Vec::with_capacity(secrets.len());
    for (index, secret) in secrets.into_iter().enumerate() {
        let place = format!("spec.secrets[{index}]");
        let (secret, found) = self::secret(secret);
        problems.extend(found.into_iter().map(|problem| problem.within(&place)));
        read.push(secret);
    }
    read
}

fn secret(secret: wire::Secret) -> (SecretSpec, Vec<Problem>) {
    let mut problems = Vec::new();
    let kind = secret_kind::from_word(&secret.kind);
    if kind.is_none() {
        let remedy = format!("use one of {}", secret_kind::all());
        problems.push(Problem::new(
            "kind",
            "there is no such kind of secret",
            remedy,
        ));
    }
    let sources: Vec<_> = [
        secret.value.map(Source::Value),
        secret.file.map(|path| Source::File(path.into())),
        secret.env.map(Source::Env),
    ]
    .into_iter()
    .flatten()
    .collect();
    if sources.len() > 1 {
        problems.push(Problem::new(
            "value",
            "its value comes from more than one place",
            "keep one of value, file, env, or none to keep the value that is there",
        ));
    }
    let accept_until = secret.accept_until.as_deref().map(Timestamp::parse);
    if accept_until == Some(None) {
        problems.push(Problem::new(
            "acceptUntil",
            "it is not a time",
            "write it like 2026-01-31T12:00:00Z",
        ));
    }
    let kind = kind.unwrap_or(SecretKind::Unspecified);
    let secret = SecretSpec {
        id: secret
            .id
            .unwrap_or_else(|| secret_kind::word(kind).to_owned()),
        kind,
        source: sources.into_iter().next().unwrap_or(Source::Kept),
        accept_until: accept_until.flatten(),
    };
    (secret, problems)
}

/// The id in quotes, for messages about one of several secrets.
pub(crate) fn secret_place(index: usize, id: &str) -> String {
    format!("spec.secrets[{index}] {}", quoted(id))
}

//! From the written shape to what is declared.
//!
//! Only what cannot be expressed in a record is checked here; the rules of records are checked when they are planned.

mod credential;
mod secrets;

use sluice_events::{
    Timestamp,
    v1::{self, AccessLevel, MirrorKind, WebhookKind, scope::Of},
};

pub(crate) use credential::credential_place;
pub(crate) use secrets::secret_place;

use super::{
    EndpointSpec, HostSpec, Kind, Manifest, Source, Spec,
    wire::{self, Ca, Document, Metadata},
};
use crate::{
    ACCESS_LEVELS, MIRROR_KINDS, Plaintext, WEBHOOK_KINDS, Words,
    problem::{Problem, Problems},
};

/// Reads all documents with the lines on which they begin, or says everything that is wrong with any of them. Where one
/// names no project, it is for `project`.
pub(super) fn all(
    documents: impl ExactSizeIterator<Item = (u64, Document)>,
    project: &str,
) -> Result<Vec<Manifest>, Problems> {
    let mut problems = Vec::new();
    let mut manifests = Vec::with_capacity(documents.len());
    for (line, document) in documents {
        let mut found = Vec::new();
        let set = document.metadata.set.clone();
        let mut manifest = Manifest {
            line,
            spec: spec(document, project, &mut found),
        };
        manifest.put_in_set(&set);
        let place = manifest.place();
        problems.extend(found.into_iter().map(|problem| problem.within(&place)));
        manifests.push(manifest);
    }
    Problems::none_or(problems, manifests)
}

fn spec(document: Document, usual: &str, problems: &mut Vec<Problem>) -> Spec {
    let Metadata { name, project, .. } = document.metadata;
    let of_project = Kind::of_word(document.kind).is_none_or(Kind::is_of_project);
    if project.is_some() && !of_project {
        problems.push(Problem::new(
            "metadata.project",
            format!("a {} belongs to no project", document.kind),
            "leave it out",
        ));
    }
    let project = project.unwrap_or_else(|| usual.to_owned());
    match document.spec {
        wire::Spec::Project(spec) => Spec::Project(v1::Project {
            name,
            description: spec.description,
            set: String::new(),
        }),
        wire::Spec::Host(spec) => Spec::Host(host(name, spec)),
        wire::Spec::Credential(spec) => {
            Spec::Credential(credential::read(project, name, spec, problems))
        }
        wire::Spec::Repository(spec) => Spec::Repository(repository(project, name, spec, problems)),
        wire::Spec::Endpoint(spec) => Spec::Endpoint(EndpointSpec {
            project,
            name,
            id: spec.id,
            host: spec.host,
            repository_host_id: spec.scope.host_id.clone(),
            scope: scope(spec.scope, problems),
            secrets: secrets::read(spec.secrets, problems),
            disabled: spec.disabled,
            repository: spec.repository,
            // Nothing that anybody declares.
            import: String::new(),
            set: String::new(),
        }),
    }
}

fn host(name: String, spec: wire::Host) -> HostSpec {
    let (ca, ca_file) = match spec.ca {
        None => (String::new(), None),
        Some(Ca::Text(text)) => (text, None),
        Some(Ca::File(file)) => (String::new(), Some(file.into())),
    };
    let host = v1::Host {
        name,
        provider: spec.provider,
        url: spec.url,
        api_url: spec.api_url,
        ssh_url: spec.ssh_url,
        ssh_host_keys: spec.ssh_host_keys,
        ca,
        private_addresses: spec.private_addresses,
        calls_per_hour: spec.calls_per_hour.unwrap_or_default(),
        shares: spec.shares,
        set: String::new(),
    };
    HostSpec { host, ca_file }
}

fn repository(
    project: String,
    name: String,
    spec: wire::Repository,
    problems: &mut Vec<Problem>,
) -> v1::RegisteredRepository {
    let mirror = kind("spec.mirror", spec.mirror, &MIRROR_KINDS, problems);
    let webhook = kind("spec.webhook", spec.webhook, &WEBHOOK_KINDS, problems);
    let level = kind("spec.level", spec.level, &ACCESS_LEVELS, problems);
    v1::RegisteredRepository {
        name,
        project,
        host: spec.host,
        full_name: spec.full_name,
        url: spec.url,
        branch: spec.branch,
        credential: spec.credential,
        mirror: mirror.unwrap_or(MirrorKind::Full).into(),
        host_id: spec.host_id,
        title: spec.title,
        webhook: webhook.unwrap_or(WebhookKind::None).into(),
        shared_endpoint: spec.shared_endpoint,
        webhook_days: spec.webhook_days.unwrap_or_default(),
        level: level.unwrap_or(AccessLevel::Private).into(),
        set: String::new(),
        // Nothing that anybody declares.
        suspended: String::new(),
        import: String::new(),
    }
}

/// The kind that a word means, where there is a word.
fn kind<K: Copy + PartialEq>(
    place: &str,
    word: Option<String>,
    words: &Words<K>,
    problems: &mut Vec<Problem>,
) -> Option<K> {
    let word = word?;
    let kind = words.kind(&word);
    if kind.is_none() {
        let remedy = format!("use one of {}", words.all());
        problems.push(Problem::new(place, "there is no such kind", remedy));
    }
    kind
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

/// Where a value comes from, if from anywhere, and from one place alone.
fn source(
    value: Option<Plaintext>,
    file: Option<String>,
    env: Option<String>,
    generate: bool,
) -> (Source, Option<Problem>) {
    let sources: Vec<_> = [
        value.map(Source::Value),
        file.map(|path| Source::File(path.into())),
        env.map(Source::Env),
        generate.then_some(Source::Made),
    ]
    .into_iter()
    .flatten()
    .collect();
    let problem = (sources.len() > 1).then(|| {
        Problem::new(
            "value",
            "its value comes from more than one place",
            "keep one of value, file, env, or none to keep the value that is there",
        )
    });
    let source = sources.into_iter().next().unwrap_or(Source::Kept);
    (source, problem)
}

/// A time, if one is given.
fn time(place: &str, text: Option<&str>, problems: &mut Vec<Problem>) -> Option<Timestamp> {
    let time = text.map(Timestamp::parse);
    if time == Some(None) {
        let remedy = "write it like 2026-01-31T12:00:00Z";
        problems.push(Problem::new(place, "it is not a time", remedy));
    }
    time.flatten()
}

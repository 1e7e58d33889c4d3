//! `sluice projects|hosts|credentials list` and `sluice endpoints list|show`.

use sluice_daemon::Invocation;
use sluice_registry::{CREDENTIAL_KINDS, Kind, Manifest, Object, Spec};

use super::print;
use crate::{
    arguments::lists::{All, Endpoint, OfProject},
    failure::Failure,
    find,
    way::Shown,
};

/// Lists those of a kind that belongs to no project.
pub(super) async fn all(kind: Kind, all: All, invocation: &Invocation) -> anyhow::Result<()> {
    let project = String::new();
    of_project(kind, OfProject { all, project }, invocation).await
}

/// Lists those of a kind.
pub(super) async fn of_project(
    kind: Kind,
    arguments: OfProject,
    invocation: &Invocation,
) -> anyhow::Result<()> {
    let way = find::to_read(&arguments.all.reach, invocation).await?;
    let listed = way.list(kind, &arguments.project).await?;
    let manifests: Vec<_> = listed.iter().map(|shown| &shown.manifest).collect();
    let names = || manifests.iter().map(|manifest| name(manifest)).collect();
    let shown = print::structured(&manifests, arguments.all.output, names)?;
    print::say(&shown.unwrap_or_else(|| table(kind, &listed)))?;
    Ok(())
}

/// Shows one endpoint.
pub(super) async fn endpoint(arguments: Endpoint, invocation: &Invocation) -> anyhow::Result<()> {
    let OfProject { all, project } = arguments.of;
    let way = find::to_read(&all.reach, invocation).await?;
    let object = Object::new(Kind::Endpoint, &project, &arguments.name);
    let none = || Failure::refused(format!("there is no such endpoint: {}", arguments.name), "");
    let found = way.find(&object).await?.ok_or_else(none)?;
    let manifest = &found.manifest;
    let shown = print::structured(manifest, all.output, || vec![name(manifest)])?;
    print::say(&shown.unwrap_or_else(|| page(&found)))?;
    Ok(())
}

fn name(manifest: &Manifest) -> String {
    let Object { project, name, .. } = manifest.object();
    match project.as_str() {
        "" => name,
        project => format!("{project}/{name}"),
    }
}

fn table(kind: Kind, listed: &[Shown]) -> String {
    let heading = match kind {
        Kind::Project => ["NAME", "DESCRIPTION", "", ""],
        Kind::Host => ["NAME", "PROVIDER", "ADDRESS", ""],
        Kind::Credential => ["PROJECT/NAME", "HOST", "KIND", "EXPIRES"],
        Kind::Repository => ["PROJECT/NAME", "HOST", "FULL NAME", ""],
        Kind::Endpoint => ["PROJECT/NAME", "HOST", "SCOPE", "ADDRESS"],
    };
    print::table(heading, listed.iter().map(row))
}

fn row(shown: &Shown) -> [String; 4] {
    let name = name(&shown.manifest);
    let none = String::new;
    match &shown.manifest.spec {
        Spec::Project(project) => [name, project.description.clone(), none(), none()],
        Spec::Host(spec) => [
            name,
            spec.host.provider.clone(),
            spec.host.url.clone(),
            none(),
        ],
        Spec::Credential(spec) => {
            let expires = spec.expires_at.map(|at| at.to_string());
            let kind = CREDENTIAL_KINDS.word(spec.kind).to_owned();
            [
                name,
                spec.host.clone(),
                kind,
                expires.unwrap_or_else(|| "-".to_owned()),
            ]
        }
        Spec::Repository(spec) => [name, spec.host.clone(), spec.full_name.clone(), none()],
        Spec::Endpoint(spec) => {
            let address = shown.status.address.clone();
            [
                name,
                spec.host.clone(),
                scope(&shown.manifest),
                address.unwrap_or_default(),
            ]
        }
    }
}

/// What it takes events of.
fn scope(manifest: &Manifest) -> String {
    let Spec::Endpoint(spec) = &manifest.spec else {
        return String::new();
    };
    use sluice_events::v1::scope::Of;
    match &spec.scope {
        Some(Of::Owner(owner)) => format!("owner {owner}"),
        Some(Of::Repository(repository)) => format!("repository {repository}"),
        Some(Of::Host(_)) | None => "host".to_owned(),
    }
}

fn page(shown: &Shown) -> String {
    let Spec::Endpoint(spec) = &shown.manifest.spec else {
        return String::new();
    };
    let secrets = spec.secrets.iter().map(|secret| {
        let kind = sluice_registry::SECRET_KINDS.word(secret.kind);
        let until = secret.accept_until.map(|until| format!(" until {until}"));
        format!("{} ({kind}{})", secret.id, until.unwrap_or_default())
    });
    let secrets: Vec<_> = secrets.collect();
    let disabled = if spec.disabled { "yes" } else { "" };
    print::fields(&[
        ("name", name(&shown.manifest)),
        ("host", spec.host.clone()),
        ("scope", scope(&shown.manifest)),
        ("repository", spec.repository.clone()),
        ("address", shown.status.address.clone().unwrap_or_default()),
        ("secrets", secrets.join(", ")),
        ("disabled", disabled.to_owned()),
    ])
}

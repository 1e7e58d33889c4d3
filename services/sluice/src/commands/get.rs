//! `sluice get`.

use sluice_daemon::Invocation;
use sluice_registry::{CREDENTIAL_KINDS, HostSpec, Kind, Manifest, Object, Spec, render};

use super::print;
use crate::{
    arguments::{
        Format,
        records::{Get, KindWord},
    },
    failure::Failure,
    find,
    way::{Shown, Way},
};

/// Prints what is declared. No secret's value is there to be printed.
pub(super) async fn run(arguments: Get, invocation: &Invocation) -> anyhow::Result<()> {
    let way = find::to_read(&arguments.reach, invocation).await?;
    let found = found(&arguments, &way).await?;
    let manifests: Vec<_> = found.iter().map(|shown| &shown.manifest).collect();
    let shown = match arguments.output {
        Format::Yaml => render(&manifests)?,
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&manifests)?),
        Format::Table => found.iter().map(line).collect(),
        Format::Name => print::names(manifests.iter().map(|manifest| manifest.object())),
    };
    print::say(&shown)?;
    way.close().await;
    Ok(())
}

async fn found(arguments: &Get, way: &Way) -> anyhow::Result<Vec<Shown>> {
    let project = arguments.project.as_deref().unwrap_or_default();
    if let (Some(kind), Some(name)) = (arguments.kind, &arguments.name) {
        let found = way.find(&Object::new(kind.kind(), project, name)).await?;
        let none = || Failure::refused(format!("there is no such {}: {name}", kind.word()), "");
        return Ok(vec![found.ok_or_else(none)?]);
    }
    let kind = arguments.kind.map(KindWord::kind);
    let mut found = Vec::new();
    for kind in Kind::ALL
        .into_iter()
        .filter(|each| kind.is_none_or(|kind| kind == *each))
    {
        let listed = way.list(kind, project).await?.into_iter();
        found.extend(listed.filter(is_declared));
    }
    Ok(found)
}

/// What is predefined has no revision, and nobody declared it.
fn is_declared(shown: &Shown) -> bool {
    shown.status.revision != 0
}

fn line(shown: &Shown) -> String {
    let Shown { manifest, status } = shown;
    let address = status.address.as_deref().unwrap_or("address for editors");
    let text = format!("{}  {}", manifest.object(), detail(manifest, address));
    format!("{}\n", sluice_daemon::escape::terminal(&text))
}

fn detail(manifest: &Manifest, address: &str) -> String {
    match &manifest.spec {
        Spec::Project(project) => project.description.clone(),
        Spec::Host(HostSpec { host, .. }) => format!("{} at {}", host.provider, host.url),
        Spec::Credential(credential) => {
            let until = credential.expires_at.map(|at| format!(", until {at}"));
            let kind = CREDENTIAL_KINDS.word(credential.kind);
            let until = until.unwrap_or_default();
            format!("{kind} for host {}{until}", credential.host)
        }
        Spec::Repository(repository) => {
            let (full_name, host, url) = (&repository.full_name, &repository.host, &repository.url);
            format!("{full_name} of host {host}, {url}")
        }
        Spec::Endpoint(endpoint) => {
            let state = if endpoint.disabled { ", disabled" } else { "" };
            let secrets = endpoint.secrets.iter().map(|secret| secret.id.as_str());
            let secrets: Vec<_> = secrets.collect();
            let (host, secrets) = (&endpoint.host, secrets.join(" "));
            format!("host {host}, secrets {secrets}{state}, {address}")
        }
    }
}

//! `sluice get`.

use anyhow::bail;
use sluice_daemon::Invocation;
use sluice_declared::Declared;
use sluice_registry::{CREDENTIAL_KINDS, HostSpec, Manifest, Spec, render};

use crate::{
    arguments::{Format, Get, KindWord},
    find::{self, Actor},
};

/// Prints what is declared. No secret's value is there to be printed.
pub(super) async fn run(arguments: Get, invocation: &Invocation) -> anyhow::Result<()> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let declared = Declared::read(&system.bus).await?;
    let records = declared.snapshot.records();
    let manifests: Vec<_> = records
        .map(|record| Manifest::from(&record))
        .filter(|manifest| wanted(manifest, &arguments))
        .collect();
    if manifests.is_empty()
        && let Some(name) = &arguments.name
    {
        bail!(
            "there is no such {}: {name}",
            arguments.kind.map_or("object", KindWord::word)
        );
    }
    match arguments.output {
        Format::Yaml => print!("{}", render(&manifests)?),
        Format::Json => println!("{}", serde_json::to_string_pretty(&manifests)?),
        Format::Table => {
            let hooks = system.file.as_ref().map_or("", |file| file.hooks.as_str());
            manifests
                .iter()
                .for_each(|manifest| println!("{}", line(manifest, hooks)));
        }
    }
    system.bus.drain().await;
    Ok(())
}

fn wanted(manifest: &Manifest, arguments: &Get) -> bool {
    let object = manifest.object();
    let named = |name: &String| {
        *name == object.name && (object.project.is_empty() || object.project == arguments.project)
    };
    let kind = arguments.kind.map(KindWord::kind);
    kind.is_none_or(|wanted| wanted == object.kind) && arguments.name.as_ref().is_none_or(named)
}

fn line(manifest: &Manifest, hooks: &str) -> String {
    let object = manifest.object();
    let detail = match &manifest.spec {
        Spec::Project(project) => project.description.clone(),
        Spec::Host(HostSpec { host, .. }) => format!("{} at {}", host.provider, host.url),
        Spec::Credential(credential) => {
            let until = credential.expires_at.map(|at| format!(", until {at}"));
            let kind = CREDENTIAL_KINDS.word(credential.kind);
            format!(
                "{kind} for host {}{}",
                credential.host,
                until.unwrap_or_default()
            )
        }
        Spec::Repository(repository) => {
            format!(
                "{} of host {}, {}",
                repository.full_name, repository.host, repository.url
            )
        }
        Spec::Endpoint(endpoint) => {
            let state = if endpoint.disabled { ", disabled" } else { "" };
            let id = endpoint.id.as_deref().unwrap_or_default();
            let secrets: Vec<_> = endpoint
                .secrets
                .iter()
                .map(|secret| secret.id.as_str())
                .collect();
            format!(
                "host {}, secrets {}{state}, {hooks}/hooks/{id}",
                endpoint.host,
                secrets.join(" ")
            )
        }
    };
    sluice_daemon::escape::terminal(&format!("{object}  {detail}")).into_owned()
}

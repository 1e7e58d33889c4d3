//! `sluice repositories hook`: what a person pastes at the host to install a webhook.

use anyhow::{Context, anyhow, bail};
use sluice_bus::Records;
use sluice_daemon::{Invocation, escape};
use sluice_events::{
    Timestamp,
    v1::{Endpoint, RegisteredRepository, SecretKind, WebhookKind},
};
use sluice_registry::{
    Manifest, SealingKeys, Spec, hook_endpoint, hook_endpoint_names, hook_secret_kinds, keys,
};

use super::registered;
use crate::{
    arguments::repositories::Hook,
    commands::{declare, print},
    find::{self, Actor, System},
};

/// Shows the address, and a new secret if one is wanted or there is none.
pub(super) async fn run(arguments: Hook, invocation: &Invocation) -> anyhow::Result<()> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let (project, name) = (&arguments.project, &arguments.name);
    let repository = registered(&system.bus, project, name).await?;
    let existing = endpoint_of(&system, &repository).await?;
    match existing {
        Some(endpoint) if !arguments.new_secret => {
            print::say(&format!("{}\n", address(&system, &endpoint)))?;
        }
        _ if repository.webhook() == WebhookKind::Managed => bail!(
            "the connector takes care of the webhook of {project}/{name}; `sluice repositories renew {name}` makes a new one"
        ),
        _ => {
            let sealing = declare::sealing_keys(&arguments.sealing, &system, invocation)?;
            make(&system, &repository, &sealing).await?;
        }
    }
    system.bus.drain().await;
    Ok(())
}

/// Makes the endpoint, or a new secret for it, and shows what to paste: this once.
pub(super) async fn make(
    system: &System,
    repository: &RegisteredRepository,
    sealing: &SealingKeys,
) -> anyhow::Result<()> {
    let existing = endpoint_of(system, repository).await?;
    let name = match &existing {
        Some(existing) => existing.name.clone(),
        None => free_name(system, repository).await?,
    };
    let hosts = Records::<sluice_events::v1::Host>::new(&system.bus, keys::HOSTS);
    let stored = hosts.get(&keys::host(&repository.host)).await?;
    let host = sluice_registry::effective_host(
        &repository.host,
        stored.as_ref().map(|stored| &stored.record),
    );
    let provider = host.map(|host| host.provider).unwrap_or_default();
    // The strongest that people can paste everywhere; a person picks the field.
    let kinds = hook_secret_kinds(&provider).get(..1).unwrap_or_default();
    let now = Timestamp::now();
    let made = hook_endpoint(repository, &name, existing.as_ref(), kinds, now);
    let made = made.map_err(|problem| anyhow!("{problem}"))?;
    let manifest = Manifest {
        line: 0,
        spec: Spec::Endpoint(made.spec),
    };
    declare::declare(&[manifest], system, sealing, false).await?;
    let endpoint = endpoint_of(system, repository).await?;
    let endpoint = endpoint.context("the endpoint was removed again")?;
    println!("install a webhook in the settings of the repository, with");
    println!("  address  {}", address(system, &endpoint));
    for (_, kind, value) in &made.secrets {
        let field = match kind {
            SecretKind::Signing => "signing token",
            _ => "secret",
        };
        println!("  {field:<8} {}", String::from_utf8_lossy(value.expose()));
    }
    println!("  content  application/json");
    println!("  events   {}", events(&provider));
    eprintln!("keep the secret: it is not shown again");
    Ok(())
}

/// What to tick, in the host's words.
fn events(provider: &str) -> &'static str {
    match provider {
        "github" => "pushes, branch or tag creation and deletion, pull requests, repositories",
        "gitlab" => "push events, tag push events, merge request events",
        _ => "create, delete, push, pull request",
    }
}

async fn endpoint_of(
    system: &System,
    repository: &RegisteredRepository,
) -> anyhow::Result<Option<Endpoint>> {
    let endpoints = Records::<Endpoint>::new(&system.bus, keys::ENDPOINTS);
    for name in hook_endpoint_names(&repository.name) {
        let found = endpoints
            .get(&keys::endpoint(&repository.project, &name))
            .await?;
        if let Some(found) = found.filter(|found| found.record.repository == repository.name) {
            return Ok(Some(found.record));
        }
    }
    Ok(None)
}

async fn free_name(system: &System, repository: &RegisteredRepository) -> anyhow::Result<String> {
    let endpoints = Records::<Endpoint>::new(&system.bus, keys::ENDPOINTS);
    for name in hook_endpoint_names(&repository.name) {
        let key = keys::endpoint(&repository.project, &name);
        if endpoints.get(&key).await?.is_none() {
            return Ok(name);
        }
    }
    let name = escape::terminal(&repository.name);
    bail!("other endpoints have the names `{name}` and `hook-{name}`; delete one of them");
}

fn address(system: &System, endpoint: &Endpoint) -> String {
    let base = system.file.as_ref().map_or("", |file| file.hooks.as_str());
    format!("{base}/hooks/{}", endpoint.id)
}

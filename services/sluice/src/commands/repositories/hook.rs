//! `sluice repositories hook`: what a person pastes at the host to install a webhook.

use sluice_daemon::{Invocation, escape};
use sluice_events::{
    Timestamp,
    v1::{Endpoint, HookSecret, RegisteredRepository, SecretKind, WebhookKind},
};
use sluice_registry::{
    EndpointSpec, HookEndpoint, HookFor, Kind, Manifest, Object, SecretSpec, Spec, hook_endpoint,
    hook_endpoint_names, hook_secret_kinds,
};

use super::registered;
use crate::{
    arguments::{Format, repositories::Hook},
    commands::print,
    failure::Failure,
    find,
    way::{How, Status, Way},
};

/// Shows the address, and a new secret if one is wanted or there is none.
pub(super) async fn run(arguments: Hook, invocation: &Invocation) -> anyhow::Result<()> {
    let mut way = match arguments.new_secret {
        true => find::to_change(&arguments.reach, invocation).await?,
        false => find::to_read(&arguments.reach, invocation).await?,
    };
    let (repository, _) = registered(&way, &arguments.project, &arguments.name).await?;
    match endpoint_of(&way, &repository).await? {
        Some((endpoint, status)) if !arguments.new_secret => {
            let name = format!("{}/{}", endpoint.project, endpoint.name);
            print::say(&match arguments.output {
                Format::Name => format!("{name}\n"),
                _ => format!("{}\n", address(status)?),
            })?;
        }
        _ if repository.webhook() == WebhookKind::Managed => {
            let (project, name) = (&repository.project, &repository.name);
            let what = format!("the connector takes care of the webhook of {project}/{name}");
            let hint = format!("`sluice repositories renew {name}` makes a new one");
            return Err(Failure::refused(what, hint));
        }
        _ => {
            // By NATS it was only to be read.
            if matches!(way, Way::Direct(_)) && !arguments.new_secret {
                way = find::to_change(&arguments.reach, invocation).await?;
            }
            make(&way, &repository).await?;
        }
    }
    way.close().await;
    Ok(())
}

/// Makes the endpoint, or a new secret for it, and shows what to paste: this once.
pub(super) async fn make(way: &Way, repository: &RegisteredRepository) -> anyhow::Result<()> {
    let existing = endpoint_of(way, repository)
        .await?
        .map(|(existing, _)| existing);
    let name = match &existing {
        Some(existing) => existing.name.clone(),
        None => free_name(way, repository).await?,
    };
    let provider = provider(way, &repository.host).await?;
    // The strongest that people can paste everywhere; a person picks the field.
    let kinds = hook_secret_kinds(&provider).get(..1).unwrap_or_default();
    let existing = existing.as_ref().map(record);
    let made = hook_endpoint(
        HookFor::Repository(repository),
        &name,
        existing.as_ref(),
        kinds,
        None,
        Timestamp::now(),
    );
    let made = made.map_err(|problem| Failure::failed(problem.to_string(), ""))?;
    let HookEndpoint { spec, secrets } = made;
    let manifest = Manifest {
        line: 0,
        spec: Spec::Endpoint(spec),
    };
    way.declare(vec![manifest], How::default()).await?;
    // The secret is there by now: it is shown, whatever becomes of this.
    let declared = endpoint_of(way, repository).await.unwrap_or_default();
    let address = match declared {
        Some((endpoint, status)) => status.address.map_or_else(
            || below_the_gateway(&endpoint),
            |address| escape::terminal(&address).into_owned(),
        ),
        None => "(it could not be read; `sluice repositories hook` shows it)".to_owned(),
    };
    println!("install a webhook in the settings of the repository, with");
    println!("  address  {address}");
    for (_, kind, value) in &secrets {
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

async fn provider(way: &Way, host: &str) -> anyhow::Result<String> {
    let found = way.find(&Object::new(Kind::Host, "", host)).await?;
    Ok(match found.map(|shown| shown.manifest.spec) {
        Some(Spec::Host(spec)) => spec.host.provider,
        _ => String::new(),
    })
}

async fn endpoint_of(
    way: &Way,
    repository: &RegisteredRepository,
) -> anyhow::Result<Option<(EndpointSpec, Status)>> {
    for name in hook_endpoint_names(&repository.name) {
        let object = Object::new(Kind::Endpoint, &repository.project, &name);
        let found = way.find(&object).await?;
        if let Some(found) = found
            && let Spec::Endpoint(endpoint) = found.manifest.spec
            && endpoint.repository == repository.name
        {
            return Ok(Some((endpoint, found.status)));
        }
    }
    Ok(None)
}

async fn free_name(way: &Way, repository: &RegisteredRepository) -> anyhow::Result<String> {
    for name in hook_endpoint_names(&repository.name) {
        let object = Object::new(Kind::Endpoint, &repository.project, &name);
        if way.find(&object).await?.is_none() {
            return Ok(name);
        }
    }
    let name = escape::terminal(&repository.name);
    let what = format!("other endpoints have the names `{name}` and `hook-{name}`");
    Err(Failure::refused(what, "delete one of them"))
}

/// As much of its record as new secrets are made from.
fn record(spec: &EndpointSpec) -> Endpoint {
    let secret = |secret: &SecretSpec| HookSecret {
        id: secret.id.clone(),
        kind: secret.kind.into(),
        accept_until: secret.accept_until,
        ..HookSecret::default()
    };
    Endpoint {
        project: spec.project.clone(),
        name: spec.name.clone(),
        secrets: spec.secrets.iter().map(secret).collect(),
        set: spec.set.clone(),
        ..Endpoint::default()
    }
}

/// The address of an endpoint where nobody has said by which hosts reach the gateway.
fn below_the_gateway(endpoint: &EndpointSpec) -> String {
    let id = endpoint.id.as_deref().unwrap_or("(not shown)");
    format!(
        "/hooks/{}, behind the address by which hosts reach the gateway (hooks-url)",
        escape::terminal(id)
    )
}

fn address(status: Status) -> anyhow::Result<String> {
    let hidden = || {
        let hint = "an editor may see it, of an API that is started with --hooks-url";
        Failure::refused("the address of the endpoint is not shown", hint)
    };
    let address = status.address.ok_or_else(hidden)?;
    Ok(escape::terminal(&address).into_owned())
}

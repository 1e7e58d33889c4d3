//! `sluice repositories add`: declares a repository with what opens it, and tells how it is connected.

use std::process::ExitCode;

use anyhow::Context;
use sluice_daemon::{Invocation, escape};
use sluice_events::v1::{
    Connection, ConnectionStatus, CredentialKind, RegisteredRepository, WebhookKind,
};
use sluice_registry::{
    ACCESS_LEVELS, FoundRepository, Kind, MIRROR_KINDS, Manifest, Object, Record, Snapshot, Spec,
    WEBHOOK_KINDS, find_repository, repository_label,
};

use super::{connection, hook, opener::Opener, registered};
use crate::{
    arguments::{Format, repositories::Add},
    commands::{apply, print},
    failure::Failure,
    find,
    way::{How, Way},
};

/// Declares it, and waits until it is connected.
pub(super) async fn run(arguments: Add, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let way = find::to_change(&arguments.reach, invocation).await?;
    let found = find_repository(&arguments.url, &hosts(&way).await?);
    let found = found.map_err(|problem| Failure::refused(problem.to_string(), ""))?;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => repository_label(&found.full_name).ok_or_else(|| {
            let full_name = escape::terminal(&found.full_name);
            Failure::refused(format!("`{full_name}` makes no name"), "give one by --name")
        })?,
    };
    let project = &arguments.project;
    let repository = Object::new(Kind::Repository, project, &name);
    if way.find(&repository).await?.is_some() {
        let what = format!("there is a repository {project}/{name} already");
        let hint = format!("choose another --name, or `sluice repositories recheck {name}`");
        return Err(Failure::refused(what, hint));
    }
    let opener = Opener::of(&arguments.access, project, &name, &found.host.name)?;
    let credential = Object::new(Kind::Credential, project, &name);
    if matches!(opener, Opener::New(_)) && way.find(&credential).await?.is_some() {
        // It would get another value, and may open other repositories.
        let what = format!("there is a credential {project}/{name} already");
        let hint = format!("use it by `--credential {name}`, or give another --name");
        return Err(Failure::refused(what, hint));
    }
    let manifests = manifests(&arguments, &name, &found, opener, &way).await?;
    let applied = way.declare(manifests, How::default()).await?;
    apply::warn(&applied);
    for became in &applied.outcomes {
        let line = format!("{} {}", became.object(), became.outcome);
        eprintln!("{}", escape::terminal(&line));
    }
    if arguments.access.new_ssh_key {
        show_key(&way, project, &name).await?;
    }
    let (written, status) = registered(&way, project, &name).await?;
    if written.webhook() == WebhookKind::Manual {
        hook::make(&way, &written).await?;
    }
    let patience = arguments.wait;
    let connection = connection::settled(&way, project, &name, status.revision, patience).await?;
    way.close().await;
    show(&connection, project, &name, arguments.output)
}

/// The hosts that an address may be of.
async fn hosts(way: &Way) -> anyhow::Result<Snapshot> {
    let mut hosts = Snapshot::default();
    for shown in way.list(Kind::Host, "").await? {
        if let Spec::Host(spec) = shown.manifest.spec {
            hosts.put(Record::Host(spec.host));
        }
    }
    Ok(hosts)
}

/// What a person adds at the host, so that the new key opens the repository.
async fn show_key(way: &Way, project: &str, name: &str) -> anyhow::Result<()> {
    let credential = Object::new(Kind::Credential, project, name);
    let shown = way.find(&credential).await?;
    let key = shown
        .context("the credential was removed again")?
        .status
        .public_key;
    eprintln!("add this key to the repository at its host; to read is enough:");
    println!("{}", escape::terminal(&key));
    Ok(())
}

fn show(
    connection: &Connection,
    project: &str,
    name: &str,
    output: Format,
) -> anyhow::Result<ExitCode> {
    let sentence = connection::sentence(connection);
    let sentence = escape::terminal(&sentence);
    let shown = print::structured(connection, output, || vec![format!("{project}/{name}")])?
        .unwrap_or_else(|| format!("Repository {project}/{name} is {sentence}\n"));
    print::say(&shown)?;
    Ok(match connection.status() {
        ConnectionStatus::Active | ConnectionStatus::Unproved => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

async fn manifests(
    arguments: &Add,
    name: &str,
    found: &FoundRepository,
    opener: Opener,
    way: &Way,
) -> anyhow::Result<Vec<Manifest>> {
    let project = &arguments.project;
    let (opened_by, kind, new) = match opener {
        Opener::Declared(name) => {
            let kind = kind_of(way, project, &name).await?;
            (name, kind, None)
        }
        Opener::New(spec) => (spec.name.clone(), Some(spec.kind), Some(spec)),
        Opener::Nothing => (String::new(), None, None),
    };
    let webhook = arguments
        .webhook
        .as_deref()
        .and_then(|word| WEBHOOK_KINDS.kind(word));
    let webhook = webhook.unwrap_or(match kind {
        Some(CredentialKind::Token | CredentialKind::Password) => WebhookKind::Managed,
        Some(CredentialKind::SshKey) => WebhookKind::Manual,
        Some(CredentialKind::App) if has_endpoint(way, project, &opened_by).await? => {
            WebhookKind::Shared
        }
        Some(CredentialKind::App | CredentialKind::Unspecified) | None => WebhookKind::None,
    });
    let shared_endpoint = match (webhook, arguments.shared_endpoint.as_str()) {
        (WebhookKind::Shared, "") if kind == Some(CredentialKind::App) => opened_by.clone(),
        (_, named) => named.to_owned(),
    };
    let repository = RegisteredRepository {
        name: name.to_owned(),
        project: project.clone(),
        host: found.host.name.clone(),
        full_name: found.full_name.clone(),
        url: found.url.clone(),
        branch: arguments.branch.clone(),
        credential: opened_by,
        mirror: MIRROR_KINDS
            .kind(&arguments.mirror)
            .unwrap_or_default()
            .into(),
        title: arguments.title.clone(),
        webhook: webhook.into(),
        shared_endpoint,
        webhook_days: arguments.webhook_days,
        level: ACCESS_LEVELS
            .kind(&arguments.level)
            .unwrap_or_default()
            .into(),
        ..RegisteredRepository::default()
    };
    let specs = new
        .map(|spec| Spec::Credential(*spec))
        .into_iter()
        .chain([Spec::Repository(repository)]);
    Ok(specs.map(|spec| Manifest { line: 0, spec }).collect())
}

/// Whether an App has its endpoint beside it, under the same name: its webhook tells of all its repositories.
async fn has_endpoint(way: &Way, project: &str, credential: &str) -> anyhow::Result<bool> {
    let endpoint = Object::new(Kind::Endpoint, project, credential);
    Ok(!credential.contains('/') && way.find(&endpoint).await?.is_some())
}

/// What kind a credential is that is declared already; whether it is, the rules say.
async fn kind_of(way: &Way, project: &str, name: &str) -> anyhow::Result<Option<CredentialKind>> {
    let found = way
        .find(&Object::new(Kind::Credential, project, name))
        .await?;
    Ok(found.and_then(|shown| match shown.manifest.spec {
        Spec::Credential(spec) => Some(spec.kind),
        _ => None,
    }))
}

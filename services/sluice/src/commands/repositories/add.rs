//! `sluice repositories add`: declares a repository with what opens it, and tells how it is connected.

use std::{io::Read, path::Path, process::ExitCode};

use anyhow::{Context, anyhow, bail};
use sluice_bus::Records;
use sluice_daemon::{Invocation, escape};
use sluice_declared::Declared;
use sluice_events::v1::{
    Connection, ConnectionStatus, CredentialKind, RegisteredRepository, WebhookKind,
};
use sluice_registry::{
    ACCESS_LEVELS, CredentialSpec, FoundRepository, MIRROR_KINDS, Manifest, Plaintext, Snapshot,
    Source, Spec, WEBHOOK_KINDS, find_repository, keys,
};
use zeroize::Zeroizing;

use super::{connection, hook};
use crate::{
    arguments::{
        Format,
        repositories::{Access, Add},
    },
    commands::{declare, print},
    find::{self, Actor},
};

/// Most bytes of a secret that is read: keys are longer than tokens.
const MAX_SECRET: u64 = 64 * 1024;

/// Declares it, and waits until it is connected.
pub(super) async fn run(arguments: Add, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let snapshot = Declared::read(&system.bus).await?.snapshot;
    let found = find_repository(&arguments.url, &snapshot);
    let found = found.map_err(|problem| anyhow!("{problem}"))?;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => label_of(&found.full_name)?,
    };
    let project = &arguments.project;
    if snapshot.repository(project, &name).is_some() {
        bail!(
            "there is a repository {project}/{name} already; choose another --name, or `sluice repositories recheck {name}`"
        );
    }
    let credential = credential(&arguments.access, project, &name, &found)?;
    let manifests = manifests(&arguments, &name, &found, credential, &snapshot);
    let sealing = declare::sealing_keys(&arguments.sealing, &system, invocation)?;
    for (object, verb) in declare::declare(&manifests, &system, &sealing, false).await? {
        eprintln!("{object} {verb}");
    }
    let records = Records::<RegisteredRepository>::new(&system.bus, keys::REPOSITORIES);
    let written = records.get(&keys::repository(project, &name)).await?;
    let written = written.context("the repository was removed again")?;
    if written.record.webhook() == WebhookKind::Manual {
        hook::make(&system, &written.record, &sealing).await?;
    }
    let patience = arguments.wait;
    let connection =
        connection::settled(&system.bus, project, &name, written.revision, patience).await?;
    system.bus.drain().await;
    show(&connection, project, &name, arguments.output)
}

fn show(
    connection: &Connection,
    project: &str,
    name: &str,
    output: Format,
) -> anyhow::Result<ExitCode> {
    let sentence = connection::sentence(connection);
    let sentence = escape::terminal(&sentence);
    let shown = print::structured(connection, output)?
        .unwrap_or_else(|| format!("Repository {project}/{name} is {sentence}\n"));
    print::say(&shown)?;
    Ok(match connection.status() {
        ConnectionStatus::Active | ConnectionStatus::Unproved => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// What opens it, under the repository's name; or a name of something that is declared, or nothing.
enum Opener {
    Declared(String),
    New(Box<CredentialSpec>),
    Nothing,
}

fn credential(
    access: &Access,
    project: &str,
    name: &str,
    found: &FoundRepository,
) -> anyhow::Result<Opener> {
    let given = [
        (&access.token_file, CredentialKind::Token),
        (&access.password_file, CredentialKind::Password),
        (&access.ssh_key_file, CredentialKind::SshKey),
    ];
    let given = given
        .into_iter()
        .find_map(|(file, kind)| Some((file.as_ref()?, kind)));
    let Some((file, kind)) = given else {
        return Ok(match &access.credential {
            Some(name) => Opener::Declared(name.clone()),
            None => Opener::Nothing,
        });
    };
    Ok(Opener::New(Box::new(CredentialSpec {
        project: project.to_owned(),
        name: name.to_owned(),
        host: found.host.name.clone(),
        kind,
        user: access.user.clone(),
        source: Source::Value(secret(file)?),
        expires_at: None,
        set: String::new(),
    })))
}

/// A secret from a file, or from standard input.
fn secret(file: &Path) -> anyhow::Result<Plaintext> {
    let mut text = Zeroizing::new(Vec::new());
    let read = match file == Path::new("-") {
        true => std::io::stdin().take(MAX_SECRET).read_to_end(&mut text),
        false => {
            std::fs::File::open(file).and_then(|file| file.take(MAX_SECRET).read_to_end(&mut text))
        }
    };
    read.with_context(|| format!("cannot read the secret from {}", file.display()))?;
    if text.iter().all(u8::is_ascii_whitespace) {
        bail!("{} holds no secret", file.display());
    }
    Ok(Plaintext::from(text))
}

fn manifests(
    arguments: &Add,
    name: &str,
    found: &FoundRepository,
    credential: Opener,
    snapshot: &Snapshot,
) -> Vec<Manifest> {
    let project = &arguments.project;
    let (opened_by, kind, new) = match credential {
        Opener::Declared(name) => {
            let declared = snapshot.credential(project, &name);
            let kind = declared.map(|declared| declared.kind());
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
        Some(CredentialKind::Unspecified) | None => WebhookKind::None,
    });
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
    specs.map(|spec| Manifest { line: 0, spec }).collect()
}

/// The name that it gets if nobody says one: the last part, as a DNS label.
fn label_of(full_name: &str) -> anyhow::Result<String> {
    let last = full_name.rsplit('/').next().unwrap_or_default();
    let fits = |character: char| match character.to_ascii_lowercase() {
        fits if fits.is_ascii_alphanumeric() => fits,
        _ => '-',
    };
    let label: String = last.chars().map(fits).take(63).collect();
    let label = label.trim_matches('-');
    if label.is_empty() {
        bail!(
            "`{}` makes no name; give one by --name",
            escape::terminal(last)
        );
    }
    Ok(label.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_called_what_the_host_calls_it_as_far_as_that_is_a_name() {
        for (full_name, label) in [
            ("acme/web", "web"),
            ("a/b/Foo.JS", "foo-js"),
            ("acme/.github", "github"),
            ("acme/a_b", "a-b"),
        ] {
            assert_eq!(label_of(full_name).unwrap(), label);
        }
        assert!(label_of("acme/世界").is_err());
    }
}

//! `sluice repositories import`: asks for all repositories of an owner, and watches how they are connected.
//!
//! What is watched goes on by itself. Asked for the same again, an import that is not over is only watched.

use std::{process::ExitCode, time::Duration};

use anyhow::bail;
use sluice_daemon::{Invocation, escape};
use sluice_events::v1::ConnectionStatus::{Connecting, Inactive, Suspended, Unproved, Unspecified};
use sluice_registry::{
    ImportProgress, ImportSpec, Kind, Manifest, Object, ShownImport, Spec, repository_label,
};
use tokio::time::Instant;

use super::{ask::accepted, opener::Opener};
use crate::{
    arguments::{
        Format,
        repositories::{Access, Import},
    },
    commands::{
        apply,
        imports::{name as shown_name, sentence, standing},
        print,
    },
    failure::Failure,
    find,
    way::{How, Way},
};

/// How often it is looked how far it has come.
const LOOK: Duration = Duration::from_secs(1);

/// How long the connector may take to hear of it.
const HEARD: Duration = Duration::from_secs(60);

/// How long nothing may have changed once everything was looked at: what was seen last may not be all yet.
const CALM: Duration = Duration::from_secs(3);

/// The same while webhooks have not proved themselves: hosts ping a moment later, and empty repositories never.
const PROOF: Duration = Duration::from_secs(30);

/// How long whoever tells of it may be away.
const AWAY: Duration = Duration::from_secs(5 * 60);

/// What became of watching.
enum Watched {
    /// It is over.
    Over(Box<ShownImport>),
    /// It was interrupted, or long enough.
    Left,
}

/// Asks for it unless it is under way, and watches.
pub(super) async fn run(arguments: Import, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let way = find::to_change(&arguments.reach, invocation).await?;
    let project = &arguments.project;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => repository_label(&arguments.owner).ok_or_else(|| {
            let owner = escape::terminal(&arguments.owner);
            Failure::refused(format!("`{owner}` makes no name"), "give one by --name")
        })?,
    };
    let spec = spec(&arguments, &name);
    let known = way.import(project, &name).await?;
    let operation = match known.filter(|known| known.spec == spec && goes_on(&known.status)) {
        Some(under_way) => {
            eprintln!("the import {project}/{name} is under way");
            under_way.status.operation
        }
        None => begin(&way, &arguments, &name, &spec).await?,
    };
    if arguments.wait.is_zero() {
        way.close().await;
        print::say(&match arguments.output {
            Format::Name => format!("{project}/{name}\n"),
            _ => format!("Import {project}/{name} is asked for: operation {operation}\n"),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let watched = tokio::select! {
        watched = watch(&way, &arguments, &name, &operation) => watched?,
        _ = tokio::signal::ctrl_c() => Watched::Left,
    };
    way.close().await;
    match watched {
        Watched::Over(import) => show(&import, arguments.output),
        Watched::Left => {
            eprintln!(
                "the import goes on; the same command watches it again, `sluice imports show {name}` shows how far it is"
            );
            Ok(ExitCode::FAILURE)
        }
    }
}

fn spec(arguments: &Import, name: &str) -> ImportSpec {
    ImportSpec {
        host: arguments.host.clone(),
        owner: arguments.owner.clone(),
        matching: arguments.matching.clone(),
        // A token that comes with it is declared under its name.
        credential: arguments
            .credential
            .clone()
            .unwrap_or_else(|| name.to_owned()),
        webhook: arguments.webhook.clone(),
        mirror: arguments.mirror.clone(),
        level: arguments.level.clone(),
        archived: arguments.archived,
        follow: arguments.follow,
    }
}

/// Declares the token that comes with it, asks for it, and waits until somebody has taken it on.
async fn begin(
    way: &Way,
    arguments: &Import,
    name: &str,
    spec: &ImportSpec,
) -> anyhow::Result<String> {
    let project = &arguments.project;
    if let Some(file) = &arguments.token_file {
        let credential = Object::new(Kind::Credential, project, name);
        let other =
            way.find(&credential).await?.is_some() && way.import(project, name).await?.is_none();
        if other {
            let what = format!("there is a credential {project}/{name} already");
            return Err(Failure::refused(
                what,
                "use it by --credential, or give another --name",
            ));
        }
        let access = Access {
            token_file: Some(file.clone()),
            ..Access::default()
        };
        if let Opener::New(opener) = Opener::of(&access, project, name, &spec.host)? {
            let spec = Spec::Credential(*opener);
            let applied = way
                .declare(vec![Manifest { line: 0, spec }], How::default())
                .await?;
            apply::warn(&applied);
        }
    }
    let operation = way.start_import(project, name, spec).await?;
    accepted(way, "connector", &operation, Instant::now() + HEARD).await?;
    Ok(operation)
}

/// Whether there is more to come of it.
fn goes_on(status: &ImportProgress) -> bool {
    match status.state.as_str() {
        "listed" => waiting(status) > 0,
        "failed" => status.due_at.is_some(),
        "ending" => false,
        _ => true,
    }
}

/// How many nobody has looked at to the end.
fn waiting(status: &ImportProgress) -> u32 {
    standing(status, Unspecified) + standing(status, Connecting)
}

/// Tells how far it has come whenever that has changed, until all that it has registered were looked at.
async fn watch(
    way: &Way,
    arguments: &Import,
    name: &str,
    operation: &str,
) -> anyhow::Result<Watched> {
    let until = Instant::now() + arguments.wait;
    let (mut told, mut since, mut heard) = (String::new(), Instant::now(), Instant::now());
    while Instant::now() < until {
        let found = match way.import(&arguments.project, name).await {
            Err(error) if heard.elapsed() > AWAY => return Err(error),
            Err(_) => None,
            Ok(found) => {
                heard = Instant::now();
                if found.is_none() && !told.is_empty() {
                    bail!("the import was ended meanwhile");
                }
                found
            }
        };
        // What stands there may still be of the time before.
        if let Some(found) = found.filter(|found| found.status.operation == operation) {
            let now = sentence(&found.status);
            if now != told {
                eprintln!("  {}", escape::terminal(&now));
                (told, since) = (now, Instant::now());
            }
            if is_over(&found.status, since.elapsed()) {
                return Ok(Watched::Over(Box::new(found)));
            }
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(Watched::Left)
}

/// Whether nothing more is to be waited for, where nothing has changed for so long.
fn is_over(status: &ImportProgress, calm: Duration) -> bool {
    let patience = match standing(status, Unproved) {
        0 => CALM,
        _ => PROOF,
    };
    match status.state.as_str() {
        "listed" => waiting(status) == 0 && calm >= patience,
        "failed" => status.due_at.is_none(),
        _ => false,
    }
}

fn show(import: &ShownImport, output: Format) -> anyhow::Result<ExitCode> {
    let name = shown_name(import);
    let status = &import.status;
    let said = sentence(status);
    let said = escape::terminal(&said);
    let shown = print::structured(import, output, || vec![name.clone()])?
        .unwrap_or_else(|| format!("Import {name} is {}: {said}\n", status.state));
    print::say(&shown)?;
    if status.state == "failed" {
        return Ok(ExitCode::FAILURE);
    }
    if standing(status, Inactive) + standing(status, Suspended) > 0 {
        eprintln!("hint: `sluice repositories list` says which are not connected, and `show` why");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(state: &str, standing: &[(&str, u32)]) -> ImportProgress {
        let standing = standing
            .iter()
            .map(|(word, count)| ((*word).to_owned(), *count));
        ImportProgress {
            state: state.into(),
            repositories: standing.collect(),
            ..ImportProgress::default()
        }
    }

    #[test]
    fn it_is_watched_until_everything_was_looked_at_and_a_moment_longer() {
        let moment = Duration::from_secs(5);
        let over = |state: &str, standing: &[_]| is_over(&status(state, standing), moment);
        assert!(over("listed", &[("active", 3), ("inactive", 1)]));
        assert!(!over("listing", &[("active", 3)]));
        assert!(!over("listed", &[("active", 3), ("unknown", 1)]));
        assert!(!over("listed", &[("active", 3), ("connecting", 1)]));
        assert!(!over("listed", &[("unproved", 1)]), "a ping may come yet");
        assert!(is_over(&status("listed", &[("unproved", 1)]), PROOF));
        assert!(!is_over(
            &status("listed", &[("active", 3)]),
            Duration::ZERO
        ));
        assert!(over("failed", &[]));
    }

    #[test]
    fn what_is_over_begins_anew_and_what_is_under_way_does_not() {
        assert!(goes_on(&status("waiting", &[])) && goes_on(&status("listing", &[])));
        assert!(goes_on(&status("listed", &[("unknown", 1)])));
        assert!(!goes_on(&status("listed", &[("active", 1)])));
        assert!(!goes_on(&status("failed", &[])));
    }
}

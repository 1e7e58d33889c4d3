//! `sluice imports list|show|delete`. They begin by `sluice repositories import`.

use sluice_daemon::{Invocation, escape};
use sluice_events::v1::ConnectionStatus;
use sluice_registry::{CONNECTION_STATUSES, ImportProgress, ShownImport};

use super::{print, repositories};
use crate::{
    arguments::{
        Format,
        lists::{Import, Imports, OfProject},
        repositories::One,
    },
    failure::Failure,
    find,
};

/// The heading of [`row`].
const HEADING: [&str; 8] = [
    "PROJECT/NAME",
    "HOST",
    "OWNER",
    "WEBHOOK",
    "STATE",
    "SEEN",
    "REGISTERED",
    "ACTIVE",
];

/// Shows them, or ends one.
pub(super) async fn run(command: Imports, invocation: &Invocation) -> anyhow::Result<()> {
    match command {
        Imports::List(arguments) => list(arguments, invocation).await,
        Imports::Show(arguments) => show(arguments, invocation).await,
        Imports::Delete(one) => delete(one, invocation).await,
    }
}

async fn list(arguments: OfProject, invocation: &Invocation) -> anyhow::Result<()> {
    let way = find::to_read(&arguments.all.reach, invocation).await?;
    let imports = way.imports(&arguments.project).await?;
    let names = || imports.iter().map(name).collect();
    let shown = print::structured(&imports, arguments.all.output, names)?;
    let shown = shown.unwrap_or_else(|| print::table(HEADING, imports.iter().map(row)));
    print::say(&shown)?;
    Ok(())
}

async fn show(arguments: Import, invocation: &Invocation) -> anyhow::Result<()> {
    let OfProject { all, project } = arguments.of;
    let way = find::to_read(&all.reach, invocation).await?;
    let found = way.import(&project, &arguments.name).await?;
    let found = found.ok_or_else(|| none(&arguments.name))?;
    let shown = print::structured(&found, all.output, || vec![name(&found)])?;
    print::say(&shown.unwrap_or_else(|| page(&found)))?;
    Ok(())
}

async fn delete(one: One, invocation: &Invocation) -> anyhow::Result<()> {
    let way = find::to_change(&one.reach, invocation).await?;
    let found = way.import(&one.project, &one.name).await?;
    let found = found.ok_or_else(|| none(&one.name))?;
    let operation = way.end_import(&found.project, &found.name).await?;
    repositories::done(&way, "connector", &operation, one.wait).await?;
    way.close().await;
    let name = name(&found);
    print::say(&match one.output {
        Format::Name => format!("{name}\n"),
        _ => format!("Import {name} ended; the repositories that it has registered stay\n"),
    })?;
    Ok(())
}

fn none(name: &str) -> anyhow::Error {
    let what = format!("there is no import {}", escape::terminal(name));
    Failure::refused(what, "`sluice imports list` shows those there are")
}

/// Project and name.
pub(super) fn name(import: &ShownImport) -> String {
    format!("{}/{}", import.project, import.name)
}

fn row(import: &ShownImport) -> [String; 8] {
    let (spec, status) = (&import.spec, &import.status);
    [
        name(import),
        spec.host.clone(),
        spec.owner.clone(),
        spec.webhook.clone(),
        status.state.clone(),
        status.seen.to_string(),
        status.registered.to_string(),
        format!(
            "{} of {}",
            standing(status, ConnectionStatus::Active),
            there(status)
        ),
    ]
}

fn page(import: &ShownImport) -> String {
    let (spec, status) = (&import.spec, &import.status);
    let yes = |is| if is { "yes".to_owned() } else { String::new() };
    let time =
        |at: Option<sluice_events::Timestamp>| at.map_or_else(String::new, |at| at.to_string());
    let hook = status.connection.as_ref();
    print::fields(&[
        ("name", name(import)),
        ("host", spec.host.clone()),
        ("owner", spec.owner.clone()),
        ("match", spec.matching.clone()),
        ("credential", spec.credential.clone()),
        ("webhook", spec.webhook.clone()),
        (
            "owner's hook",
            hook.map(repositories::sentence).unwrap_or_default(),
        ),
        ("archived", yes(spec.archived)),
        ("follows", yes(spec.follow)),
        ("asked for by", status.principal.clone()),
        ("state", status.state.clone()),
        ("so far", sentence(status)),
        ("began", time(status.started_at)),
        ("ended", time(status.finished_at)),
        ("looks again", time(status.due_at)),
    ])
}

/// How far it has come, why it does not go on, and what the host makes it wait for.
pub(super) fn sentence(status: &ImportProgress) -> String {
    let (seen, known, skipped) = (status.seen, status.known, status.skipped);
    let registered = status.registered;
    let mut said =
        format!("{seen} seen, {registered} registered, {known} known, {skipped} skipped");
    let (active, there) = (standing(status, ConnectionStatus::Active), there(status));
    if there > 0 {
        said += &format!("; {active} of {there} active");
    }
    let active = CONNECTION_STATUSES.word(ConnectionStatus::Active);
    let others = status
        .repositories
        .iter()
        .filter(|(word, _)| *word != active);
    for (word, count) in others {
        said += &format!(", {count} {word}");
    }
    if let Some(until) = status
        .waits_until
        .filter(|until| *until > sluice_events::Timestamp::now())
    {
        said += &format!("; the host takes nothing new before {until}");
    }
    if let Some(problem) = &status.problem {
        said += &format!("; {}: {}", problem.message, problem.remedy);
        if let Some(due) = status.due_at {
            said += &format!(", again at {due}");
        }
    }
    said
}

/// How many of its repositories stand so.
pub(super) fn standing(status: &ImportProgress, wanted: ConnectionStatus) -> u32 {
    let word = CONNECTION_STATUSES.word(wanted);
    status.repositories.get(word).copied().unwrap_or(0)
}

/// How many of those that it has registered are there.
fn there(status: &ImportProgress) -> u32 {
    status.repositories.values().sum()
}

#[cfg(test)]
mod tests {
    use sluice_events::{Timestamp, v1::ConnectionProblem};

    use super::*;

    #[test]
    fn how_far_it_has_come_is_one_sentence() {
        let mut status = ImportProgress {
            seen: 12,
            registered: 9,
            known: 2,
            skipped: 1,
            repositories: [("active".to_owned(), 4), ("unknown".to_owned(), 5)].into(),
            ..ImportProgress::default()
        };
        let begin = "12 seen, 9 registered, 2 known, 1 skipped; 4 of 9 active, 5 unknown";
        assert_eq!(sentence(&status), begin);
        status.waits_until = Some(Timestamp::from_seconds(1));
        assert_eq!(sentence(&status), begin, "that is over");
        status.waits_until = Some(Timestamp::from_seconds(32_503_680_000));
        let waits = "; the host takes nothing new before 3000-01-01T00:00:00Z";
        assert_eq!(sentence(&status), format!("{begin}{waits}"));
        status.waits_until = None;
        status.problem = Some(ConnectionProblem {
            message: "no such owner".into(),
            remedy: "check it".into(),
            ..ConnectionProblem::default()
        });
        assert_eq!(
            sentence(&status),
            format!("{begin}; no such owner: check it")
        );
    }
}

//! `sluice commits list|show`: what the commit log answers.

mod page;

use std::time::Duration;

use sluice_daemon::Invocation;
use sluice_events::{
    Call, CallKind, Timestamp,
    v1::{CommitPage, IndexProgress, ListCommits, RecordedCommit, ShowCommit},
};
use sluice_registry::yaml;

use super::{print, time};
use crate::{
    arguments::{
        Format,
        commits::{Commits, List, Show},
    },
    find::{self, Actor},
};

/// How long the commit log may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// The largest page that is given.
const LARGEST: u32 = 1000;

/// Lists or shows.
pub(super) async fn run(command: Commits, invocation: &Invocation) -> anyhow::Result<()> {
    match command {
        Commits::List(arguments) => list(*arguments, invocation).await,
        Commits::Show(arguments) => show(arguments, invocation).await,
    }
}

async fn list(arguments: List, invocation: &Invocation) -> anyhow::Result<()> {
    let mut asked = question(&arguments, Timestamp::now())?;
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let call = call(&arguments.project, "list");
    let mut warned = false;
    loop {
        let page: CommitPage = system.bus.ask(&call, &asked, PATIENCE).await?;
        if !warned {
            warn_if_behind(page.index.as_ref());
            warned = true;
        }
        if !print::say(&many(&page.commits, arguments.output)?)? || page.next.is_empty() {
            return Ok(());
        }
        if !arguments.all {
            eprintln!("there are more: --all, or --cursor {}", page.next);
            return Ok(());
        }
        asked.cursor = page.next;
    }
}

async fn show(arguments: Show, invocation: &Invocation) -> anyhow::Result<()> {
    let asked = ShowCommit {
        repository: arguments.repository,
        host: arguments.host,
        sha: arguments.sha,
    };
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let call = call(&arguments.project, "show");
    let commit: RecordedCommit = system.bus.ask(&call, &asked, PATIENCE).await?;
    let shown = print::structured(&commit, arguments.output)?;
    print::say(&shown.unwrap_or_else(|| page::page(&commit)))?;
    Ok(())
}

fn call(project: &str, verb: &str) -> Call {
    Call {
        kind: CallKind::Query,
        project: project.to_owned(),
        principal: Actor::Operator.role().to_owned(),
        service: "commit-log".to_owned(),
        verb: verb.to_owned(),
    }
}

/// What is asked for. Who wants all pages wants them large.
fn question(arguments: &List, now: Timestamp) -> anyhow::Result<ListCommits> {
    let time = |text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| time::ago(text, now)).transpose()
    };
    let limit = match (arguments.limit, arguments.all) {
        (0, true) => LARGEST,
        (limit, _) => limit,
    };
    Ok(ListCommits {
        repository: arguments.repository.clone(),
        host: arguments.host.clone(),
        branch: arguments.branch.clone(),
        author: arguments.author.clone(),
        since: time(&arguments.since)?,
        until: time(&arguments.until)?,
        path: arguments.path.clone(),
        text: arguments.text.clone(),
        sha: arguments.sha.clone(),
        limit,
        cursor: arguments.cursor.clone(),
    })
}

fn warn_if_behind(index: Option<&IndexProgress>) {
    if let Some(index) = index.filter(|index| index.indexed < index.last) {
        eprintln!(
            "the index has read {} of {} records of the log: what is newer is not shown yet",
            index.indexed, index.last
        );
    }
}

/// Some commits, so that the next ones can follow.
fn many(commits: &[RecordedCommit], output: Format) -> anyhow::Result<String> {
    match output {
        Format::Table => Ok(commits.iter().map(page::line).collect()),
        Format::Yaml if commits.is_empty() => Ok(String::new()),
        Format::Yaml => Ok(yaml(&commits)?),
        Format::Json => {
            let mut lines = String::new();
            for commit in commits {
                lines += &serde_json::to_string(commit)?;
                lines.push('\n');
            }
            Ok(lines)
        }
    }
}

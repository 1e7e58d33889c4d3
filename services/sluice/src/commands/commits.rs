//! `sluice commits list|show`: what the commit log answers.

mod page;

use std::time::Duration;

use serde::{Serialize, de::DeserializeOwned};
use sluice_bus::{AskError, Bus};
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

/// The code of a refusal that does not last.
const BUSY: u16 = 503;

/// How often it is asked, and after which pause, while it is refused so.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(250);

/// Lists or shows.
pub(super) async fn run(command: Commits, invocation: &Invocation) -> anyhow::Result<()> {
    match command {
        Commits::List(arguments) => list(*arguments, invocation).await,
        Commits::Show(arguments) => show(arguments, invocation).await,
    }
}

async fn list(arguments: List, invocation: &Invocation) -> anyhow::Result<()> {
    let mut asked = question(&arguments, Timestamp::now())?;
    let mut left = match (arguments.all, arguments.limit) {
        (true, _) | (_, 0) => u64::MAX,
        (_, limit) => limit,
    };
    let system = find::system(&arguments.reach, Actor::Operator, invocation).await?;
    let call = call(&arguments.project, "list");
    let mut first = true;
    loop {
        asked.limit = u32::try_from(left).map_or(LARGEST, |left| left.min(LARGEST));
        let page: CommitPage = ask(&system.bus, &call, &asked).await?;
        if first {
            warn_if_behind(page.index.as_ref());
        }
        let shown = many(&page.commits, arguments.output, first)?;
        first = false;
        if !print::say(&shown)? || page.next.is_empty() {
            return Ok(());
        }
        left = left.saturating_sub(page.commits.len() as u64);
        if left == 0 {
            eprintln!("there are more: --all, or --cursor {}", page.next);
            return Ok(());
        }
        asked.cursor = page.next;
    }
}

/// Asks, and asks again while the commit log says that it will soon know. A replica may be behind the one that gave the
/// page before.
async fn ask<Q: Serialize, A: DeserializeOwned>(
    bus: &Bus,
    call: &Call,
    asked: &Q,
) -> Result<A, AskError> {
    let mut tries = TRIES;
    loop {
        match bus.ask(call, asked, PATIENCE).await {
            Err(AskError::Refused(refusal)) if refusal.code == BUSY && tries > 1 => {
                tries -= 1;
                tokio::time::sleep(PAUSE).await;
            }
            answer => return answer,
        }
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
    let commit: RecordedCommit = ask(&system.bus, &call, &asked).await?;
    let shown = print::structured(&commit, arguments.output, || vec![page::sha(&commit)])?;
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

/// What is asked for.
fn question(arguments: &List, now: Timestamp) -> anyhow::Result<ListCommits> {
    let time = |text: &Option<String>| {
        let text = text.as_deref();
        text.map(|text| time::ago(text, now)).transpose()
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
        limit: 0,
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
fn many(commits: &[RecordedCommit], output: Format, first: bool) -> anyhow::Result<String> {
    match output {
        Format::Table => {
            let heading = first.then_some(page::HEADING);
            Ok(print::columns(heading, commits.iter().map(page::row)))
        }
        Format::Yaml if commits.is_empty() => Ok(String::new()),
        Format::Yaml => Ok(yaml(&commits)?),
        Format::Name => Ok(print::names(commits.iter().map(page::sha))),
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

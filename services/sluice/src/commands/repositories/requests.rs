//! `sluice repositories recheck|renew|accept|delete`: what the connector is asked to do.

use std::process::ExitCode;

use sluice_daemon::{Invocation, escape};

use super::{ask::done, connection, registered};
use crate::{
    arguments::{
        Format,
        repositories::{Delete, One},
    },
    commands::print,
    find,
    way::{Way, Work},
};

/// Has something done about a repository, and says how it stands then.
pub(super) async fn run(work: Work, one: One, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let way = find::to_change(&one.reach, invocation).await?;
    let (repository, _) = registered(&way, &one.project, &one.name).await?;
    let (project, name) = (&repository.project, &repository.name);
    let ended = request(&way, work, project, &one).await;
    let (_, status) = registered(&way, project, name).await?;
    way.close().await;
    if one.output == Format::Name {
        print::say(&format!("{project}/{name}\n"))?;
    } else if let Some(found) = &status.connection {
        let steps = found.steps.iter();
        steps.for_each(|step| eprintln!("{}", connection::line(step)));
        let sentence = connection::sentence(found);
        let sentence = escape::terminal(&sentence);
        print::say(&format!("Repository {project}/{name} is {sentence}\n"))?;
    }
    // What is wrong stands in the sentence.
    let has_problem = status
        .connection
        .is_some_and(|found| found.problem.is_some());
    match ended {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(_) if has_problem && one.output == Format::Table => Ok(ExitCode::FAILURE),
        Err(error) => Err(error),
    }
}

/// Has a repository removed, and says what is left to be removed by hand.
pub(super) async fn delete(arguments: Delete, invocation: &Invocation) -> anyhow::Result<ExitCode> {
    let Delete { one, force } = arguments;
    let way = find::to_change(&one.reach, invocation).await?;
    let (repository, _) = registered(&way, &one.project, &one.name).await?;
    let (project, name) = (&repository.project, &repository.name);
    let left = request(&way, Work::Remove { force }, project, &one).await;
    way.close().await;
    match left {
        Ok(left) => {
            print::say(&match one.output {
                Format::Name => format!("{project}/{name}\n"),
                _ => format!("Repository {project}/{name} deleted\n"),
            })?;
            if !left.is_empty() {
                eprintln!("remove by hand: {}", escape::terminal(&left));
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if force => Err(error),
        Err(error) => Err(error.context(format!(
            "Repository {project}/{name} is not deleted; with --force it is removed here all the same, and the webhook has to be removed by hand"
        ))),
    }
}

async fn request(way: &Way, work: Work, project: &str, one: &One) -> anyhow::Result<String> {
    let operation = way.ask(work, project, &one.name, one.wait).await?;
    done(way, work.service(), &operation, one.wait).await
}
